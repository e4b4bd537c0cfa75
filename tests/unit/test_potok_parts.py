"""Small rooms of ``potok``: the line's description, benchmark figures, the API client, users on the command line, arguments."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import re
import socket
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.figure import median, percentile
from potok.api_client import ApiClient, ApiError
from potok.arguments import hours, seed, speed, tcp_port
from potok.bench import BENCHMARKS, run_bench
from potok.cli import main
from potok.commands import parse_endpoints
from potok.describe import describe
from potok.linefolder import LoadedLine, find_folder, load_line
from potok.preflight import check_data_folder, check_listening, check_url
from potok.shift import PlannedFault, parse_fault
from server.line_index import LineIndex

ARCHITECTURE = Path(__file__).resolve().parents[2] / "docs" / "ARCHITECTURE.md"


@cache
def sausage() -> LoadedLine:
    return load_line(find_folder("sausage"))


# The line's description


def contract() -> str:
    """The answer of ``GET /api/line`` as docs/ARCHITECTURE.md writes it."""
    line = next(t for t in ARCHITECTURE.read_text(encoding="utf-8").splitlines() if t.startswith("| `GET /api/line` |"))
    return line.split("`")[3]


def keys_of(text: str) -> set[str]:
    """The keys of the outermost object in the contract's shorthand."""
    depth, flat = 0, ""
    for character in text[1:-1]:
        depth += character in "[{"
        flat += character if depth == 0 else ""
        depth -= character in "]}"
    return {part.split(":")[0].strip() for part in flat.split(",")}


def objects_of(text: str, key: str) -> set[str]:
    """The keys of the objects in the list at ``key``."""
    start = text.index(f"{key}: [{{") + len(key) + 3
    depth = 0
    for at, character in enumerate(text[start:], start):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return keys_of(text[start : at + 1])
    raise AssertionError(key)


def test_the_description_is_what_the_contract_says() -> None:
    described: dict[str, Any] = json.loads(json.dumps(describe(sausage())))
    text = contract()
    assert set(described) == keys_of(text)
    for key in ("devices", "tags", "units", "recipes", "alarms"):
        assert described[key]
        for entry in described[key]:
            assert set(entry) == objects_of(text, key), key
    for unit in described["units"]:
        for phase in unit["phases"]:
            assert set(phase) == objects_of(text, "phases")
        for value in unit["key_values"]:
            assert set(value) == objects_of(text, "key_values")
    assert set(described["recipes"][0]["parameters"][0]) == {"id", "name", "value", "lo", "hi", "eu", "ccp"}


def test_names_in_the_description_are_names_of_the_line() -> None:
    described: dict[str, Any] = json.loads(json.dumps(describe(sausage())))
    names = [t["name"] for t in described["tags"]]
    assert names == [t.name for t in sausage().model.tags]
    for unit in described["units"]:
        named = [t for p in unit["phases"] for t in p["parameters"].values()]
        named += [k["tag"] for k in unit["key_values"]] + [k["setpoint"] for k in unit["key_values"] if k["setpoint"]]
        named += [*unit["measured"], *unit["measured"].values()]
        assert set(named) <= set(names)
    assert {a["tag"] for a in described["alarms"]} <= set(names)
    assert (
        LineIndex.from_description(described).names == tuple(names) or list(LineIndex.from_description(described).names) == names
    )


# Figures of benchmarks


def test_percentiles_are_samples_by_nearest_rank() -> None:
    samples = [float(n) for n in range(100, 0, -1)]
    assert [percentile(samples, s) for s in (0.0, 0.01, 0.5, 0.99, 1.0)] == [1.0, 1.0, 50.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0
    assert median([3.0, 1.0, 2.0]) == 2.0
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)


def test_an_unknown_benchmark_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"no benchmark fast; there are scan_cost_us, alarms_10k_ms"):
        run_bench(["fast"], as_json=True)
    assert main(["bench", "fast"]) == 2
    assert all(name in capsys.readouterr().err for name in list(BENCHMARKS)[:1])


# The API client


def client_answering(answer: Callable[[httpx.Request], httpx.Response]) -> ApiClient:
    client = ApiClient("http://line", "test")
    client._client = httpx.AsyncClient(base_url="http://line", transport=httpx.MockTransport(answer))  # pyright: ignore[reportPrivateUsage]
    return client


def test_the_client_sends_its_token_and_its_station() -> None:
    seen: list[tuple[str, str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.path, request.headers.get("authorization", ""), json.loads(request.content or b"null")))
        return httpx.Response(200, json={"token": "t1", "id": "c1", "batches": []})

    async def run() -> str:
        client = client_answering(answer)
        await client.login("anna", "secret")
        await client.get("/api/views/batches")
        command_id = await client.command("alarm.ack", "", {"alarms": ["a"]})
        await client.close()
        return command_id

    assert asyncio.run(run()) == "c1"
    assert seen[0] == ("/api/login", "", {"user": "anna", "password": "secret", "station": "test"})
    assert seen[1][1] == seen[2][1] == "Bearer t1"
    assert seen[2][2] == {"kind": "alarm.ack", "target": "", "args": {"alarms": ["a"]}, "reason": "", "station": "test"}


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (httpx.Response(403, json={"reasons": [{"en": "not yours"}]}), 403, "not yours"),
        (httpx.Response(500, text=""), 500, "500"),
        (httpx.Response(200, text="<html>"), 0, "/api/image"),
        (httpx.Response(200, json=[1, 2]), 200, "[1, 2]"),
        (httpx.ConnectError("refused"), 0, "refused"),
        (httpx.ReadTimeout(""), 0, "ReadTimeout"),
    ],
)
def test_whatever_goes_wrong_is_an_api_error(answer: httpx.Response | Exception, status: int, says: str) -> None:
    def respond(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run() -> None:
        client = client_answering(respond)
        try:
            await client.get("/api/image")
        finally:
            await client.close()

    with pytest.raises(ApiError) as caught:
        asyncio.run(run())
    assert caught.value.status == status
    assert says in str(caught.value)


# Users on the command line


def user(data: Path, *arguments: str) -> int:
    return main(["user", *arguments, "--data", str(data)])


def test_users_are_added_listed_changed_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kolbasa-2026\nkolbasa-2027\n"))
    assert user(tmp_path, "add", "anna", "--name", "Анна Петрова", "--role", "shift_lead") == 0
    assert user(tmp_path, "list") == 0
    assert capsys.readouterr().out == "anna\tshift_lead\tАнна Петрова\n"
    assert user(tmp_path, "password", "anna") == 0
    assert user(tmp_path, "remove", "anna") == 0
    assert user(tmp_path, "remove", "anna") == 1
    assert "no user anna" in capsys.readouterr().err


def test_a_user_command_that_cannot_be_meant_so_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    data = tmp_path / "data"
    assert user(data, "list") == 2
    assert "is no data folder with users in it" in capsys.readouterr().err
    assert user(data, "add") == 2
    assert "name the user" in capsys.readouterr().err
    assert user(data, "add", "anna", "--role", "king") == 2
    assert "there are viewer, operator" in capsys.readouterr().err
    assert not data.exists()
    assert user(data, "add", "anna") == 1
    assert "8 to 256 characters" in capsys.readouterr().err


# Arguments and what is checked before a start


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        (tcp_port, {"0": 0, "65535": 65535}, ["65536", "-1", "x", "", "1.5", "٣"]),
        (seed, {"0": 0, "12345678901234567890": 12345678901234567890}, ["-1", "x", "1e3", "9" * 21]),
        (speed, {"0.5": 0.5, "200": 200.0}, ["0", "-1", "nan", "inf", "201", "fast"]),
        (hours, {"8": 8.0, "744": 744.0}, ["0", "nan", "inf", "-8", "745"]),
    ],
)
def test_arguments_are_read_or_refused(read: Callable[[str], float], good: dict[str, float], bad: list[str]) -> None:
    assert {text: read(text) for text in good} == good
    for text in bad:
        with pytest.raises(argparse.ArgumentTypeError, match=r"^'.*' is no .*; write"):
            read(text)


def test_help_is_there_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    commands = re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE)
    assert len(commands) == 23
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert f"potok {command}" in capsys.readouterr().out


def test_endpoints_of_the_command_line() -> None:
    assert parse_endpoints(["plc1=h:1", "plc2=opc.tcp://h:2/a=b"]) == {"plc1": "h:1", "plc2": "opc.tcp://h:2/a=b"}
    for text in ("plc1", "=h:1", "plc1=", ""):
        with pytest.raises(ValueError, match="write DEVICE=ADDRESS"):
            parse_endpoints([text])


def test_a_planned_fault() -> None:
    assert parse_fault("95:sensor_break:S401.CoreTemp") == PlannedFault(95.0, "sensor_break", "S401.CoreTemp")
    assert parse_fault("1.5:drift:S401.CoreTemp:2:10") == PlannedFault(1.5, "drift", "S401.CoreTemp", 2.0, 10.0)
    assert parse_fault("1:freeze:S401.CoreTemp::3").value is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "https://line.example/potok", "http://[::1]:80/"])
def test_addresses_of_servers(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("url", ["", "foo", "127.0.0.1:8080", "ftp://h", "http://", "http://h:99999", "http://h:x", "http://:80"])
def test_what_is_no_address_of_a_server(url: str) -> None:
    with pytest.raises(ValueError, match="write http://HOST:PORT"):
        check_url(url)
    assert main(["panel", url]) == 2


def test_a_port_that_is_taken_is_told_before_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
            check_listening("127.0.0.1", port)
        for command in ("serve", "demo"):
            assert main([command, "sausage", "--data", str(tmp_path / command), "--port", str(port)]) == 1
            assert "--port (0 takes a free one)" in capsys.readouterr().err
            assert not (tmp_path / command).exists()
    check_listening("127.0.0.1", 0)


def test_a_data_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for wrong in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(OSError, match="cannot be the data folder"):
            check_data_folder(wrong)
    good = tmp_path / "a" / "b"
    check_data_folder(good)
    assert list(good.iterdir()) == []


def test_a_data_folder_in_use_is_refused(tmp_path: Path) -> None:
    with socket.socket() as engine:
        engine.bind(("127.0.0.1", 0))
        engine.listen()
        file = tmp_path / "engine.json"
        file.write_text(json.dumps({"port": engine.getsockname()[1], "token": "t", "pid": 4711}))
        with pytest.raises(OSError, match=r"works in .* already \(process 4711\)"):
            check_data_folder(tmp_path)
    check_data_folder(tmp_path)  # a killed engine leaves its file behind
    file.write_text("{half")
    check_data_folder(tmp_path)


@pytest.mark.parametrize("control", ["x", "1:", "127.0.0.1:99999", "127.0.0.1:0"])
def test_a_control_address_that_is_none(control: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fault", "list", "--control", control]) == 2
    assert "write HOST:PORT" in capsys.readouterr().err


def test_no_simulators_at_the_control_port(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer there
        port = holder.getsockname()[1]
        assert main(["fault", "list", "--control", f"127.0.0.1:{port}"]) == 1
    told = capsys.readouterr().err
    assert f"no simulators answer at 127.0.0.1:{port}" in told
    assert "--control HOST:PORT" in told
