"""The figures of one currency: a row of tiles, and the day hour by hour."""

from nicegui import ui

from services.reporting.board.charts import HourChart
from services.reporting.board.elements import ChangeMark, Figure, span
from services.reporting.board.shapes import Section, Tile
from services.reporting.board.shown import Sheet
from services.reporting.board.texts import Texts


class TileCard:
    """A figure, large, and below it what it was yesterday at the same time."""

    def __init__(self, tile: Tile, *, is_first: bool) -> None:
        with ui.element("article").classes("card tile" + (" first" if is_first else "")) as card:
            card.props["data-metric"] = tile.metric
            span(tile.title, "title", tag="h3")
            self._value = Figure(tile.value, "value")
            with ui.element("p").classes("against"):
                self._change = ChangeMark(tile.change)
                self._by_then = span(tile.by_then, "was")
                self._was = span(tile.was, "was")

    def show(self, tile: Tile) -> None:
        """Show the tile at another moment."""
        self._value.show(tile.value)
        self._change.show(tile.change)
        self._by_then.text = tile.by_then
        self._was.text = tile.was


class SectionPart:
    """The tiles and the chart of one currency."""

    def __init__(self, section: Section, texts: Texts, sheet: Sheet, *, is_alone: bool) -> None:
        with ui.element("section").classes("section") as self.element:
            self.element.props["data-currency"] = section.currency
            self._stores = None
            if not is_alone:
                with ui.element("header").classes("currency"):
                    span(section.currency, tag="h2")
                    self._stores = span(section.stores, "soft")
            with ui.element("div").classes("tiles"):
                self._tiles = [
                    TileCard(tile, is_first=place == 0) for place, tile in enumerate(section.tiles)
                ]
            with ui.element("div").classes("card chart"):
                with ui.element("header").classes("card-head"):
                    span(texts(f"{sheet.name}_hourly"), tag="h3")
                    span(texts("hourly_hint"), "soft")
                self._chart = HourChart(section.chart, texts)

    def show(self, section: Section) -> None:
        """Show the section at another moment."""
        if self._stores is not None:
            self._stores.text = section.stores
        for part, tile in zip(self._tiles, section.tiles, strict=True):
            part.show(tile)
        self._chart.show(section.chart)
