"""Webhooks without a database: signatures, the retry table, addresses that are refused."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.catalogue import EVENTS, decode
from shared.log.wire import NumberedRow
from shared.settings import ServiceSettings
from shared.webhooks.addresses import (
    AddressRefusedError,
    AddressRules,
    WebhookUrlError,
    is_public,
    parse_url,
    resolve,
)
from shared.webhooks.endpoints import offered_types
from shared.webhooks.judging import (
    RESTS_AFTER,
    Answer,
    Health,
    Outcome,
    RetryRules,
    health_after,
    judge,
    read_retry_after,
)
from shared.webhooks.queue import body_of
from shared.webhooks.signing import new_secret, signature_of, signed_headers
from shopfleet.webhooks import verify_webhook
from tests.support.event_stream import fact

# the vector of the specification's reference libraries
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SETTINGS = ServiceSettings(database_url="postgresql://x/y", internal_secret="x")
RULES = RetryRules.of(SETTINGS)
STRICT = AddressRules()


def answered(status: int, **values: object) -> Answer:
    return Answer(at=NOW, status=status, **values)  # type: ignore[arg-type]


def test_signature_is_that_of_the_reference_libraries() -> None:
    assert signature_of(SECRET, MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE


@given(st.binary(), st.integers(min_value=0, max_value=2**33))
def test_receiver_verifies_what_was_signed_with_either_secret(body: bytes, moment: int) -> None:
    new, former = new_secret(), new_secret()

    headers = signed_headers("a:1", moment, body, secrets=[new, former])

    for secret in (new, former):
        assert verify_webhook(body, headers, [secret], now=float(moment)) == "a:1"


def test_body_is_a_cloud_event_and_what_the_standard_recommends() -> None:
    log_id = UUID(int=1)
    event = fact("o-1")
    payload = msgspec.json.encode(event).decode()
    row = NumberedRow(
        3, 17, 5, log_id, log_id, event.type, "o-1", payload, event.occurred_at, NOW, None
    )

    body = body_of("orders", row)

    told = msgspec.json.decode(body)
    assert next(iter(told)) == "timestamp"
    assert told["type"] == "orders.order_delivered.v1"
    assert told["timestamp"] == told["time"] == "2026-01-01T00:00:00Z"
    assert told["id"] == f"{log_id}:5"
    assert decode(event.type, body).data == event


def test_retry_table_is_that_of_the_specification() -> None:
    starts, at = [], timedelta()
    for attempts in range(1, 10):
        outcome, next_at = judge(
            answered(500), attempts, RetryRules(RULES.delays, 0, RULES.disable_after)
        )
        assert outcome is Outcome.RETRYING
        assert next_at is not None
        at += next_at - NOW
        starts.append(str(at))

    assert starts == [
        "0:00:05", "0:05:05", "0:35:05", "2:35:05", "7:35:05", "17:35:05", "1 day, 7:35:05",
        "2 days, 3:35:05", "3 days, 3:35:05",
    ]  # fmt: skip
    assert judge(answered(500), 10, RULES) == (Outcome.FAILED, None)


@given(st.integers(min_value=1, max_value=9))
def test_jitter_only_makes_a_delay_longer(attempts: int) -> None:
    _, next_at = judge(answered(503), attempts, RULES)

    assert next_at is not None
    assert RULES.delays[attempts] <= next_at - NOW <= 1.2 * RULES.delays[attempts]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.DELIVERED),
        (299, Outcome.DELIVERED),
        (301, Outcome.RETRYING),
        (404, Outcome.RETRYING),
        (410, Outcome.GONE),
    ],
)
def test_any_2xx_is_success_and_nothing_else(status: int, outcome: Outcome) -> None:
    assert judge(answered(status), 1, RULES)[0] is outcome


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Fri, 20 Nov 2026 12:01:00 GMT", 60),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("99999999999999999999", 86_400),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
def test_retry_after_is_read_and_bounded(value: str | None, seconds: float | None) -> None:
    found = read_retry_after(value, NOW)

    assert (None if found is None else found.total_seconds()) == seconds


def test_receiver_that_asks_to_wait_is_left_alone() -> None:
    answer = answered(429, retry_after=timedelta(minutes=20))

    assert judge(answer, 1, RULES)[1] == NOW + timedelta(minutes=20)
    assert health_after(Health(), answer, RULES).resting_until == NOW + timedelta(minutes=20)


def test_endpoint_that_fails_in_a_row_rests_until_one_succeeds() -> None:
    health = Health()
    for _ in range(RESTS_AFTER - 1):
        health = health_after(health, answered(500), RULES)
    assert health.resting_until is None

    rests = []
    for _ in range(8):
        health = health_after(health, answered(500), RULES)
        assert health.resting_until is not None
        rests.append((health.resting_until - NOW).total_seconds())

    assert rests == [10, 20, 40, 80, 160, 300, 300, 300]
    assert health_after(health, answered(200), RULES) == Health()


def test_endpoint_is_disabled_when_it_is_gone_or_failed_for_days() -> None:
    late = Answer(at=NOW + timedelta(days=5), error="no answer")
    failing = Health(3, NOW)

    assert health_after(Health(), answered(410), RULES).disabled_for == "gone"
    assert health_after(failing, late, RULES).disabled_for == "failing"
    assert health_after(failing, answered(500), RULES).disabled_for is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_within_a_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "127.1", "[::ffff:7f00:1]"]
)
async def test_host_that_leads_into_the_machine_is_refused(host: str) -> None:
    with pytest.raises(AddressRefusedError):
        await resolve(httpx.URL(f"https://{host}/"), STRICT)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 64 + ".example.com"])
async def test_host_that_is_unknown_is_refused(host: str) -> None:
    with pytest.raises(AddressRefusedError, match="not known"):
        await resolve(httpx.URL(f"https://{host}/"), STRICT)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https:///path",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com:99999/",
        "example.com",
        "https://example.com/a\nb",
        f"https://example.com/{'a' * 2000}",
    ],
)
def test_url_that_is_none_or_not_secure_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlError) as refused:
        parse_url(url, STRICT)

    assert refused.value.pointer == "/url"


def test_what_an_installation_allows_is_accepted() -> None:
    assert parse_url("https://example.com/hook?x=1", STRICT).host == "example.com"
    assert parse_url("http://example.com:8080/", AddressRules(allows_http=True)).port == 8080


def test_types_on_offer_are_the_owners_without_secrets_and_the_logs_own() -> None:
    assert set(offered_types("orders")) == {name for name in EVENTS if name.startswith("orders.")}
    assert "directory.api_key_stated.v1" not in offered_types("directory")
    assert "directory.store_stated.v1" in offered_types("directory")
