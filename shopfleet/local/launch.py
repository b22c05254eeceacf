"""Become another program, as another user if asked, that is signalled when its owner dies.

Run as a script: `launch.py OWNER_PID SIGNAL UID GID COMMAND...`; signal 0 asks for no signal,
uid -1 keeps the user. It imports nothing of this package: it starts before every engine.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def _drop_to(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def ask_for_signal(signal_number: int, owner_pid: int) -> None:
    """Ask the kernel, if it is Linux, for a signal when the owner dies; ends if it has."""
    if not signal_number or sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != owner_pid:  # it died before we asked
        sys.exit("the process that started this one is gone")


def main(arguments: list[str]) -> None:
    """Replace this process; returns never."""
    owner_pid, signal_number, uid, gid = (int(argument) for argument in arguments[:4])
    if uid >= 0:
        _drop_to(uid, gid)
    ask_for_signal(signal_number, owner_pid)  # after the change of user, which clears it
    os.execv(arguments[4], arguments[4:])  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
