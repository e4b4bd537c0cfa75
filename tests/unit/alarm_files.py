"""Helpers of the tests of ``alarms.yaml``: a small line, one entry in few words, and what loading says."""

from __future__ import annotations

import textwrap

from alarms.definitions import AlarmDef, AlarmTable, LineFacts, load_alarms
from line.documents import Problem
from line.tags import CALC_DEVICE, ENGINE_DEVICE, TagKind, TagTable
from potok.yamlfile import parse_yaml
from tests.builders import tag

TAGS = TagTable([
    tag("S401.Temp", 0, lo=0, hi=120, eu="°C"), tag("S402.Temp", 1, lo=0, hi=120, eu="°C"),
    tag("S401.Door", 2, kind=TagKind.BOOL, lo=0, hi=1), tag("S401.PhSts", 3, kind=TagKind.ENUM, lo=0, hi=11),
    tag("Util.Steam", 4, lo=0, hi=10, eu="bar"), tag("S401.Batch", 5, kind=TagKind.STRING),
    tag("S402.PhSts", 6, kind=TagKind.ENUM, lo=0, hi=11, enum="state"),
    tag("S401.SP", 7, lo=0, hi=110, eu="°C"), tag("S401.Fan", 8, kind=TagKind.ENUM, lo=0, hi=11, enum="state"),
    tag("S401.Run", 9, kind=TagKind.BOOL, lo=0, hi=1), tag("S401.Level", 10, lo=0, hi=100, eu="%"),
    tag("S401.Diff", 11, lo=-120, hi=120, device=CALC_DEVICE, address="S401.Temp - S401.SP"),
    tag("S401.Far", 12, lo=0, hi=100, device=CALC_DEVICE, address="S401.Diff + Util.Water"), tag("Util.Water", 13, device="plc2"),
    tag("Link.plc1.Up", 14, kind=TagKind.BOOL, lo=0, hi=1, device=ENGINE_DEVICE),
    tag("Link.plc2.Up", 15, kind=TagKind.BOOL, lo=0, hi=1, device=ENGINE_DEVICE),
    tag("Engine.ScanMs", 16, device=ENGINE_DEVICE),
])  # fmt: skip
UNITS = ("S401", "S402")
FACTS = LineFacts(
    areas=("smoke", "energy"), unit_areas={"S401": "smoke"}, enums={"state": (0, 1, 2, 9)}, scan_period_s=0.25
)  # fmt: skip
TEXTS = "name: {ru: н, en: n}\n  cause: {ru: п, en: c}\n  consequence: {ru: с, en: q}\n  response: {ru: д, en: r}\n"


def load(text: str, facts: LineFacts | None = None) -> tuple[AlarmTable, list[Problem]]:
    """Load a document whose line 1 is ``alarms:``."""
    document, problems = parse_yaml("alarms:\n" + textwrap.dedent(text), "alarms.yaml")
    assert document is not None, problems
    return load_alarms(document, TAGS, UNITS, facts=facts or LineFacts())


def one(text: str, facts: LineFacts | None = None) -> tuple[AlarmTable, list[Problem]]:
    """Load one entry of these lines plus good texts; its first line is line 2 of the file."""
    lines = textwrap.dedent(text).strip().splitlines()
    return load("- " + "\n  ".join(lines) + "\n  " + TEXTS, facts)


def written(alarms: AlarmTable) -> list[AlarmDef]:
    """The alarms of the file, without the diagnostics generated for them."""
    return [a for a in alarms if not a.generated]


def the_one(text: str, facts: LineFacts | None = None) -> AlarmDef:
    """The alarm of a good entry."""
    alarms, problems = one(text, facts)
    assert problems == []
    (alarm,) = written(alarms)
    return alarm
