"""Ctrl-C: every role drains and ends with 0 in time, and what was under way is not lost."""

import asyncio
import os
import signal
import time

import pytest

from shopfleet.client import AsyncClient
from shopfleet.prove.fleet import Fleet
from shopfleet.prove.ledger import wait_for_quiet
from shopfleet.prove.traffic import Traffic, plan_stories, this_moment
from tests.support.eventually import eventually

DRAIN_SECONDS = 12.0
"""The services' own grace of 10 s, and a little for a busy machine."""


@pytest.mark.timeout(180)
async def test_every_role_ends_with_zero_after_ctrl_c(fleet: Fleet, client: AsyncClient) -> None:
    traffic = Traffic(client)
    stories = plan_stories(seed=1, orders=200, now=this_moment(), first=100_000)
    sending = asyncio.ensure_future(traffic.send(stories, within_seconds=2))
    await eventually(lambda: traffic.books.answers["created"], within_seconds=30)
    processes = {name: role.process for name, role in fleet.roles.items() if role.process}
    for process in processes.values():
        os.kill(process.pid, signal.SIGINT)
    began = time.monotonic()
    try:
        await eventually(
            lambda: not any(process.is_running for process in processes.values()),
            within_seconds=DRAIN_SECONDS,
        )
        drained_in = time.monotonic() - began
    finally:
        codes = {name: process.exit_code for name, process in processes.items()}
        await fleet.start_roles()
        await sending

    assert codes == dict.fromkeys(fleet.roles, 0)
    assert drained_in < DRAIN_SECONDS
    assert traffic.books.complaints == []
    assert (await wait_for_quiet(client, within_seconds=30)).is_quiet
