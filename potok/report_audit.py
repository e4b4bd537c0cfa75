"""``potok report audit``: who did what, and is the journal whole."""

from __future__ import annotations

import argparse

from historian.audit import audit
from historian.audit_document import audit_csv, audit_document
from historian.queries import JOURNAL_FILE
from line.clock import SystemClock
from line.jsontools import child, objects
from line.messages import JsonObject
from potok.exit_codes import FAILED, OK
from potok.record import data_folder
from potok.report_files import write_report


def run_audit(options: argparse.Namespace) -> int:
    """Write the audit; exit code 1 when the chain of the journal is broken. Raises ValueError and OSError."""
    data_folder(options.data)
    now_ns = SystemClock().now_ns()
    report = audit(options.data / JOURNAL_FILE, options.from_ns, options.to_ns, now_ns, options.user)
    done = write_report(
        options, "audit", report, lambda: audit_document(report, options.language, options.time_zone),
        lambda: audit_csv(report, options.language), now_ns, lambda: audit_summary(report),
    )  # fmt: skip
    return done or (OK if child(report, "journal").get("chain_ok") is True else FAILED)


def audit_summary(report: JsonObject) -> str:
    """Figures for the terminal; the entries are for files."""
    journal = child(report, "journal")
    said = "whole" if journal.get("chain_ok") is True else f"BROKEN at event {journal.get('first_wrong')}"
    return (
        f"{len(objects(report.get('entries')))} entries, {report.get('signed')} signed, {report.get('refused')} refused; "
        f"chain of the journal up to event {journal.get('last_seq')}: {said} (newest hash {str(journal.get('hash'))[:16]}…); "
        "--json, --csv or --pdf FILE writes them"
    )
