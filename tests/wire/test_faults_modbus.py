"""Every fault of the network between a line and a Modbus device: scans in time, no wrong value, marked soon, back by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from simulators.fault_proxy import FaultProxy, Impairment, Way
from tests.waiting import until
from tests.wire.fault_line import CLOCK, Fault, FaultLine, encoded, endure
from tests.wire.fault_modbus import serving

TIMEOUT_MS = 150
ANSWERS = (Way.TO_CLIENT,)
REQUESTS = (Way.TO_SERVER,)


SILENT = ("no answer within 150 ms", "no answer in 2 polls")
GARBAGE = ("is not Modbus TCP", "not an answer", "no Modbus", "transaction id")
FAULTS = [
    Fault("latency beyond the time-out", lambda p: p.impair(Impairment(latency_ms=250), ANSWERS), SILENT),
    Fault("latency within the time-out", lambda p: p.impair(Impairment(latency_ms=10, jitter_ms=10)), good="kept"),
    Fault("answers lost", lambda p: p.impair(Impairment(loss=1.0), ANSWERS), SILENT),
    Fault("requests lost", lambda p: p.impair(Impairment(loss=1.0), REQUESTS), SILENT),
    Fault("a third of the answers lost", lambda p: p.impair(Impairment(loss=0.34), ANSWERS), ("no answer",), good="either"),
    Fault("cut once", lambda p: p.cut(), ("reset the connection",), good="either"),
    Fault("cut off", lambda p: p.cut_off(), ("refuses the connection",)),
    Fault("half-open", lambda p: p.freeze(), SILENT),
    Fault("answers replaced by garbage", lambda p: p.impair(Impairment(replace=1.0), ANSWERS), GARBAGE),
    Fault("garbage before the answers", lambda p: p.impair(Impairment(inject=5), ANSWERS), GARBAGE),
    Fault(
        "requests replaced by garbage", lambda p: p.impair(Impairment(replace=1.0), REQUESTS), ("closed the connection", *SILENT)
    ),
    Fault("slow drip", lambda p: p.impair(Impairment(drip_ms=20), ANSWERS), ("stopped after", *SILENT)),
    Fault("truncated answers", lambda p: p.impair(Impairment(truncate=9), ANSWERS), ("stopped after", *SILENT)),
    Fault("truncated heads", lambda p: p.impair(Impairment(truncate=3), ANSWERS), ("stopped after", *SILENT)),
]


def play(fault: Fault, folder: Path, *, rtu: bool = False) -> None:
    async def main() -> None:
        transport = "rtu_over_tcp" if rtu else "tcp"
        async with serving(rtu=rtu) as port, FaultProxy(port, CLOCK, seed=7) as proxy:
            keys = f"driver: modbus, transport: {transport}, timeout_ms: {TIMEOUT_MS}"
            line = FaultLine(f"{keys}, port: {proxy.port}", f"{keys}, port: {port}", "hr:{at}:int64", folder)
            await endure(line, proxy, fault, TIMEOUT_MS)
        await until(lambda: asyncio.all_tasks() == {asyncio.current_task()}, what="the end of all tasks")

    asyncio.run(main())


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_modbus_tcp(fault: Fault, tmp_path: Path) -> None:
    play(fault, tmp_path)


RTU_FAULTS = [
    Fault("one byte in two hundred changed", lambda p: p.impair(Impairment(flip=0.005)), ("CRC",), good="either", scans=30),
    Fault("answers replaced by garbage", lambda p: p.impair(Impairment(replace=1.0), ANSWERS), ("CRC", "no answer")),
    Fault("answers too late", lambda p: p.impair(Impairment(latency_ms=200), ANSWERS), SILENT),
    Fault("half-open", lambda p: p.freeze(), SILENT),
    Fault("truncated answers", lambda p: p.impair(Impairment(truncate=9), ANSWERS), ("stopped after", "CRC", *SILENT)),
]


@pytest.mark.parametrize("fault", RTU_FAULTS, ids=str)
def test_rtu_over_tcp(fault: Fault, tmp_path: Path) -> None:
    play(fault, tmp_path, rtu=True)


def test_the_judge_sees_a_wrong_value(tmp_path: Path) -> None:
    keys = "driver: modbus, port: 502"
    line = FaultLine(keys, keys, "hr:{at}:int64", tmp_path)
    now_ns = CLOCK.now_ns()
    line.judge(1, encoded(1, now_ns), now_ns)
    assert line.faults == []
    line.judge(1, encoded(2, now_ns), now_ns)
    line.judge(1, encoded(1, now_ns + 10_000_000), now_ns)
    line.judge(1, encoded(1, now_ns - 60_000_000_000), now_ns)
    line.judge(1, encoded(1, now_ns - 10_000_000), now_ns)
    assert ["never had" in fault for fault in line.faults] == [True, True, True, False]
    assert "went back" in line.faults[3]
