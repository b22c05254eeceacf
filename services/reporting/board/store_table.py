"""The table of stores: sortable, each row a way to that store's page."""

from urllib.parse import quote

from nicegui import ui

from services.reporting.board.elements import ChangeMark, Figure, anchor, span
from services.reporting.board.shapes import Row
from services.reporting.board.shown import Sheet
from services.reporting.board.texts import Texts

_BY_NAME = 0
_BY_AMOUNT = 1


class StoreRow:
    """One store: its name, its figures, how it moves."""

    def __init__(self, row: Row, titles: list[str], sheet: Sheet) -> None:
        with ui.element("div").classes("row").props("role=row") as self.element:
            self.element.props["data-store"] = row.store_id
            with ui.element("div").classes("name").props("role=cell"):
                with anchor(sheet_path(sheet, row.store_id), "open"):
                    self._name = span(row.name)
                self._detail = span(row.detail, "soft")
            self._cells = []
            for place, cell in enumerate(row.cells):
                with ui.element("div").props("role=cell").classes("cell" + " main" * (not place)):
                    span(titles[place + 1], "label")
                    self._cells.append(Figure(cell))
            with ui.element("div").props("role=cell").classes("cell moved"):
                self._change = ChangeMark(row.change)

    def show(self, row: Row) -> None:
        """Show the store at another moment."""
        self._name.text = row.name
        self._detail.text = row.detail
        for figure, cell in zip(self._cells, row.cells, strict=True):
            figure.show(cell)
        self._change.show(row.change)


class StoreTable:
    """All stores, sorted by one column; the order follows the numbers as they change."""

    def __init__(self, rows: tuple[Row, ...], texts: Texts, sheet: Sheet) -> None:
        self._titles = [
            texts("store"),
            *(shown.name(texts.language) for shown in sheet.columns),
            texts("change"),
        ]
        self._texts = texts
        self._sheet = sheet
        self._rows = rows
        self._column, self._is_falling = _BY_AMOUNT, True
        self._heads: list[ui.element] = []
        with ui.element("section").classes("card stores"):
            with ui.element("header").classes("card-head"):
                span(texts("stores"), tag="h3")
                self._count = span("", "soft")
            with ui.element("div").classes("table").props("role=table") as table:
                table.props["aria-label"] = texts("stores")
                self._head()
                with ui.element("div").classes("rows").props("role=rowgroup") as self._body:
                    self._parts = {row.store_id: self._row(row) for row in rows}
        self.show(rows)

    def show(self, rows: tuple[Row, ...]) -> None:
        """Show the stores at another moment; stores may have come or gone."""
        self._rows = rows
        self._count.text = (
            self._texts("one_store")
            if len(rows) == 1
            else self._texts("store_count", count=len(rows))
        )
        for gone in self._parts.keys() - {row.store_id for row in rows}:
            self._parts.pop(gone).element.delete()
        for row in rows:
            if row.store_id in self._parts:
                self._parts[row.store_id].show(row)
            else:
                with self._body:
                    self._parts[row.store_id] = self._row(row)
        self._arrange()

    def _row(self, row: Row) -> StoreRow:
        return StoreRow(row, self._titles, self._sheet)

    def _head(self) -> None:
        with ui.element("div").classes("row head").props("role=row"):
            for place, title in enumerate(self._titles):
                with ui.element("div").props("role=columnheader").classes("cell") as head:
                    button = ui.element("button").props("type=button").classes("sort")
                    button.props["title"] = self._texts("sort_hint", column=title)
                    button.on("click", lambda _, place=place: self._sort_by(place))
                    with button:
                        span(title)
                        span("", "arrow").props("aria-hidden=true")
                self._heads.append(head)
        self._mark_head()

    def _sort_by(self, column: int) -> None:
        if column == self._column:
            self._is_falling = not self._is_falling
        else:
            self._column, self._is_falling = column, column != _BY_NAME
        self._mark_head()
        self._arrange()

    def _mark_head(self) -> None:
        word = "descending" if self._is_falling else "ascending"
        for place, head in enumerate(self._heads):
            head.props(f"aria-sort={word if place == self._column else 'none'}")

    def _arrange(self) -> None:
        column = self._column
        by_name = sorted(self._rows, key=lambda row: (row.sort[_BY_NAME], row.store_id))
        wanted = sorted(by_name, key=lambda row: row.sort[column], reverse=self._is_falling)
        elements = [self._parts[row.store_id].element for row in wanted]
        if elements != self._body.default_slot.children:
            self._body.default_slot.children[:] = elements
            self._body.update()


def sheet_path(sheet: Sheet, store_id: str | None) -> str:
    """Return the address of a sheet, for all stores or for one."""
    return sheet.path if store_id is None else f"{sheet.path}/stores/{quote(store_id, safe='')}"
