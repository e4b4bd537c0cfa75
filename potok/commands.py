"""From parsed options to the room of each command, and the one place that turns faults into exit codes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from historian.database import StoreVersionError, UnreadableStoreError
from line.documents import Problem
from line.messages import JsonObject
from potok.exit_codes import FAILED, OK, USAGE
from potok.linefolder import LineError, LoadedLine, find_folder, load_line


def run(options: argparse.Namespace) -> int:
    """Run the command of ``options``; faults of files, usage and network end in a message, never in a traceback."""
    try:
        return _COMMANDS[options.command](options)
    except LineError as error:
        print_problems(error.problems, as_json=getattr(options, "json", False))
        return USAGE
    except (ValueError, StoreVersionError) as error:
        print(f"potok: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        print(f"potok: {_words(error)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED


def _words(error: OSError) -> str:
    """Of what the operating system refused: the file first, and no number."""
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)


def print_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    """All problems of a line folder: for people on stderr, for programs as JSON on stdout."""
    if as_json:
        listed = [{"file": p.file, "line": p.line, "key": p.key, "message": p.message, "remedy": p.remedy} for p in problems]
        print(json.dumps({"ok": False, "problems": listed}, ensure_ascii=False, indent=1))
        return
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}; nothing was started", file=sys.stderr)


def parse_endpoints(texts: Sequence[str]) -> dict[str, str]:
    """``DEVICE=ADDRESS`` arguments. Raises ValueError for another form."""
    endpoints: dict[str, str] = {}
    for text in texts:
        device, equals, address = text.partition("=")
        if not equals or not device or not address:
            raise ValueError(f"'{text}' is no endpoint; write DEVICE=ADDRESS")
        endpoints[device] = address
    return endpoints


def _loaded(options: argparse.Namespace) -> LoadedLine:
    return load_line(find_folder(options.line))


def _check(options: argparse.Namespace) -> int:
    from potok.checking import check

    return check(_loaded(options), plan=options.plan, as_json=options.json)


def _engine(options: argparse.Namespace) -> int:
    from potok.engine_process import EngineSettings, run_engine

    settings = EngineSettings(
        options.data, parse_endpoints(options.endpoint), options.follow_stdin, options.realtime, options.pace
    )
    return run_engine(_loaded(options), settings)


def _server(options: argparse.Namespace) -> int:
    from potok.server_process import run_server_process

    return run_server_process(options)


def _serve(options: argparse.Namespace) -> int:
    from potok.notify import warn_of_contacts
    from potok.preflight import check_start
    from potok.serve import run_serve
    from potok.sink_cli import warn_of_sinks

    line = _loaded(options)  # a faulty folder is told once, here, before anything is started
    check_start(options, line, parse_endpoints(options.endpoint))
    warn_of_contacts(line, options.data)
    warn_of_sinks(options.data)
    options.contacts_told = True
    options.line_id = line.model.id
    return run_serve(options)


def _demo(options: argparse.Namespace) -> int:
    from potok.demo import run_demo
    from potok.preflight import check_data_folder, check_listening

    line = _loaded(options)
    check_listening(options.host, options.port)
    if options.data is not None:
        check_data_folder(options.data)
    options.line_id = line.model.id
    return run_demo(options, line)


def _panel(options: argparse.Namespace) -> int:
    from potok.demo import has_display
    from potok.preflight import check_url

    check_url(options.url)
    if not os.environ.get("QT_QPA_PLATFORM") and not has_display():
        if options.screenshots is None:
            raise OSError("there is no display, so no panel can open; --screenshots DIR renders its pages without one")
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from hmi.app import run_panel

    return run_panel(
        options.url, language=options.language, theme=options.theme, screenshots=options.screenshots, mute=options.mute
    )


def _sim(options: argparse.Namespace) -> int:
    from potok.sim import run_sim

    return run_sim(options, _loaded(options))


def _fault(options: argparse.Namespace) -> int:
    from potok.sim import run_fault

    return run_fault(options)


def _shift(options: argparse.Namespace) -> int:
    from potok.shift import ShiftSettings, parse_fault, run_shift
    from potok.shift_crew import parse_order
    from potok.shift_report import print_report, with_progress

    faults = tuple(parse_fault(f) for f in options.fault)
    orders = tuple(parse_order(o) for o in options.recipe)
    settings = ShiftSettings(options.hours, options.seed, faults, options.data, options.record, options.start, orders)
    line = _loaded(options)
    report: JsonObject = with_progress(lambda progress: run_shift(line, settings, progress), quiet=options.json)
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        print_report(report)
    return OK


def _alarms(options: argparse.Namespace) -> int:
    return _reading(_ALARM_ACTIONS[options.action], options)


def _reading(action: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """A command over a data folder, whose files may be damaged."""
    try:
        return action(options)
    except UnreadableStoreError as error:
        said = f"a database of the data folder cannot be read ({error}); is it damaged, or none of Potok's?"
        print(f"potok: {said}", file=sys.stderr)
        return FAILED


def _what_if(options: argparse.Namespace) -> int:
    from potok.what_if import run_what_if

    return run_what_if(options, _loaded(options))


def _alarm_journal(options: argparse.Namespace) -> int:
    from potok.alarm_tools import run_journal

    return run_journal(options)


def _alarm_kpi(options: argparse.Namespace) -> int:
    from potok.alarm_tools import run_kpi

    return run_kpi(options)


def _batch(options: argparse.Namespace) -> int:
    from potok.record import run_batch

    return _reading(run_batch, options)


def _report(options: argparse.Namespace) -> int:
    from potok.report_cli import run_report

    return _reading(run_report, options)


def _export(options: argparse.Namespace) -> int:
    from potok.export_cli import run_export

    return _reading(run_export, options)


def _why(options: argparse.Namespace) -> int:
    from potok.why import run_why

    return _reading(run_why, options)


def _recipe(options: argparse.Namespace) -> int:
    from potok.recipe_tools import run_recipe

    return run_recipe(options)


def _bench(options: argparse.Namespace) -> int:
    from potok.bench import run_bench

    return run_bench(options.names, as_json=options.json, quick=options.quick)


def _browse(options: argparse.Namespace) -> int:
    from potok.browse import run_browse

    return run_browse(options)


def _probe(options: argparse.Namespace) -> int:
    from potok.probe import run_probe

    return run_probe(options)


def _notify(options: argparse.Namespace) -> int:
    from potok.notify import run_notify

    return run_notify(options, _loaded(options))


def _user(options: argparse.Namespace) -> int:
    from potok.user_admin import run_user

    return run_user(options)


_ALARM_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "what-if": _what_if,
    "journal": _alarm_journal,
    "kpi": _alarm_kpi,
}


def _schema(options: argparse.Namespace) -> int:
    from potok.schema_cli import run_schema

    return _reading(run_schema, options)


def _sink(options: argparse.Namespace) -> int:
    from potok.sink_cli import run_sink

    return run_sink(options)


def _order(options: argparse.Namespace) -> int:
    from potok.order_cli import run_order

    return run_order(options)


_COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "demo": _demo,
    "serve": _serve,
    "engine": _engine,
    "server": _server,
    "panel": _panel,
    "sim": _sim,
    "shift": _shift,
    "alarms": _alarms,
    "check": _check,
    "recipe": _recipe,
    "batch": _batch,
    "report": _report,
    "export": _export,
    "schema": _schema,
    "why": _why,
    "sink": _sink,
    "order": _order,
    "browse": _browse,
    "probe": _probe,
    "bench": _bench,
    "fault": _fault,
    "notify": _notify,
    "user": _user,
}
