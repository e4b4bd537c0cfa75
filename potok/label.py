"""``potok report label``: the label of a lot, a batch or a case from the data folder."""

from __future__ import annotations

import argparse
import sys
from zoneinfo import ZoneInfo

from historian.label_pdf import label_pdf
from historian.lot_facts import lot_said
from historian.queries import JOURNAL_FILE
from historian.typeset import RenderError
from line.clock import NS_PER_S
from materials.label import allergens_of, label_of
from materials.label_layout import LabelFaultError, LabelSize, layout
from potok.exit_codes import FAILED, OK
from potok.linefolder import LineError, LoadedLine, find_folder, load_line
from potok.record import data_folder
from server.lot_label import label_facts


def run_label(options: argparse.Namespace) -> int:
    """Write the label; exit code 1 for a lot that the journal does not know. Raises ValueError and OSError."""
    data_folder(options.data)
    line = _line(options.line)
    if line.materials is None:
        raise ValueError(f"{line.folder} has no materials.yaml, so that nobody knows what stands on a label")
    said = lot_said(options.data / JOURNAL_FILE, options.lot)
    if said is None:
        print(f"potok: the journal of {options.data} knows no lot, batch or SSCC {options.lot}", file=sys.stderr)
        return FAILED
    zone = _zone(options.time_zone or (line.time_zone))
    recipe = line.recipes.get(said.row.material)
    allergens = allergens_of((i.material for i in recipe.ingredients), line.materials) if recipe is not None else ()
    label = label_of(label_facts(said, line.materials, zone, allergens), line.materials)
    try:
        pdf = label_pdf(layout(label, LabelSize(options.size), options.language), (said.row.made_ns or 0) // NS_PER_S)
    except (LabelFaultError, RenderError) as error:
        print(f"potok: the label of {options.lot} cannot be made: {error}", file=sys.stderr)
        return FAILED
    options.pdf.write_bytes(pdf)
    print(f"label of {label.id}, {options.size} mm, written to {options.pdf}", file=sys.stderr)
    return OK


def _line(name: str) -> LoadedLine:
    try:
        return load_line(find_folder(name), recipes=True)
    except LineError as error:
        raise ValueError(f"{name} has faults; 'potok check {name}' lists them") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"'{name}' is no time zone; write e.g. Europe/Minsk, or UTC") from None
