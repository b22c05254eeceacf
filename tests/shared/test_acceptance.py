"""Acceptance: which records take effect, and which errors are poison."""

import pytest

from shared.kafka.ports import Record
from shared.log.acceptance import Interest, OwnerPart, Position, accept
from shared.log.transience import is_transient
from shared.log.wire import LOG_ID, SEQUENCE, TYPE
from shared.log.writer import partition_of
from tests.support.event_stream import OWNER

PARTITION = partition_of("a")
PART = OwnerPart(OWNER, PARTITION)
LOG = b"log"
KNOWN = Interest(frozenset({b"wanted"}), frozenset({b"wanted", b"known"}))


def record(sequence: int, *, offset: int = 0, type_: bytes = b"wanted", log: bytes = LOG) -> Record:
    headers = [(LOG_ID, log), (SEQUENCE, b"%d" % sequence), (TYPE, type_)]
    return Record(offset, b"key", b"{}", headers)


@pytest.mark.parametrize(
    ("sequences", "taken", "next_sequence"),
    [
        ([1, 2, 3], [1, 2, 3], 4),
        ([1, 1, 2, 1, 2], [1, 2], 3),
        ([2, 3], [], 1),
        ([1, 3, 2], [1, 2], 3),
        ([0, -1], [], 1),
    ],
)
def test_only_the_next_is_accepted(
    sequences: list[int], taken: list[int], next_sequence: int
) -> None:
    intake = accept(PART, Position(LOG), [record(each) for each in sequences], KNOWN)

    assert [item.sequence for item in intake.taken] == taken
    assert (intake.next_sequence, intake.accepted) == (next_sequence, len(taken))
    assert intake.repeated + intake.gaps == len(sequences) - len(taken)


def test_the_first_gap_is_remembered_with_its_offset() -> None:
    records = [record(3, offset=7), record(4, offset=8)]

    intake = accept(PART, Position(LOG), records, KNOWN)

    assert (intake.gap, intake.gaps, intake.next_offset) == ((3, 7), 2, 9)


def test_what_is_unknown_or_unwanted_is_accepted_and_skipped() -> None:
    records = [record(1, type_=b"known"), record(2, type_=b"newer"), record(3)]

    intake = accept(PART, Position(LOG), records, KNOWN)

    assert ([item.sequence for item in intake.taken], intake.unknown) == ([3], 1)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("a", b"1")],
        [(LOG_ID, LOG), (SEQUENCE, b"one"), (TYPE, b"wanted")],
        [(SEQUENCE, b"1"), (LOG_ID, LOG), (TYPE, b"wanted")],
    ],
)
def test_records_of_others_are_dropped(headers: list[tuple[str, bytes]]) -> None:
    intake = accept(PART, Position(LOG), [Record(0, None, None, headers)], KNOWN)

    assert (intake.accepted, intake.foreign, intake.next_offset) == (0, 1, 1)


def test_another_log_is_not_accepted() -> None:
    assert accept(PART, Position(LOG), [record(1, log=b"other")], KNOWN).accepted == 0


def test_records_of_the_feed_move_no_offset() -> None:
    position = Position(LOG, next_offset=5)

    assert accept(PART, position, [record(1, offset=-1)], KNOWN).next_offset == 5


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (ValueError("bad"), False),
        (KeyError("x"), False),
    ],
)
def test_transient_errors_are_told_from_poison(error: Exception, *, expected: bool) -> None:
    wrapped = RuntimeError("around it")
    wrapped.__cause__ = error

    assert is_transient(error) is expected
    assert is_transient(wrapped) is expected
