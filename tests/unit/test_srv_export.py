"""Exports over the API: the table as the command writes it, refusals in both languages, not too many at once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq  # pyright: ignore[reportMissingTypeStubs]
import pytest

from historian.export import ExportPlan, export
from server.roles import Role
from server.routes_export import AT_ONCE, MAX_TAGS, ROWS_MAX, SPAN_MAX_NS
from tests.builders import T0_NS, S
from tests.unit.srv_bench import Bench, run
from tests.unit.test_hist_samples import TAGS, SampleStore, series
from tests.wire.srv_fakes import DESCRIPTION

TAG = str(DESCRIPTION["tags"][0]["name"])


def stored(tmp_path: Path) -> None:
    block = series(500, S)
    assert len(TAGS)
    store = SampleStore(tmp_path / "samples")
    store.add(type(block)([TAG], block.handles, block.time_ns, block.values, block.status, block.late, {}), "s")
    store.commit(T0_NS)
    store.close()


def ask(**given: Any) -> dict[str, Any]:
    return {"tag": TAG, "from_ns": T0_NS, "to_ns": T0_NS + 600 * S, **given}


def test_a_table_is_the_same_as_from_the_data_folder(tmp_path: Path) -> None:
    stored(tmp_path)

    async def body(b: Bench) -> None:
        units = {str(t["name"]): str(t["eu"]) for t in DESCRIPTION["tags"] if t.get("eu")}
        answer = await b.http.get("/api/export", params=ask(language="en"), headers=b.sign_in(Role.VIEWER))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"].endswith('.csv"')
        plan = ExportPlan([TAG], T0_NS, T0_NS + 600 * S, None, "en", units)
        assert answer.content == b"".join(export(tmp_path / "samples", plan, "csv"))
        assert answer.content.count(b"\n") == 501
        answer = await b.http.get(
            "/api/export", params=ask(format="parquet", period_ms=60_000, glob=TAG[:3] + "*"), headers=b.sign_in(Role.VIEWER)
        )
        assert answer.headers["content-type"] == "application/vnd.apache.parquet"
        table = pq.read_table(io.BytesIO(answer.content))
        assert table.num_rows == 10
        assert TAG in table.column_names

    run(tmp_path, body)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"tag": "No.Such"}, 422), ({"to_ns": T0_NS}, 422), ({"format": "xls"}, 422), ({"period_ms": 0}, 422),
        ({"tag": [TAG] * (MAX_TAGS + 1)}, 422), ({"tag": [], "glob": "Nothing*"}, 422),
        ({"to_ns": T0_NS + SPAN_MAX_NS + 1}, 422), ({"period_ms": 1, "to_ns": T0_NS + (ROWS_MAX + 1) * 1_000_000}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_refused(tmp_path: Path, given: dict[str, Any], status: int) -> None:
    async def body(b: Bench) -> None:
        answer = await b.http.get("/api/export", params=ask(**given), headers=b.sign_in(Role.VIEWER))
        assert answer.status_code == status
        assert {"ru", "en"} <= set(answer.json()["error"])

    run(tmp_path, body)


def test_a_broken_start_is_told_and_frees_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> object:
        raise OSError("disk I/O error")
        yield b""

    async def body(b: Bench) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("server.routes_export.export", broken)
            for _ in range(AT_ONCE + 1):
                answer = await b.http.get("/api/export", params=ask(), headers=b.sign_in(Role.VIEWER))
                assert answer.status_code == 503
        assert (await b.http.get("/api/export", params=ask(), headers=b.sign_in(Role.VIEWER))).status_code == 200

    run(tmp_path, body)


def test_somebody_has_to_sign_in_and_sees_how_far_the_export_is(tmp_path: Path) -> None:
    stored(tmp_path)

    async def body(b: Bench) -> None:
        assert (await b.http.get("/api/export", params=ask())).status_code == 401
        assert (await b.http.get("/api/export/progress/p1")).status_code == 401
        headers = b.sign_in(Role.VIEWER)
        assert (await b.http.get("/api/export/progress/p1", headers=headers)).status_code == 404
        assert (await b.http.get("/api/export", params=ask(job="p1"), headers=headers)).status_code == 200
        assert (await b.http.get("/api/export/progress/p1", headers=headers)).json() == {"share": 1.0}
        other = b.sign_in(Role.ENGINEER)
        assert (await b.http.get("/api/export/progress/p1", headers=other)).status_code == 404, "nobody else's"
        assert (await b.http.get("/api/export", params=ask(job="p1", tag="No.Such"), headers=other)).status_code == 422
        assert (await b.http.get("/api/export/progress/p1", headers=headers)).json() == {"share": 1.0}

    run(tmp_path, body)
