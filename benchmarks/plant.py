"""A line made for measuring: float32 tags at a fixed distance on Modbus devices, written as files and loaded as a plant's is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from potok.linefolder import LoadedLine, load_line

STRIDE: Final = 4
"""Registers from tag to tag: a float32 and a gap of two."""

_TAGS_PER_ALARM: Final = 10
_HEAD: Final = "name,kind,device,address,eu,lo,hi,decimals,scale,offset,writable,deadband,enum,ru,en"


@dataclass(frozen=True)
class PlantSize:
    """``tags`` in all, spread evenly over a device per port; ``deadband`` in counts of 0.1, of which a tag makes one a period."""

    ports: Sequence[int]
    tags: int
    period_ms: int = 100
    stride: int = STRIDE
    in_flight: int = 1
    deadband: float = 10.0

    @property
    def tags_per_device(self) -> int:
        return self.tags // len(self.ports)


def measuring_line(folder: Path, size: PlantSize) -> LoadedLine:
    """Write the line's files into ``folder`` and load them; every tenth tag has an alarm."""
    folder.mkdir(parents=True, exist_ok=True)
    devices = "".join(_device(number, port, size) for number, port in enumerate(size.ports))
    head = f"line: bench\nname: {{ru: Замер, en: Bench}}\nscan_period_ms: {size.period_ms}\n"
    (folder / "line.yaml").write_text(f"{head}devices:\n{devices}classes: {{}}\nunits: {{}}\n", encoding="utf-8")
    names = [(d, i) for d in range(len(size.ports)) for i in range(size.tags_per_device)]
    rows = [
        f"P{d}.T{i},float,plc{d},hr:{i * size.stride}:float32,°C,-1e6,1e6,1,,,,{size.deadband},,Тег,Tag" for d, i in names
    ]  # fmt: skip
    (folder / "tags.csv").write_text("\n".join([_HEAD, *rows, ""]), encoding="utf-8")
    alarms = "".join(_alarm(f"P{d}.T{i}") for d, i in names if i % _TAGS_PER_ALARM == 0)
    (folder / "alarms.yaml").write_text(f"diagnostics: {{bad_quality: false}}\nalarms:\n{alarms}", encoding="utf-8")
    return load_line(folder)


def _device(number: int, port: int, size: PlantSize) -> str:
    return (
        f"  plc{number}:\n    driver: modbus\n    name: {{ru: ПЛК {number}, en: PLC {number}}}\n"
        f"    host: 127.0.0.1\n    port: {port}\n    in_flight: {size.in_flight}\n"
    )


def _alarm(tag: str) -> str:
    texts = "".join(f"    {key}: {{ru: Замер, en: Bench}}\n" for key in ("name", "cause", "consequence", "response"))
    return f"  - tag: {tag}\n    kind: high\n    limit: 900000\n    priority: 3\n{texts}"
