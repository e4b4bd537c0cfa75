"""Arguments of ``potok report`` and the way from each sub-command to the room that writes it.

A new report is one function ``_add_NAME`` here, called by :func:`add_report`, and one entry of ``_ACTIONS``, whose value imports
its room when it is run: ``--help`` stays quick.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from potok.arguments import moment_ns


def add_report(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``potok report``: documents from a data folder, also while the line runs."""
    plain = argparse.RawDescriptionHelpFormatter
    report = commands.add_parser(
        "report", help="documents: record of a batch, shift, recall, audit; is a shift report intact?", formatter_class=plain
    )
    actions = report.add_subparsers(dest="action", required=True, metavar="REPORT")
    _add_batch(actions)
    _add_shift(actions)
    _add_label(actions)
    _add_recall(actions)
    _add_audit(actions)
    _add_verify(actions)
    report.epilog = "".join(action.format_usage() for action in actions.choices.values())


def run_report(options: argparse.Namespace) -> int:
    """Write the report of ``options``; returns the exit code. Raises ValueError and OSError for ``potok/commands.py`` to tell."""
    return _ACTIONS[options.action](options)


def add_language(parser: argparse.ArgumentParser) -> None:
    """``--language`` and ``--time-zone`` of what people read."""
    known = "of the PDF and CSV (default %(default)s)"
    parser.add_argument("--language", "--lang", choices=("ru", "en"), default="ru", help=known)
    parser.add_argument("--time-zone", default="UTC", metavar="ZONE", help="of times in the PDF, e.g. Europe/Minsk (default UTC)")


def _add_batch(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    batch = actions.add_parser("batch", help="the record of a batch, as 'potok batch record' writes it")
    batch.add_argument("batch", metavar="ID", help="id of the batch, e.g. B1001")
    batch.add_argument("--data", type=Path, required=True, help="data folder of the line")
    batch.add_argument("--pdf", type=Path, default=None, metavar="FILE", help="write it as PDF, with the JSON inside")
    add_json(batch)
    add_language(batch)


def _add_recall(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    recall = actions.add_parser("recall", help="all that a lot, packed unit, batch or supplier concerns, with the mass balance")
    which = recall.add_mutually_exclusive_group(required=True)
    which.add_argument("--lot", default="", metavar="LOT", help="a lot, by our number or the supplier's")
    which.add_argument("--sscc", default="", metavar="SSCC", help="a packed unit")
    which.add_argument("--batch", default="", metavar="ID", help="a batch")
    which.add_argument("--supplier", default="", metavar="ID", help="all that came from a supplier, see --from and --to")
    recall.add_argument("--from", dest="from_ns", type=moment_ns, default=None, metavar="TIME", help="received from then on, UTC")
    recall.add_argument("--to", dest="to_ns", type=moment_ns, default=None, metavar="TIME", help="first time after, UTC")
    recall.add_argument("--data", type=Path, required=True, help="data folder of the line")
    recall.add_argument("--verify", action="store_true", help="check the chain, and trace from the events instead of the tables")
    add_outputs(recall)


def _add_audit(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = actions.add_parser("audit", help="who did what: commands, signatures, changed settings, and the chain of the journal")
    audit.add_argument("--from", dest="from_ns", type=moment_ns, default=0, metavar="TIME", help="first time, UTC")
    audit.add_argument("--to", dest="to_ns", type=moment_ns, default=2**63 - 1, metavar="TIME", help="first time after, UTC")
    audit.add_argument("--user", default="", help="of this person only")
    audit.add_argument("--data", type=Path, required=True, help="data folder of the line")
    add_outputs(audit)


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """``--json``, ``--csv`` and ``--pdf``, and the language of the last two."""
    parser.add_argument("--pdf", type=Path, default=None, metavar="FILE", help="write it as PDF, with the JSON inside")
    parser.add_argument("--csv", type=Path, default=None, metavar="FILE", help="write it as a sheet, - for stdout")
    add_json(parser)
    add_language(parser)


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json [FILE]``."""
    known = "write it as JSON, - (or no FILE) for stdout"
    parser.add_argument("--json", type=Path, nargs="?", const=Path("-"), default=None, metavar="FILE", help=known)


def _add_label(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    label = actions.add_parser("label", help="the label of a lot, a batch or a case, with GS1-128 and GS1 DataMatrix")
    label.add_argument("lot", metavar="LOT", help="id of a lot or batch, e.g. 261123-4, or the SSCC of a case")
    label.add_argument("--line", required=True, metavar="LINE", help="the line: its materials.yaml has the names")
    label.add_argument("--data", type=Path, required=True, help="data folder of the line")
    label.add_argument("--pdf", type=Path, required=True, metavar="FILE", help="where to write it")
    known = "millimetres (default %(default)s)"
    label.add_argument("--size", choices=("100x150", "100x60"), default="100x150", help=known)
    label.add_argument("--language", "--lang", choices=("ru", "en"), default="ru", help="of its words (default %(default)s)")
    zone = "of its times, e.g. Europe/Minsk (default: that of line.yaml, else UTC)"
    label.add_argument("--time-zone", default="", metavar="ZONE", help=zone)


def _label(options: argparse.Namespace) -> int:
    from potok.label import run_label

    return run_label(options)


def _batch(options: argparse.Namespace) -> int:
    from potok.record import run_record

    return run_record(options)


def _recall(options: argparse.Namespace) -> int:
    from potok.report_recall import run_recall

    return run_recall(options)


def _audit(options: argparse.Namespace) -> int:
    from potok.report_audit import run_audit

    return run_audit(options)


def _add_shift(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    shift = actions.add_parser("shift", help="the report of a shift, with its log and the completeness of its data")
    shift.add_argument(
        "--shift", default="last", metavar="ID", help="id of the shift, or last: the last that has ended (default)"
    )
    shift.add_argument("--data", type=Path, required=True, help="data folder of the line")
    shift.add_argument("--line", default="", metavar="LINE", help="the line: its line.yaml has the time zone")
    shift.add_argument("--pdf", type=Path, default=None, metavar="FILE", help="write it as PDF, with the JSON inside")
    add_json(shift)
    shift.add_argument("--language", "--lang", choices=("ru", "en"), default="ru", help="of the PDF (default %(default)s)")
    zone = "of times in the PDF, e.g. Europe/Minsk (default: that of line.yaml, else UTC)"
    shift.add_argument("--time-zone", default="", metavar="ZONE", help=zone)


def _shift(options: argparse.Namespace) -> int:
    from potok.report_shift import run_shift_report

    return run_shift_report(options)


def _add_verify(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = actions.add_parser("verify", help="is the report of a shift intact, and does it agree with the journal?")
    verify.add_argument("file", type=Path, metavar="FILE", help="a shift report as JSON or PDF")
    verify.add_argument(
        "--data", type=Path, default=None, help="data folder of the line, to compare with its journal and samples"
    )
    verify.add_argument("--json", action="store_true")


def _verify(options: argparse.Namespace) -> int:
    from potok.report_shift import run_verify_report

    return run_verify_report(options)


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "batch": _batch,
    "shift": _shift,
    "label": _label,
    "recall": _recall,
    "audit": _audit,
    "verify": _verify,
}
