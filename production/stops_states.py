"""What the state of a machine means for its time, and what that does to a stop: two tables (docs/oee.md draws the second)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from line.phases import PhaseState


class Seen(StrEnum):
    """What a machine does at a moment. Every nanosecond is of one of these, and of one only.

    ``own``: it stands by itself (down, held, stopped); ``external``: it waits for its neighbours (PackML Suspended);
    ``idle``: nothing was asked of it; ``unknown``: its state is not Good. ``same`` stands in tables only: as before.
    """

    RUN = "run"
    OWN = "own"
    EXTERNAL = "external"
    IDLE = "idle"
    UNKNOWN = "unknown"
    SAME = "same"


_RUN, _OWN, _EXT, _IDLE, _SAME = (Seen.RUN, Seen.OWN, Seen.EXTERNAL, Seen.IDLE, Seen.SAME)

PACKML_SEEN: Final[Mapping[int, tuple[Seen, Seen]]] = MappingProxyType({
    1: (_OWN, _OWN),     # Clearing
    2: (_OWN, _IDLE),    # Stopped
    3: (_SAME, _SAME),   # Starting
    4: (_IDLE, _IDLE),   # Idle
    5: (_EXT, _EXT),     # Suspended
    6: (_RUN, _RUN),     # Execute
    7: (_OWN, _OWN),     # Stopping
    8: (_OWN, _OWN),     # Aborting
    9: (_OWN, _OWN),     # Aborted
    10: (_OWN, _OWN),    # Holding
    11: (_OWN, _OWN),    # Held
    12: (_OWN, _OWN),    # Unholding
    13: (_EXT, _EXT),    # Suspending
    14: (_EXT, _EXT),    # Unsuspending
    15: (_SAME, _SAME),  # Resetting
    16: (_SAME, _SAME),  # Completing
    17: (_IDLE, _IDLE),  # Completed
})  # fmt: skip
"""PackML state (ISA-TR88.00.02) → what it means with a batch at the unit, and without one. Held has an inner cause, Suspended an
outer one; a machine that was stopped with no batch waiting for it is idle."""

PACKML_WORD: Final[Mapping[int, str]] = MappingProxyType({
    1: "clearing", 2: "stopped", 3: "starting", 4: "idle", 5: "suspended", 6: "execute", 7: "stopping", 8: "aborting",
    9: "aborted", 10: "holding", 11: "held", 12: "unholding", 13: "suspending", 14: "unsuspending", 15: "resetting",
    16: "completing", 17: "completed",
})  # fmt: skip

_P = PhaseState
PHASE_SEEN: Final[Mapping[int, tuple[Seen, Seen]]] = MappingProxyType({
    int(_P.IDLE): (_IDLE, _IDLE),
    int(_P.RUNNING): (_RUN, _RUN),
    int(_P.COMPLETE): (_IDLE, _IDLE),
    int(_P.PAUSING): (_OWN, _OWN),
    int(_P.PAUSED): (_OWN, _OWN),
    int(_P.HOLDING): (_OWN, _OWN),
    int(_P.HELD): (_OWN, _OWN),
    int(_P.RESTARTING): (_OWN, _OWN),
    int(_P.STOPPING): (_OWN, _OWN),
    int(_P.STOPPED): (_OWN, _IDLE),
    int(_P.ABORTING): (_OWN, _OWN),
    int(_P.ABORTED): (_OWN, _IDLE),
})  # fmt: skip
"""The same for a unit that is known by the ISA-88 state of its phase."""

PHASE_WORD: Final[Mapping[int, str]] = MappingProxyType({int(s): s.name.lower() for s in PhaseState})

SEEN: Final[Mapping[str, Mapping[int, tuple[Seen, Seen]]]] = MappingProxyType({"packml": PACKML_SEEN, "phase": PHASE_SEEN})
WORDS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType({"packml": PACKML_WORD, "phase": PHASE_WORD})


class Open(StrEnum):
    """The stop of a machine that is open at a moment."""

    NONE = "none"
    OWN = "own"
    EXTERNAL = "external"


class Act(StrEnum):
    """What happens to stops in a scan."""

    BEGIN = "begin"
    GO_ON = "go_on"
    END = "end"
    WAIT = "wait"
    """The machine's state is not known: the stop neither grows nor ends."""


_N, _O, _E = Open.NONE, Open.OWN, Open.EXTERNAL
STOP_TABLE: Final[Mapping[Open, Mapping[Seen, tuple[tuple[Act, ...], Open]]]] = MappingProxyType({
    _N: {
        Seen.RUN: ((), _N), Seen.IDLE: ((), _N), Seen.UNKNOWN: ((), _N),
        Seen.OWN: ((Act.BEGIN,), _O), Seen.EXTERNAL: ((Act.BEGIN,), _E),
    },
    _O: {
        Seen.RUN: ((Act.END,), _N), Seen.IDLE: ((Act.END,), _N), Seen.UNKNOWN: ((Act.WAIT,), _O),
        Seen.OWN: ((Act.GO_ON,), _O), Seen.EXTERNAL: ((Act.END, Act.BEGIN), _E),
    },
    _E: {
        Seen.RUN: ((Act.END,), _N), Seen.IDLE: ((Act.END,), _N), Seen.UNKNOWN: ((Act.WAIT,), _E),
        Seen.OWN: ((Act.END, Act.BEGIN), _O), Seen.EXTERNAL: ((Act.GO_ON,), _E),
    },
})  # fmt: skip
"""Open stop → what the machine does → what happens, and which stop is open then. A missing key raises."""
