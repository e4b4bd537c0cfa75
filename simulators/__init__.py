"""Simulated plant and PLCs of the cooked-sausage line: physics, programs, protocol servers, faults. Imports ``line`` only."""

from simulators.faults import FAULTS, Fault, FaultDef
from simulators.plc import SimPlc
from simulators.sausage import SimLine, build_sausage_line

__all__ = ["FAULTS", "Fault", "FaultDef", "SimLine", "SimPlc", "build_sausage_line"]
