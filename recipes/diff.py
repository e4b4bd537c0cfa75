"""What differs between two versions of a recipe, in the words of a technologist: values, materials, parts of the procedure.

Works on the data of files, also of drafts that do not pass their checks. Parts of the procedure are found again by their path of
ids, or, when they stand elsewhere now, by what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from line.documents import Text
from line.messages import Json, JsonObject
from recipes.content import canonical, sha256

Kind = Literal["added", "removed", "changed", "moved"]
_DICT: Final[JsonObject] = {}
_TOP: Final = "procedure"
_ELEMENTS: Final = {
    "unit_procedure": ("установка", "unit procedure", "operations"), "operation": ("операция", "operation", "phases"),
    "phase": ("фаза", "phase", ""), "parallel": ("параллельно", "parallel", "branches"),
    "choose": ("выбор", "choice", "branches"), "repeat": ("цикл", "loop", "do"), "wait": ("ожидание", "wait", ""),
    "keep": ("выдержка", "hold timer", ""), "prompt": ("запрос оператору", "prompt", ""), "branch": ("ветвь", "branch", "do"),
}  # fmt: skip
"""Key of an element: what it is called, and the key of what lies in it."""
_LISTS: Final = {
    "ingredients": ("сырьё", "ingredient"), "parameters": ("параметр", "parameter"), "equipment": ("роль", "role"),
}  # fmt: skip
_KEYS: Final = {
    "recipe": ("идентификатор", "id"), "version": ("версия", "version"), "author": ("автор", "author"),
    "name": ("название", "name"), "product": ("продукт", "product"), "description": ("описание", "description"),
    "base_batch_kg": ("базовая партия", "base batch"), "size_lo_kg": ("наименьшая партия", "smallest batch"),
    "size_hi_kg": ("наибольшая партия", "largest batch"), "kg": ("масса", "mass"), "tolerance_pct": ("допуск", "tolerance"),
    "raw": ("несолёное сырьё", "raw material"), "nitrite_pct": ("доля нитрита", "share of nitrite"),
    "value": ("значение", "value"), "lo": ("нижний предел", "lower limit"), "hi": ("верхний предел", "upper limit"),
    "eu": ("единица измерения", "unit of measure"), "ccp": ("ККТ", "CCP"), "scale": ("пересчёт на размер партии", "scaling"),
    "sum_of": ("сумма сырья", "sum of"), "role": ("кто вправе", "least role"), "class": ("класс установки", "class of unit"),
    "units": ("установки", "units"), "waiting": ("текст ожидания", "text of waiting"),
    "acquire": ("занимает заранее", "acquires"),
    "to": ("передача в", "transfer to"), "mass": ("масса передачи", "mass of the transfer"), "tag": ("тег", "tag"),
    "after_s": ("начало контроля, с", "watched after, s"), "for_s": ("время, с", "time, s"), "when": ("когда", "when"),
    "on": ("действие", "action"), "until": ("условие", "condition"), "while": ("условие", "condition"),
    "within_s": ("не дольше, с", "within, s"), "anew": ("отсчёт заново", "counts anew"), "at_most": ("не более раз", "at most"),
    "text": ("текст", "text"), "kind": ("вид", "kind"), "signed": ("с подписью", "signed"), "choices": ("варианты", "choices"),
    "material": ("сырьё", "material"), "expect_pct": ("ожидаемый выход, %", "expected yield, %"),
    "lo_pct": ("наименьший выход, %", "least yield, %"), "hi_pct": ("наибольший выход, %", "greatest yield, %"),
    "lo_mg_per_kg": ("нитрит не менее, мг/кг", "least nitrite, mg/kg"),
    "hi_mg_per_kg": ("нитрит не более, мг/кг", "most nitrite, mg/kg"),
    "nitrite": ("нитрит", "nitrite"), "yield": ("выход", "yield"), "watch": ("контроль", "watch"),
    "transfer": ("передача", "transfer"),
}  # fmt: skip
_VERBS: Final[Mapping[Kind, tuple[str, str]]] = {
    "added": ("добавлено", "added"), "removed": ("удалено", "removed"), "changed": ("изменено", "changed"),
    "moved": ("перенесено", "moved"),
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One difference. ``path`` is where it is, as ids; ``before`` and ``after`` are values as people read them ('' for none)."""

    path: str
    kind: Kind
    before: str
    after: str
    text: Text

    def to_json(self) -> JsonObject:
        """As the API and the command line tell it."""
        return {"path": self.path, "kind": self.kind, "from": self.before, "to": self.after, "text": self.text.to_json()}


@dataclass(frozen=True)
class _Part:
    """An element of a procedure: ``own`` is what it says itself, without what lies in it; ``inside`` is canonical and whole."""

    path: str
    parent: str
    kind: str
    name: Text
    own: JsonObject
    inside: str
    brief: str


@dataclass
class _Changes:
    found: list[Change] = field(default_factory=list[Change])

    def add(self, path: str, kind: Kind, what: Text, before: Json = None, after: Json = None) -> None:
        old, new = _shown(before), _shown(after)
        ru, en = _VERBS[kind]
        if kind == "changed":
            said = Text(ru=f"{what.ru}: {old or '—'} → {new or '—'}", en=f"{what.en}: {old or '—'} → {new or '—'}")
        else:
            said = Text(ru=f"{what.ru}: {ru}", en=f"{what.en}: {en}")
        self.found.append(Change(path, kind, old, new, said))


def changes(before: JsonObject | None, after: JsonObject) -> tuple[Change, ...]:
    """Every difference, in the order of the file; without ``before`` everything is new."""
    old, found = before or _DICT, _Changes()
    for key in _both(old, after):
        if key in _LISTS:
            _named(found, key, _mapping(old.get(key)), _mapping(after.get(key)))
        elif key != "procedure":
            _value(found, key, _key_text(key), old.get(key), after.get(key))
    _procedure(found, old.get("procedure"), after.get("procedure"))
    return tuple(found.found)


def difference_hash(before_hash: str, after_hash: str) -> str:
    """What a signature binds: the two contents themselves ('' for none), not the words in which their difference is told."""
    return sha256([before_hash, after_hash])


def _named(found: _Changes, section: str, old: JsonObject, new: JsonObject) -> None:
    """Ingredients, parameters, roles: by their ids."""
    ru, en = _LISTS[section]
    for name in _both(old, new):
        before, after = old.get(name), new.get(name)
        called = _name_of(after if after is not None else before, name)
        what = Text(ru=f"{ru} «{called.ru}»", en=f"{en} {called.en}")
        path = f"{section}.{name}"
        if name not in old:
            found.add(path, "added", what, None, _brief(after))
        elif name not in new:
            found.add(path, "removed", what, _brief(before), None)
        else:
            _value(found, path, what, before, after)


def _value(found: _Changes, path: str, what: Text, before: Json, after: Json) -> None:
    """A value or, key by key, a mapping."""
    if canonical(before) == canonical(after):
        return
    keyed = [v for v in (before, after) if v is not None]
    if keyed and all(isinstance(v, Mapping) and not _is_text(v) for v in keyed):
        old, new = _mapping(before), _mapping(after)
        for key in _both(old, new):
            _value(found, f"{path}.{key}", _joined(what, _key_text(key)), old.get(key), new.get(key))
        if canonical(old) == canonical(new):  # {} against nothing: no key says it
            found.add(path, "changed", what, before, after)
    else:
        found.add(path, "changed", what, before, after)


def _procedure(found: _Changes, before: Json, after: Json) -> None:
    old = {p.path: p for p in _parts(before, _TOP)}
    new = {p.path: p for p in _parts(after, _TOP)}
    moved = _moved(old, new)
    out_of_order = {path for parent in {p.parent for p in new.values()} for path in _out_of_order(old, new, parent)}
    for path, part in new.items():
        what, source = _part_text(part), old.get(moved.get(path, path))
        if source is None:
            if part.parent in {_TOP, *old, *moved}:  # what lies in something new is new with it
                found.add(path, "added", what, None, part.brief)
            continue
        if source.kind != part.kind:
            found.add(path, "removed", _part_text(source), source.brief, None)
            found.add(path, "added", what, None, part.brief)
            continue
        if path in moved:
            if moved.get(part.parent) != source.parent:  # what it lies in has moved as a whole: that was said there
                found.add(path, "moved", what, source.parent, part.parent)
        elif path in out_of_order:
            found.add(path, "moved", what)
        _own(found, path, what, source.own, part.own)
    gone = {p.path: p for p in old.values() if p.path not in new and p.path not in moved.values()}
    for part in gone.values():
        if part.parent not in gone:
            found.add(part.path, "removed", _part_text(part), part.brief, None)


def _parts(elements: Json, parent: str) -> Iterator[_Part]:
    """All elements in pre-order. Ids that stand twice (a draft may be wrong) are told apart by a number."""
    seen: dict[str, int] = {}
    for element in _sequence(elements):
        entry = _mapping(element)
        kind = next((k for k in _ELEMENTS if k in entry), "")
        below = _ELEMENTS[kind][2] if kind else ""
        own_id = str(entry.get("id") or entry.get(kind, "?"))
        seen[own_id] = seen.get(own_id, 0) + 1
        path = f"{parent}.{own_id}" if seen[own_id] == 1 else f"{parent}.{own_id}#{seen[own_id]}"
        own = {k: v for k, v in entry.items() if k not in (below, kind, "id")}
        own |= {kind: entry[kind]} if kind in ("unit_procedure", "phase") else {}
        called = entry.get("text") if kind == "prompt" else entry.get("name")
        name = _text(called) or Text(ru=own_id, en=own_id)
        inside = canonical([kind, own_id, _content(entry, below)])
        yield _Part(path, parent, kind, name, own, inside, _brief_part(entry, below, own))
        if below:
            yield from _parts(entry.get(below), path)


def _content(entry: JsonObject, below: str) -> Json:
    """What makes an element the same one elsewhere: what lies in it, or for a leaf what it does."""
    return entry.get(below) if below else {k: v for k, v in entry.items() if k != "name"}


def _brief_part(entry: JsonObject, below: str, own: JsonObject) -> str:
    """What a part is, for somebody who sees it appear or go: what lies in it, or what a leaf does."""
    if not below:
        return _shown({k: v for k, v in own.items() if k not in ("name", "text")})
    names = [_shown(_mapping(e).get(next((k for k in _ELEMENTS if k in _mapping(e)), ""))) for e in _sequence(entry.get(below))]
    said = {k: v for k, v in own.items() if k in ("when", "until", "at_most")}
    return "; ".join(x for x in (_shown(said), ", ".join(names)) if x)


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
    for i, place in enumerate(places):
        before = max((run for run in best if places[run[-1]] < place), key=len, default=none)
        best.append([*before, i])
    return set(max(best, key=len, default=none))


def _own(found: _Changes, path: str, what: Text, old: JsonObject, new: JsonObject) -> None:
    """What an element says itself; watches one by one."""
    for key in _both(old, new):
        if key == "watch":
            _watches(found, path, what, old.get(key), new.get(key))
        elif key == "parameters":
            before, after = _mapping(old.get(key)), _mapping(new.get(key))
            for name in _both(before, after):
                called = Text(ru=f"{what.ru}, параметр {name}", en=f"{what.en}, parameter {name}")
                _value(found, f"{path}.parameters.{name}", called, before.get(name), after.get(name))
        else:
            _value(found, f"{path}.{key}", _joined(what, _key_text(key)), old.get(key), new.get(key))


def _watches(found: _Changes, path: str, what: Text, before: Json, after: Json) -> None:
    old, new = _watches_by_name(before), _watches_by_name(after)
    for name in _both(old, new):
        entry = _mapping(new.get(name, old.get(name)))
        called = _name_of(entry, name)
        said = Text(ru=f"{what.ru}, контроль «{called.ru}»", en=f"{what.en}, watch {called.en}")
        where = f"{path}.watch.{name}"
        if name not in old:
            found.add(where, "added", said, None, _brief(entry))
        elif name not in new:
            found.add(where, "removed", said, _brief(entry), None)
        else:
            _value(found, where, said, old[name], new[name])


def _watches_by_name(watches: Json) -> JsonObject:
    """By tag and moment; the second of the same gets a number."""
    found: dict[str, Json] = {}
    for watch in _sequence(watches):
        entry = _mapping(watch)
        tag = str(entry.get("tag", "?")) + ("@end" if entry.get("when") == "end" else "")
        name, n = tag, 1
        while name in found:
            n += 1
            name = f"{tag}#{n}"
        found[name] = watch
    return found


# Words


def _part_text(part: _Part) -> Text:
    ru, en, _ = _ELEMENTS.get(part.kind, ("элемент", "element", ""))
    return Text(ru=f"{ru} «{part.name.ru}»", en=f"{en} {part.name.en}")


def _key_text(key: str) -> Text:
    ru, en = _KEYS.get(key, (key, key))
    return Text(ru=ru, en=en)


def _joined(what: Text, more: Text) -> Text:
    return Text(ru=f"{what.ru}, {more.ru}", en=f"{what.en}, {more.en}")


def _name_of(entry: Json, fallback: str) -> Text:
    return _text(_mapping(entry).get("name")) or Text(ru=fallback, en=fallback)


def _text(value: Json) -> Text | None:
    if _is_text(value):
        entry = cast(Mapping[str, str], value)
        return Text(ru=entry["ru"], en=entry["en"])
    return None


def _is_text(value: Json) -> bool:
    return isinstance(value, Mapping) and set(value) == {"ru", "en"} and all(isinstance(v, str) for v in value.values())


def _brief(entry: Json) -> str:
    """An entry in a few words: its value with the unit of measure."""
    values = _mapping(entry)
    if "kg" in values:
        return f"{_shown(values['kg'])} kg"
    if "value" in values:
        return f"{_shown(values['value'])} {values.get('eu', '')}".strip()
    if "class" in values:
        return _shown(values["class"])
    limits = [f"{key}: {_shown(values[key])}" for key in ("tag", "lo", "hi") if key in values]
    return ", ".join(limits)


def _shown(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, str | int):
        return str(value)
    if _is_text(value):
        entry = cast(Mapping[str, str], value)
        return f"{entry['ru']} / {entry['en']}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_shown(v)}" for k, v in value.items())
    return ", ".join(_shown(v) for v in value)


# Data of any shape


def _mapping(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else _DICT


def _sequence(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _both(old: JsonObject, new: JsonObject) -> list[str]:
    """Keys of both, in the order of the newer one, those that are gone last."""
    return [*new, *(k for k in old if k not in new)]
