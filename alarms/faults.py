"""What the checks of ``alarms.yaml`` share: where an alarm stands in the file, what the line is, and the faults found."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from alarms.table import AlarmDef
from line.config import LineFile
from line.diagnostics import BUILT_IN_ENUMS
from line.documents import Document, KeyPath, Problem


@dataclass(frozen=True)
class LineFacts:
    """What ``line.yaml`` says that alarms refer to.

    ``areas`` are the ids of the areas, None while they cannot be read: then no area is checked. ``unit_areas`` is unit → area.
    ``enums`` are enumeration → values, without those that cannot be read. ``scan_period_s`` is 0 where it is not known.
    """

    areas: Collection[str] | None = None
    unit_areas: Mapping[str, str] = field(default_factory=dict[str, str])
    enums: Mapping[str, Collection[int]] = field(default_factory=dict[str, Collection[int]])
    scan_period_s: float = 0.0

    @staticmethod
    def of(file: LineFile) -> LineFacts:
        """Those of a ``line.yaml`` without problems."""
        return LineFacts(
            areas=tuple(file.areas),
            unit_areas={unit: entry.area for unit, entry in file.units.items()},
            enums={name: tuple(texts) for name, texts in (*file.enums.items(), *BUILT_IN_ENUMS.items())},
            scan_period_s=file.scan_period_ms / 1000.0,
        )


@dataclass(frozen=True)
class Placed:
    """An alarm with the place of its entry in the file.

    ``judges`` are the handles of the tags that its condition is judged by; ``diagnosed`` is False when the entry declines
    the diagnostics of them.
    """

    alarm: AlarmDef
    path: KeyPath
    judges: tuple[int, ...] = ()
    diagnosed: bool = True


class Faults:
    """Collects faults, each once, though several units share the entry that it stands in."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.problems: list[Problem] = []

    def add(self, path: KeyPath, message: str, remedy: str) -> None:
        """Note that the key at ``path`` is wrong."""
        problem = self._document.problem(path, message, remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def line_of(self, path: KeyPath) -> int:
        """Line of the file at which ``path`` stands."""
        return self._document.line_of(path)


def listed(names: Collection[str]) -> str:
    """Names for a remedy."""
    return ", ".join(sorted(names))
