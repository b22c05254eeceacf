"""What stands on the pages of a PDF that reportlab made."""

import base64
import re
import zlib

_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def pages_of(file: bytes) -> list[bytes]:
    """The drawing of each page, in order."""
    assert file.startswith(b"%PDF-")
    found = re.findall(rb"stream\r?\n(.*?)endstream", file, re.DOTALL)
    return [
        zlib.decompress(base64.a85decode(part.strip(), adobe=False)) for part in map(_bare, found)
    ]


def texts_of(page: bytes) -> list[str]:
    """The lines of a page, in the order in which they were drawn."""
    return [
        _plain(found).decode("utf-16-be")
        for found in re.findall(rb"\((.*?)(?<!\\)\) Tj", page, re.DOTALL)
    ]


def bars_of(page: bytes) -> int:
    """How many rectangles are filled on a page: the bars of its barcodes."""
    return len(re.findall(rb" re f", page))


def _bare(part: bytes) -> bytes:
    return part.strip().removesuffix(b"~>")


def _plain(text: bytes) -> bytes:
    def mark(match: re.Match[bytes]) -> bytes:
        told = match[1]
        if len(told) == 3:
            return bytes([int(told, 8)])
        return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(told, told)

    return _ESCAPED.sub(mark, text)
