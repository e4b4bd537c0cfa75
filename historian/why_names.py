"""What things are called in an explanation: tags, units, people, and where a recipe stands in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from historian.record_recipe import Words, text_of
from line.clock import NS_PER_S
from line.eu import eu_text
from line.jsontools import finite, objects
from line.labels import batch_label
from line.messages import Json, JsonObject

Place = tuple[str, int]
"""A file and a line of it."""


@dataclass(frozen=True)
class TagWords:
    """A tag as people know it; ``device`` is '' when the line is not known."""

    text: Words
    eu: str = ""
    decimals: int = 2
    unit: str = ""
    device: str = ""
    writable: bool = False


def no_place(_recipe: str, _hash: str, _key: tuple[str | int, ...]) -> Place | None:
    """For who has no files."""
    return None


@dataclass(frozen=True)
class Names:
    """The words of a line; all are empty when only the data folder is at hand, and ids stand for names then.

    ``people`` is login → name. ``place`` finds (recipe, hash, key path) in a file: None unless the file has that very content.
    """

    tags: Mapping[str, TagWords] = field(default_factory=dict[str, TagWords])
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    alarms: frozenset[str] = frozenset()
    people: Mapping[str, str] = field(default_factory=dict[str, str])
    place: Callable[[str, str, tuple[str | int, ...]], Place | None] = no_place
    zone: tzinfo = UTC
    devices: Mapping[str, str] = field(default_factory=dict[str, str])
    phases: Mapping[tuple[str, str], Words] = field(default_factory=dict[tuple[str, str], Words])
    recipes: Mapping[str, Words] = field(default_factory=dict[str, Words])

    def tag(self, name: str) -> Words:
        """What a tag is called: its own text with the unit's label, or its name."""
        words = self.tags.get(name)
        if words is None or not words.text["ru"]:
            return {"ru": name, "en": name}
        label = self.units.get(words.unit, "")
        return {k: f"{label}: {words.text[k]}" if label else words.text[k] for k in ("ru", "en")}

    def number(self, tag: str, value: Json, eu: str = "") -> Words:
        """A value of a tag with its engineering unit, as each language writes it."""
        found, words = finite(value), self.tags.get(tag)
        if found is None:
            text = "–" if value is None else str(value)
            return {"ru": text, "en": text}
        unit = words.eu if words is not None else eu
        text = f"{found:.{words.decimals}f}" if words is not None else f"{found:.6g}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return {"ru": f"{text.replace('.', ',')} {eu_text(unit, 'ru')}".strip(), "en": f"{text} {unit}".strip()}

    def unit(self, unit: str) -> str:
        """The label of a unit, or its id."""
        return self.units.get(unit, unit)

    def phase(self, unit: str, phase: str) -> Words:
        """The name of a phase of a unit, or its id."""
        return self.phases.get((unit, phase), {"ru": phase, "en": phase})

    def target(self, kind: str, target: str) -> Words:
        """What a command was for, as people call it: a batch by its number, a recipe, a unit or a tag by its name."""
        if kind == "batch.create" or kind.startswith("recipe."):
            name = self.recipes.get(target)
            return {"ru": target, "en": target} if name is None else {"ru": f"«{name['ru']}»", "en": f"'{name['en']}'"}
        if kind.startswith("batch."):
            return dict.fromkeys(("ru", "en"), batch_label(target))
        return self.tag(target) if kind == "tag.write" else dict.fromkeys(("ru", "en"), self.unit(target))

    def person(self, login: Json) -> str:
        """The name of a user, or the login."""
        return self.people.get(str(login), str(login))

    def at(self, time_ns: int, near_ns: int) -> str:
        """``14:03:12``, with the date when it is another day than that of ``near_ns``."""
        moment, near = self._moment(time_ns), self._moment(near_ns)
        if moment is None or near is None:
            return str(time_ns)
        return moment.strftime("%H:%M:%S") if moment.date() == near.date() else moment.strftime("%Y-%m-%d %H:%M:%S")

    def _moment(self, time_ns: int) -> datetime | None:
        try:
            return datetime.fromtimestamp(time_ns // NS_PER_S, self.zone)
        except (ValueError, OverflowError, OSError):
            return None


def names_of_line(
    description: JsonObject,
    people: Mapping[str, str],
    place: Callable[[str, str, tuple[str | int, ...]], Place | None] = no_place,
    zone: tzinfo = UTC,
) -> Names:
    """The words of a line from its description (``GET /api/line``)."""
    tags = {
        str(t.get("name")): TagWords(
            {"ru": str(t.get("ru") or ""), "en": str(t.get("en") or "")}, str(t.get("eu") or ""),
            int(finite(t.get("decimals")) or 0), str(t.get("unit") or ""), str(t.get("device") or ""), t.get("writable") is True,
        )
        for t in objects(description.get("tags"))
    }  # fmt: skip
    units = {str(u.get("id")): str(u.get("label") or u.get("id")) for u in objects(description.get("units"))}
    alarms = frozenset(str(a.get("id")) for a in objects(description.get("alarms")))
    devices = {str(u.get("id")): str(u.get("device") or "") for u in objects(description.get("units"))}
    phases = {
        (str(u.get("id")), str(p.get("id"))): text_of(p.get("name"))
        for u in objects(description.get("units"))
        for p in objects(u.get("phases"))
    }
    recipes = {str(r.get("id")): text_of(r.get("name")) for r in objects(description.get("recipes"))}
    return Names(tags, units, alarms, people, place, zone, devices, phases, recipes)


def reasons_of(value: Json) -> Words:
    """Several reasons as one text."""
    texts = [text_of(r) for r in objects(value)]
    return {k: "; ".join(str(t[k]) for t in texts if t[k]) for k in ("ru", "en")}
