"""Sending what was read: every row has one outcome, and an import that broke off goes on."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shopfleet.client import AsyncClient, Options
from shopfleet.importers.drafts import Draft, Rejection, SourceError
from shopfleet.importers.journal import Journal
from shopfleet.importers.sending import Sending, send_rows
from shopfleet.problems import ServerFailedError, UnexpectedAnswerError
from shopfleet.retrying import RetryPolicy
from tests.shopfleet.fake_api import FakeApi


def drafts(count: int) -> list[Draft | Rejection]:
    return [Draft(number + 2, str(number), {"external_id": str(number)}) for number in range(count)]


def client_of(api: FakeApi) -> AsyncClient:
    retry = RetryPolicy(tries=2, spread=lambda _: 0.0)
    return AsyncClient(
        "http://api.example",
        token="t",
        options=Options(retry=retry),
        transport=httpx.MockTransport(api),
    )


async def test_every_row_is_counted_once() -> None:
    api = FakeApi()
    api.refused = {"3", "7"}
    items = [*drafts(10), Rejection(1, "", ("unreadable",))]
    seen: list[int] = []

    async with client_of(api) as client:
        sending = Sending(client=client, batch_rows=4, on_progress=seen.append)
        summary = await send_rows(items, sending)

    assert summary.counts == {"created": 8, "rejected": 3}
    assert summary.rows == sum(seen) == 11
    assert [(row.line, row.external_id) for row in summary.rejections] == [
        (1, ""),
        (5, "3"),
        (9, "7"),
    ]
    assert summary.rejections[1].reasons == ("/total: No amount. (money)",)


async def test_a_dry_run_writes_nothing() -> None:
    api = FakeApi()

    async with client_of(api) as client:
        summary = await send_rows(drafts(3), Sending(client=client, is_dry_run=True))

    assert summary.counts == {"created": 3}
    assert api.orders == {}


async def test_an_import_that_broke_off_goes_on(tmp_path: Path) -> None:
    api = FakeApi()
    api.refused = {"1"}
    api.before_batch = lambda _: httpx.Response(503) if "5" in api.batches[-1] else None
    path = tmp_path / "state" / "import.jsonl"

    async with client_of(api) as client:
        journal = Journal(path)
        with pytest.raises(ServerFailedError):
            await send_rows(drafts(10), Sending(client=client, batch_rows=5, journal=journal))
        journal.close()
        api.before_batch = lambda _: None
        api.batches.clear()
        journal = Journal(path)
        summary = await send_rows(drafts(10), Sending(client=client, batch_rows=5, journal=journal))
        journal.close()

    assert api.batches == [["5", "6", "7", "8", "9"]]
    assert summary.rows == 10
    assert [row.external_id for row in summary.rejections] == ["1"]
    assert set(api.orders) == {str(number) for number in range(10)} - {"1"}


async def test_a_journals_torn_line_counts_for_nothing(tmp_path: Path) -> None:
    api = FakeApi()
    path = tmp_path / "import.jsonl"
    async with client_of(api) as client:
        journal = Journal(path)
        await send_rows(drafts(10), Sending(client=client, batch_rows=5, journal=journal))
        journal.close()
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines)[:-20])

    torn = Journal(path)

    assert torn.done_batches == 1


async def test_what_is_noted_after_a_torn_line_counts(tmp_path: Path) -> None:
    path = tmp_path / "import.jsonl"
    path.write_text('{"batch": 0, "cou')
    api = FakeApi()

    async with client_of(api) as client:
        journal = Journal(path)
        await send_rows(drafts(3), Sending(client=client, journal=journal))
        journal.close()

    assert Journal(path).done_batches == 1


async def test_a_batch_that_is_too_large_is_sent_in_halves() -> None:
    api = FakeApi()
    api.before_batch = lambda _: httpx.Response(413) if len(api.batches[-1]) > 3 else None

    async with client_of(api) as client:
        summary = await send_rows(drafts(10), Sending(client=client))

    assert summary.counts == {"created": 10}
    assert max(len(batch) for batch in api.batches[-1:]) <= 3


async def test_an_answer_that_leaves_a_row_out_is_no_answer() -> None:
    api = FakeApi()
    api.before_batch = lambda _: httpx.Response(200, json={"counts": {}, "outcomes": []})

    async with client_of(api) as client:
        with pytest.raises(UnexpectedAnswerError, match="outcome of every row"):
            await send_rows(drafts(2), Sending(client=client))


async def test_a_server_that_knows_no_dry_run_is_noticed() -> None:
    api = FakeApi()
    answer = {"counts": {"created": 1}, "outcomes": [{"index": 0, "outcome": "created"}]}
    api.before_batch = lambda _: httpx.Response(200, json=answer)

    async with client_of(api) as client:
        with pytest.raises(UnexpectedAnswerError, match="dry run"):
            await send_rows(drafts(1), Sending(client=client, is_dry_run=True))


async def test_a_file_that_turns_out_to_be_another_stops_the_import() -> None:
    def items() -> Iterator[Draft | Rejection]:
        yield from drafts(5)
        raise SourceError("no such thing")

    async with client_of(FakeApi()) as client:
        with pytest.raises(SourceError):
            await send_rows(items(), Sending(client=client, batch_rows=2))
