"""Is the report of a shift intact, and does it agree with the journal and the samples that it was made from?

Alone a report can be checked against its own seal and its parts against each other; only the data folder shows one that was made
up as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from historian.queries import JOURNAL_FILE, SAMPLES_FOLDER, Queries
from historian.record import canonical
from historian.samples import day_files, day_of
from historian.sealed import (
    Finding,
    as_bytes,
    check_chain,
    check_content,
    check_curves,
    check_ends,
    check_seal,
    read_sealed,
)
from historian.shift_report import KIND, SCHEMA
from historian.shift_report_facts import SEQ_MAX
from line.jsontools import child, finite, objects, whole
from line.messages import Json, JsonObject

_BOUND: Final = ("id", "kind", "of", "text", "unit")
"""What of an open matter is under the signatures (docs/shift.md)."""
_COUNTED: Final = ("expected", "stored", "missing", "late", "bad")
_ROUNDING: Final = 0.002
DAYS_MAX: Final = 31


def read_report(content: bytes) -> JsonObject:
    """The report in the bytes of a JSON file. Raises ValueError that says what is wrong."""
    return read_sealed(content, KIND, SCHEMA, "shift report")


def verify_report(report: JsonObject) -> list[Finding]:
    """What the report says about itself."""
    found = [check_seal(report), *_signed(report), _sums(report)]
    if child(report, "shift").get("complete") is not True:
        found.append(Finding("complete", None, "the shift had not ended when this report was made"))
    return found


def verify_against(report: JsonObject, folder: Path) -> list[Finding]:
    """What the data folder says about the report. Raises what a file that cannot be read raises."""
    found = [check_chain(folder / JOURNAL_FILE)]
    shift, made_seq = str(child(report, "shift").get("id")), child(report, "journal").get("made_seq")
    if not isinstance(made_seq, int) or isinstance(made_seq, bool) or not 0 < made_seq <= SEQ_MAX:
        return [*found, Finding("journal", False, "the report does not say up to which event it was made")]
    again = Queries(folder).shift_document(shift, made_seq)
    if again is None:
        return [*found, Finding("journal", False, f"the journal of {folder} does not know shift {shift}")]
    found += [check_ends(report, again), check_content(report, again, {"ledger", "curves"}), _gaps(report, again)]
    samples = _samples(report, again, folder)
    found += [samples, _curves(report, again, others=samples.ok is None)]
    now = Queries(folder).shift_document(shift)
    if now is not None and check_content(again, now, {"ledger", "curves"}).ok is not True:
        newest = child(now, "journal").get("made_seq")
        text = f"more was told of this shift since, up to event {newest}: a new report would hold it"
        found.append(Finding("newer", None, text))
    return found


def _signed(report: JsonObject) -> list[Finding]:
    """Both people signed these notes and this list, and no other."""
    handover = child(report, "handover")
    if not handover:
        return []
    bound: list[Json] = [{k: m.get(k) for k in _BOUND} for m in objects(handover.get("matters"))]
    said: JsonObject = {"matters": bound, "notes": handover.get("notes"), "shift": child(report, "shift").get("id")}
    fits = hashlib.sha256(canonical(said)).hexdigest() == handover.get("hash")
    text = "notes and open matters are those that were signed" if fits else "notes or open matters are NOT those that were signed"
    return [Finding("handover", fits, text)]


def _sums(report: JsonObject) -> Finding:
    """What stands twice in a report, or follows from something else in it."""
    wrong = [name for name, fits in _TWICE.items() if not fits(report)]
    text = f"do not agree within the report: {', '.join(wrong)}" if wrong else "its figures agree with each other"
    return Finding("sums", not wrong, text)


def _mass(report: JsonObject) -> bool:
    mass, totals = child(report, "mass"), child(report, "totals")
    charged, packed = finite(mass.get("charged_kg")), finite(mass.get("packed_kg"))
    on_line = None if charged is None or packed is None else charged - packed
    same = all(as_bytes(mass.get(k)) == as_bytes(totals.get(k)) for k in ("charged_kg", "packed_kg", "packs", "rejects"))
    return same and _near(mass.get("on_line_kg"), on_line)


def _lots(report: JsonObject) -> bool:
    lots = child(report, "lots")
    kg = [finite(e.get("kg")) or 0.0 for e in objects(lots.get("loaded"))]
    by = [finite(m.get("kg")) or 0.0 for m in objects(lots.get("by_material"))]
    return abs(sum(kg) - sum(by)) <= _ROUNDING * (len(by) + 1) and _near(lots.get("loaded_kg"), sum(kg) if kg else None)


def _alarms(report: JsonObject) -> bool:
    alarms = child(report, "alarms")
    by = sum(whole(n) for n in child(alarms, "by_priority").values())
    rates = [c.get("v") for c in objects(report.get("curves")) if c.get("what") == "alarms"]
    per_span = [sum(whole(n) for n in v) for v in rates if isinstance(v, list)]
    return per_span == [whole(alarms.get("count"))] and by == per_span[0]


def _log(report: JsonObject) -> bool:
    entries = objects(report.get("log"))
    return all(
        as_bytes(report.get(k)) == as_bytes([e for e in entries if e.get("category") == k]) for k in ("safety", "cleaning")
    )


def _ledger(report: JsonObject) -> bool:
    samples = child(child(report, "ledger"), "samples")
    return whole(samples.get("missing")) == whole(samples.get("expected")) - whole(samples.get("stored"))


def _oee(report: JsonObject) -> bool:
    """ISO 22400-2: APT = run + minor, PBT = APT + down + external + idle, PQ = GQ + rejects; the line is its constraint."""
    figures = child(report, "oee")
    units = child(figures, "units")
    for unit in units:
        of = child(units, unit)
        apt, pbt = _summed(of, "run_s", "minor_s"), _summed(of, "run_s", "minor_s", "adot_s", "external_s", "idle_s")
        if not (abs(_summed(of, "apt_s") - apt) < 0.2 and abs(_summed(of, "pbt_s") - pbt) < 0.4):
            return False
        share = 100.0 * apt / pbt if pbt else None
        if not (
            _near(of.get("availability_pct"), share, 0.02 + 20.0 / pbt if pbt else 0.02)
            and _near(of.get("pq"), _summed(of, "gq", "rejects"))
        ):
            return False
    return not units or as_bytes(figures.get("line")) == as_bytes(units.get(str(figures.get("constraint"))))


def _summed(of: JsonObject, *keys: str) -> float:
    return sum(finite(of.get(k)) or 0.0 for k in keys)


def _near(told: Json, is_: float | None, by: float = _ROUNDING) -> bool:
    number = finite(told)
    return number is is_ if number is None or is_ is None else abs(number - is_) <= by


_TWICE: Final[Mapping[str, Callable[[JsonObject], bool]]] = {
    "mass": _mass, "lots": _lots, "alarms": _alarms, "log": _log, "ledger": _ledger, "oee": _oee,
}  # fmt: skip


def _gaps(report: JsonObject, again: JsonObject) -> Finding:
    ours, theirs = (child(r, "ledger").get("gaps") for r in (report, again))
    fits = as_bytes(ours) == as_bytes(theirs)
    return Finding("gaps", fits, "the gaps are those of the journal" if fits else "the gaps are NOT those of the journal")


def _samples(report: JsonObject, again: JsonObject, folder: Path) -> Finding:
    """Counts only grow while samples come in, and only fall where retention has removed the files of a day."""
    ours, theirs = (child(child(r, "ledger"), "samples") for r in (report, again))
    if all(as_bytes(ours.get(k)) == as_bytes(theirs.get(k)) for k in _COUNTED):
        return _forwarded(ours, theirs)
    told = f"{_told(ours)} in the report, {_told(theirs)} in the data folder"
    more = {k: whole(theirs.get(k)) - whole(ours.get(k)) for k in _COUNTED}
    if min(more.values()) >= 0 and more["stored"] > 0 and more["expected"] > 0:
        return Finding("samples", None, f"samples of this shift were stored after the report was made: {told}")
    if max(more.values()) <= 0 and _dropped(report, folder):
        return Finding("samples", None, f"samples were dropped by retention since, so they cannot be counted again: {told}")
    return Finding("samples", False, f"counts differ: {told}")


def _dropped(report: JsonObject, folder: Path) -> bool:
    """Whether the samples of a day of the shift are there no more."""
    shift = child(report, "shift")
    there = {day.toordinal() for day, _ in day_files(folder / SAMPLES_FOLDER)}
    try:
        first, last = (day_of(whole(shift.get(k))).toordinal() for k in ("started_ns", "as_of_ns"))
    except OverflowError:
        return False
    return any(day not in there for day in range(first, min(last, first + DAYS_MAX) + 1))


def _forwarded(ours: JsonObject, theirs: JsonObject) -> Finding:
    told, is_ = whole(ours.get("forwarded")), whole(theirs.get("forwarded"))
    if told > is_:
        return Finding("samples", False, f"{told} samples were forwarded by the report, {is_} by the data folder")
    more = f"; {is_ - told} more were forwarded since" if is_ > told else ""
    return Finding("samples", True, f"the samples are counted as in the data folder{more}")


def _told(samples: JsonObject) -> str:
    return " ".join(f"{k} {samples.get(k)}" for k in _COUNTED)


def _curves(report: JsonObject, again: JsonObject, *, others: bool) -> Finding:
    """``others``: the data folder has other samples by now, so that only what comes from events is sure to be the same."""

    def key(curve: JsonObject) -> list[Json]:
        return [curve.get("what"), curve.get("tag")]

    ours, theirs = ([c for c in objects(r.get("curves")) if not others or not c.get("tag")] for r in (report, again))
    found = check_curves(ours, theirs, key)
    if others and found.ok is True:
        return Finding("curves", None, "curves of tags were not compared, since the samples are not those of the report")
    return found
