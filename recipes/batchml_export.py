"""A recipe as a BatchML master recipe (V0701, ISA-88.00.02): header, formula, equipment, procedure with its logic.

What BatchML has no element for is kept beside it in ``OtherInformation`` with the id ``potok`` (JSON), so that nothing is lost on
the way back, and is named: other systems do not read it. BatchML is used courtesy of MESA International.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

from line.messages import Json, JsonObject
from recipes.batchml_xml import Element, write_xml
from recipes.checks import parse_reference
from recipes.content import canonical

OWN: Final = "potok"
"""Id of the OtherInformation that holds what BatchML has no element for."""
BEGIN, END = "Begin", "End"
"""Steps that open and close a level; no id of a recipe has capital letters."""
BLOCKS: Final = ("parallel", "choose", "repeat")
KINDS: Final = {"unit_procedure": "UnitProcedure", "operation": "Operation", "phase": "Phase"}
BELOW: Final = {"unit_procedure": "operations", "operation": "phases", "repeat": "do", "branch": "do"}
_NONE: Final[JsonObject] = {}


def export_batchml(data: JsonObject) -> tuple[str, list[str]]:
    """The document, and the names of what only Potok reads of it. ``data`` passed the model of a recipe file.

    Raises ValueError for a character that XML cannot have.
    """
    export = _Export(data)
    return write_xml(export.document()), export.only_here


class _Export:
    def __init__(self, data: JsonObject) -> None:
        self._data = data
        self.only_here: list[str] = []

    def document(self) -> Element:
        root = Element("BatchInformation")
        data = self._data
        recipe = root.add("MasterRecipe")
        recipe.add("ID", str(data["recipe"]))
        recipe.add("Version", str(data["version"]))
        _texts(recipe, data["name"])
        header = recipe.add("Header")
        header.add("ModificationLog").add("Author", str(data["author"]))
        if data.get("product"):
            header.add("ProductID", str(data["product"]))
        header.add("ProductName", _english(data["name"]))
        size = header.add("BatchSize")
        for tag, key in (("Nominal", "base_batch_kg"), ("Min", "size_lo_kg"), ("Max", "size_hi_kg")):
            size.add(tag, _decimal(data[key]))
        size.add("UnitOfMeasure", "kg")
        for role, entry in _items(data["equipment"]):
            requirement = recipe.add("EquipmentRequirement")
            requirement.add("ID", role)
            _constraint(requirement, "EquipmentClass", str(entry["class"]))
            for unit in _sequence(entry.get("units")):
                _constraint(requirement, "Equipment", str(unit))
            if entry.get("waiting"):
                requirement.add("Description", _english(entry["waiting"]))
        self._formula(recipe.add("Formula"))
        rest: dict[str, Json] = {}
        self._level(recipe, _sequence(data["procedure"]), "procedure", "", rest)
        self._own(recipe, "recipe", self._rest_of_recipe(rest))
        return root

    def _formula(self, formula: Element) -> None:
        for name, entry in _items(self._data["ingredients"]):
            parameter = _parameter(formula, name, "ProcessInput", _english(entry["name"]))
            if entry.get("raw"):
                parameter.add("ParameterSubType", "RawMaterial")
            _value(parameter, entry["kg"], "kg")
            parameter.add("Scaled", "Yes")
            _nested(parameter, "tolerance_pct", entry.get("tolerance_pct"), "%")
            _nested(parameter, "nitrite_pct", entry.get("nitrite_pct"), "%")
        for name, entry in _items(self._data["parameters"]):
            parameter = _parameter(formula, name, "ProcessParameter", _english(entry["name"]))
            if entry.get("ccp"):
                parameter.add("ParameterSubType", "CCP")
            eu = str(entry["eu"])
            _value(parameter, entry["value"], eu)
            parameter.add("Scaled", "Yes" if entry.get("scale") == "proportional" else "No")
            _nested(parameter, "lo", entry["lo"], eu)
            _nested(parameter, "hi", entry["hi"], eu)
        limits = self._data.get("yield")
        if isinstance(limits, Mapping):
            parameter = _parameter(formula, "yield", "ProcessOutput", "packed product per raw material")
            _value(parameter, limits["expect_pct"], "%")
            _nested(parameter, "lo", limits["lo_pct"], "%")
            _nested(parameter, "hi", limits["hi_pct"], "%")

    def _rest_of_recipe(self, rest: dict[str, Json]) -> dict[str, Json]:
        """What the elements of a master recipe have no place for: the second language, sums, roles, limits of nitrite."""
        texts: dict[str, Json] = {}
        for section in ("ingredients", "parameters"):
            kept = {n: {k: e[k] for k in ("name", "sum_of", "role") if k in e} for n, e in _items(self._data[section])}
            texts[section] = cast(Json, kept)
        waiting = {r: e["waiting"] for r, e in _items(self._data["equipment"]) if e.get("waiting")}
        plain = {k: self._data[k] for k in ("description", "nitrite") if k in self._data}
        return {**rest, **texts, **plain, **({"waiting": waiting} if waiting else {})}

    # Procedure

    def _level(self, parent: Element, entries: Sequence[Json], path: str, prefix: str, rest: dict[str, Json]) -> None:
        """The logic of one level (in its order in the schema), then its elements; waits are transitions between steps."""
        logic = parent.add("ProcedureLogic")
        steps = [_mapping(e) for e in entries]
        nodes = [BEGIN, *(_own_id(s) for s in steps), END]
        waits: dict[str, Json] = {}
        kinds = ["Step", *("Transition" if "wait" in s else "Step" for s in steps), "Step"]
        for i in range(len(nodes) - 1):
            _link(logic, f"{nodes[i]}_{nodes[i + 1]}", "ControlLink", [(nodes[i], kinds[i])], [(nodes[i + 1], kinds[i + 1])])
        version = str(self._data["version"])
        _step(logic, BEGIN, prefix, version)
        for step in steps:
            if "wait" not in step:
                _step(logic, _own_id(step), prefix, version)
        _step(logic, END, prefix, version)
        for step in steps:
            if "wait" in step:
                transition = logic.add("Transition")
                transition.add("ID", _own_id(step))
                transition.add("Condition", str(step["until"]))
                _texts(transition, step["name"])
                if "within_s" in step:
                    waits[_own_id(step)] = step["within_s"]
                    self.only_here.append(f"{path}.{_own_id(step)}: within_s")
        if waits:
            rest["within_s"] = waits
        _ends(parent, prefix, (BEGIN,))
        for step in steps:
            if "wait" not in step:
                self._element(parent, step, path, prefix)
        _ends(parent, prefix, (END,))

    def _element(self, parent: Element, entry: JsonObject, path: str, prefix: str) -> None:
        kind = _kind(entry)
        own = _own_id(entry)
        node, where = f"{prefix}{own}", f"{path}.{own}"
        element = parent.add("RecipeElement")
        element.add("ID", node)
        element.add("Version", str(self._data["version"]))
        name = entry.get("text") if kind == "prompt" else entry.get("name")
        if name:
            _texts(element, name)
        other = {"keep": "Keep", "prompt": "Prompt"}.get(kind)
        if other:
            element.add("RecipeElementType", "Other", OtherValue=other)
        else:
            element.add("RecipeElementType", KINDS.get(kind, "RecipeSegment"))
        rest: dict[str, Json] = {}
        if kind == "unit_procedure":
            element.add("EquipmentRequirement").add("ID", str(entry["unit_procedure"]))
            rest |= {"id": entry["id"]} if "id" in entry else {}
        if kind == "phase":
            element.add("BuildingBlockElementID", str(entry["phase"]))
            for parameter, value in _mapping(entry.get("parameters")).items():
                self._reference(element, parameter, value)
            rest |= {k: entry[k] for k in ("id", "acquire", "transfer", "watch") if k in entry}
        if kind == "keep":
            _equation(element, "while", str(entry["while"]))
            self._reference(element, "for_s", entry["for_s"], "s")
            rest |= {k: entry[k] for k in ("anew", "within_s") if k in entry}
        if kind == "prompt":
            rest |= {k: v for k, v in entry.items() if k not in ("prompt", "text")}
        if kind in BLOCKS:
            self._block(element, entry, kind, where, f"{node}.", rest)
        elif kind in BELOW:
            self._level(element, _sequence(entry[BELOW[kind]]), where, f"{node}.", rest)
        self._own(element, where, rest)

    def _block(self, element: Element, entry: JsonObject, kind: str, path: str, prefix: str, rest: dict[str, Json]) -> None:
        """A segment of its own: its logic opens and closes the branches, or goes back to the first step."""
        version = str(self._data["version"])
        logic = element.add("ProcedureLogic")
        branches = [_mapping(b) for b in _sequence(entry.get("branches"))]
        ids = [str(b["branch"]) for b in branches]
        transitions: list[tuple[str, str]] = []
        if kind == "parallel":
            _link(logic, "open", "ParallelDivergent", [(BEGIN, "Step")], [(i, "Step") for i in ids])
            _link(logic, "close", "ParallelConvergent", [(i, "Step") for i in ids], [(END, "Step")])
        elif kind == "choose":
            transitions = [(f"when_{b['branch']}", str(b.get("when", "true"))) for b in branches]
            for i, (transition, _) in enumerate(transitions):
                _link(logic, f"to_{ids[i]}", "SerialDivergent", [(BEGIN, "Step")], [(transition, "Transition")], i + 1)
                _link(logic, f"into_{ids[i]}", "ControlLink", [(transition, "Transition")], [(ids[i], "Step")])
            _link(logic, "close", "SerialConvergent", [(i, "Step") for i in ids], [(END, "Step")])
        else:
            ids = ["body"]
            branches = [{"branch": "body", "name": entry["name"], "do": entry["do"]}]
            transitions = [("until", str(entry["until"])), ("again", f"not ({entry['until']})")]
            _link(logic, "in", "ControlLink", [(BEGIN, "Step")], [("body", "Step")])
            _link(logic, "done", "SerialDivergent", [("body", "Step")], [("until", "Transition")], 1)
            _link(logic, "more", "SerialDivergent", [("body", "Step")], [("again", "Transition")], 2)
            _link(logic, "out", "ControlLink", [("until", "Transition")], [(END, "Step")])
            _link(logic, "back", "ControlLink", [("again", "Transition")], [("body", "Step")])
            rest["at_most"] = entry["at_most"]
        for step in (BEGIN, *ids, END):
            _step(logic, step, prefix, version)
        for transition, condition in transitions:
            one = logic.add("Transition")
            one.add("ID", transition)
            one.add("Condition", condition)
        if kind == "choose":
            rest["otherwise"] = "when" not in branches[-1]
        _ends(element, prefix, (BEGIN,))
        for branch in branches:
            segment = element.add("RecipeElement")
            own = f"{prefix}{branch['branch']}"
            segment.add("ID", own)
            segment.add("Version", version)
            _texts(segment, branch["name"])
            segment.add("RecipeElementType", "RecipeSegment")
            inside: dict[str, Json] = {}
            self._level(
                segment, _sequence(branch["do"]), path if kind == "repeat" else f"{path}.{branch['branch']}", f"{own}.", inside
            )
            self._own(segment, f"{path}.{branch['branch']}", inside)
        _ends(element, prefix, (END,))

    def _reference(self, element: Element, name: str, value: Json, eu: str = "") -> None:
        parameter = _parameter(element, name, "ProcessParameter")
        operand = parse_reference(cast("float | str", value))
        if operand is None or not operand.parameter:
            _value(parameter, value, eu)
            return
        entry = _mapping(_mapping(self._data["parameters"]).get(operand.parameter))
        unit = str(entry.get("eu", eu))
        if operand.offset:
            _value(parameter, str(value), unit, "Equation")
        else:
            _value(parameter, operand.parameter, unit, "Reference")

    def _own(self, element: Element, path: str, rest: JsonObject) -> None:
        if not rest:
            return
        information = element.add("OtherInformation")
        information.add("ID", OWN)
        _value(information, canonical(rest), "", "Other")
        information.add("Description", "What BatchML has no element for, as JSON")
        told = [k for k in rest if k != "within_s" or not isinstance(rest[k], Mapping)]
        self.only_here += [f"{path}: {', '.join(told)}"] if told else []


# Parts of the document


def _texts(element: Element, text: Json) -> None:
    for language in ("en", "ru"):
        element.add("Description", str(_mapping(text).get(language, "")), languageID=language)


def _english(text: Json) -> str:
    return str(_mapping(text).get("en", ""))


def _constraint(requirement: Element, name: str, condition: str) -> None:
    constraint = requirement.add("Constraint")
    constraint.add("ID", name)
    constraint.add("Condition", condition)


def _parameter(parent: Element, name: str, kind: str, description: str = "") -> Element:
    parameter = parent.add("Parameter")
    parameter.add("ID", name)
    if description:
        parameter.add("Description", description)
    parameter.add("ParameterType", kind)
    return parameter


def _nested(parent: Element, name: str, value: Json, eu: str) -> None:
    if value is not None:
        parameter = parent.add("Parameter")
        parameter.add("ID", name)
        parameter.add("ParameterType", "Other", OtherValue="Limit")
        _value(parameter, value, eu)


def _equation(element: Element, name: str, source: str) -> None:
    _value(_parameter(element, name, "ProcessParameter"), source, "", "Equation")


def _value(parent: Element, value: Json, eu: str, interpretation: str = "Constant") -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    element = parent.add("Value")
    element.add("ValueString", _decimal(value) if number else str(value))
    element.add("DataInterpretation", interpretation)
    element.add("DataType", "decimal" if number or interpretation == "Reference" else "string")
    element.add("UnitOfMeasure", eu)


def _link(
    logic: Element, name: str, kind: str, sources: Sequence[tuple[str, str]], targets: Sequence[tuple[str, str]], order: int = 0
) -> None:
    link = logic.add("Link")
    link.add("ID", name)
    for side, ends in (("From", sources), ("To", targets)):
        for own, what in ends:
            end = link.add(f"{side}ID")
            end.add(f"{side}IDValue", own)
            end.add(f"{side}Type", what)
            end.add("IDScope", "Internal")
    link.add("LinkType", kind)
    link.add("Depiction", "LineAndArrow")
    if order:
        link.add("EvaluationOrder", str(order))


def _step(logic: Element, own: str, prefix: str, version: str) -> None:
    step = logic.add("Step")
    step.add("ID", own)
    step.add("RecipeElementID", f"{prefix}{own}")
    step.add("RecipeElementVersion", version)


def _ends(parent: Element, prefix: str, kinds: Sequence[str]) -> None:
    for kind in kinds:
        element = parent.add("RecipeElement")
        element.add("ID", f"{prefix}{kind}")
        element.add("RecipeElementType", kind)


def _decimal(value: Json) -> str:
    """XML Schema's decimal has no exponent."""
    return f"{Decimal(repr(value)):f}"


def _kind(entry: JsonObject) -> str:
    return next(k for k in (*KINDS, *BLOCKS, "wait", "keep", "prompt") if k in entry)


def _own_id(entry: JsonObject) -> str:
    return str(entry.get("id") or entry[_kind(entry)])


def _items(value: Json) -> list[tuple[str, JsonObject]]:
    return [(str(k), _mapping(v)) for k, v in _mapping(value).items()]


def _mapping(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else _NONE


def _sequence(value: Json) -> Sequence[Json]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
