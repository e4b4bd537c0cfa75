"""The command line. Names and options are part of the contract (docs/ARCHITECTURE.md); each command is a room of its own."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from potok.arguments import count, days, hours, moment_ns, seed, speed, tcp_port, time_of_day
from potok.exit_codes import FAILED
from potok.export_arguments import add_export
from potok.order_arguments import add_order
from potok.recipe_arguments import add_recipe
from potok.record_cli import add_batch, add_why
from potok.report_cli import add_report
from potok.schema_cli import add_schema
from potok.sink_arguments import add_sink


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 failed, 2 wrong usage or a faulty line folder."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=options.log.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("asyncua", "pymodbus", "httpx", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    try:
        from potok import commands  # the commands pull in Qt-free but heavy libraries: not for --help

        return commands.run(options)
    except KeyboardInterrupt:  # Ctrl-C before or after the time in which a command listens for it
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="potok", description="Operator HMI and line control for food processing.")
    parser.add_argument("--log", default="warning", choices=("debug", "info", "warning", "error"), help="what goes to stderr")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_running(commands)
    _add_tools(commands)
    return parser


def _line(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("line", metavar="LINE", help="a line folder, or the name of a shipped line such as sausage")


def _endpoints(parser: argparse.ArgumentParser) -> None:
    known = "another address for a device of line.yaml, e.g. plc1=127.0.0.1:5020 or plc2=opc.tcp://127.0.0.1:4841/plc"
    parser.add_argument("--endpoint", action="append", default=[], metavar="DEVICE=ADDRESS", help=known)


def _realtime(parser: argparse.ArgumentParser) -> None:
    known = "ask for real-time priority and locked memory, where permitted (default %(default)s)"
    parser.add_argument("--realtime", choices=("auto", "off"), default="auto", help=known)


def _server(parser: argparse.ArgumentParser, port: int) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=tcp_port, default=port, help="port to listen on, 0 for a free one (default %(default)s)")
    parser.add_argument("--influx", default="", metavar="URL", help="InfluxDB v2 server that history is forwarded to")
    parser.add_argument("--influx-org", default="potok")
    parser.add_argument("--influx-bucket", default="potok")
    parser.add_argument("--influx-token-file", type=Path, default=None, help="file that holds the token")


def _simulation(parser: argparse.ArgumentParser, default_speed: float) -> None:
    parser.add_argument("--seed", type=seed, default=1, help="seed of the plant's noise (default %(default)s)")
    times = "how many times faster the plant runs (default %(default)s)"
    parser.add_argument("--speed", type=speed, default=default_speed, help=times)


def _add_running(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="simulators, server and panel of a line, in one go")
    demo.add_argument("line", metavar="LINE", nargs="?", default="sausage")
    demo.add_argument("--data", type=Path, default=None, help="data folder (default: a temporary one)")
    demo.add_argument("--no-panel", action="store_true", help="no panel even where there is a display")
    demo.add_argument("--no-operator", action="store_true", help="nobody starts batches or acknowledges alarms but you")
    demo.add_argument("--language", choices=("ru", "en"), default="ru")
    _simulation(demo, 20.0)
    _server(demo, 8080)

    serve = commands.add_parser("serve", help="run a line: engine and server, watched and restarted")
    _line(serve)
    serve.add_argument("--data", type=Path, required=True, help="data folder of this line")
    serve.add_argument("--follow-stdin", action="store_true", help=argparse.SUPPRESS)
    _endpoints(serve)
    _realtime(serve)
    _server(serve, 8080)

    engine = commands.add_parser("engine", help="the engine process alone (serve starts it)")
    _line(engine)
    engine.add_argument("--data", type=Path, required=True)
    engine.add_argument("--follow-stdin", action="store_true", help=argparse.SUPPRESS)
    engine.add_argument("--pace", type=speed, default=1.0, help=argparse.SUPPRESS)
    _endpoints(engine)
    _realtime(engine)

    server = commands.add_parser("server", help="the server process alone (serve starts it)")
    server.add_argument("--data", type=Path, required=True)
    server.add_argument("--line-id", default="line", help="name of the line in InfluxDB")
    server.add_argument("--line", default="", metavar="LINE", help="the line, to check recipes against (serve names it)")
    server.add_argument("--follow-stdin", action="store_true", help=argparse.SUPPRESS)
    server.add_argument("--contacts-told", action="store_true", help=argparse.SUPPRESS)
    _server(server, 8080)

    panel = commands.add_parser("panel", help="an operator panel on a server")
    panel.add_argument("url", metavar="URL", help="address of the server, e.g. http://127.0.0.1:8080")
    panel.add_argument("--language", choices=("ru", "en"), default="ru")
    panel.add_argument("--theme", choices=("day", "night"), default="day")
    panel.add_argument("--mute", action="store_true", help="no sound, for a panel in an office")
    panel.add_argument("--screenshots", type=Path, default=None, metavar="DIR", help="render every page to PNG and end")

    sim = commands.add_parser("sim", help="the PLC simulators alone")
    _line(sim)
    sim.add_argument("--modbus-port", type=tcp_port, default=5020, help="port of PLC 1, 0 for a free one (default %(default)s)")
    sim.add_argument("--opcua-port", type=tcp_port, default=4841, help="port of PLC 2, 0 for a free one (default %(default)s)")
    sim.add_argument("--control-port", type=tcp_port, default=5099, help="port that 'potok fault' talks to (default %(default)s)")
    sim.add_argument("--fault", action="append", default=[], metavar="NAME:TARGET[:VALUE]", help="a fault from the start")
    sim.add_argument("--json", action="store_true", help="print the ports as JSON")
    sim.add_argument("--follow-stdin", action="store_true", help=argparse.SUPPRESS)
    _simulation(sim, 1.0)


def _add_tools(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    shift = commands.add_parser("shift", help="a whole shift on a manual clock, with its report")
    _line(shift)
    shift.add_argument("--hours", type=hours, default=8.0, help="length (default %(default)s)")
    shift.add_argument("--seed", type=seed, default=1)
    shift.add_argument("--recipe", action="append", default=[], metavar="ID[:KG][@MINUTE]",
                       help="a batch to make, several times (45 min apart)")  # fmt: skip
    shift.add_argument("--data", type=Path, default=None, help="keep journal and samples in this folder")
    shift.add_argument("--fault", action="append", default=[], metavar="MINUTE:NAME:TARGET[:VALUE[:MINUTES]]",
                       help="inject a fault at a minute of the shift, for some minutes (default 5)")  # fmt: skip
    shift.add_argument("--start", type=time_of_day, default=None, metavar="HH:MM",
                       help="begin at this time by the clock of the line (default: 06:00 UTC)")  # fmt: skip
    shift.add_argument("--record", type=Path, default=None, metavar="FILE",
                       help="record every process image, for 'potok alarms what-if'")  # fmt: skip
    shift.add_argument("--json", action="store_true")

    check = commands.add_parser("check", help="check a line folder; nothing is started")
    _line(check)
    check.add_argument("--plan", action="store_true", help="show how the drivers read the tags")
    check.add_argument("--json", action="store_true")

    _add_notify(commands)
    _add_alarms(commands)
    add_recipe(commands)
    add_batch(commands)
    add_report(commands)
    add_export(commands)
    add_schema(commands)
    add_why(commands)
    add_sink(commands)
    add_order(commands)
    _add_commissioning(commands)

    bench = commands.add_parser("bench", help="measure; all benchmarks or those named")
    bench.add_argument("names", metavar="NAME", nargs="*", help="a benchmark (default: all)")
    bench.add_argument("--quick", action="store_true", help="only try that every benchmark runs; the figures mean nothing")
    bench.add_argument("--json", action="store_true")

    fault = commands.add_parser("fault", help="inject or clear a fault in running simulators")
    fault.add_argument("name", metavar="NAME", help="a fault, or 'list'")
    fault.add_argument(
        "target", metavar="TARGET", nargs="?", default="", help="a sensor or a part; 'potok fault list' has them all"
    )
    fault.add_argument("--value", type=float, default=None, help="its size: drift per minute, delay in ms")
    fault.add_argument("--clear", action="store_true")
    fault.add_argument("--control", default="127.0.0.1:5099", metavar="HOST:PORT", help="the simulators' control port")
    fault.add_argument("--json", action="store_true")

    user = commands.add_parser("user", help="add a user or set a password on this machine")
    user.add_argument("action", choices=("add", "password", "remove", "list"))
    user.add_argument("user", metavar="USER", nargs="?", default="", help="name to log in with")
    user.add_argument("--data", type=Path, required=True, help="data folder of the line")
    user.add_argument("--name", default="", help="name as operators know it")
    user.add_argument("--role", default="operator", help="viewer, operator, shift_lead, technologist, engineer or admin")


def _add_notify(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    notify = commands.add_parser("notify", help="can the people outside be reached? lists contacts, sends a test message")
    _line(notify)
    notify.add_argument("--data", type=Path, required=True, help="data folder of the line: contacts.yaml lies there")
    notify.add_argument("--test", default="", metavar="CONTACT", help="send a test message to every address of this contact")


def _add_alarms(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    plain = argparse.RawDescriptionHelpFormatter
    alarms = commands.add_parser(
        "alarms", help="the journal and figures of alarms; what a change would do", formatter_class=plain
    )
    actions = alarms.add_subparsers(dest="action", required=True, metavar="ACTION")

    what_if = actions.add_parser("what-if", help="changed limits, delays and deadbands over recorded shifts: before and after")
    _line(what_if)
    what_if.add_argument("--change", type=Path, required=True, metavar="FILE", help="YAML: which alarms, and what of them")
    what_if.add_argument("--over", type=Path, required=True, nargs="+", metavar="RECORDING",
                         help="recordings of 'potok shift --record'; or data folders, as an approximation")  # fmt: skip
    what_if.add_argument("--json", action="store_true")

    journal = actions.add_parser("journal", help="what alarms did, newest first; --csv writes all of it to a file")
    journal.add_argument("--data", type=Path, required=True, help="data folder of the line")
    journal.add_argument("--from", dest="from_ns", type=moment_ns, default=0, metavar="TIME", help="first time, UTC")
    journal.add_argument("--to", dest="to_ns", type=moment_ns, default=2**63 - 1, metavar="TIME", help="first time after")
    journal.add_argument("--unit", default="")
    journal.add_argument("--priority", type=int, action="append", default=[], choices=(1, 2, 3, 4), help="may be given again")
    journal.add_argument("--alarm", default="", metavar="ID", help="of this alarm or call, and what was told because of it")
    journal.add_argument("--text", default="", help="words of texts in either language, tags, ids, people")
    journal.add_argument("--kind", action="append", default=[], choices=("alarm", "flood", "escalation", "notice", "call"))
    journal.add_argument("--limit", type=count, default=200, metavar="N", help="rows to show (default %(default)s)")
    journal.add_argument("--csv", type=Path, default=None, metavar="FILE", help="write all that match to FILE, - for stdout")
    journal.add_argument("--language", choices=("ru", "en"), default="ru", help="of the CSV (default %(default)s)")

    kpi = actions.add_parser("kpi", help="figures of the alarm system with targets and limits (ISA-18.2, EEMUA 191)")
    kpi.add_argument("--data", type=Path, required=True, help="data folder of the line")
    kpi.add_argument("--days", type=days, default=30.0, metavar="N", help="how many days (default %(default)g)")
    kpi.add_argument("--to", dest="to_ns", type=moment_ns, default=None, metavar="TIME", help="their end, UTC (default: now)")
    kpi.add_argument("--json", action="store_true")

    alarms.epilog = "".join(action.format_usage() for action in actions.choices.values())


def _add_commissioning(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    browse = commands.add_parser("browse", help="write the variables of an OPC UA server as a tags.csv")
    browse.add_argument("url", metavar="URL", help="address of the server, e.g. opc.tcp://192.168.10.12:4840")
    browse.add_argument("--under", default="", metavar="NODE", help="begin at this node, e.g. 'nsu=urn:vendor:plc;s=Line1'")
    browse.add_argument("--namespace", default="", metavar="URI", help="variables of this namespace only")
    browse.add_argument("--device", default="plc2", metavar="NAME", help="device of line.yaml (default %(default)s)")
    browse.add_argument("--writable", action="store_true", help="mark what the server lets be written")
    policies = ("none", "Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
    browse.add_argument("--security-policy", choices=policies, default="Aes256Sha256RsaPss", help="default %(default)s")
    browse.add_argument("--security-mode", choices=("SignAndEncrypt", "Sign"), default="SignAndEncrypt")
    browse.add_argument("--pki", type=Path, default=None, metavar="DIR", help="folder of certificates: DATA/pki of the line")
    browse.add_argument("--user", default="", help="name to log in with")
    browse.add_argument("--password-file", type=Path, default=None, metavar="FILE", help="file whose first line is the password")
    browse.add_argument("--user-certificate", type=Path, default=None, metavar="FILE", help="log in by this certificate instead")
    browse.add_argument("--user-key", type=Path, default=None, metavar="FILE", help="its key")
    browse.add_argument("--out", type=Path, default=None, metavar="FILE", help="write here instead of to stdout")
    browse.add_argument("--force", action="store_true", help="overwrite FILE")

    probe = commands.add_parser("probe", help="read and show registers of a Modbus device; never writes")
    probe.add_argument("target", metavar="URL", help="modbus://HOST:PORT/UNIT, modbus+tls://, modbus+rtutcp://, "
                       "modbus+rtu:///dev/ttyUSB0?unit=1&baud=19200&parity=even")  # fmt: skip
    probe.add_argument("ranges", metavar="RANGE", nargs="*", help="what to read, e.g. hr:100-119 ir:0 co:0-15 (from 0)")
    probe.add_argument("--type", action="append", default=[], metavar="TYPE", help="show registers as float32, int32, … too")
    probe.add_argument("--order", choices=("abcd", "cdab", "badc", "dcba"), default=None, help="default: all of them")
    probe.add_argument("--units", default="", metavar="FIRST-LAST", help="ask these unit ids which of them answer")
    probe.add_argument("--watch", action="store_true", help="read again and again until Ctrl-C")
    probe.add_argument("--every", type=float, default=1.0, metavar="S", help="seconds between two reads (default %(default)s)")
    probe.add_argument("--timeout", type=int, default=1000, metavar="MS", help="of one request (default %(default)s)")
    probe.add_argument("--json", action="store_true")
