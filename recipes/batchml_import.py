"""A BatchML master recipe as the data of a recipe file. What it does not cover, and what had to be assumed, is told by name.

Reads V0600 and V0701, from any system: a procedure of sequences, parallel branches, alternatives and loops. What Potok wrote
beside it (``OtherInformation`` with the id ``potok``) is taken back, so that its own documents come back whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from line.documents import Problem
from line.messages import Json, JsonObject
from recipes.batchml_export import BEGIN, END
from recipes.batchml_formula import FormulaReader, mapping, see_all
from recipes.batchml_graph import TRUE, ChoicePart, GraphError, Logic, LoopPart, ParallelPart, Part, StepPart, WaitPart
from recipes.batchml_xml import Element, XmlError, parse_xml

_LEVEL: Final = {"UnitProcedure": "unit_procedure", "UnitRecipe": "unit_procedure", "Operation": "operation", "Phase": "phase"}
_LOOPS_MAX: Final = 10


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


class _Reader(FormulaReader):
    """The master recipe and its procedure."""

    def recipe(self, recipe: Element) -> JsonObject:
        own = self.own_of(recipe)
        data: dict[str, Json] = {"recipe": self.id_of(recipe.value("ID"), recipe), "version": recipe.value("Version") or "1"}
        header = recipe.one("Header") or Element("Header")
        author = next((a for log in header.all("ModificationLog") if (a := log.value("Author"))), "")
        if not author:
            self.assumed(recipe, "author", "unknown")
        data["author"] = author or "unknown"
        name = self.texts_of(recipe) or self.both(header.value("ProductName") or recipe.value("ID"))
        header.value("ProductName")
        data["name"] = name
        if product := header.value("ProductID"):
            data["product"] = product
        data |= {k: own[k] for k in ("description", "nitrite") if k in own}
        formula = recipe.one("Formula") or Element("Formula")
        ingredients, parameters, limits = self.formula(formula, own)
        data |= self.sizes(header, ingredients, recipe)
        data["ingredients"], data["parameters"] = cast(Json, ingredients), cast(Json, parameters)
        if limits:
            data["yield"] = limits
        data["equipment"] = self.equipment(recipe, mapping(own.get("waiting")))
        elements = recipe.all("RecipeElement")
        data["procedure"] = self._plain_level(recipe, elements, own)
        return data

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
                see_all(logic)
                parts, transitions = tuple(StepPart(i, i) for i in by_id), {}
        named = {s.element for s in _steps(parts)}
        for key, element in by_id.items():
            if key not in named and _type(element) not in (BEGIN, END, "Allocation"):
                self.remark(element, "no step of the logic uses it; left out", "Add a step, or remove it")
                see_all(element)
            elif key not in named:
                see_all(element)
        return [e for part in parts for e in self._entries(part, parent, by_id, transitions, own)]

    def _plain_level(self, parent: Element, elements: list[Element], own: JsonObject) -> Json:
        """A level without segments: what lies in one stands in its place."""
        entries = self._level(parent, elements, own)
        for entry in entries:
            if "<segment>" in mapping(entry):
                name = str(mapping(entry)["<segment>"])
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
                        see_all(element)
                    return []
                return [self._element(element)]
            case WaitPart(id=wait, condition=condition):
                found, within = transitions[wait], mapping(own.get("within_s"))
                entry: dict[str, Json] = {"wait": self.id_of(wait, found), "name": self.texts_of(found) or self.both(wait)}
                entry["until"] = condition
                found.value("ConditionAnnotation")
                return [{**entry, **({"within_s": within[wait]} if wait in within else {})}]
            case ParallelPart(branches=branches):
                name = self.new_id("parallel")
                listed = [self._branch(f"{name}_{i}", many(b)) for i, b in enumerate(branches, 1)]
                return [{"parallel": name, "name": self.both(name), "branches": cast(Json, listed)}]
            case ChoicePart(when=when, branches=branches):
                name = self.new_id("choice")
                listed = [self._branch(f"{name}_{i}", many(b)) for i, b in enumerate(branches, 1)]
                for i, (branch, condition) in enumerate(zip(listed, when, strict=True)):
                    if i < len(when) - 1 or condition.strip().lower() != TRUE or own.get("otherwise") is False:
                        branch["when"] = condition
                return [{"choose": name, "name": self.both(name), "branches": cast(Json, listed)}]
            case LoopPart(body=body, until=until):
                name = self.new_id("repeat")
                if "at_most" not in own:
                    self.assumed(parent, "at_most", str(_LOOPS_MAX))
                done = cast(Json, _flat(many(body)))
                return [{"repeat": name, "name": self.both(name), "do": done, "until": until, "at_most": _LOOPS_MAX}]

    def _branch(self, name: str, entries: list[Json]) -> dict[str, Json]:
        """A branch; one that is a single segment takes its name and content."""
        if len(entries) == 1 and "<segment>" in mapping(entries[0]):
            segment = mapping(entries[0])
            return {"branch": segment["<segment>"], "name": segment["name"], "do": segment["do"]}
        return {"branch": name, "name": self.both(name), "do": cast(Json, _flat(entries))}

    def _element(self, element: Element) -> Json:
        for tag in ("Version", "VersionDate", "BuildingBlockElementVersion"):
            element.value(tag)
        kind, own = _type(element), self.own_of(element)
        last = re.split(r"[./]", element.value("ID"))[-1]
        name = self.texts_of(element)
        inside = element.all("RecipeElement")
        entry: dict[str, Json]
        if kind in ("UnitProcedure", "UnitRecipe"):
            role = next((r.value("ID") for r in element.all("EquipmentRequirement")), last)
            entry = {"unit_procedure": self.id_of(role, element)}
            entry |= {"id": own["id"]} if "id" in own else {} if role == last else {"id": self.id_of(last, element)}
            return {**entry, "name": name or self.both(last), "operations": self._plain_level(element, inside, own)}
        if kind == "Operation":
            entry = {"operation": self.id_of(last, element), "name": name or self.both(last)}
            return {**entry, "phases": self._plain_level(element, inside, own)}
        if kind == "Phase":
            entry = {"phase": element.value("BuildingBlockElementID") or last, **({"name": name} if name else {})}
            entry["parameters"] = self._references(element)
            return {**({k: v for k, v in entry.items() if v != {}}), **own}
        if kind in ("RecipeSegment", "Procedure"):
            return self._segment(element, self.id_of(last, element), name or self.both(last), inside, own)
        return self._other(element, last, name, own)

    def _segment(self, element: Element, own_id: str, name: Json, inside: list[Element], own: JsonObject) -> Json:
        """A segment that is one block gives it its id and name; any other is taken apart where it stands."""
        entries = self._level(element, inside, own)
        block = mapping(entries[0] if len(entries) == 1 else None)
        kind = next((k for k in ("parallel", "choose", "repeat") if k in block), "")
        if not kind or str(block[kind]) not in self.made_ids():
            return {"<segment>": own_id, "name": name, "do": cast(Json, _flat(entries))}
        return {**block, kind: own_id, "name": name, **({"at_most": own["at_most"]} if "at_most" in own else {})}

    def _other(self, element: Element, last: str, name: Json, own: JsonObject) -> Json:
        kind = element.one("RecipeElementType")
        what = kind.attributes.get("OtherValue", "") if kind is not None else ""
        values = self._references(element)
        if what == "Keep":
            entry: dict[str, Json] = {"keep": self.id_of(last, element), "name": name or self.both(last)}
            return {**entry, "while": values.get("while", TRUE), "for_s": values.get("for_s", 0), **own}
        if what != "Prompt":
            self.remark(element, f"an element of type {what or _type(element) or 'none'} is not covered; a prompt stands for it",
                        "Write what it does by hand")  # fmt: skip
            see_all(element)
        return {"prompt": self.id_of(last, element), "text": name or self.both(last), **own}

    def _references(self, element: Element) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for parameter in element.all("Parameter"):
            parameter.value("ParameterType")
            parameter.value("Description")
            if parameter.value("ID") in found:
                self.remark(parameter, "it stands twice; the first is left out", "Give each an id of its own")
            found[parameter.value("ID")] = self.value_of(parameter)[0]
        return found


def _type(element: Element) -> str:
    return element.value("RecipeElementType")


def _flat(entries: Sequence[Json]) -> list[Json]:
    found: list[Json] = []
    for entry in entries:
        segment = mapping(entry)
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
