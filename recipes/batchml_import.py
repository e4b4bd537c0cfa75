"""A BatchML master recipe as the data of a recipe file. What it does not cover, and what had to be assumed, is told by name.

Reads V0600 and V0701, from any system: a procedure of sequences, parallel branches, alternatives and loops. What Potok wrote
beside it (``OtherInformation`` with the id ``potok``) is taken back, so that its own documents come back whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from line.documents import Problem
from line.messages import Json, JsonObject
from recipes.batchml_export import BEGIN, END, OWN
from recipes.batchml_graph import TRUE, ChoicePart, GraphError, Logic, LoopPart, ParallelPart, Part, StepPart, WaitPart
from recipes.batchml_xml import Element, XmlError, parse_xml

_NOT_ID: Final = re.compile(r"[^a-z0-9_]+")
_LEVEL: Final = {"UnitProcedure": "unit_procedure", "UnitRecipe": "unit_procedure", "Operation": "operation", "Phase": "phase"}
_DEFAULT_TOLERANCE_PCT: Final = 1.0
_LOOPS_MAX: Final = 10
_NONE: Final[JsonObject] = {}


@dataclass
class Imported:
    """``data`` is that of a recipe file, None when the document holds no master recipe; ``remarks`` are problems by name."""

    data: JsonObject | None = None
    remarks: list[Problem] = field(default_factory=list[Problem])


def import_batchml(document: bytes | str, file: str) -> Imported:
    """Read the first master recipe of a document. Never raises for what the document says."""
    try:
        root = parse_xml(document)
    except XmlError as error:
        return Imported(None, [Problem(file, error.line, "", error.message, "Export the document again as plain BatchML")])
    recipes = [root] if root.tag == "MasterRecipe" else root.all("MasterRecipe")
    if not recipes:
        return Imported(None, [Problem(file, root.line, root.tag, "there is no master recipe in it", "Export a MasterRecipe")])
    reader = _Reader(file)
    data = reader.recipe(recipes[0])
    root.seen = True
    for other in recipes[1:]:
        reader.remark(other, "a further master recipe is left out", "Export each to a document of its own")
        other.seen = True
        other.children.clear()
    for element in root.unseen():
        said = f" ({element.text.strip()[:60]})" if element.text.strip() else ""
        reader.remark(element, f"not covered, left out{said}", "Put what matters of it into the recipe by hand")
    return Imported(data, sorted(set(reader.remarks)))


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._elements: dict[str, Element] = {}
        self._used: dict[str, int] = {}
        self.remarks: list[Problem] = []

    def remark(self, element: Element, message: str, remedy: str) -> None:
        name = next((c.text.strip() for c in element.children if c.tag == "ID"), "")
        self.remarks.append(Problem(self._file, element.line, f"{element.tag} {name}".strip(), message, remedy))

    def recipe(self, recipe: Element) -> JsonObject:
        own = self._own(recipe)
        data: dict[str, Json] = {"recipe": self._id(recipe.value("ID"), recipe), "version": recipe.value("Version") or "1"}
        header = recipe.one("Header") or Element("Header")
        author = next((a for log in header.all("ModificationLog") if (a := log.value("Author"))), "")
        if not author:
            self._assumed(recipe, "author", "unknown")
        data["author"] = author or "unknown"
        name = self._texts(recipe) or self._both(header.value("ProductName") or recipe.value("ID"))
        header.value("ProductName")
        data["name"] = name
        if product := header.value("ProductID"):
            data["product"] = product
        data |= {k: own[k] for k in ("description", "nitrite") if k in own}
        formula = recipe.one("Formula") or Element("Formula")
        ingredients, parameters, limits = self._formula(formula, own)
        data |= self._sizes(header, ingredients, recipe)
        data["ingredients"], data["parameters"] = cast(Json, ingredients), cast(Json, parameters)
        if limits:
            data["yield"] = limits
        data["equipment"] = self._equipment(recipe, _mapping(own.get("waiting")))
        elements = recipe.all("RecipeElement")
        data["procedure"] = self._plain_level(recipe, elements, own)
        return data

    # Header and formula

    def _sizes(self, header: Element, ingredients: Mapping[str, JsonObject], recipe: Element) -> dict[str, Json]:
        size = header.one("BatchSize") or Element("BatchSize")
        eu = size.value("UnitOfMeasure")
        if eu not in ("kg", "KGM", ""):
            self.remark(size, f"the size of the batch is in '{eu}'", "Convert it to kg")
        total = sum(cast(float, i["kg"]) for i in ingredients.values())
        base = _number(size.value("Nominal"))
        if base is None:
            base = total or 1.0
            self._assumed(recipe, "base_batch_kg", f"{base:g}")
        lo, hi = _number(size.value("Min")), _number(size.value("Max"))
        for key, value in (("size_lo_kg", lo), ("size_hi_kg", hi)):
            if value is None:
                self._assumed(recipe, key, f"{base:g}")
        return {"base_batch_kg": base, "size_lo_kg": base if lo is None else lo, "size_hi_kg": base if hi is None else hi}

    def _formula(
        self, formula: Element, own: JsonObject
    ) -> tuple[dict[str, dict[str, Json]], dict[str, dict[str, Json]], dict[str, Json]]:
        ingredients: dict[str, dict[str, Json]] = {}
        parameters: dict[str, dict[str, Json]] = {}
        limits: dict[str, Json] = {}
        for parameter in formula.all("Parameter"):
            kind, name = parameter.value("ParameterType"), self._id(parameter.value("ID"), parameter)
            value, eu = self._value(parameter)
            nested = {p.value("ID"): self._value(p)[0] for p in parameter.all("Parameter")}
            for p in parameter.all("Parameter"):
                p.value("ParameterType")
            words = [s.text.strip() for s in parameter.all("ParameterSubType")]
            if not isinstance(value, int | float):
                self.remark(parameter, f"its value is no number ({value!r}); left out", "Write it into the recipe by hand")
                continue
            described = self._both(parameter.value("Description") or parameter.value("ID"))
            if kind == "ProcessInput":
                kept = _mapping(_mapping(own.get("ingredients")).get(name))
                ingredients[name] = self._ingredient(parameter, value, eu, nested, words, {"name": described, **kept})
            elif kind == "ProcessOutput" and name == "yield" and eu == "%":
                limits = {"expect_pct": value, "lo_pct": nested.get("lo", value), "hi_pct": nested.get("hi", value)}
            elif kind == "ProcessParameter":
                kept = _mapping(_mapping(own.get("parameters")).get(name))
                parameters[name] = self._parameter(parameter, value, eu, nested, words, {"name": described, **kept})
            else:
                self.remark(parameter, f"a parameter of type {kind or 'none'} is not covered, left out", "Write it by hand")
        return ingredients, parameters, limits

    def _ingredient(
        self, parameter: Element, value: float, eu: str, nested: Mapping[str, Json], words: list[str], more: JsonObject
    ) -> dict[str, Json]:
        if eu not in ("kg", "KGM"):
            self.remark(parameter, f"a mass in '{eu}' is taken as kg", "Convert it")
        if parameter.value("Scaled") == "No":
            self.remark(parameter, "a mass that does not grow with the batch is taken as one that does", "Check it")
        entry: dict[str, Json] = {**more, "kg": value}
        if "tolerance_pct" not in nested:
            self._assumed(parameter, "tolerance_pct", f"{_DEFAULT_TOLERANCE_PCT:g}")
        entry["tolerance_pct"] = nested.get("tolerance_pct", _DEFAULT_TOLERANCE_PCT)
        if "nitrite_pct" in nested:
            entry["nitrite_pct"] = nested["nitrite_pct"]
        if "RawMaterial" in words:
            entry["raw"] = True
        return entry

    def _parameter(
        self, parameter: Element, value: float, eu: str, nested: Mapping[str, Json], words: list[str], more: JsonObject
    ) -> dict[str, Json]:
        entry: dict[str, Json] = {**more, "value": value}
        for key in ("lo", "hi"):
            if key not in nested:
                self._assumed(parameter, key, f"{value:g}, the value itself")
            entry[key] = nested.get(key, value)
        entry["eu"] = eu
        if "CCP" in words:
            entry["ccp"] = True
        if parameter.value("Scaled") == "Yes":
            entry["scale"] = "proportional"
        for word in words:
            if word != "CCP":
                self.remark(parameter, f"its sub-type {word} is not covered", "Note it in the description")
        return entry

    def _equipment(self, recipe: Element, waiting: JsonObject) -> dict[str, Json]:
        equipment: dict[str, Json] = {}
        for requirement in recipe.all("EquipmentRequirement"):
            role = self._id(requirement.value("ID"), requirement)
            entry: dict[str, Json] = {}
            units: list[Json] = []
            for constraint in requirement.all("Constraint"):
                what, condition = constraint.value("ID"), constraint.value("Condition")
                if what == "EquipmentClass":
                    entry["class"] = condition
                elif what == "Equipment":
                    units.append(condition)
                else:
                    self.remark(
                        requirement, f"the constraint {what} '{condition}' is not covered, left out", "Check the class of unit"
                    )
            if "class" not in entry:
                self._assumed(requirement, "class", role)
                entry["class"] = role
            entry |= {"units": units} if units else {}
            requirement.value("Description")
            entry |= {"waiting": waiting[role]} if role in waiting else {}
            equipment[role] = entry
        return equipment

    # Procedure

    def _level(self, parent: Element, elements: list[Element], own: JsonObject) -> list[Json]:
        """The entries of one level: what its logic says, or without logic its elements in their order."""
        by_id = {e.value("ID"): e for e in elements}
        logic = parent.one("ProcedureLogic")
        if logic is None or not logic.children:
            parts: tuple[Part, ...] = tuple(StepPart(i, i) for i in by_id)
            transitions: Mapping[str, Element] = {}
        else:
            try:
                read = Logic(logic)
                parts, transitions = read.parts(), read.transitions
            except (GraphError, ValueError) as error:
                self.remark(
                    parent, f"its logic cannot be read: {error}; its elements follow one another instead", "Check the order"
                )
                _see_all(logic)
                parts, transitions = tuple(StepPart(i, i) for i in by_id), {}
        named = {s.element for s in _steps(parts)}
        for key, element in by_id.items():
            if key not in named and _type(element) not in (BEGIN, END, "Allocation"):
                self.remark(element, "no step of the logic uses it; left out", "Add a step, or remove it")
                _see_all(element)
            elif key not in named:
                _see_all(element)
        return [e for part in parts for e in self._entries(part, parent, by_id, transitions, own)]

    def _plain_level(self, parent: Element, elements: list[Element], own: JsonObject) -> Json:
        """A level without segments: what lies in one stands in its place."""
        entries = self._level(parent, elements, own)
        for entry in entries:
            if "<segment>" in _mapping(entry):
                name = str(_mapping(entry)["<segment>"])
                self.remark(
                    parent, f"its segment {name} is no part of a recipe; what lies in it stands in its place", "Check the order"
                )
        return cast(Json, _flat(entries))

    def _entries(
        self, part: Part, parent: Element, by_id: Mapping[str, Element], transitions: Mapping[str, Element], own: JsonObject
    ) -> list[Json]:
        def many(parts: tuple[Part, ...]) -> list[Json]:
            return [e for p in parts for e in self._entries(p, parent, by_id, transitions, own)]

        match part:
            case StepPart(element=name):
                element = by_id.get(name)
                if element is None or _type(element) in (BEGIN, END, "Allocation"):
                    if element is not None:
                        _see_all(element)
                    return []
                return [self._element(element)]
            case WaitPart(id=wait, condition=condition):
                found, within = transitions[wait], _mapping(own.get("within_s"))
                entry: dict[str, Json] = {"wait": self._id(wait, found), "name": self._texts(found) or self._both(wait)}
                entry["until"] = condition
                found.value("ConditionAnnotation")
                return [{**entry, **({"within_s": within[wait]} if wait in within else {})}]
            case ParallelPart(branches=branches):
                name = self._new("parallel")
                listed = [self._branch(f"{name}_{i}", many(b)) for i, b in enumerate(branches, 1)]
                return [{"parallel": name, "name": self._both(name), "branches": cast(Json, listed)}]
            case ChoicePart(when=when, branches=branches):
                name = self._new("choice")
                listed = [self._branch(f"{name}_{i}", many(b)) for i, b in enumerate(branches, 1)]
                for i, (branch, condition) in enumerate(zip(listed, when, strict=True)):
                    if i < len(when) - 1 or condition.strip().lower() != TRUE:
                        branch["when"] = condition
                return [{"choose": name, "name": self._both(name), "branches": cast(Json, listed)}]
            case LoopPart(body=body, until=until):
                name = self._new("repeat")
                if "at_most" not in own:
                    self._assumed(parent, "at_most", str(_LOOPS_MAX))
                done = cast(Json, _flat(many(body)))
                return [{"repeat": name, "name": self._both(name), "do": done, "until": until, "at_most": _LOOPS_MAX}]

    def _branch(self, name: str, entries: list[Json]) -> dict[str, Json]:
        """A branch; one that is a single segment takes its name and content."""
        if len(entries) == 1 and "<segment>" in _mapping(entries[0]):
            segment = _mapping(entries[0])
            return {"branch": segment["<segment>"], "name": segment["name"], "do": segment["do"]}
        return {"branch": name, "name": self._both(name), "do": cast(Json, _flat(entries))}

    def _element(self, element: Element) -> Json:
        for tag in ("Version", "VersionDate", "BuildingBlockElementVersion"):
            element.value(tag)
        kind, own = _type(element), self._own(element)
        last = re.split(r"[./]", element.value("ID"))[-1]
        name = self._texts(element)
        inside = element.all("RecipeElement")
        entry: dict[str, Json]
        if kind in ("UnitProcedure", "UnitRecipe"):
            role = next((r.value("ID") for r in element.all("EquipmentRequirement")), last)
            entry = {"unit_procedure": self._id(role, element)}
            entry |= {"id": own["id"]} if "id" in own else {} if role == last else {"id": self._id(last, element)}
            return {**entry, "name": name or self._both(last), "operations": self._plain_level(element, inside, own)}
        if kind == "Operation":
            entry = {"operation": self._id(last, element), "name": name or self._both(last)}
            return {**entry, "phases": self._plain_level(element, inside, own)}
        if kind == "Phase":
            entry = {"phase": element.value("BuildingBlockElementID") or last, **({"name": name} if name else {})}
            entry["parameters"] = self._references(element)
            return {**({k: v for k, v in entry.items() if v != {}}), **own}
        if kind in ("RecipeSegment", "Procedure"):
            return self._segment(element, self._id(last, element), name or self._both(last), inside, own)
        return self._other(element, last, name, own)

    def _segment(self, element: Element, own_id: str, name: Json, inside: list[Element], own: JsonObject) -> Json:
        """A segment that is one block gives it its id and name; any other is taken apart where it stands."""
        entries = self._level(element, inside, own)
        block = _mapping(entries[0] if len(entries) == 1 else None)
        kind = next((k for k in ("parallel", "choose", "repeat") if k in block), "")
        if not kind or str(block[kind]) not in self._made():
            return {"<segment>": own_id, "name": name, "do": cast(Json, _flat(entries))}
        return {**block, kind: own_id, "name": name, **({"at_most": own["at_most"]} if "at_most" in own else {})}

    def _other(self, element: Element, last: str, name: Json, own: JsonObject) -> Json:
        kind = element.one("RecipeElementType")
        what = kind.attributes.get("OtherValue", "") if kind is not None else ""
        values = self._references(element)
        if what == "Keep":
            entry: dict[str, Json] = {"keep": self._id(last, element), "name": name or self._both(last)}
            return {**entry, "while": values.get("while", TRUE), "for_s": values.get("for_s", 0), **own}
        if what != "Prompt":
            self.remark(element, f"an element of type {what or _type(element) or 'none'} is not covered; a prompt stands for it",
                        "Write what it does by hand")  # fmt: skip
            _see_all(element)
        return {"prompt": self._id(last, element), "text": name or self._both(last), **own}

    def _references(self, element: Element) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for parameter in element.all("Parameter"):
            parameter.value("ParameterType")
            parameter.value("Description")
            found[parameter.value("ID")] = self._value(parameter)[0]
        return found

    # Values and names

    def _value(self, parameter: Element) -> tuple[Json, str]:
        """The value (``$name`` for a reference) and its unit of measure."""
        value = parameter.one("Value")
        if value is None:
            return None, ""
        text, how = value.value("ValueString"), value.value("DataInterpretation")
        value.value("DataType")
        eu = value.value("UnitOfMeasure")
        if how == "Reference":
            return f"${self._id(text, parameter)}", eu
        number = _number(text)
        return (text if number is None or how == "Equation" else number), eu

    def _own(self, element: Element) -> JsonObject:
        for information in [c for c in element.children if c.tag == "OtherInformation"]:
            if information.value("ID") != OWN:
                continue
            try:
                read: Json = json.loads((information.one("Value") or Element("Value")).value("ValueString"))
            except ValueError:
                self.remark(information, "it cannot be read; left out", "Export the recipe again")
                continue
            _see_all(information)
            information.seen = True
            return _mapping(read)
        return {}

    def _texts(self, element: Element) -> Json:
        """A text in both languages, None when there is none."""
        texts = {d.attributes.get("languageID", ""): d.text.strip() for d in element.all("Description")}
        if not any(texts.values()):
            return None
        any_text = next(t for t in texts.values() if t)
        return {"ru": texts.get("ru", any_text), "en": texts.get("en", any_text)}

    def _both(self, text: str) -> Json:
        return {"ru": text, "en": text}

    def _id(self, text: str, element: Element) -> str:
        """``text`` as an id of a recipe file."""
        own = _NOT_ID.sub("_", text.strip().lower()).strip("_")[:40]
        own = own if own and own[0].isalpha() else f"x_{own}"[:40]
        if own != text.strip():
            self.remark(element, f"'{text.strip()}' is called {own}", "Ids have small Latin letters, digits and underscores")
        return own

    def _new(self, kind: str) -> str:
        self._used[kind] = self._used.get(kind, 0) + 1
        return f"{kind}_{self._used[kind]}"

    def _made(self) -> set[str]:
        return {f"{kind}_{i}" for kind, most in self._used.items() for i in range(1, most + 1)}

    def _assumed(self, element: Element, key: str, value: str) -> None:
        self.remark(element, f"it says nothing of {key}; assumed: {value}", f"Correct {key} in the recipe")


def _type(element: Element) -> str:
    return element.value("RecipeElementType")


def _flat(entries: Sequence[Json]) -> list[Json]:
    found: list[Json] = []
    for entry in entries:
        segment = _mapping(entry)
        found += cast("list[Json]", segment["do"]) if "<segment>" in segment else [entry]
    return found


def _steps(parts: tuple[Part, ...]) -> list[StepPart]:
    found: list[StepPart] = []
    for part in parts:
        match part:
            case StepPart():
                found.append(part)
            case ParallelPart(branches=branches) | ChoicePart(branches=branches):
                found += [s for b in branches for s in _steps(b)]
            case LoopPart(body=body):
                found += _steps(body)
            case WaitPart():
                pass
    return found


def _see_all(element: Element) -> None:
    for child in element.children:
        child.seen = True
        _see_all(child)


def _number(text: str) -> float | int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if number - number != 0:
        return None
    return int(text) if re.fullmatch(r"[+-]?\d{1,15}", text.strip(), re.ASCII) else number


def _mapping(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else _NONE
