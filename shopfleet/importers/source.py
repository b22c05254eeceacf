"""Files as they come: plain or gzip, cut off or damaged, UTF-8, UTF-16 or GBK."""

import codecs
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shopfleet.importers.drafts import SourceError

ZIP_MAGIC = b"PK\x03\x04"
GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BLOCK_BYTES = 16_384
LINE_LIMIT_BYTES = 1_048_576
GZIP_WINDOW = 31  # zlib's number for a gzip header and the largest window
CANDIDATES = ("utf-8", "gb18030")  # GBK is a part of GB 18030


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line without its end; `is_cut` when the file broke off inside it."""

    number: int
    data: bytes
    is_cut: bool = False

    def text(self, encoding: str) -> str:
        """Return the text; bytes of another encoding stay as surrogates, which no text has."""
        return self.data.decode(encoding, errors="surrogateescape")


class Source:
    """A file that is read from its beginning as often as asked.

    `damage` says after a reading what broke it off, None if it was whole. Raises SourceError when
    it cannot be opened or is no text at all.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.damage: str | None = None
        try:
            with path.open("rb") as file:
                self._begin = file.read(4)
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror or error}") from error
        if not self._begin:
            raise SourceError(f"{path} is empty")

    @property
    def name(self) -> str:
        """The file as it was named."""
        return str(self._path)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the file as it lies there, hexadecimal."""
        with self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def is_workbook(self) -> bool:
        """Whether it is a spreadsheet (a zip archive) rather than text."""
        return self._begin == ZIP_MAGIC

    def expected_rows(self) -> int | None:
        """Return about how many rows to expect, None for a workbook; reads a text file once."""
        return None if self.is_workbook else max(0, sum(1 for _ in self.lines()) - 1)

    def lines(self) -> Iterator[Line]:
        """Yield every line; a damaged file yields what lies before the damage."""
        self.damage = None
        rest, number = b"", 0
        for block in self._text_blocks():
            *whole, rest = (rest + block).split(b"\n")
            for data in whole:
                number += 1
                yield Line(number, data.removesuffix(b"\r"))
            if len(rest) > LINE_LIMIT_BYTES:
                raise SourceError(f"{self.name} is no table: line {number + 1} does not end")
        if rest:
            yield Line(number + 1, rest.removesuffix(b"\r"), is_cut=self.damage is not None)

    def header(
        self, wanted: Sequence[str], candidates: Sequence[str] = CANDIDATES
    ) -> tuple[str, str]:
        """Return the encoding and the first line, decoded, as the wanted column names decide.

        Raises SourceError if no encoding shows all of them.
        """
        first = next(self.lines(), None)
        if first is None:
            raise SourceError(f"{self.name} holds no line that can be read ({self.damage})")
        data = first.data.removeprefix(codecs.BOM_UTF8)
        missing: list[str] = []
        for encoding in candidates:
            text = data.decode(encoding, errors="replace")
            absent = [name for name in wanted if name not in text]
            if not absent:
                return encoding, text
            missing = absent if not missing or len(absent) < len(missing) else missing
        raise SourceError(f"{self.name}: its first line does not name {', '.join(missing)}")

    def _text_blocks(self) -> Iterator[bytes]:
        blocks = self._inflated() if self._begin.startswith(GZIP_MAGIC) else self._raw()
        first = next(blocks, b"")
        if first[:2] in UTF16_MARKS:
            yield from self._from_utf16(first, blocks)
            return
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from blocks

    def _from_utf16(self, first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        yield decoder.decode(first).encode()
        for block in blocks:
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()

    def _raw(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield block

    def _inflated(self) -> Iterator[bytes]:
        decoder = zlib.decompressobj(GZIP_WINDOW)
        for block in self._raw():
            piece = block
            while piece:
                if decoder.eof:  # another member may follow
                    decoder = zlib.decompressobj(GZIP_WINDOW)
                before = decoder.copy()
                try:
                    data = decoder.decompress(piece)
                except zlib.error as error:
                    yield _inflate_up_to_damage(before, piece)
                    self.damage = f"the gzip data is damaged: {error}"
                    return
                if data:
                    yield data
                piece = decoder.unused_data
        if not decoder.eof:
            self.damage = "the gzip file ends early"


def _inflate_up_to_damage(decoder: "zlib._Decompress", piece: bytes) -> bytes:
    """Give what lies before the damage: zlib gives nothing of a piece in which it finds some."""
    found = bytearray()
    try:
        for position in range(len(piece)):
            found += decoder.decompress(piece[position : position + 1])
    except zlib.error:
        pass
    return bytes(found)
