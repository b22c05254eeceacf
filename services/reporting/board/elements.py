"""The few kinds of element that the board is made of; each sends only what changed."""

from nicegui import ui

from services.reporting.board.formats import Amount
from services.reporting.board.shapes import Change, Direction


def span(text: str = "", classes: str = "", *, tag: str = "span") -> ui.label:
    """Put a text on the page, inside the element that is open."""
    label = ui.label(text).classes(classes)
    label.tag = tag
    return label


def anchor(path: str, classes: str) -> ui.element:
    """Put a link on the page; to be opened as a context. NiceGUI's own would prefix the path."""
    link = ui.element("a").classes(classes)
    link.props["href"] = path
    return link


class Figure:
    """A number that lights up for a moment when it changes."""

    def __init__(self, amount: Amount, classes: str = "") -> None:
        self._amount = amount
        self._is_even = True
        with ui.element("span").classes(f"figure {classes}") as self.element:
            self._whole = span(amount.whole, "whole")
            self._rest = span(amount.rest, "rest")

    def show(self, amount: Amount) -> None:
        """Show another number."""
        if amount == self._amount:
            return
        self._amount = amount
        self._whole.text = amount.whole
        self._rest.text = amount.rest
        # two names of one animation: changing the name is what starts it again
        self._is_even = not self._is_even
        before, after = ("lit-odd", "lit-even") if self._is_even else ("lit-even", "lit-odd")
        self.element.classes(add=after, remove=before)


class ChangeMark:
    """How a figure moved since yesterday: a mark, a colour and a number."""

    def __init__(self, change: Change) -> None:
        self._change = change
        with ui.element("span").classes(f"change {tone(change)}") as self.element:
            self._mark = span(change.mark, "mark").props("aria-hidden=true")
            self._text = span(change.text)

    def show(self, change: Change) -> None:
        """Show another change."""
        if change == self._change:
            return
        before, after = tone(self._change), tone(change)
        self._change = change
        self._mark.text = change.mark
        self._text.text = change.text
        if before != after:
            self.element.classes(add=after, remove=before)


def tone(change: Change) -> str:
    """Return the class that colours a change."""
    if change.is_better is None or change.direction in {Direction.FLAT, Direction.NONE}:
        return "even"
    return "better" if change.is_better else "worse"
