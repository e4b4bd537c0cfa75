"""Register map of PLC 1 as its own programmer wrote it: reception, grinder, cutter, tumbler and filler over Modbus TCP, the
platform scale for ingredients, and the horn and the stack light of the site, which are driven by one register each.

Addresses are 0-based. 32-bit values take two registers, high word first. A raw count times ``scale`` is the engineering
value. The map is kept apart from ``lines/sausage/tags.csv`` on purpose: a test compares the two.
"""

from __future__ import annotations

from typing import Final

from simulators.variables import Variable, Wire

_TYPES: Final = {"f": Wire.FLOAT32, "i": Wire.INT16, "u": Wire.UINT16, "d": Wire.UINT32}
_WORDS: Final = {Wire.FLOAT32: 2, Wire.INT16: 1, Wire.UINT16: 1, Wire.UINT32: 2}

REGISTER_COUNT: Final = 600
"""Registers and bits 0…599 of every area can be read; those without a variable are 0. Beyond is exception 2."""


def _input(name: str, register: int, kind: str, scale: float = 1.0, initial: float = 0.0) -> Variable:
    wire = _TYPES[kind]
    return Variable(name, f"ir:{register}:{wire}", wire, scale, initial=initial)


def _bit(name: str, number: int, initial: float = 0.0) -> Variable:
    return Variable(name, f"di:{number}", Wire.BIT, initial=initial)


def _setpoint(name: str, register: int, lo: float, hi: float, initial: float) -> Variable:
    return Variable(name, f"hr:{register}:float32", Wire.FLOAT32, 1.0, True, initial, lo, hi)


def _switch(name: str, register: int) -> Variable:
    return Variable(name, f"hr:{register}:uint16", Wire.UINT16, writable=True)


def _handshake(unit: str, base: int) -> list[Variable]:
    def request(word: str, register: int) -> Variable:
        return Variable(f"{unit}.{word}", f"hr:{register}:uint16", Wire.UINT16, writable=True)

    return [
        request("PhId", base + 40),
        request("PhCmd", base + 41),
        request("BatchNo", base + 42),
        request("PhReq", base + 43),
        _input(f"{unit}.PhSts", base + 60, "u"),
        _input(f"{unit}.PhAct", base + 61, "u"),
        _input(f"{unit}.PhAck", base + 62, "u"),
        _input(f"{unit}.PhRes", base + 63, "u"),
        _input(f"{unit}.PhTime", base + 64, "d"),
        _input(f"{unit}.PhDone", base + 66, "u", 0.1),
    ]


PLC1_VARIABLES: Final[tuple[Variable, ...]] = (
    _input("PLC1.Heartbeat", 0, "u"),
    _input("PLC1.CycleTime", 1, "u", 0.1),
    Variable("PLC1.SupHeartbeat", "hr:0:uint16", Wire.UINT16, writable=True),
    _bit("PLC1.SupOk", 0),
    _bit("PLC1.EStopOk", 1, 1.0),
    _switch("Site.Horn", 1),
    _switch("Site.LightRed", 2),
    _switch("Site.LightAmber", 3),
    _input("R101.Weight", 100, "f"),
    _input("R101.MeatTemp", 102, "i", 0.1, 2.5),
    _input("R101.Charged", 103, "f"),
    _bit("R101.Stable", 100, 1.0),
    _bit("R101.ScaleOk", 101, 1.0),
    _setpoint("R101.SP_Mass", 100, 1.0, 500.0, 140.0),
    *_handshake("R101", 100),
    _input("W101.Gross", 110, "f"),
    _input("W101.Net", 112, "f"),
    _bit("W101.Stable", 110, 1.0),
    _bit("W101.Ok", 111, 1.0),
    _setpoint("W101.Tare", 110, 0.0, 150.0, 0.0),
    _setpoint("W101.Target", 112, 0.0, 150.0, 0.0),
    _input("G101.Current", 200, "f"),
    _input("G101.FeedRate", 202, "f"),
    _input("G101.MeatTemp", 204, "i", 0.1, 4.0),
    _input("G101.Ground", 205, "f"),
    _input("G101.MotorSpeed", 207, "f"),
    _bit("G101.MotorOn", 200),
    _bit("G101.MotorTrip", 201),
    _bit("G101.GuardClosed", 202, 1.0),
    _setpoint("G101.SP_Feed", 200, 100.0, 3000.0, 2000.0),
    *_handshake("G101", 200),
    _input("C201.BatterTemp", 300, "i", 0.1, 7.0),
    _input("C201.Vacuum", 301, "f"),
    _input("C201.KnifeSpeed", 303, "f"),
    _input("C201.BowlSpeed", 305, "f"),
    _input("C201.Power", 307, "f"),
    _input("C201.Mass", 309, "f"),
    _input("C201.IceAdded", 311, "f"),
    _bit("C201.MotorOn", 300),
    _bit("C201.MotorTrip", 301),
    _bit("C201.LidClosed", 302, 1.0),
    _setpoint("C201.SP_Knife", 300, 300.0, 5000.0, 3000.0),
    _setpoint("C201.SP_Vacuum", 302, 0.0, 100.0, 90.0),
    _setpoint("C201.SP_EndTemp", 304, 0.0, 20.0, 11.0),
    _setpoint("C201.SP_Ice", 306, 0.0, 60.0, 28.0),
    _setpoint("C201.SP_Time", 308, 1.0, 3600.0, 540.0),
    *_handshake("C201", 300),
    _input("F301.Vacuum", 400, "f"),
    _input("F301.PortionMass", 402, "u", 0.1, 500.0),
    _input("F301.Rate", 403, "f"),
    _input("F301.HopperMass", 405, "f"),
    _input("F301.BatterTemp", 407, "i", 0.1, 8.0),
    _input("F301.Portions", 408, "d"),
    _input("F301.Residue", 410, "f"),
    _bit("F301.MotorOn", 400),
    _bit("F301.MotorTrip", 401),
    _bit("F301.CasingOk", 402, 1.0),
    _setpoint("F301.SP_Vacuum", 400, -1.0, 0.0, -0.9),
    _setpoint("F301.SP_Portion", 402, 100.0, 1000.0, 500.0),
    _setpoint("F301.SP_Rate", 404, 1.0, 120.0, 50.0),
    *_handshake("F301", 400),
    _input("T251.Mass", 500, "f"),
    _input("T251.MeatTemp", 502, "i", 0.1, 7.0),
    _input("T251.Vacuum", 503, "f"),
    _input("T251.DrumSpeed", 505, "f"),
    _input("T251.Turns", 507, "f"),
    _input("T251.FreeBrine", 509, "f"),
    _input("T251.BrineAdded", 511, "f"),
    _bit("T251.MotorOn", 500),
    _bit("T251.MotorTrip", 501),
    _bit("T251.LidClosed", 502, 1.0),
    _bit("T251.CoolingOn", 503),
    _setpoint("T251.SP_Brine", 500, 0.0, 80.0, 25.0),
    _setpoint("T251.SP_Speed", 502, 1.0, 20.0, 12.0),
    _setpoint("T251.SP_Vacuum", 504, 0.0, 100.0, 90.0),
    _setpoint("T251.SP_Temp", 506, 0.0, 12.0, 4.0),
    _setpoint("T251.SP_Time", 508, 1.0, 36000.0, 1200.0),
    *_handshake("T251", 500),
)


def parse_address(address: str) -> tuple[str, int, int]:
    """Area ('ir', 'hr' or 'di'), first register or bit, and how many of them, of an address such as ``ir:100:float32``."""
    area, number, *kind = address.split(":")
    return area, int(number), _WORDS[Wire(kind[0])] if kind else 1
