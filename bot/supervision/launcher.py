"""Becomes another program that dies with us. Run as a script: `launcher.py SPEC COMMAND...`.

SPEC is `parent_pid:death_signal:uid:gid`, uid and gid empty to stay who we are. A small program
of its own and not a function between fork and exec, because Python code there can deadlock when
other threads run. It must import little: it is on the way of every start.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def become(spec: str, command: list[str]) -> None:
    """Give up rights, ask to die with the parent, and exec. Exits with 127 when it cannot."""
    parent_pid, death_signal, uid, gid = spec.split(":")
    libc = ctypes.CDLL(None)  # while the account that can read the library is still ours
    if uid:
        os.setgroups([int(gid)])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After setuid, which clears it (prctl(2)).
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent_pid):
        sys.exit("the parent is already gone")
    try:
        os.execvp(command[0], command)  # noqa: S606  (no shell is wanted)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    become(sys.argv[1], sys.argv[2:])
