"""The page as a whole: its head, the figures below it, and what is said when there are none."""

from urllib.parse import quote

from nicegui import ui

from services.reporting.board.elements import anchor, span
from services.reporting.board.live_readings import Scope
from services.reporting.board.rank_list import RankList
from services.reporting.board.sections import SectionPart
from services.reporting.board.sessions import PATH
from services.reporting.board.shapes import Freshness, View
from services.reporting.board.shown import SHEETS
from services.reporting.board.sign_in_page import style_sheet
from services.reporting.board.store_table import StoreTable, sheet_path
from services.reporting.board.texts import Texts


class Page:
    """Everything that one visitor sees; `show` moves it to another moment."""

    def __init__(self, texts: Texts, scope: Scope, *, store_name: str | None) -> None:
        self._texts = texts
        self._scope = scope
        self._is_one_store = store_name is not None
        self._shape: tuple[str, ...] | None = None
        ui.add_head_html(_head(texts))
        with ui.element("div").classes("board"):
            self._bar()
            with ui.element("div").classes("content"):
                self._headline(store_name)
                with ui.element("div").classes("body") as self._body:
                    pass

    def show(self, view: View) -> None:
        """Show another moment; only a change of stores or currencies builds anything anew."""
        self._fresh.show(view.freshness)
        shape = (*(section.currency for section in view.sections), str(bool(view.rows)))
        if shape != self._shape:
            self._shape = shape
            self._build(view)
            return
        for part, section in zip(self._sections, view.sections, strict=True):
            part.show(section)
        if self._table is not None:
            self._table.show(view.rows)
        for ranking, ranks in zip(self._rankings, view.rankings, strict=bool(self._rankings)):
            ranking.show(ranks)
        self._quiet.set_visibility(view.is_quiet)

    def say_failing(self, *, is_failing: bool) -> None:
        """Say, or no longer say, that the figures can't be read for the moment."""
        self._failing.set_visibility(is_failing)

    def _bar(self) -> None:
        texts = self._texts
        other = texts.language.other
        path = sheet_path(self._scope.sheet, self._scope.store_id)
        with ui.element("header").classes("bar"), ui.element("div").classes("inner"):
            with anchor(PATH, "brand"):
                span("Shopfleet")
            self._tabs()
            ui.element("span").classes("gap")
            with anchor(f"{PATH}/language/{other}?next={quote(path)}", "quiet") as switch:
                switch.props["title"] = texts("switch_hint")
                switch.props["lang"] = other.tag
                span(texts("switch"))
            with (
                ui.element("form").props(f'method=post action="{PATH}/session/end"'),
                ui.element("button").props("type=submit").classes("quiet"),
            ):
                span(texts("sign_out"))

    def _tabs(self) -> None:
        with ui.element("nav").classes("tabs"):
            for sheet in SHEETS:
                with anchor(sheet_path(sheet, self._scope.store_id), "tab") as tab:
                    if sheet is self._scope.sheet:
                        tab.props["aria-current"] = "page"
                    span(self._texts(f"{sheet.name}_title"))

    def _headline(self, store_name: str | None) -> None:
        texts = self._texts
        with ui.element("div").classes("headline"):
            with ui.element("div"):
                if store_name is not None:
                    with anchor(self._scope.sheet.path, "back"):
                        span("← ").props("aria-hidden=true")
                        span(texts("back"))
                span(store_name or texts("all_stores"), tag="h1")
            self._fresh = FreshnessLine()
        self._failing = span(texts("failing"), "notice", tag="p").props("role=status")
        self._failing.set_visibility(False)

    def _build(self, view: View) -> None:
        self._body.clear()
        self._table: StoreTable | None = None
        self._rankings: list[RankList] = []
        name = self._scope.sheet.name
        with self._body:
            self._quiet = _Empty(self._texts(f"{name}_quiet_title"), self._texts(f"{name}_quiet"))
            self._quiet.set_visibility(view.is_quiet)
            if not view.sections:
                self._sections = []
                self._quiet.set_visibility(False)
                reason = "empty_none" if self._scope.stores is None else "empty_mine"
                if self._is_one_store:
                    _Empty(self._texts("unknown_store"), "")
                else:
                    _Empty(self._texts("empty_title"), self._texts(reason))
                return
            is_alone = len(view.sections) == 1
            self._sections = [
                SectionPart(section, self._texts, self._scope.sheet, is_alone=is_alone)
                for section in view.sections
            ]
            with ui.element("div").classes("lower" + " single" * self._is_one_store):
                if not self._is_one_store:
                    self._table = StoreTable(view.rows, self._texts, self._scope.sheet)
                with ui.element("div").classes("rankings"):
                    self._rankings = [RankList(ranks, self._texts) for ranks in view.rankings]


class FreshnessLine:
    """Until when the figures are whole, and whether the day goes on."""

    def __init__(self) -> None:
        self._state = ""
        with ui.element("p").classes("fresh").props("role=status") as self._line:
            ui.element("span").classes("dot").props("aria-hidden=true")
            self._text = span("", "time")
            self._detail = span("", "state")
            self._compared = span("", "state")

    def show(self, freshness: Freshness) -> None:
        """Show another moment."""
        self._text.text = freshness.text
        self._detail.text = freshness.detail
        self._compared.text = freshness.compared
        if freshness.state != self._state:
            self._line.classes(add=f"is-{freshness.state}", remove=f"is-{self._state}")
            self._state = freshness.state


class _Empty:
    """A card that says what to do where there is nothing to see."""

    def __init__(self, title: str, text: str) -> None:
        with ui.element("section").classes("card empty") as self._card:
            span(title, tag="h2")
            span(text, "soft", tag="p")

    def set_visibility(self, is_visible: bool) -> None:  # noqa: FBT001 - as elements have it
        self._card.set_visibility(is_visible)


def _head(texts: Texts) -> str:
    lost = texts("lost").replace('"', "")
    return (
        f"<style>{style_sheet('palette', 'board')}\n"
        f':root {{ --lost: "{lost}"; }}</style>'
        f'<meta name="theme-color" content="#f5f6f8" media="(prefers-color-scheme: light)">'
        f'<meta name="theme-color" content="#0e1116" media="(prefers-color-scheme: dark)">'
    )
