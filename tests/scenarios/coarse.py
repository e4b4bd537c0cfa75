"""The shipped line with a scan a second: hours of plant time for a quarter of the work, all times as they are.

Nothing else is different: delays, timers and limits are times and not scans, and the PLCs have the same cycle as the engine.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from potok.linefolder import LoadedLine, load_line

SHIPPED = Path("lines/sausage")


def coarse_folder(folder: Path) -> Path:
    """A copy of the line with a scan a second."""
    line = folder / "line"
    shutil.copytree(SHIPPED, line)
    text = (line / "line.yaml").read_text(encoding="utf-8")
    assert text.count("scan_period_ms: 250") == 1
    (line / "line.yaml").write_text(text.replace("scan_period_ms: 250", "scan_period_ms: 1000"), encoding="utf-8")
    return line


def coarse_line(folder: Path) -> LoadedLine:
    """The same, loaded."""
    return load_line(coarse_folder(folder))
