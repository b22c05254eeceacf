"""The page of problems is the one the code gives."""

from tests.architecture.problems_page import PROBLEMS_PAGE, page


def test_the_page_of_problems_is_up_to_date() -> None:
    assert PROBLEMS_PAGE.read_text(encoding="utf-8") == page(), "run: make docs"


def test_every_problem_says_what_it_means() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]

    assert len(rows) > 40
    assert [row for row in rows if row.endswith("|  |")] == []
