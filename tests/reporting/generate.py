"""Writes docs/figures.md: `python -m tests.generate`."""

from pathlib import Path

from services.reporting.kpis.page import page

FIGURES_PAGE = Path(__file__).parents[2] / "docs/figures.md"


def main() -> None:
    """Write the page."""
    FIGURES_PAGE.write_text(page())
