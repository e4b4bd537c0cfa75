"""A poll of PLC 1's tags: Potok's driver against the usual way with pymodbus, both against the same server process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient

from benchmarks.figure import Figure, median
from line.clock import NS_PER_MS, SystemClock, perf_counter_ns
from line.devices import ModbusDevice
from line.driver import DriverContext
from line.messages import LinkState
from line.tags import TagTable
from plc_drivers.build import DriverFactory
from potok.linefolder import find_folder, load_line

_POLLS = 60
_ROUNDS = 5
_SCAN_MS = 250
_DATATYPES = {
    "int16": AsyncModbusTcpClient.DATATYPE.INT16,
    "uint16": AsyncModbusTcpClient.DATATYPE.UINT16,
    "int32": AsyncModbusTcpClient.DATATYPE.INT32,
    "uint32": AsyncModbusTcpClient.DATATYPE.UINT32,
    "float32": AsyncModbusTcpClient.DATATYPE.FLOAT32,
}


def line_poll_vs_pymodbus(quick: bool = False) -> Figure:
    """Milliseconds per poll of all tags of PLC 1; the baseline groups contiguous registers and converts tag by tag."""
    line = load_line(find_folder("sausage"))
    config = line.model.file.devices["plc1"]
    assert isinstance(config, ModbusDevice)
    rounds, polls = (1, 3) if quick else (_ROUNDS, _POLLS)
    with _simulators() as port:
        ours, theirs = asyncio.run(_measure(config.model_copy(update={"port": port}), line.model.tags, rounds, polls))
    about = f"{len(line.model.tags.of_device('plc1'))} tags per poll, medians of {rounds} alternating rounds of {polls}"
    return Figure("line_poll_vs_pymodbus", round(ours, 3), "ms/poll", round(theirs, 3), round(theirs / ours, 2), about)


@contextmanager
def _simulators() -> Iterator[int]:
    arguments = [sys.executable, "-m", "potok", "sim", "sausage", "--json", "--follow-stdin"]
    arguments += ["--modbus-port", "0", "--opcua-port", "0", "--control-port", "0"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(json.loads(process.stdout.readline())["modbus"])
        finally:
            process.terminate()


async def _measure(config: ModbusDevice, tags: TagTable, rounds: int, polls: int) -> tuple[float, float]:
    clock = SystemClock()
    driver = DriverFactory(DriverContext(clock, _SCAN_MS, Path("pki"), Path())).make("plc1", config, tags)
    client = AsyncModbusTcpClient(config.host, port=config.port, timeout=1, retries=0)
    addresses = [_parsed(t.address) for t in tags.of_device("plc1")]
    await driver.open()
    await client.connect()
    try:
        while driver.link().state is not LinkState.UP:
            await clock.sleep_until_ns(clock.monotonic_ns() + 20 * NS_PER_MS)
            await driver.poll()
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(rounds):
            began_ns = perf_counter_ns()
            for _ in range(polls):
                await driver.poll()
            ours.append((perf_counter_ns() - began_ns) / NS_PER_MS / polls)
            began_ns = perf_counter_ns()
            for _ in range(polls):
                await _plain_poll(client, config.unit_id, addresses)
            theirs.append((perf_counter_ns() - began_ns) / NS_PER_MS / polls)
        return median(ours), median(theirs)
    finally:
        client.close()
        await driver.close()


@dataclass(frozen=True)
class _Address:
    """An address of ``tags.csv`` as far as the shipped line has them: ``type`` is '' for a bit of a bit table."""

    table: str
    start: int
    type: str

    @property
    def count(self) -> int:
        return 2 if self.type.endswith("32") else 1


def _parsed(text: str) -> _Address:
    table, start, *kind = text.split(":")
    number, _, bit = start.partition(".")
    return _Address(table, int(number), kind[0] if kind else "uint16" if bit else "")


async def _plain_poll(client: AsyncModbusTcpClient, unit: int, addresses: list[_Address]) -> None:
    """What a program on pymodbus alone does: one request per run of adjacent addresses, then tag by tag."""
    reads = {
        "co": client.read_coils,
        "di": client.read_discrete_inputs,
        "hr": client.read_holding_registers,
        "ir": client.read_input_registers,
    }
    for run in _runs(addresses):
        first, last = run[0], run[-1]
        count = last.start + last.count - first.start
        answer = await reads[first.table](first.start, count=count, device_id=unit)
        for address in run:
            at = address.start - first.start
            if not address.type:
                _ = answer.bits[at]
            else:
                registers = answer.registers[at : at + address.count]
                client.convert_from_registers(registers, _DATATYPES[address.type])


def _runs(addresses: list[_Address]) -> Iterator[list[_Address]]:
    run: list[_Address] = []
    for address in sorted(addresses, key=lambda a: (a.table, a.start)):
        if run and (address.table != run[-1].table or address.start != run[-1].start + run[-1].count):
            yield run
            run = []
        run.append(address)
    if run:
        yield run
