"""The Modbus driver flat out: beside pymodbus and beside libmodbus in C, on the same blocks of the same device, in turns."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.figure import Figure, median, short
from benchmarks.plant import STRIDE
from benchmarks.processes import (
    CLIENT,
    Answer,
    MissingProgramError,
    Process,
    modbus_device,
    native_program,
    native_run,
    worker,
    workshop,
)

TAGS: Final = 2000
DEVICES: Final = 4
PIPELINED: Final = 4
_US: Final = 1e6
_LAYOUT: Final = f"float32 tags every {STRIDE} registers"


class Bench:
    """A device and a client for one benchmark, each in a process of its own."""

    def __init__(self, stack: ExitStack, *, native: bool, quick: bool, devices: int = DEVICES, tags: int = TAGS) -> None:
        self.quick = quick
        self.tags = tags = tags // 10 if quick else tags
        self.folder: Path = stack.enter_context(workshop())
        self.ports, self.server = stack.enter_context(modbus_device(self.folder, devices, tags // devices, STRIDE, native=native))
        self.client: Process = stack.enter_context(worker("client"))
        self.rounds = 1 if quick else 9

    def flat_out(self, client: str, cycles: int, *, devices: int = 1, in_flight: int = 1) -> Answer:
        """``cycles`` polls of the first ``devices`` without a pause."""
        tags = self.tags // len(self.ports) * devices
        size = {"ports": self.ports[:devices], "tags": tags, "in_flight": in_flight}
        cycles = max(1, cycles // 20) if self.quick else cycles
        return self.client.ask(what="polls", client=client, size=size, period_ms=0, warm_up=cycles // 5, cycles=cycles)

    def libmodbus(self, period_ms: int, warm_up: int, cycles: int, devices: int = 1) -> Answer:
        """The C client on the same devices. Raises MissingProgramError."""
        program = native_program(self.folder, CLIENT)
        numbers = (self.tags // len(self.ports), STRIDE, period_ms, warm_up, cycles, *self.ports[:devices])
        return native_run(program, *(str(n) for n in numbers))


def per_request_us(answers: list[Answer], key: str = "seconds") -> float:
    """Median microseconds of a request over the rounds."""
    return median([a[key] / a["requests"] for a in answers]) * _US


def modbus_tags_per_s(quick: bool = False) -> Figure:
    """Tags per second that the driver reads and decodes flat out, one process against one, from one and from four devices."""
    extra: dict[str, float] = {}
    with ExitStack() as stack:
        bench = Bench(stack, native=False, quick=quick)
        answers: dict[str, list[Answer]] = {}
        for _ in range(bench.rounds):
            for devices in (1, DEVICES):
                for in_flight in (1, PIPELINED):
                    answer = bench.flat_out("potok", 300 // devices, devices=devices, in_flight=in_flight)
                    answers.setdefault(f"tags_per_s_{devices}_devices_{in_flight}_in_flight", []).append(answer)
        for key, found in answers.items():
            extra[key] = round(median([a["tag_reads"] / a["seconds"] for a in found]))
            extra[f"{key}_cpu_share"] = short(median([a["cpu_s"] / a["seconds"] for a in found]))
    value = extra[f"tags_per_s_{DEVICES}_devices_1_in_flight"]
    about = f"{_LAYOUT}, {DEVICES} devices on one {bench.server} server, one request under way per device, values decoded"
    return Figure("modbus_tags_per_s", value, "tags/s", about=about, extra=extra)


def modbus_vs_pymodbus(quick: bool = False) -> Figure:
    """Time per request of the driver, decoding included, against pymodbus' async client without decoding; one under way each."""
    with ExitStack() as stack:
        bench = Bench(stack, native=True, quick=quick)
        ours, theirs, decoded, pipelined = list[Answer](), list[Answer](), list[Answer](), list[Answer]()
        for _ in range(bench.rounds):
            ours.append(bench.flat_out("potok", 150))
            theirs.append(bench.flat_out("pymodbus_raw", 150))
            decoded.append(bench.flat_out("pymodbus", 150))
            pipelined.append(bench.flat_out("potok", 150, in_flight=PIPELINED))
    value, baseline = per_request_us(ours), per_request_us(theirs)
    cpu, baseline_cpu = per_request_us(ours, "cpu_s"), per_request_us(theirs, "cpu_s")
    extra = {
        "cpu_us": short(cpu), "baseline_cpu_us": short(baseline_cpu), "cpu_ratio": short(baseline_cpu / cpu),
        "baseline_decoded_us": short(per_request_us(decoded)), "baseline_decoded_cpu_us": short(per_request_us(decoded, "cpu_s")),
        f"us_{PIPELINED}_in_flight": short(per_request_us(pipelined)),
        f"cpu_us_{PIPELINED}_in_flight": short(per_request_us(pipelined, "cpu_s")),
    }  # fmt: skip
    about = f"a request of 122 registers, 31 of our tags decoded and none of theirs; one device on a {bench.server} server"
    return Figure("modbus_vs_pymodbus", short(value), "us/request", short(baseline), short(baseline / value), about, extra)


def modbus_vs_libmodbus(quick: bool = False) -> Figure:
    """Time per request of the driver against a client in C on libmodbus, floats decoded by both; one under way each."""
    with ExitStack() as stack:
        bench = Bench(stack, native=True, quick=quick)
        ours, theirs, pipelined = list[Answer](), list[Answer](), list[Answer]()
        missing = ""
        for _ in range(bench.rounds):
            ours.append(bench.flat_out("potok", 150))
            pipelined.append(bench.flat_out("potok", 150, in_flight=PIPELINED))
            try:
                theirs.append(bench.libmodbus(0, 10, 10 if quick else 150))
            except MissingProgramError as why:
                missing = str(why)
    value, cpu = per_request_us(ours), per_request_us(ours, "cpu_s")
    extra = {
        "cpu_us": short(cpu), f"us_{PIPELINED}_in_flight": short(per_request_us(pipelined)),
        f"cpu_us_{PIPELINED}_in_flight": short(per_request_us(pipelined, "cpu_s")),
    }  # fmt: skip
    about = f"a request of 122 registers, 31 tags decoded by both; one device on a {bench.server} server"
    if missing:
        return Figure("modbus_vs_libmodbus", short(value), "us/request", about=about, extra=extra, missing=missing)
    baseline, baseline_cpu = per_request_us(theirs), per_request_us(theirs, "cpu_s")
    extra |= {"baseline_cpu_us": short(baseline_cpu), "cpu_ratio": short(baseline_cpu / cpu)}
    return Figure("modbus_vs_libmodbus", short(value), "us/request", short(baseline), short(baseline / value), about, extra)


def modbus_cpu_s_per_1000(quick: bool = False) -> Figure:
    """CPU seconds of the client per 1,000 tag reads at 100 ms: the whole engine, its drivers alone, and two programs by hand."""
    cycles, warm_up, rounds = (3, 1, 1) if quick else (30, 4, 2)
    found: dict[str, list[Answer]] = {}
    missing = ""
    with ExitStack() as stack:
        bench = Bench(stack, native=True, quick=quick)
        size: Mapping[str, object] = {"ports": bench.ports, "tags": bench.tags}
        piped = {**size, "in_flight": PIPELINED}
        paced = {"what": "polls", "size": size, "period_ms": 100, "warm_up": warm_up, "cycles": cycles}
        whole = {"what": "engine", "size": size, "warm_up": warm_up, "scans": cycles, "realtime": True}
        requests = {
            "engine": whole, "engine_piped": {**whole, "size": piped}, "engine_journal": {**whole, "journal": True},
            "engine_normal_priority": {**whole, "realtime": False}, "drivers": {**paced, "client": "potok"},
            "pymodbus": {**paced, "client": "pymodbus"},
        }  # fmt: skip
        for _ in range(rounds):
            for name, request in requests.items():
                found.setdefault(name, []).append(bench.client.ask(**request))
            try:
                found.setdefault("libmodbus", []).append(bench.libmodbus(100, warm_up, cycles, DEVICES))
            except MissingProgramError as why:
                missing = str(why)
    extra: dict[str, float] = {}
    for name, answers in found.items():
        if answers:
            extra[f"{name}_cpu_s"] = short(median([_per_1000(a) for a in answers]))
            extra[f"{name}_interval_p50_ms"] = short(median([a["interval_p50_ms"] for a in answers]), 4)
            extra[f"{name}_interval_p99_ms"] = short(max(a["interval_p99_ms"] for a in answers), 4)
    value, baseline = extra["engine_cpu_s"], extra["pymodbus_cpu_s"]
    about = (
        f"{bench.tags} {_LAYOUT} over {DEVICES} devices at 100 ms, every tenth with an alarm, on one {bench.server} server; "
        f"{measures(found['engine'][0])}; "
        "baseline: pymodbus by hand with ideal blocks"
    )
    return Figure(
        "modbus_cpu_s_per_1000", value, "CPU s per 1,000 tag reads", baseline, short(baseline / value), about, extra, missing
    )


def measures(answer: Answer) -> str:
    """What an engine was granted."""
    priority = "real-time priority" if answer["fifo"] else "normal priority"
    return f"{priority}, memory {'locked' if answer['locked'] else 'not locked'}"


def _per_1000(answer: Answer) -> float:
    return answer["cpu_s"] / answer["tag_reads"] * 1000.0
