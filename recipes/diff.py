"""What differs between two versions of a recipe, in the words of a technologist: values, materials, parts of the procedure.

Works on the data of files, also of drafts that do not pass their checks. Parts of the procedure are found again by their path of
ids, or, when they stand elsewhere now, by what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from line.documents import Text
from line.messages import Json, JsonObject
from recipes.content import canonical, sha256
from recipes.diff_words import (
    ELEMENTS,
    LISTS,
    NOTHING,
    Said,
    as_text,
    brief,
    is_text,
    key_text,
    listed,
    mapping,
    name_of,
    place,
    said,
    sequence,
    unit_of,
)

Kind = Literal["added", "removed", "changed", "moved"]
_DICT: Final[JsonObject] = {}
_TOP: Final = "procedure"
_VERBS: Final[Mapping[Kind, tuple[str, str]]] = {
    "added": ("добавлено", "added"), "removed": ("удалено", "removed"), "changed": ("изменено", "changed"),
    "moved": ("перенесено", "moved"),
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One difference. ``path`` is where it is, as ids; ``before`` and ``after`` are values as the file has them ('' for none),
    ``was`` and ``now`` as people read them; ``what`` is what the difference is about, ``text`` all of it in a sentence."""

    path: str
    kind: Kind
    before: str
    after: str
    what: Text
    was: Text
    now: Text
    text: Text

    def to_json(self) -> JsonObject:
        """As the API and the command line tell it."""
        return {
            "path": self.path, "kind": self.kind, "from": self.before, "to": self.after, "what": self.what.to_json(),
            "was": self.was.to_json(), "now": self.now.to_json(), "text": self.text.to_json(),
        }  # fmt: skip


@dataclass(frozen=True)
class _Part:
    """An element of a procedure: ``own`` is what it says itself, without what lies in it; ``inside`` is canonical and whole."""

    path: str
    parent: str
    kind: str
    name: Text
    own: JsonObject
    inside: str
    brief: Said


@dataclass
class _Changes:
    found: list[Change] = field(default_factory=list[Change])

    def add(self, path: str, kind: Kind, what: Text, before: Said = NOTHING, after: Said = NOTHING) -> None:
        was, now = before.text, after.text
        if kind == "changed":
            text = Text(ru=f"{what.ru}: {was.ru or '—'} → {now.ru or '—'}", en=f"{what.en}: {was.en or '—'} → {now.en or '—'}")
        else:
            ru, en = _VERBS[kind]
            what = text = Text(ru=f"{what.ru}: {ru}", en=f"{what.en}: {en}")
        self.found.append(Change(path, kind, before.plain, after.plain, what, was, now, text))


def changes(before: JsonObject | None, after: JsonObject) -> tuple[Change, ...]:
    """Every difference, in the order of the file; without ``before`` everything is new."""
    old, found = before or _DICT, _Changes()
    for key in _both(old, after):
        if key in LISTS:
            _named(found, key, mapping(old.get(key)), mapping(after.get(key)))
        elif key != "procedure":
            _value(found, key, key_text(key), old.get(key), after.get(key), key)
    _procedure(found, old.get("procedure"), after.get("procedure"))
    return tuple(found.found)


def difference_hash(before_hash: str, after_hash: str) -> str:
    """What a signature binds: the two contents themselves ('' for none), not the words in which their difference is told."""
    return sha256([before_hash, after_hash])


def _named(found: _Changes, section: str, old: JsonObject, new: JsonObject) -> None:
    """Ingredients, parameters, roles: by their ids."""
    ru, en = LISTS[section]
    for name in _both(old, new):
        before, after = old.get(name), new.get(name)
        called = name_of(after if after is not None else before, name)
        what = Text(ru=f"{ru} «{called.ru}»", en=f"{en} {called.en}")
        path = f"{section}.{name}"
        if name not in old:
            found.add(path, "added", what, NOTHING, brief(after))
        elif name not in new:
            found.add(path, "removed", what, brief(before))
        else:
            _value(found, path, what, before, after)


def _value(
    found: _Changes, path: str, what: Text, before: Json, after: Json, key: str = "", units: tuple[str, str] = ("", "")
) -> None:
    """A value or, key by key, a mapping. ``units`` are those that numbers before and after are in."""
    if canonical(before) == canonical(after):
        return
    keyed = [v for v in (before, after) if v is not None]
    if keyed and all(isinstance(v, Mapping) and not is_text(v) for v in keyed):
        old, new = mapping(before), mapping(after)
        for inner in _both(old, new):
            in_units = unit_of(old, inner), unit_of(new, inner)
            _value(found, f"{path}.{inner}", _joined(what, key_text(inner)), old.get(inner), new.get(inner), inner, in_units)
        if canonical(old) == canonical(new):  # {} against nothing: no key says it
            found.add(path, "changed", what, said(before), said(after))
    else:
        found.add(path, "changed", what, said(before, key, units[0]), said(after, key, units[1]))


def _procedure(found: _Changes, before: Json, after: Json) -> None:
    old = {p.path: p for p in _parts(before, _TOP)}
    new = {p.path: p for p in _parts(after, _TOP)}
    moved = _moved(old, new)
    out_of_order = {path for parent in {p.parent for p in new.values()} for path in _out_of_order(old, new, parent)}
    for path, part in new.items():
        what, source = _part_text(part), old.get(moved.get(path, path))
        if source is None:
            if part.parent in {_TOP, *old, *moved}:  # what lies in something new is new with it
                found.add(path, "added", what, NOTHING, part.brief)
            continue
        if source.kind != part.kind:
            found.add(path, "removed", _part_text(source), source.brief)
            found.add(path, "added", what, NOTHING, part.brief)
            continue
        if path in moved:
            if moved.get(part.parent) != source.parent:  # what it lies in has moved as a whole: that was said there
                found.add(path, "moved", what, place(source.parent), place(part.parent))
        elif path in out_of_order:
            found.add(path, "moved", what)
        _own(found, path, what, source.own, part.own)
    gone = {p.path: p for p in old.values() if p.path not in new and p.path not in moved.values()}
    for part in gone.values():
        if part.parent not in gone:
            found.add(part.path, "removed", _part_text(part), part.brief)


def _parts(elements: Json, parent: str) -> Iterator[_Part]:
    """All elements in pre-order. Ids that stand twice (a draft may be wrong) are told apart by a number."""
    seen: dict[str, int] = {}
    for element in sequence(elements):
        entry = mapping(element)
        kind = next((k for k in ELEMENTS if k in entry), "")
        below = ELEMENTS[kind][2] if kind else ""
        own_id = str(entry.get("id") or entry.get(kind, "?"))
        seen[own_id] = seen.get(own_id, 0) + 1
        path = f"{parent}.{own_id}" if seen[own_id] == 1 else f"{parent}.{own_id}#{seen[own_id]}"
        own = {k: v for k, v in entry.items() if k not in (below, kind, "id")}
        own |= {kind: entry[kind]} if kind in ("unit_procedure", "phase") else {}
        called = entry.get("text") if kind == "prompt" else entry.get("name")
        name = as_text(called) or Text(ru=own_id, en=own_id)
        inside = canonical([kind, own_id, _content(entry, below)])
        yield _Part(path, parent, kind, name, own, inside, _brief_part(entry, below, own))
        if below:
            yield from _parts(entry.get(below), path)


def _content(entry: JsonObject, below: str) -> Json:
    """What makes an element the same one elsewhere: what lies in it, or for a leaf what it does."""
    return entry.get(below) if below else {k: v for k, v in entry.items() if k != "name"}


def _brief_part(entry: JsonObject, below: str, own: JsonObject) -> Said:
    """What a part is, for somebody who sees it appear or go: what lies in it, or what a leaf does."""
    if not below:
        return said({k: v for k, v in own.items() if k not in ("name", "text")})
    names = [said(mapping(e).get(next((k for k in ELEMENTS if k in mapping(e)), ""))) for e in sequence(entry.get(below))]
    told = {k: v for k, v in own.items() if k in ("when", "until", "at_most")}
    return listed([said(told), listed(names, ", ")], "; ")


def _moved(old: Mapping[str, _Part], new: Mapping[str, _Part]) -> dict[str, str]:
    """New path → old path of what stands elsewhere now and is the same inside; each once."""
    free: dict[str, list[str]] = {}
    for path, part in old.items():
        if path not in new:
            free.setdefault(part.inside, []).append(path)
    found: dict[str, str] = {}
    for path, part in new.items():
        if path not in old and free.get(part.inside):
            found[path] = free[part.inside].pop(0)
    return found


def _out_of_order(old: Mapping[str, _Part], new: Mapping[str, _Part], parent: str) -> set[str]:
    """Those of the parts in ``parent`` that changed their place among the rest: all but a longest run that kept its order."""
    before = [p.path for p in old.values() if p.parent == parent and p.path in new]
    after = [p.path for p in new.values() if p.parent == parent and p.path in old]
    if before == after:
        return set()
    places = [before.index(path) for path in after]
    return {path for i, path in enumerate(after) if i not in _longest_rise(places)}


def _longest_rise(places: Sequence[int]) -> set[int]:
    """Positions of a longest increasing subsequence."""
    none: list[int] = []
    best: list[list[int]] = []
    for i, at in enumerate(places):
        before = max((run for run in best if places[run[-1]] < at), key=len, default=none)
        best.append([*before, i])
    return set(max(best, key=len, default=none))


def _own(found: _Changes, path: str, what: Text, old: JsonObject, new: JsonObject) -> None:
    """What an element says itself; watches one by one."""
    for key in _both(old, new):
        if key == "watch":
            _watches(found, path, what, old.get(key), new.get(key))
        elif key == "parameters":
            before, after = mapping(old.get(key)), mapping(new.get(key))
            for name in _both(before, after):
                called = Text(ru=f"{what.ru}, параметр {name}", en=f"{what.en}, parameter {name}")
                _value(found, f"{path}.parameters.{name}", called, before.get(name), after.get(name))
        else:
            _value(found, f"{path}.{key}", _joined(what, key_text(key)), old.get(key), new.get(key), key)


def _watches(found: _Changes, path: str, what: Text, before: Json, after: Json) -> None:
    old, new = _watches_by_name(before), _watches_by_name(after)
    for name in _both(old, new):
        entry = mapping(new.get(name, old.get(name)))
        called = name_of(entry, name)
        about = Text(ru=f"{what.ru}, контроль «{called.ru}»", en=f"{what.en}, watch {called.en}")
        where = f"{path}.watch.{name}"
        if name not in old:
            found.add(where, "added", about, NOTHING, brief(entry))
        elif name not in new:
            found.add(where, "removed", about, brief(entry))
        else:
            _value(found, where, about, old[name], new[name])


def _watches_by_name(watches: Json) -> JsonObject:
    """By tag and moment; the second of the same gets a number."""
    found: dict[str, Json] = {}
    for watch in sequence(watches):
        entry = mapping(watch)
        tag = str(entry.get("tag", "?")) + ("@end" if entry.get("when") == "end" else "")
        name, n = tag, 1
        while name in found:
            n += 1
            name = f"{tag}#{n}"
        found[name] = watch
    return found


# Words


def _part_text(part: _Part) -> Text:
    ru, en, _ = ELEMENTS.get(part.kind, ("элемент", "element", ""))
    return Text(ru=f"{ru} «{part.name.ru}»", en=f"{en} {part.name.en}")


def _joined(what: Text, more: Text) -> Text:
    return Text(ru=f"{what.ru}, {more.ru}", en=f"{what.en}, {more.en}")


def _both(old: JsonObject, new: JsonObject) -> list[str]:
    """Keys of both, in the order of the newer one, those that are gone last."""
    return [*new, *(k for k in old if k not in new)]
