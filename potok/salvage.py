"""What of a faulty ``line.yaml`` can still be used to check the other files, so that one run finds all faults.

The salvaged line is never run: it only keeps one wrong number from hiding every fault behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final, cast

from pydantic import TypeAdapter, ValidationError

from line.config import Condition, Device, Interlock, KeyValue, LineFile, PhaseDef, UnitClass, UnitEntry
from line.documents import Document, Problem, Text

_DEVICE: Final[TypeAdapter[Any]] = TypeAdapter(Device)
_CLASS: Final[TypeAdapter[Any]] = TypeAdapter(UnitClass)
_UNIT: Final[TypeAdapter[Any]] = TypeAdapter(UnitEntry)
_PHASE: Final[TypeAdapter[Any]] = TypeAdapter(PhaseDef)
_TEXT: Final[TypeAdapter[Any]] = TypeAdapter(Text)
_ENUM: Final[TypeAdapter[Any]] = TypeAdapter(Mapping[int, Text])
_LISTS: Final[Mapping[str, TypeAdapter[Any]]] = {
    "key_values": TypeAdapter(KeyValue),
    "permissives": TypeAdapter(Condition),
    "interlocks": TypeAdapter(Interlock),
}
_PLAIN_DEVICES: Final[Mapping[str, object]] = {
    "modbus": {"driver": "modbus", "name": {"ru": "–", "en": "–"}},
    "opcua": {"driver": "opcua", "name": {"ru": "–", "en": "–"}, "url": "opc.tcp://127.0.0.1", "namespace": "-"},
}
_OTHER_DEVICE: Final[Mapping[str, object]] = {"driver": "other", "name": {"ru": "–", "en": "–"}}
_FALLBACKS: Final = {"line": "line", "name": {"ru": "–", "en": "–"}}


@dataclass(frozen=True)
class Salvage:
    """What is left of a line; ``complete`` when every class, phase and unit that the file names is still there."""

    file: LineFile
    complete: bool


def salvage(document: Document) -> Salvage | None:
    """The entries that are right by themselves; where one key of an entry is wrong, the rest of it. None when nothing is left."""
    if not isinstance(document.data, Mapping):
        return None
    data = cast(Mapping[str, object], document.data)
    devices = {k: d for k, e in _entries(data, "devices") if (d := _device(e)) is not None}
    classes = {k: c for k, e in _entries(data, "classes") if (c := _class(e)) is not None}
    lost_classes = {k for k, _ in _entries(data, "classes")} - set(classes)
    lost_devices = {k for k, _ in _entries(data, "devices")} - set(devices)
    units = {k: u for k, e in _entries(data, "units") if (u := _unit(k, e, lost_classes, lost_devices)) is not None}
    kept: dict[str, object] = {"devices": devices, "classes": classes, "units": units}
    kept["enums"] = {k: e for k, e in _entries(data, "enums") if _valid(_ENUM, e)}
    wrong = _wrong_keys(data)
    for key in set(LineFile.model_fields) - set(kept):
        if key in data and key not in wrong:
            kept[key] = data[key]
        elif key in _FALLBACKS:
            kept[key] = _FALLBACKS[key]
    try:
        file = LineFile.model_validate(kept)
    except ValidationError:
        return None
    phases = all(_names(e, "phases") == set(file.classes[k].phases) for k, e in _entries(data, "classes") if k in file.classes)
    complete = phases and len(units) == len(_entries(data, "units")) and len(classes) == len(_entries(data, "classes"))
    return Salvage(file, complete)


def named(document: Document | None, section: str) -> list[str]:
    """The names of a section's entries, right or wrong."""
    data = document.data.get(section) if document is not None and isinstance(document.data, Mapping) else None
    return [str(k) for k in cast(Mapping[object, object], data)] if isinstance(data, Mapping) else []


def unit_labels(document: Document | None) -> dict[str, str]:
    """Unit → label for all units named in the file; the id where the label is wrong."""
    labels: dict[str, str] = {}
    for unit in named(document, "units"):
        assert document is not None
        entry = document.data["units"].get(unit)
        label = cast(Mapping[str, object], entry).get("label") if isinstance(entry, Mapping) else None
        labels[unit] = label if isinstance(label, str) else unit
    return labels


def about_what_is_left(problems: Sequence[Problem], document: Document) -> list[Problem]:
    """Without the problems that are only there because an entry was left out."""
    enums = {f"there is no enumeration '{e}'" for e in named(document, "enums")}
    return [p for p in problems if p.message not in enums]


def _entries(data: Mapping[str, object], section: str) -> list[tuple[str, object]]:
    entries = data.get(section)
    return [(str(k), e) for k, e in cast(Mapping[object, object], entries).items()] if isinstance(entries, Mapping) else []


def _names(entry: object, key: str) -> set[str]:
    value = cast(Mapping[str, object], entry).get(key) if isinstance(entry, Mapping) else None
    return {str(k) for k in cast(Mapping[object, object], value)} if isinstance(value, Mapping) else set()


def _device(entry: object) -> object:
    """The entry, or a plain device of the same driver: how a device is reached matters to no other file."""
    if _valid(_DEVICE, entry):
        return entry
    driver = cast(Mapping[str, object], entry).get("driver") if isinstance(entry, Mapping) else None
    return _PLAIN_DEVICES.get(driver, _OTHER_DEVICE) if isinstance(driver, str) else None


def _class(entry: object) -> object:
    """The entry without those of its phases, indicators and conditions that are wrong."""
    if _valid(_CLASS, entry) or not isinstance(entry, Mapping):
        return entry if isinstance(entry, Mapping) else None
    given = cast(Mapping[str, object], entry)
    phases = given.get("phases")
    kept: dict[str, object] = {"name": given["name"] if _valid(_TEXT, given.get("name")) else _FALLBACKS["name"], "phases": {}}
    if isinstance(phases, Mapping):
        kept["phases"] = {k: p for k, p in cast(Mapping[object, object], phases).items() if _valid(_PHASE, p)}
    for key, adapter in _LISTS.items():
        items = given.get(key)
        if isinstance(items, list):
            kept[key] = [i for i in cast(list[object], items) if _valid(adapter, i)]
    return kept


def _unit(unit: str, entry: object, lost_classes: Set[str], lost_devices: Set[str]) -> object:
    """The entry, with its label and name replaced where they are wrong; None when its class or device had to be left out.

    A class or device that the file does not name at all is another fault, which is told when the unit is built.
    """
    if not isinstance(entry, Mapping):
        return None
    given = cast(Mapping[str, object], entry)
    unit_class, device = given.get("class"), given.get("device")
    if not isinstance(unit_class, str) or not isinstance(device, str) or unit_class in lost_classes or device in lost_devices:
        return None
    plain = {"class": given["class"], "device": given["device"], "label": unit, "name": _FALLBACKS["name"]}
    return entry if _valid(_UNIT, entry) else plain


def _wrong_keys(data: Mapping[str, object]) -> set[str]:
    """Top-level keys in which any fault lies."""
    try:
        LineFile.model_validate(data)
    except ValidationError as error:
        return {str(e["loc"][0]) for e in error.errors() if e["loc"]}
    return set()


def _valid(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True
