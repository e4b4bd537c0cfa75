"""The arrays judge bit for bit as the plain reference does: all kinds, random images, clocks and restarts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.evaluate import NOT_PENDING, Conditions, Evaluator, Step
from alarms.table import ANALOG_KINDS, AlarmDef, AlarmKind
from line.image import Snapshot
from line.quality import Status
from tests.alarm_reference import Reference, Said
from tests.builders import T0_NS, S, snapshot, table
from tests.unit.alarm_scripts import BAD, UNCERTAIN, alarm, alarm_table

K = AlarmKind
NAMES = ("A", "B", "Sp", "D", "Run", "Link.plc1.Up")
TAGS = table(*NAMES)
ANALOG = ("A", "B", "Sp")
EXPRESSIONS = (
    "Run == 1", "Run > 0 and A < 6", "D == 2 or good(B)", "A - B", "not good(A)", "D / Run", "A > Sp", "1", "0", "Run",
)  # fmt: skip
STATUSES = (
    int(Status.GOOD_CLAMPED), BAD, UNCERTAIN, UNCERTAIN | 0x400, int(Status.BAD_NO_COMMUNICATION),
    int(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE), int(Status.BAD_WAITING_FOR_INITIAL_DATA),
    int(Status.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED),
)  # fmt: skip
ODD = (float("nan"), float("inf"), float("-inf"), 1.7e308, -1.7e308)


@dataclass(frozen=True)
class Scanned:
    """What is new in a scan: time since the last, values and statuses of some tags, and whether the engine restarts before."""

    wait_s: float
    values: dict[str, float]
    status: dict[str, int]
    restart: bool = False


def definition(number: int, kind: AlarmKind, tag: str, **more: object) -> AlarmDef:
    """An alarm with what its kind needs; ``more`` replaces fields."""
    limit = 2.0 if kind in ANALOG_KINDS or kind is K.DISCRETE else None
    condition = "A > Sp" if kind in (K.EXPRESSION, K.MISMATCH) else ""
    whole = replace(
        alarm(f"{number}", TAGS, tag, kind, limit=limit), setpoint=TAGS.handle("Sp"), condition=condition, window_s=4.0
    )
    return replace(whole, **more)  # pyright: ignore[reportArgumentType]


class Both:
    """The arrays and the reference side by side, compared after every scan."""

    def __init__(self, alarms: list[AlarmDef], *, afresh: bool) -> None:
        self.table = alarm_table(alarms, TAGS)
        self.evaluator = Evaluator(self.table)
        self.reference = Reference(alarms, TAGS)
        self.conditions: Conditions = self.evaluator.initial()
        self.now_ns = T0_NS
        self.values: dict[str, float] = {}
        self.status: dict[str, int] = {}
        self._afresh = afresh

    def scan(self, new: Scanned) -> Said:
        self.now_ns += round(new.wait_s * S)
        if new.restart:
            old = self.conditions
            self.conditions = self.evaluator.restored(old.on, old.since_ns, old.suppressed, self.now_ns)
            self.reference.restart(self.now_ns)
        self.values |= new.values
        self.status |= new.status
        image = snapshot(TAGS, self.values, now_ns=self.now_ns, status=self.status)
        said = self.reference.step(image, self.now_ns)
        step = self.evaluator.step(self.conditions, image, self.now_ns)
        self._agree(step, said)
        if self._afresh:
            self._pure(step, image)
        self.conditions = step.conditions
        return said

    def _agree(self, step: Step, said: Said) -> None:
        assert step.activated.tolist() == said.activated
        assert step.cleared.tolist() == said.cleared
        assert step.suppressed.tolist() == said.suppressed
        assert step.released.tolist() == said.released
        ones = [self.reference.state[a.id] for a in self.table]
        assert step.conditions.on.tolist() == [one.on for one in ones]
        assert step.conditions.suppressed.tolist() == [one.suppressed for one in ones]
        assert step.conditions.since_ns.tolist() == [NOT_PENDING if one.since_ns is None else one.since_ns for one in ones]
        assert (step.conditions is not self.conditions) == said.changed

    def _pure(self, step: Step, image: Snapshot) -> None:
        """An evaluator that remembers nothing says the same, and once more the same."""
        other = Evaluator(self.table)
        for _ in range(2):
            again = other.step(self.conditions, image, self.now_ns)
            for name in ("activated", "cleared", "suppressed", "released"):
                assert getattr(again, name).tolist() == getattr(step, name).tolist()
            for name in ("on", "since_ns", "suppressed", "lo", "hi", "pending", "newest_since_ns", "next_due_ns"):
                one, two = getattr(again.conditions, name), getattr(step.conditions, name)
                assert np.asarray(one).tobytes() == np.asarray(two).tobytes()
            assert again.conditions.memory.rates.rate.tobytes() == step.conditions.memory.rates.rate.tobytes()
            assert again.conditions.memory.last.tobytes() == step.conditions.memory.last.tobytes()


DELAYS = st.sampled_from([0.0, 0.0, 0.25, 1.0, 2.5, 1e-9, 30.0])
MAYBE = st.one_of(st.just(""), st.just(""), st.sampled_from(EXPRESSIONS))
WHOLE = st.integers(0, 3).map(float)


@st.composite
def definitions(draw: st.DrawFn) -> list[AlarmDef]:
    """A few alarms of any kinds."""
    found: list[AlarmDef] = []
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(list(K)))
        digital = kind in (K.DISCRETE, K.TRANSITION)
        found.append(definition(
            number, kind, draw(st.sampled_from(("D", "Run") if digital else NAMES if kind is K.COMMUNICATION else ANALOG)),
            limit=draw(st.floats(0, 9)) if kind in ANALOG_KINDS else draw(WHOLE) if kind is K.DISCRETE else None,
            deadband=draw(st.sampled_from([0.0, 0.5, 1.0, 0.3])) if kind in ANALOG_KINDS else 0.0,
            on_delay_s=draw(DELAYS), off_delay_s=draw(DELAYS), window_s=draw(st.sampled_from([1.0, 4.0, 8.1])),
            from_value=draw(st.one_of(st.none(), WHOLE)), to_value=draw(st.one_of(st.none(), WHOLE)),
            condition=draw(st.sampled_from(EXPRESSIONS)) if kind in (K.EXPRESSION, K.MISMATCH) else "",
            when=draw(MAYBE), suppress_when=draw(MAYBE),
        ))  # fmt: skip
    return found


WAITS = st.sampled_from([0.1, 0.25, 0.5, 0.5, 0.5, 1.0, 1.0, 2.0, 2.5, 0.0, 60.0, 86_400.0, -0.1, -3.0, -3600.0])
NUMBERS = st.one_of(st.integers(0, 9).map(float), st.floats(0, 10), st.sampled_from(ODD))
VALUES = st.fixed_dictionaries({}, optional={n: NUMBERS if n in ANALOG else WHOLE for n in NAMES})
CODES = st.one_of(st.just(0), st.just(0), st.sampled_from(STATUSES))
SCANS = st.lists(
    st.builds(
        Scanned, WAITS, VALUES, st.dictionaries(st.sampled_from(NAMES), CODES, max_size=2),
        st.integers(0, 19).map(lambda n: n == 19),
    ),
    max_size=50,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(definitions(), SCANS)
def test_the_arrays_judge_as_one_alarm_at_a_time_would(alarms: list[AlarmDef], scans: list[Scanned]) -> None:
    both = Both(alarms, afresh=True)
    for new in scans:
        both.scan(new)


def plant(random: np.random.Generator, count: int) -> list[AlarmDef]:
    """Many alarms of all kinds, with settings that let them come and go."""
    found: list[AlarmDef] = []
    for number in range(count):
        kind = list(K)[number % len(K)]
        analog = kind in ANALOG_KINDS
        tag = str(random.choice(("D", "Run") if kind in (K.DISCRETE, K.TRANSITION) else ANALOG[:2]))
        if kind is K.COMMUNICATION and random.random() < 0.5:
            tag = "Link.plc1.Up"
        per_min = 20.0 if kind.startswith("rate") else 1.0
        found.append(definition(
            number, kind, tag, limit=per_min * float(random.integers(1, 7)) if analog else 2.0 if kind is K.DISCRETE else None,
            deadband=per_min * float(random.choice([0.0, 0.3, 0.5])) if analog else 0.0,
            on_delay_s=float(random.choice([0.0, 0.0, 0.2, 1.0])), off_delay_s=float(random.choice([0.0, 0.0, 0.3, 1.0])),
            window_s=float(random.choice([1.0, 2.0, 4.0])),
            from_value=None if random.random() < 0.5 else float(random.integers(0, 3)),
            to_value=None if random.random() < 0.5 else float(random.integers(0, 3)),
            condition=str(random.choice(EXPRESSIONS)) if kind in (K.EXPRESSION, K.MISMATCH) else "",
            when=str(random.choice(EXPRESSIONS)) if random.random() < 0.2 else "",
            suppress_when=str(random.choice(EXPRESSIONS)) if random.random() < 0.2 else "",
        ))  # fmt: skip
    return found


def moved(random: np.random.Generator, both: Both) -> Scanned:
    """A plant that drifts, jumps, loses its quality for a while, stands still, and whose clock is put right now and then."""
    values: dict[str, float] = {}
    for name in ANALOG:
        now = both.values.get(name, 5.0)
        draw = random.random()
        values[name] = float(random.choice(ODD)) if draw < 0.005 else float(random.uniform(0, 10)) if draw < 0.03 else now
        if np.isfinite(now) and draw > 0.3:
            values[name] = float(np.clip(now + random.normal(0, 0.4), 0, 10))
        elif not np.isfinite(now):
            values[name] = 5.0
    for name in ("D", "Run", "Link.plc1.Up"):
        if random.random() < 0.15 or name not in both.values:
            values[name] = float(random.integers(0, 2 if name != "D" else 4))
    status: dict[str, int] = {}
    for name in NAMES:
        if random.random() < (0.01 if both.status.get(name, 0) == 0 else 0.15):
            status[name] = int(random.choice(STATUSES)) if both.status.get(name, 0) == 0 else 0
    wait = random.choice([0.1, 0.3, 0.7, 5.0, 86_400.0, -0.05, -7200.0], p=[0.89, 0.08, 0.01, 0.008, 0.004, 0.004, 0.004])
    return Scanned(float(wait), values, status, bool(random.random() < 0.005))


@pytest.mark.parametrize("seed", range(4))
def test_long_runs_of_many_alarms_agree_and_every_kind_comes_and_goes(seed: int) -> None:
    random = np.random.default_rng(seed)
    both = Both(plant(random, 6 * len(K)), afresh=False)
    came, went = Counter[AlarmKind](), Counter[AlarmKind]()
    suppressed = released = quiet = 0
    for _ in range(900):
        said = both.scan(moved(random, both))
        came.update(both.table[row].kind for row in said.activated)
        went.update(both.table[row].kind for row in said.cleared)
        suppressed += len(said.suppressed)
        released += len(said.released)
        quiet += not said.changed
    assert set(came) == set(went) == set(K)
    assert suppressed
    assert released
    assert quiet
