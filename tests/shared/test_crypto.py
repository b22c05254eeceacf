"""Sealed bytes open only whole and with their key; hashes need theirs."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.crypto import KeyMaterialError, PersonalData, Sealer, UnreadableError, parse_key

KEY = bytes(range(32))
DATA = PersonalData(KEY)


@given(st.text())
def test_sealed_text_opens(text: str) -> None:
    assert DATA.open(DATA.seal(text)) == text


def test_same_text_is_sealed_differently_each_time() -> None:
    assert DATA.seal("王小明") != DATA.seal("王小明")


def test_sealed_text_shows_nothing() -> None:
    assert b"13800138000" not in DATA.seal("13800138000")


@pytest.mark.parametrize("place", [0, 1, 12, 13, -1])
def test_changed_bytes_do_not_open(place: int) -> None:
    sealed = bytearray(DATA.seal("13800138000"))
    sealed[place] ^= 1

    with pytest.raises(UnreadableError):
        DATA.open(bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 20])
def test_cut_bytes_do_not_open(length: int) -> None:
    with pytest.raises(UnreadableError):
        DATA.open(DATA.seal("13800138000")[:length])


def test_another_key_or_purpose_does_not_open() -> None:
    sealed = Sealer(KEY, "answers").seal_bytes(b"x")

    for other in (Sealer(bytes(32), "answers"), Sealer(KEY, "signing keys")):
        with pytest.raises(UnreadableError):
            other.open_bytes(sealed)


@pytest.mark.parametrize(
    "same", ["  Wang@Example.com", "wang@example.com\n", "ｗａｎｇ@example.com"]
)
def test_hash_does_not_see_case_width_and_blanks(same: str) -> None:
    assert DATA.hash(same) == DATA.hash("WANG@EXAMPLE.COM")


def test_hash_differs_by_text_and_key() -> None:
    assert DATA.hash("13800138000") != DATA.hash("13800138001")
    assert DATA.hash("13800138000") != PersonalData(bytes(32)).hash("13800138000")
    assert len(DATA.hash("")) == 64


def test_key_is_read_from_base64() -> None:
    assert parse_key(base64.b64encode(KEY).decode()) == KEY


@pytest.mark.parametrize(
    "encoded", ["", "x", "AAAA", base64.b64encode(bytes(31)).decode(), "é" * 44]
)
def test_other_keys_are_refused(encoded: str) -> None:
    with pytest.raises(KeyMaterialError):
        parse_key(encoded)
