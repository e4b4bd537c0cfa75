"""Faults that can be injected by name, as a table: what each does, what it can be aimed at, what its value means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from simulators.nodes import PLC2_VARIABLES
from simulators.registers import PLC1_VARIABLES
from simulators.variables import PHASE_STATUS_WORDS, Variable, Wire


@dataclass(frozen=True)
class FaultDef:
    """One kind of fault. ``value`` says what the value means, empty when it takes none; ``default`` is used without one.

    ``nuisance``: the process is all right and nobody has anything to do for it, so that an alarm it brings is one too many.
    """

    name: str
    targets: tuple[str, ...]
    effect: str
    value: str = ""
    default: float | None = None
    nuisance: bool = False


@dataclass(frozen=True)
class Fault:
    """A fault that is active; ``value`` as injected (or the default)."""

    name: str
    target: str
    value: float | None


_MEASURED: Final = frozenset({Wire.FLOAT32, Wire.DOUBLE, Wire.INT16, Wire.UINT16})
_COUNTS: Final = frozenset(
    {"Charged", "Ground", "IceAdded", "BrineAdded", "Turns", "Residue", "PackedMass", "RejectMass", "RejectPct", "F70"}
    | {"CycleTime", "Heartbeat"}
)
_OUTPUTS: Final = frozenset({"SteamValve", "ColdValve", "Damper"})
_NOT_SENSORS: Final = _COUNTS | _OUTPUTS | frozenset(PHASE_STATUS_WORDS)


def _sensors(variables: Iterable[Variable]) -> list[str]:
    measured = [v.name for v in variables if v.wire in _MEASURED and not v.writable]
    return [name for name in measured if name.split(".", 1)[1] not in _NOT_SENSORS]


SENSORS: Final = (*_sensors(PLC1_VARIABLES), *_sensors(PLC2_VARIABLES))
"""Measured values: what a sensor fault can be aimed at."""

_PLCS: Final = ("plc1", "plc2")

FAULTS: Final[Mapping[str, FaultDef]] = {
    f.name: f
    for f in (
        FaultDef("sensor_break", SENSORS, "the sensor's wire is broken: Bad, not-a-number on the wire"),
        FaultDef("freeze", SENSORS, "the sensor goes on showing one value", "value to show (default: the present one)"),
        FaultDef("drift", SENSORS, "the sensor drifts away", "engineering units per minute", 1.0),
        FaultDef(
            "noise", SENSORS, "the sensor's reading is noisy", "standard deviation in engineering units", 1.0, nuisance=True
        ),
        FaultDef(
            "stuck_valve",
            ("S401.SteamValve", "S402.SteamValve", "H501.ColdValve"),
            "the valve stays where it is, whatever is asked of it",
            "position in % (default: the present one)",
        ),
        FaultDef(
            "motor_trip", ("G101", "C201", "T251", "F301", "S401", "S402", "H501"), "motor protection trips and stays tripped"
        ),
        FaultDef("link_drop", _PLCS, "the PLC's server closes its connections and accepts none"),
        FaultDef("slow_answers", _PLCS, "the PLC's server answers late", "delay per request in ms", 300.0),
        FaultDef("door_open", ("S401", "S402", "H501"), "a door is open"),
        FaultDef("guard_open", ("G101", "C201", "T251"), "the grinder's guard, the cutter's or the tumbler's lid is open"),
        FaultDef("casing_out", ("F301",), "the casing has run out"),
        FaultDef("film_out", ("P601",), "the film has run out"),
        FaultDef("steam_loss", ("Util",), "the boiler is lost: steam pressure falls in a minute"),
        FaultDef("estop", _PLCS, "an emergency stop of this PLC's part of the line is pressed"),
    )
}
"""Name → what can be injected."""


def check_fault(name: str, target: str) -> FaultDef:
    """The definition, when the fault can be aimed at ``target``. Raises ValueError that lists what exists."""
    fault = FAULTS.get(name)
    if fault is None:
        raise ValueError(f"unknown fault '{name}'; there are {', '.join(FAULTS)}")
    if target not in fault.targets:
        raise ValueError(f"fault '{name}' cannot be aimed at '{target}'; its targets are {', '.join(fault.targets)}")
    return fault
