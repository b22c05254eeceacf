"""As whom the embedded PostgreSQL runs, and what that user must be able to reach."""

import hashlib
import os
import pwd
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from shopfleet.local.processes import Account, EngineStartError

SOCKET_PORT = 5432
SOCKET_PATH_LIMIT = 103  # bytes, the smallest of the systems we run on
STAND_INS = ("postgres", "nobody")  # PostgreSQL refuses to run as root


class AccountWords(TypedDict, total=False):
    """What subprocess takes to run a program as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


def choose(cluster: Path) -> Account | None:
    """Give the account to run as, None for our own; raises EngineStartError if there is none."""
    owner = cluster.stat() if cluster.exists() else None
    if os.geteuid() != 0:
        if owner is not None and owner.st_uid != os.geteuid():
            raise EngineStartError(f"{cluster} belongs to another user ({owner.st_uid})")
        return None
    if owner is not None and owner.st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    for name in STAND_INS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise EngineStartError(f"PostgreSQL does not run as root, and no user is called {STAND_INS}")


def as_account(account: Account | None) -> AccountWords:
    """Give the arguments with which subprocess runs a program as this account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def open_paths(data_root: Path, wheel: Path) -> None:
    """Let other users pass through to the data and read the wheel; adds only what is missing."""
    for folder in (data_root, *data_root.parents, *wheel.parents):
        _add_mode(folder, stat.S_IXOTH)
    if not (wheel / "bin" / "postgres").stat().st_mode & stat.S_IROTH:  # a strict umask at install
        libraries = wheel.parent.with_name(f"{wheel.parent.name}.libs")
        for path in (wheel, *wheel.rglob("*"), *_tree(libraries)):
            is_program = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            _add_mode(path, stat.S_IROTH | (stat.S_IXOTH if is_program else 0))


def socket_dir(data_root: Path, account: Account | None) -> Path:
    """Make a folder for the socket that only the server's user and root can enter.

    It is in `data_root`, or in the temporary folder when that path is too long for a socket.
    """
    folder = data_root / "socket"
    if len(os.fsencode(folder / f".s.PGSQL.{65535}")) > SOCKET_PATH_LIMIT:
        digest = hashlib.sha256(os.fsencode(data_root)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"shopfleet-{os.geteuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    uid = os.geteuid() if account is None else account.uid
    if folder.is_symlink() or folder.stat().st_uid not in {uid, os.geteuid()}:
        raise EngineStartError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def _tree(folder: Path) -> Iterable[Path]:
    return (folder, *folder.rglob("*")) if folder.exists() else ()


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)
