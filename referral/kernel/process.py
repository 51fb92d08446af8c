"""What a process that holds open keys must not leave behind: an image of its memory."""

import contextlib
import ctypes
import resource
from typing import Final

PR_SET_DUMPABLE: Final = 4


def leave_no_core() -> None:
    """No core dump, and no other process of the same user attaches to this one or reads it.

    Children inherit the first, not the second across an exec: each process calls this itself.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Linux only: elsewhere there is no prctl, and the limit above has to do.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
