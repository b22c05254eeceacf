"""How far an import has come, kept in a small file, so that a second run goes on from there."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shopfleet.importers.drafts import Rejection


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of one batch: how many rows had which outcome, and the rejected ones."""

    counts: Mapping[str, int]
    rejections: Sequence[Rejection]


class Journal:
    """One line per batch that was answered; a line that a crash cut short does not count."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done = _read(path)
        self._file: IO[str] | None = None

    @property
    def done_batches(self) -> int:
        """How many batches were answered already."""
        return len(self._done)

    def result_of(self, batch: int) -> BatchResult | None:
        """Return what became of a batch of an earlier run; None if it is still to be sent."""
        return self._done.get(batch)

    def note(self, batch: int, result: BatchResult) -> None:
        """Keep what became of a batch, on the disk before this returns."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
            self._file.write("\n")  # ends a line that a crash cut short
        rejected = [[row.line, row.external_id, list(row.reasons)] for row in result.rejections]
        entry = {"batch": batch, "counts": dict(result.counts), "rejected": rejected}
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; it stays for the next run."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def forget(self) -> None:
        """Remove the file: the import is complete."""
        self.close()
        self._path.unlink(missing_ok=True)


def journal_path(folder: Path, identity: Sequence[str]) -> Path:
    """Name the journal of one import: the same file, store, format and server give the same one."""
    digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()
    return folder / f"import-{digest[:24]}.jsonl"


def default_folder() -> Path:
    """Where journals lie unless told otherwise: with the other state of this user."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "shopfleet"


def _read(path: Path) -> dict[int, BatchResult]:
    done: dict[int, BatchResult] = {}
    if not path.exists():
        return done
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            rejections = [Rejection(row[0], row[1], tuple(row[2])) for row in entry["rejected"]]
            done[int(entry["batch"])] = BatchResult(entry["counts"], rejections)
        except (ValueError, KeyError, TypeError, IndexError):
            continue
    return done
