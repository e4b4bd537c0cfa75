"""``potok report recall``: what a lot, packed unit, batch or supplier concerns."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from historian.queries import JOURNAL_FILE
from historian.recall import MAX_NS, Asked, newest_lots, recall
from historian.recall_csv import recall_csv
from historian.recall_document import recall_document
from line.clock import SystemClock
from line.jsontools import child, finite, objects
from line.messages import Json, JsonObject
from potok.exit_codes import FAILED
from potok.record import data_folder
from potok.report_files import write_report

_NAMES: Final[Mapping[str, str]] = {"stock": "in stock", "open": "in process"}


def run_recall(options: argparse.Namespace) -> int:
    """Write the recall; exit code 1 for a lot that the journal does not know. Raises ValueError and OSError."""
    data_folder(options.data)
    journal = options.data / JOURNAL_FILE
    if not options.supplier and (options.from_ns, options.to_ns) != (None, None):
        raise ValueError("--from and --to belong to --supplier")
    to_ns = MAX_NS if options.to_ns is None else options.to_ns - 1
    asked = Asked(options.lot, options.sscc, options.batch, options.supplier, options.from_ns or 0, to_ns)
    now_ns = SystemClock().now_ns()
    found = recall(journal, asked, now_ns, verify=options.verify)
    if found is None:
        name = next(n for n in (options.lot, options.sscc, options.batch, options.supplier) if n)
        known = ", ".join(newest_lots(journal, "supplier" if options.supplier else "lot"))
        print(f"potok: the journal of {options.data} knows no {name}; the newest are {known or 'none'}", file=sys.stderr)
        return FAILED
    return write_report(
        options, "recall", found.report, lambda: recall_document(found.report, options.language, options.time_zone),
        lambda: recall_csv(found, options.language), now_ns, lambda: recall_summary(found.report),
    )  # fmt: skip


def recall_summary(report: JsonObject) -> str:
    """The figures for the terminal."""
    balance = child(report, "balance")
    raw, batches, of_lot = (child(balance, key) for key in ("raw", "batches", "of_lot"))
    asked = " ".join(f"{name} {value}" for name, value in child(report, "asked").items() if value)
    lines = [
        f"recall of {asked}: {len(objects(report.get('batches')))} batches and lots, {balance.get('packed_units')} packed units "
        f"with {balance.get('packs')} packs, {_kg(batches.get('packed_kg'))}, in {report.get('took_ms')} ms",
        *(f"  one step back: {_lot(lot)}" for lot in (*objects(report.get("raw")), *objects(report.get("sources")))),
        *(f"  {_place(place)}" for place in objects(report.get("places"))),
        f"  of the lot: {_kg(of_lot.get('packed_kg'))} of {_kg(of_lot.get('kg'))} in packed units",
    ]
    if objects(report.get("raw")):
        lines.append(f"  raw: received {_parts(raw, 'received_kg', ('consumed', 'discarded', 'stock'))}")
    goods = _parts(batches, "came_kg", ("goods", "discarded", "open", "loss"))
    lines.append(f"  batches: went in {goods} ({batches.get('loss_pct')} %)")
    return "\n".join([*lines, *_faults(report, finite(batches.get("closes_kg")) or 0.0)])


def _parts(part: JsonObject, whole: str, keys: Sequence[str]) -> str:
    """``100.000 kg (corrections 0.000 kg) = goods 90.000 kg + …``."""
    sums = " + ".join(f"{_NAMES.get(key, key)} {_kg(part.get(f'{key}_kg'))}" for key in keys)
    return f"{_kg(part.get(whole))} (corrections {_kg(part.get('adjusted_kg'))}) = {sums}"


def _place(place: JsonObject) -> str:
    where = f"{place.get('place') or 'place not told'} ({place.get('status') or 'no status'})"
    return f"{where}: {place.get('units')} units, {_kg(place.get('kg'))}"


def _faults(report: JsonObject, off_kg: float) -> list[str]:
    verified = child(report, "verified")
    faults = {
        f"THE BALANCE IS OFF by {off_kg:g} kg": abs(off_kg) > 1e-3,
        "INCOMPLETE: the bound on the number of lots was reached": report.get("cut") is True,
        f"movements without a mass: {report.get('unweighed')}": bool(report.get("unweighed")),
        f"THE CHAIN OF THE JOURNAL IS BROKEN at event {verified.get('first_wrong')}": verified.get("chain_ok") is False,
        "the tables did not agree with the events; this is by the events": verified.get("tables_ok") is False,
        "checked: the chain is whole, the tables agree with the events": verified.get("chain_ok") is True
        and verified.get("tables_ok") is True,
    }
    return [f"  {said}" for said, holds in faults.items() if holds]


def _lot(lot: JsonObject) -> str:
    supplier = f"{lot.get('supplier') or 'supplier not told'}, their lot {lot.get('supplier_lot') or '–'}"
    return f"{lot.get('id')} {lot.get('material')} from {supplier}, {_kg(lot.get('of_lot_kg'))}"


def _kg(value: Json) -> str:
    number = finite(value)
    return "– kg" if number is None else f"{number:.3f} kg"
