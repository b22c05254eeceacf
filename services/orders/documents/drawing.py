"""A page with Chinese text and barcodes, by reportlab; no font file is needed or embedded."""

import io
from collections.abc import Sequence
from functools import lru_cache

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
_NARROWEST = 0.19 * mm  # of a bar that scanners still read
_BMP_END = 0x10000


@lru_cache(maxsize=1)
def _font() -> UnicodeCIDFont:
    font = UnicodeCIDFont(FONT)
    pdfmetrics.registerFont(font)
    return font


def printable(text: str) -> str:
    """Return a text as the font can draw it: rare characters become □, breaks become blanks."""
    return "".join("□" if ord(mark) >= _BMP_END else max(mark, " ") for mark in text)


def width_of(text: str, size: float) -> float:
    """Return how wide a text is, in points."""
    return float(_font().stringWidth(text, size))


def wrapped(text: str, size: float, width: float) -> list[str]:
    """Return a text in lines that are no wider than that; Chinese breaks anywhere."""
    lines, line, used = [], "", 0.0
    for mark in printable(text):
        wide = _width_of_mark(mark) * size
        if used + wide > width and line:
            lines.append(line)
            line, used = "", 0.0
        line, used = line + mark, used + wide
    return [*lines, line]


def flowed(words: Sequence[str], size: float, width: float) -> list[str]:
    """Return words in lines that are no wider than that; only a word that is wider is broken."""
    lines: list[str] = []
    for word in words:
        joined = f"{lines[-1]}  {word}" if lines else word
        if lines and width_of(joined, size) <= width:
            lines[-1] = joined
        else:
            lines.extend(wrapped(word, size, width))
    return lines


@lru_cache(maxsize=4096)
def _width_of_mark(mark: str) -> float:
    return width_of(mark, 1.0)


def cut(text: str, size: float, width: float) -> str:
    """Return as much of a text as fits one line, with … where something is left out."""
    lines = wrapped(text, size, width)
    if len(lines) == 1:
        return lines[0]
    return wrapped(text, size, width - width_of("…", size))[0] + "…"


class Paper:
    """Pages of one size; places are millimetres from the top left corner."""

    def __init__(self, width: float, height: float, title: str) -> None:
        _font()
        self.width = width
        self.height = height
        self._buffer = io.BytesIO()
        size = (width * mm, height * mm)
        self._canvas = Canvas(self._buffer, pagesize=size, pageCompression=1)
        self._canvas.setTitle(title)

    def text(self, x: float, y: float, text: str, size: float, *, align: str = "left") -> None:
        """Write one line; `y` is its base line, `x` its left end, its middle or its right end."""
        self._canvas.setFont(FONT, size)
        draw = {
            "left": self._canvas.drawString,
            "middle": self._canvas.drawCentredString,
            "right": self._canvas.drawRightString,
        }[align]
        draw(x * mm, (self.height - y) * mm, printable(text))

    def rule(self, y: float, left: float, right: float) -> None:
        """Draw a line across."""
        height = (self.height - y) * mm
        self._canvas.line(left * mm, height, right * mm, height)

    def frame(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a frame whose upper left corner is there."""
        self._canvas.rect(x * mm, (self.height - y - height) * mm, width * mm, height * mm)

    def barcode(self, x: float, y: float, number: str, *, width: float, height: float) -> None:
        """Draw a number as Code 128 in the middle of so much room, if it can be read there."""
        if not number or not number.isascii() or not number.isprintable():
            return
        code = Code128(number, barHeight=height * mm, barWidth=1, quiet=0)
        bar = min(width * mm / code.width, 0.5 * mm)
        if bar < _NARROWEST:
            return
        left = x * mm + (width * mm - code.width * bar) / 2
        self._canvas.saveState()
        self._canvas.translate(left, (self.height - y - height) * mm)
        self._canvas.scale(bar, 1)
        code.drawOn(self._canvas, 0, 0)
        self._canvas.restoreState()

    def turn(self) -> None:
        """End the page and begin another."""
        self._canvas.showPage()

    def finish(self) -> bytes:
        """Return the file."""
        self._canvas.save()
        return self._buffer.getvalue()
