"""Loading one ingredient of a batch, step by step: which lot, whether it may be used, how much of it. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.batch_steps import Weighing
from hmi.viewmodels.stock import Need, ScaleInfo, Stock
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S, has_passed
from line.messages import Json

STEPS: Final = ("code", "check", "weigh", "confirm")
REST_NS: Final = NS_PER_S
"""As the engine takes a mass (materials/weighing.py): at rest for so long."""
OUTSIDE_ROLE: Final = "shift_lead"
LEFT_KG: Final = 0.02
LEFT_SHARE: Final = 0.005
"""As the engine (materials/stock.py): what the scales of a lot may be wrong by."""


@dataclass(frozen=True)
class CheckLine:
    """One line of the list; ``verdict``: ok, reason or refused."""

    id: str
    verdict: str
    text: Obj


@dataclass(frozen=True)
class Reading:
    """What a scale shows: ``kg`` net (None: nothing to be trusted), the tare that was taken off, and why it cannot be taken:
    '', bad, faulty, moving or empty."""

    kg: float | None
    tare_kg: float | None
    fault: str


@dataclass
class LoadingTask:
    """What was decided so far for ``material`` of ``batch``; ``rest``: what was loaded is a part, more of it is to come.

    Survives a lost server and a window of another size.
    """

    batch: str = ""
    material: str = ""
    code: str = ""
    lot: str = ""
    checks: tuple[CheckLine, ...] = ()
    verdict: str = ""
    waits: bool = False
    reason: str = ""
    scale: str = ""
    tare_kg: float | None = None
    typed_kg: float | None = None
    partial: bool = False
    done_kg: float | None = None
    rest: bool = False
    problem: str = ""
    doubts: tuple[Obj, ...] = ()
    candidates: tuple[str, ...] = ()
    told: set[str] = field(default_factory=set[str])

    def forget_lot(self) -> None:
        """Back to the first step; what is on the scale stays there."""
        self.code = self.lot = self.verdict = self.reason = self.problem = ""
        self.checks, self.candidates, self.doubts = (), (), ()
        self.waits = False
        self.typed_kg = self.done_kg = None
        self.partial = self.rest = False

    def choose(self, lot: str) -> None:
        """This lot; it is to be checked."""
        self.forget_lot()
        self.lot, self.waits = lot, True

    def take_checks(self, answer: Obj) -> bool:
        """What the server says of the lot; False for an answer about another one."""
        if wire.text(answer, "lot") != self.lot:
            return False
        self.waits = False
        self.checks = tuple(
            CheckLine(wire.text(c, "id"), wire.text(c, "verdict"), wire.obj(c, "text")) for c in wire.objects(answer, "checks")
        )
        self.verdict = wire.text(answer, "verdict", "refused")
        return True

    @property
    def passed(self) -> bool:
        """The lot may be weighed."""
        return self.verdict == "ok" or (self.verdict == "reason" and bool(self.reason))

    def step(self, ready: bool) -> int:
        """The place in :data:`STEPS`; ``ready``: the mass can be confirmed. 4 when all is done."""
        if self.done_kg is not None:
            return 4
        if not self.lot:
            return 0
        if not self.passed:
            return 1
        return 3 if ready else 2


def weighing_of(need: Need, kg: float) -> Weighing:
    """All that is weighed then, against the tolerance of the recipe."""
    return Weighing(need.weighed_kg + kg, need.target_kg, need.lo_kg, need.hi_kg)


def lot_ends(need: Need, stock: Stock, lot: str) -> bool:
    """The lot has less than is missing: what there is of it is loaded, another follows."""
    known = stock.lot(lot)
    return known is not None and need.weighed_kg + known.left_kg < need.lo_kg - 1e-9


def beyond_lot(stock: Stock, lot: str, kg: float | None) -> float | None:
    """What is left of the lot, kg, where there is more than that on the scale; the engine decides when the command comes."""
    known = stock.lot(lot)
    more = known is not None and kg is not None and kg > known.left_kg + LEFT_KG + LEFT_SHARE * known.received_kg
    return known.left_kg if known is not None and more else None


def read_scale(store: LineStore, scale: ScaleInfo, tare_kg: float | None, now_ns: int) -> Reading:
    """The mass on a scale, by the rules of the engine, which reads it itself when the command comes."""
    base = scale.gross if tare_kg is not None and scale.gross else scale.net
    value = store.number(base)
    needed = [tag for tag in (scale.stable, scale.ok) if tag]
    if value is None or not all(store.value(tag).good for tag in needed):
        return Reading(None, tare_kg, "bad")
    own = store.number(scale.tare) if scale.tare and tare_kg is None else tare_kg
    kg = round(round((value - (tare_kg or 0.0)) / scale.division_kg) * scale.division_kg, 4) + 0.0
    if scale.ok and not store.number(scale.ok):
        return Reading(kg, own, "faulty")
    watched = store.value(scale.stable or scale.net)
    still = not scale.stable or bool(watched.value)
    if not still or not has_passed(REST_NS, watched.source_ns, now_ns):
        return Reading(kg, own, "moving")
    return Reading(kg, own, "" if kg > 0 else "empty")


@dataclass(frozen=True)
class Confirm:
    """What the confirm button would do. ``missing``: '' it can be touched, else why not: check, bad, faulty, moving, empty, mass,
    under, over; ``outside``: a shift lead has to say why."""

    kg: float | None
    missing: str
    outside: bool
    by_scale: bool


def confirm_of(task: LoadingTask, need: Need, reading: Reading | None) -> Confirm:
    """Whether, and what, can be confirmed now."""
    by_scale = task.typed_kg is None and reading is not None
    kg = task.typed_kg if task.typed_kg is not None else reading.kg if reading is not None else None
    if not task.passed:
        return Confirm(kg, "check", False, by_scale)
    if by_scale and reading is not None and reading.fault:
        return Confirm(kg, reading.fault, False, by_scale)
    if kg is None or kg <= 0:
        return Confirm(None, "mass", False, by_scale)
    verdict = weighing_of(need, kg).verdict
    if verdict == "under" and not task.partial:
        return Confirm(kg, "under", False, by_scale)
    return Confirm(kg, "", verdict == "over", by_scale)


def command_of(task: LoadingTask, need: Need, confirm: Confirm) -> tuple[str, Obj]:
    """Kind and arguments: the answer to the batch where it waits for this material and enough is there, else a further lot."""
    mass: dict[str, Json]
    if confirm.by_scale:
        mass = {"scale": task.scale, **({} if task.tare_kg is None else {"tare_kg": task.tare_kg})}
    else:
        mass = {"kg": confirm.kg}
    whole = weighing_of(need, confirm.kg or 0.0).verdict != "under"
    if need.prompt and whole:
        return "batch.reply", {"prompt": need.prompt, "value": {"lot": task.lot, **mass}}
    return "batch.lot", {"material": need.material, "lot": task.lot, **mass}
