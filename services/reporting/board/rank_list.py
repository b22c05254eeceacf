"""Rankings: what counted most today."""

from nicegui import ui

from services.reporting.board.elements import span
from services.reporting.board.shapes import RankRow, Ranks
from services.reporting.board.texts import Texts


class RankLine:
    """One row with a bar as long as its part of the first one's amount."""

    def __init__(self, row: RankRow) -> None:
        self._row: RankRow | None = None
        with ui.element("li").classes("product"):
            with ui.element("div").classes("line"):
                self._name = span("", "sku")
                self._amount = span("", "amount")
            with ui.element("div").classes("line soft"):
                self._detail = span("", "detail")
                self._beside = span("")
            with ui.element("div").classes("share"):
                self._bar = ui.element("span")
        self.show(row)

    def show(self, row: RankRow) -> None:
        """Show what stands at this rank at another moment."""
        self._name.text = row.name
        self._amount.text = row.amount
        self._detail.text = row.detail
        self._beside.text = row.beside
        if self._row is None or self._row.share != row.share:
            self._bar.style(f"width: {row.share}%")
        self._row = row


class RankList:
    """The ranks, filled again at each moment."""

    def __init__(self, ranks: Ranks, texts: Texts) -> None:
        self._lines: list[tuple[RankLine, ui.element]] = []
        with ui.element("section").classes("card products") as card:
            card.props["data-ranking"] = ranks.name
            with ui.element("header").classes("card-head"):
                span(texts(ranks.name), tag="h3")
                span(texts(f"{ranks.name}_hint"), "soft")
            self._none = span(texts(f"{ranks.name}_none"), "soft none", tag="p")
            with ui.element("ol") as self._list:
                pass
        self.show(ranks)

    def show(self, ranks: Ranks) -> None:
        """Show the ranks at another moment."""
        rows = ranks.rows
        self._none.set_visibility(not rows)
        while len(self._lines) > len(rows):
            _, element = self._lines.pop()
            element.delete()
        for place, row in enumerate(rows):
            if place < len(self._lines):
                self._lines[place][0].show(row)
            else:
                with self._list:
                    line = RankLine(row)
                self._lines.append((line, self._list.default_slot.children[-1]))
