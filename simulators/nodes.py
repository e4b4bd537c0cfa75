"""Nodes of PLC 2 as its own programmer wrote them: smokehouses, chiller, packer and utilities over OPC UA."""

from __future__ import annotations

from typing import Final

from simulators.variables import PHASE_REQUEST_WORDS, Variable, Wire

NAMESPACE_URI: Final = "urn:potok:sim:plc2"
"""Namespace of every node of PLC 2; node ids are strings, ``s=S401.ChamberTemp``."""


def _node(name: str, wire: Wire = Wire.DOUBLE, initial: float = 0.0) -> Variable:
    return Variable(name, f"s={name}", wire, initial=initial)


def _flag(name: str, initial: float = 0.0) -> Variable:
    return _node(name, Wire.BOOLEAN, initial)


def _setpoint(name: str, lo: float, hi: float, initial: float) -> Variable:
    return Variable(name, f"s={name}", Wire.DOUBLE, 1.0, True, initial, lo, hi)


def _handshake(unit: str) -> list[Variable]:
    requests = [Variable(f"{unit}.{w}", f"s={unit}.{w}", Wire.UA_UINT16, writable=True) for w in PHASE_REQUEST_WORDS]
    words = [_node(f"{unit}.{w}", Wire.UA_UINT16) for w in ("PhSts", "PhAct", "PhAck", "PhRes")]
    return [*requests, *words, _node(f"{unit}.PhTime", Wire.UA_UINT32), _node(f"{unit}.PhDone")]


def _smokehouse(unit: str) -> list[Variable]:
    return [
        _node(f"{unit}.ChamberTemp", initial=12.0),
        _node(f"{unit}.Humidity", initial=60.0),
        _node(f"{unit}.CoreTemp", initial=12.0),
        _node(f"{unit}.SteamValve"),
        _node(f"{unit}.SteamValveFb"),
        _node(f"{unit}.FanSpeed"),
        _node(f"{unit}.Damper"),
        _node(f"{unit}.SmokeDensity"),
        _node(f"{unit}.ProductMass"),
        _node(f"{unit}.F70"),
        _flag(f"{unit}.SmokeOn"),
        _flag(f"{unit}.FanTrip"),
        _flag(f"{unit}.DoorClosed", 1.0),
        _setpoint(f"{unit}.SP_Temp", 2.0, 110.0, 20.0),
        _setpoint(f"{unit}.SP_RH", 0.0, 100.0, 60.0),
        _setpoint(f"{unit}.SP_Core", 0.0, 90.0, 72.0),
        _setpoint(f"{unit}.SP_Time", 1.0, 36000.0, 1800.0),
        *_handshake(unit),
    ]


PLC2_VARIABLES: Final[tuple[Variable, ...]] = (
    _node("PLC2.Heartbeat", Wire.UA_UINT16),
    _node("PLC2.CycleTime"),
    Variable("PLC2.SupHeartbeat", "s=PLC2.SupHeartbeat", Wire.UA_UINT16, writable=True),
    _flag("PLC2.SupOk"),
    _flag("PLC2.EStopOk", 1.0),
    *_smokehouse("S401"),
    *_smokehouse("S402"),
    _node("H501.AirTemp", initial=3.0),
    _node("H501.CoreTemp", initial=3.0),
    _node("H501.FanSpeed"),
    _node("H501.ColdValve"),
    _node("H501.ProductMass"),
    _flag("H501.FanTrip"),
    _flag("H501.DoorClosed", 1.0),
    _setpoint("H501.SP_Air", -10.0, 20.0, 2.0),
    _setpoint("H501.SP_Core", 0.0, 30.0, 8.0),
    *_handshake("H501"),
    _node("P601.StateCurrent", Wire.UA_INT32, 2.0),
    _node("P601.UnitModeCurrent", Wire.UA_INT32, 1.0),
    _node("P601.CurMachSpeed"),
    _node("P601.PackCount", Wire.UA_UINT32),
    _node("P601.RejectCount", Wire.UA_UINT32),
    _node("P601.RejectPct"),
    _node("P601.PackedMass"),
    _node("P601.RejectMass"),
    _node("P601.ProductTemp", initial=4.0),
    _node("P601.StopReason", Wire.UA_INT32),
    _flag("P601.Blocked"),
    _flag("P601.Starved"),
    _flag("P601.FilmOk", 1.0),
    _setpoint("P601.SP_Speed", 1.0, 60.0, 42.0),
    Variable("P601.CntrlCmd", "s=P601.CntrlCmd", Wire.UA_INT32, writable=True),
    Variable("P601.CmdChangeRequest", "s=P601.CmdChangeRequest", Wire.BOOLEAN, writable=True),
    *_handshake("P601"),
    _node("Util.SteamPressure", initial=4.0),
    _node("Util.AirPressure", initial=6.3),
    _node("Util.GlycolTemp", initial=-8.0),
    _node("Util.RoomTemp", initial=11.0),
)
