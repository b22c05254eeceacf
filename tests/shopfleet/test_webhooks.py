"""Webhooks are trusted only as signed, whole and fresh."""

import pytest

from shopfleet.webhooks import WebhookError, verify_webhook

# the example of the Standard Webhooks reference libraries
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Webhook-Timestamp": "1614265330",
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
NOW = 1614265330.0
OTHER = "whsec_b3RoZXIgc2VjcmV0IG9mIHRoZSBzYW1lIHNob3A="


def test_a_true_message_gives_its_id() -> None:
    assert verify_webhook(BODY, HEADERS, [SECRET], now=NOW) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_one_secret_may_be_given_by_itself() -> None:
    assert verify_webhook(BODY, HEADERS, SECRET, now=NOW)


def test_during_a_rotation_any_valid_secret_and_signature_will_do() -> None:
    both = {**HEADERS, "Webhook-Signature": f"v1,AAAA {HEADERS['Webhook-Signature']}"}

    assert verify_webhook(BODY, both, [OTHER, SECRET], now=NOW)


@pytest.mark.parametrize(
    ("body", "headers", "secret", "told"),
    [
        (BODY + b" ", HEADERS, SECRET, "no signature fits"),
        (BODY, HEADERS, OTHER, "no signature fits"),
        (BODY, {**HEADERS, "Webhook-Id": "msg_other"}, SECRET, "no signature fits"),
        (BODY, {**HEADERS, "Webhook-Timestamp": "1614265331"}, SECRET, "no signature fits"),
        (BODY, {**HEADERS, "Webhook-Timestamp": "1614260000"}, SECRET, "too far from now"),
        (BODY, {**HEADERS, "Webhook-Timestamp": "soon"}, SECRET, "no number of seconds"),
        (BODY, {"Webhook-Id": "msg"}, SECRET, "no header webhook-timestamp"),
        (BODY, HEADERS, "whsec_%", "not base64"),
        (BODY, HEADERS, "whsec_密", "not base64"),
        (
            BODY,
            {**HEADERS, "Webhook-Signature": HEADERS["Webhook-Signature"].replace("v1", "v2")},
            SECRET,
            "no signature fits",
        ),
    ],
)
def test_anything_else_is_refused(
    body: bytes, headers: dict[str, str], secret: str, told: str
) -> None:
    with pytest.raises(WebhookError, match=told):
        verify_webhook(body, headers, [secret], now=NOW)
