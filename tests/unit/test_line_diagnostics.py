"""Diagnostic tags: made by the engine, quiet in the history, honest about what is not known."""

from __future__ import annotations

from dataclasses import replace

from historian.exception import SampleFilter
from line.diagnostics import BUILT_IN_ENUMS, LINK_STATE_ENUM, LINK_STATE_NUMBER, HistoryFigures, ScanFigures, add_diagnostics
from line.documents import Text
from line.messages import LinkState, LinkStatus
from line.quality import Status
from line.tags import TagKind, TagTable
from tests.builders import T0_NS, S, tag
from tests.unit.line_kit import EXTRA_ROWS, LINE_YAML, PERIOD_NS, engine, load, oven_csv, ovens, sausage

UP = LinkStatus(
    "plc1", LinkState.UP, T0_NS, round_trip_ms=3.5, requests=100, failures=7, reconnects=1, timeouts=4, discarded=2, gaps=3,
    answered_ns=T0_NS, skew_ms=-40.0,
)  # fmt: skip


class Scans:
    """The ovens' engine, scanned without a PLC."""

    def __init__(self) -> None:
        self.engine = engine()
        self.now_ns = T0_NS

    def scan(self, link: LinkStatus | None, figures: ScanFigures | None = None, after_ns: int = PERIOD_NS) -> None:
        self.now_ns += after_ns
        self.engine.scan(self.now_ns, (), (), {} if link is None else {"plc1": link}, figures or ScanFigures())

    def number(self, name: str) -> float | None:
        return self.engine.state.image.number(ovens().tags.handle(name))

    def status(self, name: str) -> int:
        return int(self.engine.state.image.status[ovens().tags.handle(name)])


def test_every_device_has_its_tags_and_the_scan_too() -> None:
    names = {t.name for t in sausage().tags if t.device == "engine"}
    link = {
        "Up",
        "State",
        "RoundTripMs",
        "Requests",
        "Failures",
        "Timeouts",
        "Discarded",
        "Reconnects",
        "Gaps",
        "AgeMs",
        "SkewMs",
    }
    both = link | {"PlcAlive", "SupervisorSeen"}
    scan = {"ScanMs", "LatenessMs", "LatenessMaxMs", "Late", "Missed", "Backlog"}
    history = {"Ok", "Backlog", "Refused", "DiskFreeGB", "SizeGB", "DaysLeft", "HeldDays", "ClockOk"}
    own = {f"Engine.{n}" for n in scan} | {f"Historian.{n}" for n in history}
    assert names == {f"Link.{d}.{n}" for d in ("plc1", "plc2") for n in both} | own
    assert {t.name for t in ovens().tags if t.device == "engine"} == {f"Link.plc1.{n}" for n in link} | own


def test_they_say_what_they_are_in_both_languages_and_cannot_be_written() -> None:
    for t in sausage().tags:
        if t.device == "engine":
            assert not t.writable
            assert t.lo < t.hi
            assert any("а" <= c <= "я" for c in t.text.ru.lower()), t.text.ru
            assert t.text.en.isascii()
    up = sausage().tags.find("Link.plc1.Up")
    assert up is not None
    assert up.text == Text(ru="ПЛК 1: связь есть", en="PLC 1: link up")


def test_the_state_has_texts_that_every_line_has() -> None:
    assert set(BUILT_IN_ENUMS[LINK_STATE_ENUM]) == set(LINK_STATE_NUMBER.values())
    assert set(LINK_STATE_NUMBER) == set(LinkState)
    assert ovens().enums[LINK_STATE_ENUM][2].en == "Up"
    state = ovens().tags.find("Link.plc1.State")
    assert state is not None
    assert (state.kind, state.enum) == (TagKind.ENUM, LINK_STATE_ENUM)
    _, problems = load(LINE_YAML.replace("enums:\n", "enums:\n  link_state:\n    0: {ru: Нет, en: None}\n"))
    assert [p.key for p in problems] == ["enums.link_state"]


def test_a_row_that_takes_the_name_of_one_is_told() -> None:
    row = "Link.plc1.Up,bool,plc1,di:9,,,,,,,,,,Связь,Link"
    _, problems = load(csv_text=oven_csv(extra=[*EXTRA_ROWS, row]))
    assert [(p.file, p.key, p.message) for p in problems] == [("tags.csv", "Link.plc1.Up", "the engine makes this tag itself")]
    assert problems[0].line == oven_csv(extra=[*EXTRA_ROWS, row]).count("\n")
    old = "Engine.Overruns,int,engine,,,0,1000,0,,,,,,Пропуски,Overruns"
    _, problems = load(csv_text=oven_csv(extra=[*EXTRA_ROWS, old]))
    assert [p.message for p in problems] == ["the engine makes its tags itself"]


def test_a_device_whose_name_makes_no_tag_names_is_told() -> None:
    yaml = LINE_YAML.replace("  plc1:\n", "  plc-1:\n").replace("device: plc1", "device: plc-1")
    _, problems = load(yaml, oven_csv().replace(",plc1,", ",plc-1,"))
    assert [(p.key, p.message) for p in problems] == [("devices.plc-1", "'plc-1' cannot name a device")]


def test_a_device_that_cannot_be_read_gets_every_tag_it_might_have() -> None:
    tags, problems = add_diagnostics(TagTable([tag("A", 0)]), {"plc1": None})
    assert problems == []
    assert {"Link.plc1.PlcAlive", "Link.plc1.SupervisorSeen"} <= {t.name for t in tags}


def test_alarms_and_expressions_may_use_them() -> None:
    row = "U1.Ready,bool,calc,Link.plc1.Up and U1.Door,,,,,,,,,,Готова,Ready"
    model, problems = load(csv_text=oven_csv(extra=[*EXTRA_ROWS, row]))
    assert problems == []
    assert model is not None
    reads = {model.tags[h].name for handle, e in model.calc if model.tags[handle].name == "U1.Ready" for h in e.reads}
    assert reads == {"Link.plc1.Up", "U1.Door"}


# Values


def test_they_tell_the_link_and_the_scan() -> None:
    scans = Scans()
    figures = ScanFigures(scan_ms=0.4, lateness_ms=1.25, lateness_max_ms=9.0, late=3, missed=2, backlog=12)
    scans.scan(UP, figures, after_ns=300_000_000)
    told = {
        n: scans.number(f"Link.plc1.{n}") for n in ("Up", "State", "RoundTripMs", "Requests", "Failures", "Timeouts", "Discarded")
    }
    assert told == {"Up": 1, "State": 2, "RoundTripMs": 3.5, "Requests": 100, "Failures": 7, "Timeouts": 4, "Discarded": 2}
    assert [scans.number(f"Link.plc1.{n}") for n in ("Reconnects", "Gaps", "AgeMs", "SkewMs")] == [1, 3, 300, -40]
    names = ("ScanMs", "LatenessMs", "LatenessMaxMs", "Late", "Missed", "Backlog")
    assert [scans.number(f"Engine.{n}") for n in names] == [0.4, 1.25, 9.0, 3, 2, 12]


def test_they_tell_how_the_history_is() -> None:
    scans = Scans()
    scans.scan(UP, ScanFigures())
    names = ("Ok", "Backlog", "Refused", "DiskFreeGB", "SizeGB", "DaysLeft", "HeldDays", "ClockOk")
    waiting = Status.BAD_WAITING_FOR_INITIAL_DATA
    assert {scans.status(f"Historian.{n}") for n in names} == {waiting}, "where nothing is stored there is nothing to tell"
    scans.scan(UP, ScanFigures(history=HistoryFigures(ok=False, backlog=7)), after_ns=S)
    assert [scans.number(f"Historian.{n}") for n in ("Ok", "Backlog", "ClockOk")] == [0.0, 7.0, 1.0]
    assert scans.status("Historian.DiskFreeGB") == waiting, "the disk was not asked yet"
    scans.scan(UP, ScanFigures(history=HistoryFigures(True, 0, 3, 120.5, 4.25, 90.0, 2, False)), after_ns=S)
    assert [scans.number(f"Historian.{n}") for n in names] == [1.0, 0.0, 3.0, 120.5, 4.25, 90.0, 2.0, 0.0]


def test_what_is_not_known_is_not_told_as_a_number() -> None:
    scans = Scans()
    scans.scan(None)
    assert (scans.number("Link.plc1.Up"), scans.number("Link.plc1.State")) == (0.0, 0.0)
    assert scans.status("Link.plc1.Requests") == Status.BAD_WAITING_FOR_INITIAL_DATA
    scans.scan(LinkStatus("plc1", LinkState.CONNECTING, T0_NS), after_ns=S)
    assert scans.number("Link.plc1.State") == 1.0
    assert scans.number("Link.plc1.Requests") == 0.0
    for name in ("AgeMs", "RoundTripMs", "SkewMs"):  # never heard of
        assert scans.status(f"Link.plc1.{name}") == Status.BAD_WAITING_FOR_INITIAL_DATA


def test_what_was_measured_over_a_link_that_is_down_is_not_good() -> None:
    scans = Scans()
    scans.scan(UP)
    scans.scan(replace(UP, state=LinkState.DOWN), after_ns=10 * S)
    for name in ("RoundTripMs", "SkewMs"):
        assert scans.status(f"Link.plc1.{name}") == Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE
    assert scans.number("Link.plc1.AgeMs") == 10_250.0
    scans.scan(replace(UP, state=LinkState.DOWN), after_ns=40 * 3600 * S)
    age = ovens().tags.find("Link.plc1.AgeMs")
    assert age is not None
    assert scans.number("Link.plc1.AgeMs") == age.hi  # stays inside its range


def test_states_are_told_at_once_and_what_always_moves_once_a_second() -> None:
    scans = Scans()
    scans.scan(UP)
    seen: list[float | None] = []
    for i in range(8):
        scans.scan(replace(UP, requests=100 + i))
        seen.append(scans.number("Link.plc1.Requests"))
    assert seen == [100, 100, 100, 103, 103, 103, 103, 107]
    scans.scan(replace(UP, state=LinkState.DOWN))
    assert scans.number("Link.plc1.Up") == 0.0
    scans.scan(UP, after_ns=-3600 * S)  # the clock was set back: that must not silence them for an hour
    assert scans.number("Link.plc1.Requests") == 100.0


def test_a_healthy_line_does_not_flood_its_history() -> None:
    scans = Scans()
    keep = SampleFilter(ovens().tags, 600.0)
    own = {t.handle for t in ovens().tags if t.device == "engine"}
    stored = 0
    for i in range(4 * 600):
        wobble = (i * 7919) % 100 / 100.0
        link = replace(
            UP, round_trip_ms=1.0 + wobble, requests=100 + 10 * i, answered_ns=scans.now_ns + PERIOD_NS - int(wobble * PERIOD_NS)
        )
        scans.scan(link, ScanFigures(scan_ms=0.3 + wobble, lateness_ms=2 * wobble, lateness_max_ms=2.0 + wobble))
        block = keep.due(scans.engine.state.image)
        stored += 0 if block is None else sum(int(h) in own for h in block.handles)
    assert stored <= 3 * len(own) + 24, "ten minutes of a healthy line"
