"""The dashboards ask for what is sent, and have what Grafana needs to import them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from historian.schema import MEASUREMENTS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "grafana"
FILES = sorted(FOLDER.glob("*.json"))
COLUMNS = {"_time", "_value", "_field", "_measurement"}
DASHBOARD_KEYS = {"uid", "title", "schemaVersion", "templating", "panels", "time", "refresh"}
PANEL_KEYS = {"id", "type", "title", "datasource", "gridPos", "targets", "fieldConfig", "options"}


def load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def queries(board: dict[str, Any]) -> list[str]:
    """Flux of all panels and variables."""
    found = [target["query"] for panel in board["panels"] for target in panel["targets"]]
    return found + [v["query"] for v in board["templating"]["list"] if v["type"] == "query"]


def asked(query: str) -> tuple[set[str], set[str], set[str]]:
    """Measurements, tags and fields that a query names."""
    measurements = set(re.findall(r'r\._measurement == "(\w+)"', query))
    fields = set(re.findall(r'r\._field == "(\w+)"', query))
    columns = set(re.findall(r"\br\.(\w+)", query)) - COLUMNS
    for listed in re.findall(r"columns?: \[([^]]*)\]", query):
        columns |= set(re.findall(r'"(\w+)"', listed)) - COLUMNS
    columns |= set(re.findall(r'(?<![a-zA-Z])column: "(\w+)"', query)) | set(re.findall(r'\btag: "(\w+)"', query))
    return measurements, columns - fields, fields


def test_there_are_the_four_dashboards() -> None:
    assert [p.name for p in FILES] == ["alarms.json", "batch.json", "line-overview.json", "shift-oee.json"]
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"({p.name})" in readme for p in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_measurement_tag_and_field_is_sent(path: Path) -> None:
    for query in queries(load(path)):
        measurements, tags, fields = asked(query)
        assert len(measurements) == 1, query
        measurement = MEASUREMENTS[measurements.pop()]
        assert fields <= set(measurement.fields), query
        assert tags <= set(measurement.tags), query


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_what_grafana_needs_is_there(path: Path) -> None:
    board = load(path)
    assert set(board) >= DASHBOARD_KEYS
    names = [v["name"] for v in board["templating"]["list"]]
    assert names[:3] == ["datasource", "bucket", "line"]
    assert board["templating"]["list"][0]["type"] == "datasource"
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)) > 4
    for panel in board["panels"]:
        assert set(panel) >= PANEL_KEYS
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all(target["query"].count("(") == target["query"].count(")") for target in panel["targets"])
    places = [(x, y) for p in board["panels"] for g in [p["gridPos"]] for x in range(g["x"], g["x"] + g["w"])
              for y in range(g["y"], g["y"] + g["h"])]  # fmt: skip
    assert len(places) == len(set(places)), "two panels on one place"
    used = set(re.findall(r"\$\{(\w+)[:}]", " ".join(queries(board))))
    assert used <= set(names)


def test_the_test_finds_what_is_not_sent() -> None:
    query = 'from(bucket: "b") |> filter(fn: (r) => r._measurement == "lot" and r.color == "x" and r._field == "weight")'
    measurements, tags, fields = asked(query)
    assert (measurements, tags, fields) == ({"lot"}, {"color"}, {"weight"})
    assert not tags <= set(MEASUREMENTS["lot"].tags)
