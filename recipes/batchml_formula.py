"""What reading a BatchML document needs everywhere: values, ids, texts, and remarks on what was assumed; and its formula."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, cast

from line.documents import Problem
from line.messages import Json, JsonObject
from recipes.batchml_export import OWN
from recipes.batchml_xml import Element

_NOT_ID: Final = re.compile(r"[^a-z0-9_]+")
_DEFAULT_TOLERANCE_PCT: Final = 1.0
_NESTED: Final = ("lo", "hi", "tolerance_pct", "nitrite_pct")
_NONE: Final[JsonObject] = {}


class Reader:
    """Collects remarks; every problem has the line and the name of the element that it is about."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._used: dict[str, int] = {}
        self.remarks: list[Problem] = []

    def remark(self, element: Element, message: str, remedy: str) -> None:
        """Note what was assumed or left out of ``element``."""
        name = next((c.text.strip() for c in element.children if c.tag == "ID"), "")
        self.remarks.append(Problem(self._file, element.line, f"{element.tag} {name}".strip(), message, remedy))

    def value_of(self, parameter: Element) -> tuple[Json, str]:
        """The value (``$name`` for a reference) and its unit of measure."""
        value = parameter.one("Value")
        if value is None:
            return None, ""
        text, how = value.value("ValueString"), value.value("DataInterpretation")
        value.value("DataType")
        eu = value.value("UnitOfMeasure")
        if how == "Reference":
            return f"${self.id_of(text, parameter)}", eu
        value_read = number(text)
        return (text if value_read is None or how == "Equation" else value_read), eu

    def own_of(self, element: Element) -> JsonObject:
        """What Potok itself kept beside an element."""
        for information in [c for c in element.children if c.tag == "OtherInformation"]:
            if information.value("ID") != OWN:
                continue
            try:
                read: Json = json.loads((information.one("Value") or Element("Value")).value("ValueString"))
            except ValueError:
                self.remark(information, "it cannot be read; left out", "Export the recipe again")
                continue
            see_all(information)
            information.seen = True
            return mapping(read)
        return {}

    def texts_of(self, element: Element) -> Json:
        """A text in both languages, None when there is none."""
        texts = {d.attributes.get("languageID", ""): d.text.strip() for d in element.all("Description")}
        if not any(texts.values()):
            return None
        any_text = next(t for t in texts.values() if t)
        return {"ru": texts.get("ru", any_text), "en": texts.get("en", any_text)}

    def both(self, text: str) -> Json:
        """One text for both languages."""
        return {"ru": text, "en": text}

    def id_of(self, text: str, element: Element) -> str:
        """``text`` as an id of a recipe file."""
        own = _NOT_ID.sub("_", text.strip().lower()).strip("_")[:40]
        own = own if own and own[0].isalpha() else f"x_{own}"[:40]
        if own != text.strip():
            self.remark(element, f"'{text.strip()}' is called {own}", "Ids have small Latin letters, digits and underscores")
        return own

    def new_id(self, kind: str) -> str:
        """An id for a block that the document gives none."""
        self._used[kind] = self._used.get(kind, 0) + 1
        return f"{kind}_{self._used[kind]}"

    def made_ids(self) -> set[str]:
        """All that :meth:`new_id` has given."""
        return {f"{kind}_{i}" for kind, most in self._used.items() for i in range(1, most + 1)}

    def assumed(self, element: Element, key: str, value: str) -> None:
        """Note a key that the document says nothing of."""
        self.remark(element, f"it says nothing of {key}; assumed: {value}", f"Correct {key} in the recipe")


class FormulaReader(Reader):
    """Sizes, ingredients, parameters and equipment."""

    def sizes(self, header: Element, ingredients: Mapping[str, JsonObject], recipe: Element) -> dict[str, Json]:
        """Base, smallest and largest batch in kg."""
        size = header.one("BatchSize") or Element("BatchSize")
        eu = size.value("UnitOfMeasure")
        if eu not in ("kg", "KGM", ""):
            self.remark(size, f"the size of the batch is in '{eu}'", "Convert it to kg")
        total = sum(cast(float, i["kg"]) for i in ingredients.values())
        base = number(size.value("Nominal"))
        if base is None:
            base = total or 1.0
            self.assumed(recipe, "base_batch_kg", f"{base:g}")
        lo, hi = number(size.value("Min")), number(size.value("Max"))
        for key, value in (("size_lo_kg", lo), ("size_hi_kg", hi)):
            if value is None:
                self.assumed(recipe, key, f"{base:g}")
        return {"base_batch_kg": base, "size_lo_kg": base if lo is None else lo, "size_hi_kg": base if hi is None else hi}

    def formula(
        self, formula: Element, own: JsonObject
    ) -> tuple[dict[str, dict[str, Json]], dict[str, dict[str, Json]], dict[str, Json]]:
        """Ingredients, parameters, and the yield."""
        ingredients: dict[str, dict[str, Json]] = {}
        parameters: dict[str, dict[str, Json]] = {}
        limits: dict[str, Json] = {}
        for parameter in formula.all("Parameter"):
            kind, name = parameter.value("ParameterType"), self.id_of(parameter.value("ID"), parameter)
            value, eu = self.value_of(parameter)
            nested = self._nested(parameter)
            words = [s.text.strip() for s in parameter.all("ParameterSubType")]
            if not isinstance(value, int | float):
                self.remark(parameter, f"its value is no number ({value!r}); left out", "Write it into the recipe by hand")
                continue
            if name in (ingredients if kind == "ProcessInput" else parameters):
                self.remark(parameter, f"a second one is called {name}; the first is left out", "Give each an id of its own")
            described = self.both(parameter.value("Description") or parameter.value("ID"))
            if kind == "ProcessInput":
                kept = mapping(mapping(own.get("ingredients")).get(name))
                ingredients[name] = self._ingredient(parameter, value, eu, nested, words, {"name": described, **kept})
            elif kind == "ProcessOutput" and name == "yield" and eu == "%":
                limits = {"expect_pct": value, "lo_pct": nested.get("lo", value), "hi_pct": nested.get("hi", value)}
            elif kind == "ProcessParameter":
                kept = mapping(mapping(own.get("parameters")).get(name))
                parameters[name] = self._parameter(parameter, value, eu, nested, words, {"name": described, **kept})
            else:
                self.remark(parameter, f"a parameter of type {kind or 'none'} is not covered, left out", "Write it by hand")
        return ingredients, parameters, limits

    def _nested(self, parameter: Element) -> dict[str, Json]:
        """Limits and tolerances of a parameter by their names."""
        found: dict[str, Json] = {}
        for part in parameter.all("Parameter"):
            name = part.value("ID")
            part.value("ParameterType")
            if name in _NESTED and name not in found:
                found[name] = self.value_of(part)[0]
            else:
                self.remark(part, "this part of a parameter is not covered, left out", "Write it into the recipe by hand")
                see_all(part)
        return found

    def _ingredient(
        self, parameter: Element, value: float, eu: str, nested: Mapping[str, Json], words: list[str], more: JsonObject
    ) -> dict[str, Json]:
        if eu not in ("kg", "KGM"):
            self.remark(parameter, f"a mass in '{eu}' is taken as kg", "Convert it")
        if parameter.value("Scaled") == "No":
            self.remark(parameter, "a mass that does not grow with the batch is taken as one that does", "Check it")
        entry: dict[str, Json] = {**more, "kg": value}
        if "tolerance_pct" not in nested:
            self.assumed(parameter, "tolerance_pct", f"{_DEFAULT_TOLERANCE_PCT:g}")
        entry["tolerance_pct"] = nested.get("tolerance_pct", _DEFAULT_TOLERANCE_PCT)
        if "nitrite_pct" in nested:
            entry["nitrite_pct"] = nested["nitrite_pct"]
        if "RawMaterial" in words:
            entry["raw"] = True
        self._leave_out(parameter, words, "RawMaterial")
        return entry

    def _leave_out(self, parameter: Element, words: list[str], known: str) -> None:
        for word in words:
            if word != known:
                self.remark(parameter, f"its sub-type {word} is not covered, left out", "Note it in the description")

    def _parameter(
        self, parameter: Element, value: float, eu: str, nested: Mapping[str, Json], words: list[str], more: JsonObject
    ) -> dict[str, Json]:
        entry: dict[str, Json] = {**more, "value": value}
        for key in ("lo", "hi"):
            if key not in nested:
                self.assumed(parameter, key, f"{value:g}, the value itself")
            entry[key] = nested.get(key, value)
        entry["eu"] = eu
        if "CCP" in words:
            entry["ccp"] = True
        if parameter.value("Scaled") == "Yes":
            entry["scale"] = "proportional"
        self._leave_out(parameter, words, "CCP")
        return entry

    def equipment(self, recipe: Element, waiting: JsonObject) -> dict[str, Json]:
        """Roles with their class and units."""
        equipment: dict[str, Json] = {}
        for requirement in recipe.all("EquipmentRequirement"):
            role = self.id_of(requirement.value("ID"), requirement)
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
                self.assumed(requirement, "class", role)
                entry["class"] = role
            entry |= {"units": units} if units else {}
            requirement.value("Description")
            entry |= {"waiting": waiting[role]} if role in waiting else {}
            if role in equipment:
                self.remark(requirement, f"a second one is called {role}; the first is left out", "Give each an id of its own")
            equipment[role] = entry
        return equipment


def see_all(element: Element) -> None:
    """Nothing in ``element`` is left to be reported."""
    for child in element.children:
        child.seen = True
        see_all(child)


def number(text: str) -> float | int | None:
    """A finite number, None for any other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    if number - number != 0:
        return None
    return int(text) if re.fullmatch(r"[+-]?\d{1,15}", text.strip(), re.ASCII) else number


def mapping(value: Json) -> JsonObject:
    """``value`` where it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else _NONE
