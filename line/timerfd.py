"""A timer of the kernel as a file descriptor (Linux, timerfd_create(2)): an event loop wakes at its deadline to a few tens of
microseconds, where its own timers are rounded up to whole milliseconds."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

_CLOCK_MONOTONIC: Final = 1
_TFD_TIMER_ABSTIME: Final = 1
_NS_PER_S: Final = 1_000_000_000


class _Spec(ctypes.Structure):
    """struct itimerspec: interval and first expiry, each seconds and nanoseconds."""

    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class TimerFd:
    """One timer on the monotonic clock. Raises OSError where the system has none."""

    def __init__(self) -> None:
        if not sys.platform.startswith("linux"):
            raise OSError("timerfd is a Linux call")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd = int(self._libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")

    def arm(self, deadline_ns: int) -> None:
        """Make ``fd`` readable at ``deadline_ns`` of the monotonic clock; at once when that is past."""
        seconds, rest_ns = divmod(max(1, deadline_ns), _NS_PER_S)
        spec = _Spec(0, 0, seconds, rest_ns)
        if self._libc.timerfd_settime(self.fd, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None) != 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def clear(self) -> bool:
        """Take the expiry; False when there was none."""
        try:
            os.read(self.fd, 8)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Free the descriptor; may be called twice."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
