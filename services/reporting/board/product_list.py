"""The products that brought most today."""

from nicegui import ui

from services.reporting.board.elements import span
from services.reporting.board.texts import Texts
from services.reporting.board.view import ProductRow


class ProductLine:
    """One product with a bar as long as its part of the first one's amount."""

    def __init__(self, row: ProductRow) -> None:
        self._row: ProductRow | None = None
        with ui.element("li").classes("product"):
            with ui.element("div").classes("line"):
                self._name = span("", "sku")
                self._amount = span("", "amount")
            with ui.element("div").classes("line soft"):
                self._detail = span("", "detail")
                self._units = span("")
            with ui.element("div").classes("share"):
                self._bar = ui.element("span")
        self.show(row)

    def show(self, row: ProductRow) -> None:
        """Show what stands at this rank at another moment."""
        self._name.text = row.name
        self._amount.text = row.amount
        self._detail.text = row.detail
        self._units.text = row.units
        if self._row is None or self._row.share != row.share:
            self._bar.style(f"width: {row.share}%")
        self._row = row


class ProductList:
    """The ranks, filled again at each moment."""

    def __init__(self, rows: tuple[ProductRow, ...], texts: Texts) -> None:
        self._lines: list[tuple[ProductLine, ui.element]] = []
        with ui.element("section").classes("card products"):
            with ui.element("header").classes("card-head"):
                span(texts("top_products"), tag="h3")
                span(texts("top_products_hint"), "soft")
            self._none = span(texts("no_products"), "soft none", tag="p")
            with ui.element("ol") as self._list:
                pass
        self.show(rows)

    def show(self, rows: tuple[ProductRow, ...]) -> None:
        """Show the products at another moment."""
        self._none.set_visibility(not rows)
        while len(self._lines) > len(rows):
            _, element = self._lines.pop()
            element.delete()
        for place, row in enumerate(rows):
            if place < len(self._lines):
                self._lines[place][0].show(row)
            else:
                with self._list:
                    line = ProductLine(row)
                self._lines.append((line, self._list.default_slot.children[-1]))
