"""Exports: the same samples as are stored, with units and quality, whole or not at all, whoever reads them back."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.alarm_csv import BOM, stamp
from historian.export import HOLD_NS, ExportPlan, export, matching, stored_tags, write_export
from historian.samples import NS_PER_DAY, SampleBlock, SampleStore, day_files
from line.clock import NS_PER_S
from line.quality import Status, is_bad, status_name
from potok.cli import main
from potok.exit_codes import OK, USAGE

DAY_NS = 20_000 * NS_PER_DAY
BAD = int(Status.BAD_SENSOR_FAILURE)
NAMES = ["S401.Temp", "S401.Note", "G101.Mass"]
Sample = tuple[int, int, float | str | None, int]
"""Tag, time, value, status."""


def store(folder: Path, samples: list[Sample]) -> None:
    with closing(SampleStore(folder / "samples")) as made:
        for tag, time_ns, value, status in samples:
            number = value if isinstance(value, float) else float("nan")
            strings = {tag: value} if isinstance(value, str) else {}
            made.add(SampleBlock(NAMES, np.array([tag]), np.array([time_ns]), np.array([number]), np.array([status], np.uint32),
                                 np.zeros(1, np.bool_), strings), "")  # fmt: skip
        made.commit(DAY_NS)


def plan(from_s: int, to_s: int, period_s: int | None = None, language: str = "en", tags: list[str] = NAMES) -> ExportPlan:
    period_ns = None if period_s is None else period_s * NS_PER_S
    return ExportPlan(tags, DAY_NS + from_s * NS_PER_S, DAY_NS + to_s * NS_PER_S, period_ns, language, {"S401.Temp": "°C"})


def lines(folder: Path, wanted: ExportPlan) -> list[list[str]]:
    text = b"".join(export(folder / "samples", wanted, "csv")).decode()
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text[1:]), delimiter="," if wanted.language == "en" else ";"))


def parquet(folder: Path, wanted: ExportPlan, *columns: str) -> list[tuple[object, ...]]:
    """Times in ns and some columns."""
    out = folder / "out.parquet"
    write_export(folder / "samples", wanted, "parquet", out)
    table = pq.read_table(out)
    return list(zip(*(table[c].cast("int64").to_pylist() if c == "time" else table[c].to_pylist() for c in ("time", *columns)),
                    strict=True))  # fmt: skip


def read_by_duckdb(file: Path, columns: str) -> list[list[object]]:
    """What another library than the one that wrote the file reads; in a process of its own, which it ends with complaints."""
    script = (
        "import duckdb, json, sys\n"
        "with duckdb.connect() as db:\n"
        "    print(json.dumps(db.execute(f\"SELECT epoch_ns(time), {sys.argv[2]} FROM '{sys.argv[1]}'\").fetchall()))"
    )
    run = subprocess.run([sys.executable, "-c", script, str(file), columns], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


SAMPLES: list[Sample] = [
    (0, DAY_NS + 10 * NS_PER_S, 71.25, 0),
    (2, DAY_NS + 20 * NS_PER_S, 1200.0, 0),
    (1, DAY_NS + 20 * NS_PER_S, "=Партия 7", 0),
    (0, DAY_NS + 30 * NS_PER_S, 72.5, BAD),
    (0, DAY_NS + 40 * NS_PER_S, None, 0),
    (0, DAY_NS + 50 * NS_PER_S, 73.0, int(Status.UNCERTAIN_LAST_USABLE_VALUE)),
]


def test_csv_as_stored(tmp_path: Path) -> None:
    store(tmp_path, SAMPLES)
    assert lines(tmp_path, plan(0, 60)) == [
        ["Time (UTC)", "Tag", "Value", "Unit", "Quality"],
        ["2024-10-04 00:00:10.000", "S401.Temp", "71.25", "°C", "Good"],
        ["2024-10-04 00:00:20.000", "S401.Note", "'=Партия 7", "", "Good"],
        ["2024-10-04 00:00:20.000", "G101.Mass", "1200", "", "Good"],
        ["2024-10-04 00:00:30.000", "S401.Temp", "", "°C", "BadSensorFailure"],
        ["2024-10-04 00:00:40.000", "S401.Temp", "", "°C", "Good"],
        ["2024-10-04 00:00:50.000", "S401.Temp", "73", "°C", "UncertainLastUsableValue"],
    ]
    russian = lines(tmp_path, plan(0, 15, language="ru"))
    assert russian == [["Время (UTC)", "Тег", "Значение", "Единица", "Качество"],
                       ["2024-10-04 00:00:10.000", "S401.Temp", "71,25", "°C", "Good"]]  # fmt: skip


def test_csv_at_a_period_holds_the_earlier_value_but_not_over_a_gap(tmp_path: Path) -> None:
    store(tmp_path, [*SAMPLES[:2], (0, DAY_NS + 1000 * NS_PER_S, 80.0, 0)])
    found = lines(tmp_path, plan(0, 1200, period_s=300, tags=["S401.Temp", "G101.Mass"]))
    assert found[0] == ["Time (UTC)", "S401.Temp, °C", "S401.Temp, quality", "G101.Mass", "G101.Mass, quality"]
    silent = status_name(int(Status.BAD_NO_COMMUNICATION))
    assert found[1] == ["2024-10-04 00:00:00.000", "", silent, "", silent]
    assert found[2][1:] == ["71.25", "Good", "1200", "Good"]
    assert found[4][1:] == ["71.25", "Good", "1200", "Good"]
    later = lines(tmp_path, plan(1200, 2400, period_s=300, tags=["S401.Temp", "G101.Mass"]))
    assert [row[1] for row in later[1:]] == ["80", "80", "80", ""], "held over pieces, and for 900 s"
    assert {row[3] for row in later[1:]} == {""}


def test_parquet_read_by_another_program(tmp_path: Path) -> None:
    store(tmp_path, SAMPLES)
    found = parquet(tmp_path, plan(0, 60), "tag", "value", "text", "unit", "quality", "status")
    assert found == [
        (DAY_NS + 10 * NS_PER_S, "S401.Temp", 71.25, None, "°C", "Good", 0),
        (DAY_NS + 20 * NS_PER_S, "S401.Note", None, "=Партия 7", "", "Good", 0),
        (DAY_NS + 20 * NS_PER_S, "G101.Mass", 1200.0, None, "", "Good", 0),
        (DAY_NS + 30 * NS_PER_S, "S401.Temp", None, None, "°C", "BadSensorFailure", BAD),
        (DAY_NS + 40 * NS_PER_S, "S401.Temp", None, None, "°C", "Good", 0),
        (DAY_NS + 50 * NS_PER_S, "S401.Temp", 73.0, None, "°C", "UncertainLastUsableValue", SAMPLES[-1][3]),
    ]
    assert read_by_duckdb(tmp_path / "out.parquet", "tag, value, text, unit, quality, status") == [list(row) for row in found]
    wide = parquet(tmp_path, plan(0, 60, period_s=20), "S401.Temp", "S401.Temp.quality", "S401.Note.text")
    assert wide == [
        (DAY_NS, None, status_name(int(Status.BAD_NO_COMMUNICATION)), None),
        (DAY_NS + 20 * NS_PER_S, 71.25, "Good", "=Партия 7"),
        (DAY_NS + 40 * NS_PER_S, None, "Good", "=Партия 7"),
    ]
    schema = pq.read_schema(tmp_path / "out.parquet")
    assert schema.field("S401.Temp").metadata == {b"unit": "°C".encode()}
    assert json.loads(schema.metadata[b"potok"])["period_ns"] == 20 * NS_PER_S


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0, 2]), st.integers(0, 3 * 86_400), st.floats(-1e6, 1e6), st.sampled_from([0, BAD])),
        max_size=120, unique_by=lambda s: s[:2],
    ),
    st.integers(0, 86_400), st.integers(1, 3 * 86_400), st.integers(1, 7200),
)  # fmt: skip
def test_every_format_has_every_sample(
    rows: list[tuple[int, int, float, int]], from_s: int, length_s: int, period_s: int
) -> None:
    stored = sorted((t * NS_PER_S + DAY_NS, tag, v, q) for tag, t, v, q in rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        store(path, [(tag, t, v, q) for t, tag, v, q in stored])
        wanted = plan(from_s, from_s + length_s)
        inside = [s for s in stored if wanted.from_ns <= s[0] < wanted.to_ns]
        expected = [(t, NAMES[tag], None if is_bad(q) else v) for t, tag, v, q in inside]
        assert parquet(path, wanted, "tag", "value") == expected
        assert [(r[0], r[1]) for r in lines(path, wanted)[1:]] == [(stamp(t), name) for t, name, _ in expected]
        every = plan(from_s, from_s + length_s, period_s, tags=["G101.Mass"])
        grid = range(-(-every.from_ns // (period_s * NS_PER_S)) * period_s * NS_PER_S, every.to_ns, period_s * NS_PER_S)
        held: list[tuple[int, float | None]] = []
        for t in grid:
            before = [s for s in stored if s[1] == 2 and t - HOLD_NS <= s[0] <= t]
            held.append((t, None if not before or is_bad(before[-1][3]) else before[-1][2]))
        assert parquet(path, every, "G101.Mass") == held


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(tmp_path, SAMPLES)
    out = tmp_path / "out.csv"
    out.write_text("the export of yesterday")
    told: list[float] = []

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_export(tmp_path / "samples", plan(0, 60), "csv", out, told.append)
    assert out.read_text() == "the export of yesterday"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "samples"]
    assert told[-1] == 1.0
    size = write_export(tmp_path / "samples", plan(0, 60), "csv", out)
    assert out.stat().st_size == size


def test_a_span_without_samples_has_a_head(tmp_path: Path) -> None:
    store(tmp_path, SAMPLES)
    assert len(lines(tmp_path, plan(100, 200))) == 1
    assert parquet(tmp_path, plan(100, 200), "tag") == []
    with pytest.raises(ValueError, match="ends before"):
        list(export(tmp_path / "samples", plan(200, 100), "csv"))


def test_a_damaged_day_is_left_out(tmp_path: Path) -> None:
    store(tmp_path, [*SAMPLES[:1], (0, DAY_NS + NS_PER_DAY, 5.0, 0)])
    day_files(tmp_path / "samples")[0][1].write_bytes(b"garbage" * 2000)
    assert [row[2] for row in lines(tmp_path, plan(0, 2 * 86_400))[1:]] == ["5"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path, SAMPLES)
    out = tmp_path / "out.parquet"
    span = ["--data", str(tmp_path), "--from", "2024-10-04", "--to", "2024-10-04T00:01", "--out", str(out)]
    assert main(["export", *span, "--glob", "S401.*", "--tags", "G101.Mass", "--json"]) == OK
    assert json.loads(capsys.readouterr().out)["tags"] == ["G101.Mass", "S401.Note", "S401.Temp"]
    assert pq.read_metadata(out).num_rows == 6
    table = [*span[:-1], str(tmp_path / "out.csv"), "--lang", "en", "--period", "30s", "--tags", "S401.Temp"]
    assert main(["export", *table, "--line", "sausage"]) == OK
    assert "S401.Temp, quality" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (["--tags", "S401.Temp,Nothing"], "nothing was stored in that time of Nothing"),
        (["--glob", "X*"], "no tag that was stored in that time fits X*"),
        ([], "write --tags or --glob"),
        (["--tags", "S401.Temp", "--out", "x.xls"], "write --format"),
        (["--tags", "S401.Temp", "--to", "2024-01-01"], "--to must lie after --from"),
        (["--tags", "S401.Temp", "--data", "nowhere"], "is no data folder"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path, SAMPLES)
    span = ["--data", str(tmp_path), "--from", "2024-10-04", "--to", "2024-10-05", "--out", str(tmp_path / "out.csv")]
    assert main(["export", *span, *change]) == USAGE
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("period", ["0s", "1", "25h", "1 s", "every day"])
def test_a_period_that_is_none(period: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--data", "d", "--from", "2024-10-04", "--to", "2024-10-05", "--out", "o.csv", "--period", period])
    assert "is no period" in capsys.readouterr().err


def test_which_tags_there_are(tmp_path: Path) -> None:
    store(tmp_path, [*SAMPLES[:1], (2, DAY_NS + NS_PER_DAY, 5.0, 0)])
    assert stored_tags(tmp_path / "samples", DAY_NS, DAY_NS + NS_PER_DAY) == ["S401.Temp"]
    assert stored_tags(tmp_path / "samples", DAY_NS, DAY_NS + NS_PER_DAY + 1) == ["G101.Mass", "S401.Temp"]
    assert matching(NAMES, ["S401.*", "*.Mass"]) == NAMES
