"""OPC UA changes through the driver beside asyncua alone, from the same server in a process of its own, in turns."""

from __future__ import annotations

from benchmarks.figure import Figure, median, short
from benchmarks.processes import Answer, worker

_PERIOD_MS = 100


def opcua_vs_asyncua(quick: bool = False) -> Figure:
    """Changes that one core of the client can take in a second: the inverse of the CPU that a change costs."""
    nodes, rounds, seconds = (100, 1, 0.5) if quick else (1000, 3, 5.0)
    ours: list[Answer] = []
    theirs: list[Answer] = []
    with worker("opcua_device", str(nodes), str(_PERIOD_MS)) as device, worker("client") as client:
        url = device.told()["url"]
        for _ in range(rounds):
            for name, answers in (("potok", ours), ("asyncua", theirs)):
                request = {"what": "opcua", "client": name, "url": url, "nodes": nodes, "publishing_ms": _PERIOD_MS}
                answers.append(client.ask(**request, seconds=seconds))
    value, baseline = _per_core(ours), _per_core(theirs)
    extra = {
        "changes_per_s": round(_rate(ours)), "baseline_changes_per_s": round(_rate(theirs)),
        "cpu_us_per_change": short(1e6 / value), "baseline_cpu_us_per_change": short(1e6 / baseline),
        "conflated_share": short(max(a["conflated_share"] for a in ours)),
        "baseline_conflated_share": short(max(a["conflated_share"] for a in theirs)),
    }  # fmt: skip
    about = f"{nodes} nodes that change every {_PERIOD_MS} ms, subscribed; ours also polled every 50 ms; baseline: a handler"
    return Figure(
        "opcua_vs_asyncua", round(value), "changes/s of one core", round(baseline), short(value / baseline), about, extra
    )  # fmt: skip


def _per_core(answers: list[Answer]) -> float:
    return median([a["changes"] / a["cpu_s"] for a in answers])


def _rate(answers: list[Answer]) -> float:
    return median([a["changes"] / a["seconds"] for a in answers])
