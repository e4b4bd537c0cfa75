"""Log lines never hold up whoever writes them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager

from potok.log_thread import logging_aside

log = logging.getLogger("line")


class Terminal(logging.Handler):
    """Where the lines go; ``halted`` while nobody reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = threading.Event()
        self.reading.set()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert self.reading.wait(20)
        self.lines.append(record.getMessage())


@contextmanager
def terminal_as_root() -> Generator[Terminal]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    terminal = Terminal()
    root.handlers[:] = [terminal]
    root.setLevel(logging.INFO)
    try:
        yield terminal
        assert root.handlers == [terminal]
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        terminal.reading.set()
        for thread in threading.enumerate():
            if thread.name.endswith("(_monitor)"):
                thread.join(20)


def test_every_line_is_written_in_order() -> None:
    with terminal_as_root() as terminal, logging_aside():
        for number in range(500):
            log.info("line %d", number)
        try:
            raise ValueError("a defect")
        except ValueError:
            log.exception("failed")
        log.debug("not wanted")
    assert terminal.lines[:500] == [f"line {n}" for n in range(500)]
    assert "ValueError: a defect" in terminal.lines[500]
    assert len(terminal.lines) == 501


def test_a_terminal_that_is_halted_holds_up_nobody() -> None:
    with terminal_as_root() as terminal, logging_aside(lines=100, end_within_s=0.01):
        terminal.reading.clear()
        for number in range(5000):
            log.warning("line %d", number)  # would wait for 20 s and fail
        assert terminal.lines == []
