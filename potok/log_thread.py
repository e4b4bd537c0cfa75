"""Log lines written by a thread: a halted terminal, a pipe that nobody reads or a slow disk must not hold up the scan."""

from __future__ import annotations

import logging
import queue
from collections.abc import Generator
from contextlib import contextmanager, suppress
from logging.handlers import QueueHandler, QueueListener
from typing import Final

LINES: Final = 10_000
"""So many lines wait to be written; what comes on top is lost. The journal of the line does not go this way."""

END_WITHIN_S: Final = 2.0


class _NeverWaits(QueueHandler):
    def enqueue(self, record: logging.LogRecord) -> None:
        with suppress(queue.Full):
            self.queue.put_nowait(record)


class _Writer(QueueListener):
    def __init__(self, waiting: queue.Queue[logging.LogRecord | None], *handlers: logging.Handler) -> None:
        super().__init__(waiting, *handlers)
        self._waiting = waiting

    def enqueue_sentinel(self) -> None:
        with suppress(queue.Full):
            self._waiting.put_nowait(None)
            return
        with suppress(queue.Empty):
            self._waiting.get_nowait()  # the end needs a place
        self._waiting.put_nowait(None)

    def finish(self, within_s: float) -> None:
        """Write what waits; a thread that is stuck in the middle of a line is left behind (it is a daemon)."""
        self.enqueue_sentinel()
        if self._thread is not None:
            self._thread.join(within_s)


@contextmanager
def logging_aside(lines: int = LINES, end_within_s: float = END_WITHIN_S) -> Generator[None]:
    """Within it every line for the handlers of the root logger goes to a thread, which hands it to them."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    waiting: queue.Queue[logging.LogRecord | None] = queue.Queue(lines)
    aside, writer = _NeverWaits(waiting), _Writer(waiting, *handlers)
    writer.start()
    root.handlers[:] = [aside]
    try:
        yield
    finally:
        root.handlers[:] = handlers
        writer.finish(end_within_s)
