"""Secrets of the local stack: made once, kept in its state folder, readable by its owner alone."""

import base64
import contextlib
import os
import secrets
from pathlib import Path

BOOTSTRAP_SECRET = "bootstrap-secret"  # noqa: S105 - a file's name
SECRET_BYTES = 32
OWNER_ONLY = 0o600


def read_secret(folder: Path, name: str) -> str | None:
    """Return a secret that was made before; None if there is none."""
    try:
        return (folder / name).read_text().strip() or None
    except OSError:
        return None


def keep_secret(folder: Path, name: str) -> str:
    """Return the secret of this name, made the first time: 32 random bytes, base64."""
    found = read_secret(folder, name)
    if found is None:
        found = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        write_private(folder / name, found)
    return found


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, OWNER_ONLY), "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
