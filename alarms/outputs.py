"""Horn and stack light: what is to be on, written on change and again while the readback says otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from alarms.escalation_state import Lamp
from alarms.policy import Output
from line.clock import NS_PER_S, has_passed
from line.messages import Write
from line.stage import Scan

ORIGIN: Final = "escalation"
AGAIN_NS: Final = 2 * NS_PER_S
AGAIN_MAX_NS: Final = 64 * NS_PER_S
DARK: Final = Lamp()


def contradicted(outputs: Iterable[Output], lamps: Mapping[str, Lamp], scan: Scan) -> bool:
    """True when some readback asks for :func:`drive`: it differs and it is time to write again, or it agrees again."""
    for output in outputs:
        lamp = lamps.get(output.id, DARK)
        agrees = _agrees(output, lamp.on, scan)
        if agrees is None:
            continue
        if (agrees and lamp.tries) or (not agrees and _again(lamp, scan.now_ns)):
            return True
    return False


def drive(outputs: Iterable[Output], lamps: Mapping[str, Lamp], wanted: frozenset[str], scan: Scan) -> dict[str, Lamp]:
    """Write what is to change, and what did not come out as written: after 2 s, then twice as long each time up to about 1 min.
    Returns the outputs that are on or not settled.

    While the readback is not Good only a change is written: when it is Good again it shows what is left to do.
    """
    driven: dict[str, Lamp] = {}
    for output in outputs:
        lamp = lamps.get(output.id, DARK)
        on = output.id in wanted
        agrees = _agrees(output, on, scan)
        if on != lamp.on:
            lamp = _write(output, Lamp(on), scan)
        elif agrees is False and _again(lamp, scan.now_ns):
            lamp = _write(output, lamp, scan)
        elif agrees and lamp.tries:
            lamp = Lamp(on, lamp.wrote_ns)
        if lamp != DARK:
            driven[output.id] = lamp
    return driven


def _write(output: Output, lamp: Lamp, scan: Scan) -> Lamp:
    scan.writes.append(Write(output.handle, output.on if lamp.on else output.off, ORIGIN))
    return Lamp(lamp.on, scan.now_ns, lamp.tries + 1)


def _again(lamp: Lamp, now_ns: int) -> bool:
    wait_ns = 0 if not lamp.tries else min(AGAIN_NS << min(lamp.tries - 1, 10), AGAIN_MAX_NS)
    return has_passed(wait_ns, lamp.wrote_ns, now_ns)


def _agrees(output: Output, on: bool, scan: Scan) -> bool | None:
    """Whether the readback is what was written; None while it is not Good."""
    value = scan.image.number(output.handle)
    return None if value is None else math.isclose(value, output.on if on else output.off, rel_tol=1e-6, abs_tol=1e-9)
