"""Integrals over time as computed tags: lethality F and pasteurisation units, the measures of a critical control point.

An integral is the whole address of a tag of the device ``calc``::

    lethality(S401.CoreTemp, 70, 10, 55, S401.BatchNo)      F in min = Σ 10^((T − Tref) / z) · Δt, for T from 55 °C up
    pasteurisation(P301.ProductTemp, P301.BatchNo)          PU = Σ 1.393^(T − 60) · Δt in min, for T above 50 °C

An integral never claims more than was measured: an interval counts by the lower of its two ends, and only when both were Good
and no scan is missing between them. What cannot be known (a broken sensor, a stopped engine, a clock that jumped) adds nothing.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from line.expr import ExpressionError
from line.messages import Json, JsonObject
from line.quality import Status
from line.stage import Scan
from line.tags import TagDef, TagKind, TagTable

LETHALITY: Final = "lethality"
PASTEURISATION: Final = "pasteurisation"

PU_REFERENCE_C: Final = 60.0
PU_BASE: Final = 1.393
"""A pasteurisation unit is one minute at 60 °C; each degree more counts 1.393 times (z = 6.95 K)."""
PU_FROM_C: Final = 50.0
"""Pasteurisation units are counted above this."""

NS_PER_MIN: Final = 60_000_000_000
_FORMS: Final[Mapping[str, str]] = {
    LETHALITY: "lethality(TAG, reference in °C, z in K, from in °C, RESET_TAG)",
    PASTEURISATION: "pasteurisation(TAG, RESET_TAG)",
}
_RESULT_EU: Final[Mapping[str, str]] = {LETHALITY: "min", PASTEURISATION: "PU"}
_CALL: Final = re.compile(rf"\b({LETHALITY}|{PASTEURISATION})\s*\(")
_STEEPEST: Final = 30.0
"""Powers of ten between reference and the end of the tag's range: beyond it is a slip of the pen."""

_GOOD: Final = int(Status.GOOD)
_GOOD_BELOW: Final = 0x40000000
_STANDS: Final = int(Status.UNCERTAIN_LAST_USABLE_VALUE)
"""Status of an integral that is not being counted: what feeds it has stopped, and this is the last that could be used."""


@dataclass(frozen=True, slots=True)
class Integral:
    """One integral: handles of its own tag, of the temperature and of the tag whose change starts it from zero.

    The rate is ``exp(slope · (T − reference_c))`` per minute from ``from_c`` up; ``lo``..``hi`` is the range of the
    temperature, ``address`` what the engineer wrote.
    """

    handle: int
    name: str
    source: int
    reset: int
    reference_c: float
    slope: float
    from_c: float
    lo: float
    hi: float
    address: str


def is_integral(address: str) -> bool:
    """Whether the address of a computed tag is (or was meant to be) an integral and no expression."""
    return _CALL.search(address) is not None


def parse_integral(tag: TagDef, tags: TagTable) -> Integral:
    """The integral that ``tag`` is. Raises :class:`~line.expr.ExpressionError` with a remedy."""
    call = _call(tag.address)
    kind = call.func.id if isinstance(call.func, ast.Name) else ""
    places = {LETHALITY: 5, PASTEURISATION: 2}
    if len(call.args) != places[kind] or call.keywords:
        raise ExpressionError(f"{kind} takes {places[kind]} values, {len(call.args)} given", f"Write {_FORMS[kind]}")
    source, reset = (_tag(call.args[i], tags, kind) for i in (0, -1))
    if kind == LETHALITY:
        reference, z, start = (_number(a, kind) for a in call.args[1:4])
        if z <= 0:
            raise ExpressionError(f"z is {z:g} K", "Write the rise that makes the effect ten times as fast, such as 10")
        slope = math.log(10.0) / z
    else:
        reference, slope, start = PU_REFERENCE_C, math.log(PU_BASE), math.nextafter(PU_FROM_C, math.inf)
    _check(tag, kind, source, reset)
    if slope * (source.hi - reference) > _STEEPEST * math.log(10.0) and not source.broken:
        raise ExpressionError(
            f"at {source.hi:g} °C, the end of the range of {source.name}, it would count more than 10^{_STEEPEST:g} per minute",
            "Correct reference and z, or the range of the tag",
        )
    return Integral(
        tag.handle, tag.name, source.handle, reset.handle, reference, slope, start, source.lo, source.hi, tag.address
    )  # fmt: skip


def reads(tag: TagDef, tags: TagTable) -> tuple[int, ...]:
    """What an integral needs in Good quality; nothing while its address is wrong, which is told elsewhere."""
    try:
        integral = parse_integral(tag, tags)
    except ExpressionError:
        return ()
    return integral.source, integral.reset


def _call(address: str) -> ast.Call:
    forms = " or ".join(_FORMS.values())
    try:
        body = ast.parse(address.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"'{address}' is no integral", f"Write {forms}") from error
    if isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id in _FORMS:
        return body
    remedy = f"Give it a tag of its own with the address {forms}, and compute with that tag"
    raise ExpressionError("an integral over time is the whole address of a tag", remedy)


def _tag(node: ast.expr, tags: TagTable, kind: str) -> TagDef:
    name = ast.unparse(node)
    tag = tags.find(name)
    if tag is None:
        raise ExpressionError(f"there is no tag '{name}'", f"Correct the name or add the tag; the form is {_FORMS[kind]}")
    if tag.kind is TagKind.STRING:
        raise ExpressionError(f"'{name}' is a text", "Name a tag that holds a number")
    return tag


def _number(node: ast.expr, kind: str) -> float:
    sign = -1.0 if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else 1.0
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)) else node
    given = inner.value if isinstance(inner, ast.Constant) else None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not abs(given) < 1e6:
        raise ExpressionError(f"'{ast.unparse(node)}' is no number", f"Write {_FORMS[kind]}")
    return sign * float(given)


def _check(tag: TagDef, kind: str, source: TagDef, reset: TagDef) -> None:
    if tag.handle in (source.handle, reset.handle):
        raise ExpressionError("the integral reads itself", "Name the temperature, and the tag that starts it from zero")
    if source.handle == reset.handle:
        raise ExpressionError(f"{source.name} would start it from zero at every change", "Name another tag, such as BatchNo")
    if tag.kind is not TagKind.FLOAT:
        raise ExpressionError(f"an integral is a float, not {tag.kind}", "Write float into the column kind")
    if source.eu != "°C" and not source.broken:
        raise ExpressionError(f"{source.name} is in {source.eu or 'no unit'}", f"{kind} is counted from a temperature in °C")
    if tag.eu != _RESULT_EU[kind]:
        raise ExpressionError(f"the unit is {tag.eu or 'missing'}", f"Write {_RESULT_EU[kind]} into the column eu")


@dataclass(frozen=True, slots=True)
class IntegralState:
    """Where the integrals stand, each in the order of the line's.

    ``sums`` are in min or PU, ``starts`` the value of the tag that starts an integral from zero (None before its first Good
    one). ``rates`` is what the last scan counted per minute, 0 when it did not count; ``now_ns`` the time of the last scan in
    which anything counted.
    """

    now_ns: int
    sums: tuple[float, ...]
    rates: tuple[float, ...]
    starts: tuple[float | None, ...]


_NO_VIEW: Final[JsonObject] = {}


class IntegralStage:
    """The first stage of the scan: it reads the frozen image and publishes the sums, which the next image has.

    A scan in which nothing counts (all are too cold, or stand still) costs no new state and so nothing to save.
    """

    def __init__(self, integrals: Sequence[Integral], gap_ns: int) -> None:
        """``gap_ns``: a longer interval between two scans is one in which nobody measured, and adds nothing."""
        self._integrals = tuple(integrals)
        self._gap_ns = gap_ns

    @property
    def name(self) -> str:
        """Key of its state in the journal."""
        return "integrals"

    @property
    def command_kinds(self) -> frozenset[str]:
        """It answers none."""
        return frozenset()

    def initial(self) -> IntegralState:
        """Nothing was counted, and nothing is known of what starts the integrals from zero."""
        count = len(self._integrals)
        return IntegralState(0, (0.0,) * count, (0.0,) * count, (None,) * count)

    def step(self, state: IntegralState, scan: Scan) -> IntegralState:
        """Count one interval and publish; the same state when nothing counted in this scan nor in the last."""
        if not self._integrals:
            return state
        passed_ns = scan.now_ns - state.now_ns
        minutes = passed_ns / NS_PER_MIN * scan.pace if 0 < passed_ns <= self._gap_ns else 0.0
        value, status, publish = scan.image.value.item, scan.image.status.item, scan.published.append
        sums: list[float] = []
        rates: list[float] = []
        starts: list[float | None] = []
        for integral, old, rate_before, start in zip(self._integrals, state.sums, state.rates, state.starts, strict=True):
            total, rate, known = old, 0.0, start
            if status(integral.reset) < _GOOD_BELOW:
                known = value(integral.reset)
                total = old if known == start else 0.0
            temperature = value(integral.source)
            measured = status(integral.source) < _GOOD_BELOW and integral.lo <= temperature <= integral.hi
            counts = measured and status(integral.reset) < _GOOD_BELOW
            if counts and temperature >= integral.from_c:
                rate = math.exp(integral.slope * (temperature - integral.reference_c))
                if known == start:
                    total += min(rate, rate_before) * minutes
            if known is not None:
                publish((integral.handle, total, _GOOD if counts else _STANDS))
            sums.append(total)
            rates.append(rate)
            starts.append(known)
        if not any(rates) and not any(state.rates) and starts == list(state.starts):
            return state
        after = IntegralState(scan.now_ns, tuple(sums), tuple(rates), tuple(starts))
        return state if passed_ns == 0 and after == state else after

    def view(self, state: IntegralState) -> JsonObject:
        """Nothing: the values are tags."""
        del state
        return _NO_VIEW

    def save(self, state: IntegralState) -> JsonObject:
        """Sums by the name of the tag, with the address they were counted by."""
        rows = zip(self._integrals, state.sums, state.starts, strict=True)
        saved: dict[str, Json] = {i.name: [i.address, total, start] for i, total, start in rows if start is not None}
        return saved

    def restore(self, saved: JsonObject, now_ns: int) -> IntegralState:
        """The sums as they stood; the time in between adds nothing. An integral whose address has changed starts anew.

        Raises ValueError when ``saved`` is not what :meth:`save` gave.
        """
        del now_ns
        sums: list[float] = []
        starts: list[float | None] = []
        for integral in self._integrals:
            total, start = _saved_sum(saved.get(integral.name), integral.address)
            sums.append(total)
            starts.append(start)
        return IntegralState(0, tuple(sums), (0.0,) * len(sums), tuple(starts))


def _saved_sum(row: Json, address: str) -> tuple[float, float | None]:
    if row is None:
        return 0.0, None
    match row:
        case [str(source), int() | float() as total, int() | float() as start]:
            return (float(total), float(start)) if source == address else (0.0, float(start))
        case _:
            raise ValueError(f"{row!r} is no saved integral")
