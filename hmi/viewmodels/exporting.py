"""Saving what a trend shows as a file: what is asked for, how far it is, what came of it. Complete without a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

ASK_EVERY_NS: Final = NS_PER_S // 2
PERIODS_MS: Final = (0, 1_000, 60_000, 3_600_000)
"""0: a row for each sample as it was stored."""


class ExportState(Enum):
    """Where an export is."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Export:
    """One export. ``share`` 0…1, None while the server has not said; ``data`` is the answer of one that failed."""

    state: ExportState = ExportState.IDLE
    job: str = ""
    file: Path | None = None
    share: float | None = None
    bytes: int = 0
    status: int = 0
    data: Obj = field(default_factory=dict)
    asked_ns: int = 0

    @property
    def running(self) -> bool:
        """True until the answer has come."""
        return self.state is ExportState.RUNNING


def params(tags: Sequence[str], from_ns: int, to_ns: int, as_format: str, period_ms: int, language: str, job: str) -> Obj:
    """Parameters of ``GET /api/export``."""
    period: Obj = {"period_ms": period_ms} if period_ms else {}
    return {
        "tag": list(tags),
        "from_ns": from_ns,
        "to_ns": to_ns,
        "format": as_format,
        "language": language,
        "job": job,
        **period,
    }


def begun(job: str, file: Path, mono_ns: int) -> Export:
    """An export that was just asked for."""
    return Export(ExportState.RUNNING, job, file, asked_ns=mono_ns)


def due(export: Export, mono_ns: int) -> bool:
    """True when it is time to ask how far it is."""
    return export.running and mono_ns - export.asked_ns >= ASK_EVERY_NS


def told(export: Export, reply: Obj) -> Export:
    """After an answer of ``GET /api/export/progress/JOB``; one that is of no use changes nothing."""
    share = wire.number(wire.obj(reply, "data"), "share")
    if not export.running or wire.integer(reply, "status") != 200 or share is None:
        return export
    return replace(export, share=min(1.0, max(export.share or 0.0, share)))


def ended(export: Export, reply: Obj) -> Export:
    """After the answer of the download."""
    status = wire.integer(reply, "status")
    if status == 200:
        return replace(
            export, state=ExportState.DONE, share=1.0, bytes=wire.integer(wire.obj(reply, "data"), "bytes"), status=status
        )
    return replace(export, state=ExportState.FAILED, status=status, data=wire.obj(reply, "data"))
