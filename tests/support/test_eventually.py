"""Waiting on conditions."""

import itertools

import pytest

from tests.support.eventually import eventually


async def test_the_first_true_answer_is_given() -> None:
    numbers = itertools.count()

    answer = await eventually(lambda: next(numbers) > 2 and "done")

    assert answer == "done"


async def test_a_condition_may_be_awaited() -> None:
    numbers = itertools.count()

    async def is_third() -> bool:
        return next(numbers) == 2

    assert await eventually(is_third)


async def test_the_error_names_the_condition() -> None:
    stock = 0

    with pytest.raises(AssertionError, match=r"lambda: stock == 3.*last answer False"):
        await eventually(lambda: stock == 3, within_seconds=0)
