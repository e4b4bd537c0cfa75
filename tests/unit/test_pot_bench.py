"""Every benchmark runs and answers finite numbers; that they are good is for ``potok bench`` to show, never for a test."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks import processes
from benchmarks.figure import short
from benchmarks.intervals import interval_figures
from benchmarks.modbus import modbus_vs_libmodbus
from benchmarks.modbus_device import Connection, Registers
from benchmarks.plant import PlantSize, measuring_line
from benchmarks.processes import MissingProgramError, native_program
from line.clock import NS_PER_MS
from potok.bench import BENCHMARKS, run_bench
from potok.exit_codes import OK


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bench([name], as_json=True, quick=True) == OK
    (figure,) = json.loads(capsys.readouterr().out)
    assert figure["name"] == name
    assert figure["unit"]
    numbers = {k: figure[k] for k in ("value", "baseline", "ratio") if figure[k] is not None} | figure["extra"]
    assert all(math.isfinite(n) for n in numbers.values()), numbers
    assert figure["value"] is not None
    assert figure["value"] >= 0
    assert figure["missing"] or (figure["baseline"] is None) == (figure["ratio"] is None)


def test_a_program_that_is_not_there_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none_of_it() -> tuple[str, ...]:
        raise MissingProgramError("libmodbus is not installed")

    monkeypatch.setattr(processes, "_libmodbus_flags", none_of_it)
    with pytest.raises(MissingProgramError):
        native_program(tmp_path, processes.CLIENT)
    figure = modbus_vs_libmodbus(quick=True)
    assert figure.value is not None
    assert (figure.baseline, figure.ratio) == (None, None)
    assert figure.missing == "libmodbus is not installed"
    assert "asyncio server" in figure.about


def test_source_that_does_not_compile_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "wrong.c").write_text("int main(void) { return nothing; }\n")
    monkeypatch.setattr(processes, "HERE", tmp_path)
    monkeypatch.setattr(processes, "_libmodbus_flags", tuple)
    with pytest.raises(MissingProgramError, match=r"wrong\.c could not be compiled|no gcc"):
        native_program(tmp_path, "wrong")


def test_intervals_are_over_all_tags_and_say_what_was_not_refreshed() -> None:
    ms = np.array([[0, 0], [100, 100], [100, 201], [300, 300]], dtype=np.int64)
    figures = interval_figures(list(ms * NS_PER_MS))
    assert figures["interval_max_ms"] == 200.0
    assert figures["interval_p50_ms"] == 100.0
    assert figures["unrefreshed_share"] == pytest.approx(1 / 6)
    steady = interval_figures([np.array([i * 100 * NS_PER_MS]) for i in range(5)])
    assert (steady["interval_p99_ms"], steady["unrefreshed_share"]) == (100.0, 0.0)
    assert interval_figures([np.array([1])]) == {}


def test_the_measuring_line_is_what_it_says(tmp_path: Path) -> None:
    line = measuring_line(tmp_path, PlantSize([5020, 5021], 40, in_flight=3))
    tags = line.model.tags
    assert [tags[tags.handle(n)].address for n in ("P0.T0", "P0.T19", "P1.T1")] == [
        "hr:0:float32",
        "hr:76:float32",
        "hr:4:float32",
    ]
    assert len(line.alarms) == 4
    assert [line.model.file.devices[d].port for d in ("plc0", "plc1")] == [5020, 5021]  # pyright: ignore


class Wire(asyncio.Transport):
    """Keeps what was written, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))


def test_the_measuring_device_answers_what_came_together_together_and_refuses_the_rest() -> None:
    wire, connection = Wire(), Connection(Registers(10, 4))
    connection.connection_made(wire)
    good = bytes.fromhex("0001 0000 0006 07 03 0004 0002")
    beyond = bytes.fromhex("0002 0000 0006 07 03 0027 0002")
    other = bytes.fromhex("0003 0000 0006 07 01 0000 0001")
    connection.data_received(good + beyond + other[:5])
    connection.data_received(other[5:] + good[:1])
    value = bytes.fromhex("3dcccccd")  # 0.1 as float32
    assert wire.written == [
        bytes.fromhex("0001 0000 0007 07 03 04") + value + bytes.fromhex("0002 0000 0003 07 83 02"),
        bytes.fromhex("0003 0000 0003 07 81 01"),
    ]


def test_figures_have_three_digits() -> None:
    assert [short(v) for v in (0.0, 1234.5, 0.00123456)] == [0.0, 1230.0, 0.00123]
