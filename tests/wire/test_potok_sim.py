"""``potok sim`` where it cannot start: a message that says what to do, exit code 1, nothing left running."""

from __future__ import annotations

import socket

import pytest

from potok.cli import main

PORTS: tuple[str, ...] = ("--modbus-port", "--opcua-port", "--control-port")


@pytest.mark.parametrize("which", PORTS)
def test_a_port_that_is_taken(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        ports = dict.fromkeys(PORTS, "0")
        ports[which] = str(holder.getsockname()[1])
        assert main(["sim", "sausage", *(word for pair in ports.items() for word in pair)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("potok: the simulators cannot start: ")
    assert ports[which] in told.err
    assert "choose other ports with --modbus-port" in told.err
    assert "Traceback" not in told.err


def test_faults_from_the_start_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    for fault, says in {
        "link_drop": "write NAME:TARGET",
        "link_drop:plc3": "its targets are plc1, plc2",
        "slow_answers:plc1:late": "the value of a fault is a number",
        "slow_answers:plc1:inf": "must be a finite number",
    }.items():
        assert main(["sim", "sausage", "--fault", fault]) == 2
        assert says in capsys.readouterr().err
