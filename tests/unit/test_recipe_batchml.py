"""BatchML: what is exported has the shape of the published schema and comes back whole; what others write is read or named."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from line.documents import Document, validate
from potok.yamlfile import read_yaml
from recipes.batchml_export import export_batchml
from recipes.batchml_import import Imported, import_batchml
from recipes.batchml_xml import Element, XmlError, parse_xml
from recipes.content import content_hash
from recipes.recipe_file import RecipeFile
from tests.unit.test_recipe_plant import LINE, doktorskaya_document

SHIPPED = sorted(p for p in (LINE / "recipes").glob("*.yaml") if p.name != "approvals.yaml")

# Facts of the published schema (BatchML V0701, BatchInformation): the children of an element in their order; ! must be there,
# * may repeat.
SHAPE: Final = {
    "BatchInformation": "MasterRecipe*",
    "MasterRecipe": "ID! Version Description* Header EquipmentRequirement* Formula ProcedureLogic RecipeElement* "
    "OtherInformation*",
    "Header": "ModificationLog* ApprovalHistory* ProductID ProductName BatchSize Status",
    "ModificationLog": "ModifiedDate Description* Author",
    "BatchSize": "Nominal Min Max ScaleReference ScaledSize UnitOfMeasure",
    "EquipmentRequirement": "ID! Constraint* Description",
    "Constraint": "ID Condition",
    "Formula": "Parameter*",
    "Parameter": "ID! Description ParameterType! ParameterSubType* Value* Scaled ScaleReference Parameter*",
    "Value": "ValueString! DataInterpretation! DataType! UnitOfMeasure! EnumerationSetID*",
    "ProcedureLogic": "Link* Step* Transition*",
    "Link": "ID! FromID* ToID* LinkType! Depiction! EvaluationOrder Description*",
    "FromID": "FromIDValue! FromType! IDScope!",
    "ToID": "ToIDValue! ToType! IDScope!",
    "Step": "ID! RecipeElementID! RecipeElementVersion! Description*",
    "Transition": "ID! Condition! ConditionAnnotation Description*",
    "RecipeElement": "ID! Version Description* RecipeElementType! BuildingBlockElementID Header EquipmentRequirement* Parameter* "
    "ProcedureLogic RecipeElement* OtherInformation*",
    "OtherInformation": "ID Value* Description*",
}
WORDS: Final = {
    "RecipeElementType": {"Procedure", "UnitRecipe", "UnitProcedure", "Operation", "Phase", "Allocation", "Begin", "End",
                          "RecipeSegment", "Other"},
    "LinkType": {"ControlLink", "TransferLink", "SynchronizationLink", "ParallelDivergent", "ParallelConvergent",
                 "SerialDivergent", "SerialConvergent", "Other"},
    "ParameterType": {"ProcessInput", "ProcessOutput", "ProcessParameter", "Other"},
    "DataInterpretation": {"Constant", "Reference", "Equation", "External", "Other"},
    "FromType": {"Step", "Transition", "Link", "Other"},
    "ToType": {"Step", "Transition", "Link", "Other"},
    "IDScope": {"External", "Internal", "Other"},
    "Scaled": {"Yes", "No"},
    "Depiction": {"None", "Line", "ID", "LineAndID", "LineAndArrow", "LineArrowAndID", "Other"},
}  # fmt: skip


def data_of(path: Path) -> dict[str, Any]:
    document, problems = read_yaml(path)
    assert document is not None, problems
    return document.data


def walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        yield from walk(child)


def misshapen(root: Element) -> list[str]:
    """Where a document leaves :data:`SHAPE` or :data:`WORDS`."""
    found: list[str] = []
    for element in walk(root):
        tags = [c.tag for c in element.children]
        if element.tag in SHAPE:
            pattern = "".join(
                f"(?:{re.sub('[!*]', '', w)} )" + ("*" if w.endswith("*") else "" if w.endswith("!") else "?")
                for w in SHAPE[element.tag].split()
            )
            if not re.fullmatch(pattern, "".join(f"{t} " for t in tags)):
                found.append(f"{element.tag}: {tags}")
        elif tags:
            found.append(f"{element.tag} has children {tags}")
        if element.tag in WORDS and element.text not in WORDS[element.tag]:
            found.append(f"{element.tag}: {element.text}")
        if element.tag in ("Nominal", "Min", "Max", "EvaluationOrder") and not re.fullmatch(r"-?\d+(\.\d+)?", element.text):
            found.append(f"{element.tag} is no decimal: {element.text}")
    return found


# Our own documents


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_a_shipped_recipe_has_the_shape_of_the_schema_and_comes_back_whole(path: Path) -> None:
    data = data_of(path)
    text, only_here = export_batchml(data)
    assert misshapen(parse_xml(text)) == []
    back = import_batchml(text, "x.xml")
    assert back.remarks == []
    assert back.data is not None
    assert content_hash(back.data) == content_hash(data)
    assert list(back.data["ingredients"]) == list(data["ingredients"])  # pyright: ignore[reportArgumentType]
    assert import_batchml(text.encode(), "x.xml").data == back.data
    assert any("watch" in name for name in only_here)


def test_links_lead_to_steps_and_transitions_that_exist() -> None:
    for path in SHIPPED:
        for logic in (e for e in walk(parse_xml(export_batchml(data_of(path))[0])) if e.tag == "ProcedureLogic"):
            known = {("Step", s.value("ID")) for s in logic.all("Step")} | {
                ("Transition", t.value("ID")) for t in logic.all("Transition")
            }
            ends = {(e.value(f"{side}Type"), e.value(f"{side}IDValue"))
                    for link in logic.all("Link") for side in ("From", "To") for e in link.all(f"{side}ID")}  # fmt: skip
            assert ends == known, path.name


TEXT = {"ru": "Да & нет <нет>", "en": 'Yes "no"'}
BLOCKS: dict[str, dict[str, Any]] = {
    "wait": {"wait": "w", "name": TEXT, "until": "Util.SteamPressure >= 2.5 and not false", "within_s": 60},
    "keep": {"keep": "k", "name": TEXT, "while": "Util.SteamPressure < $cook_temp", "for_s": "$chop_time-5", "anew": True},
    "prompt": {"prompt": "p", "text": TEXT, "kind": "choice", "choices": [TEXT, {"ru": "а", "en": "b"}], "signed": True},
}  # fmt: skip
BLOCKS |= {
    "parallel": {"parallel": "both", "name": TEXT, "branches": [
        {"branch": "a", "name": TEXT, "do": [BLOCKS["keep"], BLOCKS["prompt"]]},
        {"branch": "b", "name": {"ru": "б", "en": "b"}, "do": [BLOCKS["wait"]]}]},
    "choose": {"choose": "way", "name": TEXT, "branches": [
        {"branch": "a", "name": TEXT, "when": "@p == 0", "do": [BLOCKS["keep"]]},
        {"branch": "b", "name": TEXT, "do": [{**BLOCKS["prompt"], "prompt": "q"}]}]},
    "choose without else": {"choose": "way", "name": TEXT, "branches": [
        {"branch": "a", "name": TEXT, "when": "true", "do": [BLOCKS["keep"]]},
        {"branch": "b", "name": TEXT, "when": "@p == 1", "do": [BLOCKS["keep"]]}]},
    "what is always true": {"choose": "way", "name": TEXT, "branches": [
        {"branch": "a", "name": TEXT, "when": "@p == 0", "do": [{"wait": "w", "name": TEXT, "until": "true"}]},
        {"branch": "b", "name": TEXT, "when": "true", "do": [BLOCKS["keep"]]}]},
    "repeat": {"repeat": "r", "name": TEXT, "do": [BLOCKS["keep"], BLOCKS["wait"]], "until": "@p == 1", "at_most": 7},
}  # fmt: skip
BLOCKS |= {
    "nested": {"repeat": "outer", "name": TEXT, "until": "@p == 1", "at_most": 3, "do": [
        {"parallel": "in", "name": TEXT, "branches": [
            {"branch": "a", "name": TEXT, "do": [BLOCKS["choose"], BLOCKS["wait"]]},
            {"branch": "b", "name": TEXT, "do": [BLOCKS["repeat"]]}]}]},
    "one in one": {"parallel": "x", "name": TEXT, "branches": [
        {"branch": "a", "name": TEXT, "do": [BLOCKS["parallel"]]}, {"branch": "b", "name": TEXT, "do": [BLOCKS["choose"]]}]},
}  # fmt: skip


def with_blocks(*names: str) -> dict[str, Any]:
    """Doktorskaya with these blocks before the procedure, in a unit procedure and in an operation."""
    data = copy.deepcopy(doktorskaya_document().data)
    for name in names:
        block = copy.deepcopy(BLOCKS[name])
        data["procedure"].insert(0, block)
        data["procedure"][-1]["operations"].append(copy.deepcopy(block))
        data["procedure"][-1]["operations"][0]["phases"].insert(0, copy.deepcopy(block))
    assert validate(RecipeFile, Document("x", data))[1] == []
    return data


@pytest.mark.parametrize("name", list(BLOCKS))
def test_every_block_comes_back_whole(name: str) -> None:
    data = with_blocks(name)
    text, _ = export_batchml(data)
    assert misshapen(parse_xml(text)) == []
    back = import_batchml(text, "x.xml")
    assert back.data is not None
    assert [str(r) for r in back.remarks] == []
    assert content_hash(back.data) == content_hash(data)


def test_what_other_systems_cannot_read_is_named() -> None:
    _, only_here = export_batchml(with_blocks("wait", "repeat"))
    said = "\n".join(only_here)
    for part in ("procedure.w: within_s", "procedure.r: at_most", "procedure.smokehouse.cooking.cook: watch",
                 "recipe: ingredients, parameters, nitrite, waiting"):  # fmt: skip
        assert part in said, said


def test_a_character_that_xml_cannot_have_is_refused() -> None:
    data = copy.deepcopy(doktorskaya_document().data)
    data["author"] = "A\x08"
    with pytest.raises(ValueError, match="character that XML cannot have"):
        export_batchml(data)


# Documents of others


def link(kind: str, sources: Sequence[str], targets: Sequence[str], order: int = 0) -> str:
    def ends(side: str, names: Sequence[str]) -> str:
        kinds = {n: "Transition" if n.startswith("T") else "Step" for n in names}
        return "".join(
            f"<{side}ID><{side}IDValue>{n}</{side}IDValue><{side}Type>{kind}</{side}Type><IDScope>Internal</IDScope></{side}ID>"
            for n, kind in kinds.items()
        )

    own = f"{'_'.join(sources)}-{'_'.join(targets)}"
    evaluated = f"<EvaluationOrder>{order}</EvaluationOrder>" if order else ""
    return (f"<Link><ID>{own}</ID>{ends('From', sources)}{ends('To', targets)}<LinkType>{kind}</LinkType>"
            f"<Depiction>Line</Depiction>{evaluated}</Link>")  # fmt: skip


def foreign(links: str, steps: str = "ABCDE", transitions: str = "", elements: str = "", more: str = "") -> str:
    """A document as another system writes it: flat logic of one unit procedure; steps are operations of one phase each."""
    version = "<RecipeElementVersion>1</RecipeElementVersion>"
    own = "".join(f"<Step><ID>{s}</ID><RecipeElementID>{s}</RecipeElementID>{version}</Step>" for s in steps)
    logic = links + own + transitions
    inside = elements or "".join(
        f"<RecipeElement><ID>{s}</ID><RecipeElementType>Operation</RecipeElementType><RecipeElement><ID>phase_{s}</ID>"
        f"<RecipeElementType>Phase</RecipeElementType></RecipeElement></RecipeElement>" for s in steps
    )  # fmt: skip
    return f"""<?xml version="1.0"?>
<b:BatchInformation xmlns:b="http://www.mesa.org/xml/B2MML-V0600"><MasterRecipe xmlns="http://www.mesa.org/xml/B2MML-V0600">
<ID>HAM-1</ID><Version>3</Version><Description>Ham</Description>
<Header><ModificationLog><Author>Ann</Author></ModificationLog><EffectiveDate>2024-01-01</EffectiveDate>
<BatchSize><Nominal>100</Nominal><UnitOfMeasure>kg</UnitOfMeasure></BatchSize></Header>
<EquipmentRequirement><ID>oven</ID><Constraint><ID>EquipmentClass</ID><Condition>smokehouse</Condition></Constraint></EquipmentRequirement>
<Formula><Parameter><ID>Pork</ID><ParameterType>ProcessInput</ParameterType><Value><ValueString>100</ValueString>
<DataInterpretation>Constant</DataInterpretation><DataType>decimal</DataType><UnitOfMeasure>kg</UnitOfMeasure></Value></Parameter>
<Parameter><ID>temp</ID><ParameterType>ProcessParameter</ParameterType><Value><ValueString>72.5</ValueString>
<DataInterpretation>Constant</DataInterpretation><DataType>decimal</DataType><UnitOfMeasure>C</UnitOfMeasure></Value></Parameter></Formula>
<RecipeElement><ID>oven</ID><RecipeElementType>UnitProcedure</RecipeElementType>
<ProcedureLogic>{logic}</ProcedureLogic>{inside}</RecipeElement>{more}</MasterRecipe></b:BatchInformation>"""


def transition(own: str, condition: str) -> str:
    return f"<Transition><ID>{own}</ID><Condition>{condition}</Condition></Transition>"


def outline(entries: Any) -> Any:
    """The shape of a procedure: operations by their ids, blocks as lists of what they hold."""
    found: list[Any] = []
    for entry in entries:
        if "operation" in entry:
            found.append(entry["operation"])
        elif "wait" in entry:
            found.append(f"wait {entry['until']}")
        elif "repeat" in entry:
            found.append([f"until {entry['until']}", *outline(entry["do"])])
        else:
            kind = "parallel" if "parallel" in entry else "choose"
            found.append([kind, *([b.get("when", ""), *outline(b["do"])] if kind == "choose" else outline(b["do"])
                                  for b in entry["branches"])])  # fmt: skip
    return found


def read(document: str) -> tuple[Any, Imported]:
    found = import_batchml(document, "x.xml")
    assert found.data is not None, found.remarks
    procedure: Any = found.data["procedure"]
    return outline(procedure[0]["operations"]), found


C = "ControlLink"
FLAT: dict[str, tuple[str, Any]] = {
    "sequence": (foreign(link(C, "B", "C") + link(C, "A", "B"), "ABC"), ["a", "b", "c"]),
    "no links": (foreign("", "CAB"), ["c", "a", "b"]),
    "transitions between": (foreign(link(C, "A", ["T1"]) + link(C, ["T1"], "B"), "AB", transition("T1", "X.Y > 1")),
                            ["a", "wait X.Y > 1", "b"]),
    "transitions that are true": (foreign(link(C, "A", ["T1"]) + link(C, ["T1"], "B"), "AB", transition("T1", "TRUE")),
                                  ["a", "b"]),
    "parallel": (foreign(link("ParallelDivergent", "A", "BC") + link("ParallelConvergent", "BC", "D")),
                 None),
    "parallel of different lengths": (
        foreign(link("ParallelDivergent", "A", "BC") + link(C, "B", "D") + link("ParallelConvergent", "DC", "E")),
        ["a", ["parallel", ["b", "d"], ["c"]], "e"]),
    "choice": (foreign(link("SerialDivergent", "A", ["T1"], 1) + link("SerialDivergent", "A", ["T2"], 2) + link(C, ["T1"], "B")
                       + link(C, ["T2"], "C") + link("SerialConvergent", "BC", "D"), "ABCD",
                       transition("T1", "X &gt; 1") + transition("T2", "X &lt;= 1")),
               ["a", ["choose", ["X > 1", "b"], ["X <= 1", "c"]], "d"]),
    "choice that leaves a step out": (
        foreign(link("SerialDivergent", "A", ["T1"], 1) + link("SerialDivergent", "A", ["T2"], 2) + link(C, ["T1"], "B")
                + link(C, "B", "C") + link(C, ["T2"], "C"), "ABC", transition("T1", "X") + transition("T2", "true")),
        ["a", ["choose", ["X", "b"], [""]], "c"]),
    "loop": (foreign(link(C, "A", "B") + link(C, "B", "C") + link("SerialDivergent", "C", ["T1"], 1)
                     + link("SerialDivergent", "C", ["T2"], 2) + link(C, ["T1"], "D") + link(C, ["T2"], "B"), "ABCD",
                     transition("T1", "X") + transition("T2", "not X")), ["a", ["until X", "b", "c"], "d"]),
    "branches that end": (foreign(link("ParallelDivergent", "A", "BC"), "ABC"), ["a", ["parallel", ["b"], ["c"]]]),
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n, (_, wanted) in FLAT.items() if wanted is not None])
def test_flat_logic_becomes_blocks(name: str) -> None:
    document, wanted = FLAT[name]
    procedure, found = read(document)
    assert procedure == wanted
    assert not [r for r in found.remarks if "logic" in r.message], found.remarks


def test_a_step_beside_the_logic_makes_it_unreadable_and_is_said() -> None:
    procedure, found = read(FLAT["parallel"][0])
    assert procedure == ["a", "b", "c", "d", "e"]
    assert any("begins in several places: Step A, Step E" in r.message for r in found.remarks)


UNREADABLE: dict[str, tuple[str, str]] = {
    "to nowhere": (foreign(link(C, "A", "Z")), "a link names Step Z, which does not exist"),
    "circle": (foreign(link(C, "A", "B") + link(C, "B", "A"), "AB"), "no beginning"),
    "jump back": (foreign(link(C, "A", "B") + link(C, "B", "C") + link(C, "C", "B"), "ABC"), "leads back to Step B"),
    "transfer": (foreign(link(C, "A", "B") + link("TransferLink", "A", "B").replace("A-B", "x"), "AB"),
                 "TransferLink (x) is not covered"),
    "twice": (foreign(link(C, "A", "B"), "ABA"), "Step A stands twice"),
    "elsewhere": (foreign(link(C, "A", "B").replace("Internal", "External"), "AB"), "leads out of this level"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(UNREADABLE))
def test_logic_that_is_no_nesting_of_blocks_is_named_and_no_step_lost(name: str) -> None:
    document, message = UNREADABLE[name]
    procedure, found = read(document)
    said = [r for r in found.remarks if message in r.message]
    assert said, [str(r) for r in found.remarks]
    assert said[0].line > 1
    assert said[0].key == "RecipeElement oven"
    assert {"a", "b"} <= set(procedure)


def test_what_is_assumed_or_left_out_is_named() -> None:
    more = ("<RecipeElement><ID>x</ID><RecipeElementType>Allocation</RecipeElementType></RecipeElement>"
            "<OtherInformation><ID>note</ID><Description>Keep cool</Description></OtherInformation>")  # fmt: skip
    _, found = read(foreign(link(C, "A", "B"), "AB", more=more))
    assert found.data is not None
    assert found.data["recipe"] == "ham_1"
    assert (found.data["author"], found.data["size_lo_kg"]) == ("Ann", 100)
    assert found.data["parameters"] == {
        "temp": {"name": {"ru": "temp", "en": "temp"}, "value": 72.5, "lo": 72.5, "hi": 72.5, "eu": "C"}
    }
    assert validate(RecipeFile, Document("x", found.data))[1] == []
    said = {(r.key, r.message) for r in found.remarks}
    for wanted in (
        ("MasterRecipe HAM-1", "'HAM-1' is called ham_1"), ("MasterRecipe HAM-1", "it says nothing of size_lo_kg; assumed: 100"),
        ("Parameter Pork", "it says nothing of tolerance_pct; assumed: 1"),
        ("Parameter temp", "it says nothing of lo; assumed: 72.5, the value itself"),
        ("EffectiveDate", "not covered, left out (2024-01-01)"), ("OtherInformation note", "not covered, left out"),
    ):  # fmt: skip
        assert wanted in said, said
    assert all(r.file == "x.xml" and r.line > 1 and r.remedy for r in found.remarks)


def test_further_recipes_and_unknown_elements_are_named() -> None:
    one = re.search("<MasterRecipe.*</MasterRecipe>", foreign("", "A"), re.DOTALL)
    assert one is not None
    elements = "<RecipeElement><ID>A</ID><RecipeElementType OtherValue='Valve'>Other</RecipeElementType></RecipeElement>"
    document = foreign("", "A", elements=elements).replace("</b:BatchInformation>", one[0] + "<BatchList/></b:BatchInformation>")
    found = import_batchml(document, "x.xml")
    said = [r.message for r in found.remarks]
    assert "a further master recipe is left out" in said
    assert "an element of type Valve is not covered; a prompt stands for it" in said


def test_nothing_of_a_parameter_is_lost_unseen() -> None:
    """A second parameter of the same name, an unknown part or sub-type: named, each."""
    document = foreign("", "A")
    pork = re.search("<Parameter><ID>Pork.*?</Parameter>", document, re.DOTALL)
    assert pork is not None
    part = "<Parameter><ID>ph</ID><ParameterType>Other</ParameterType></Parameter></Parameter>"
    other = pork[0].replace("<Value>", "<ParameterSubType>Frozen</ParameterSubType><Value>").replace("</Parameter>", part)
    found = import_batchml(document.replace(pork[0], pork[0] + other), "x.xml")
    said = {(r.key, r.message) for r in found.remarks}
    assert ("Parameter Pork", "a second one is called pork; the first is left out") in said
    assert ("Parameter Pork", "its sub-type Frozen is not covered, left out") in said
    assert ("Parameter ph", "this part of a parameter is not covered, left out") in said


# Documents that are none

BAD: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "no element found"),
    "text": ("recipe: x", "syntax error"),
    "cut off": (foreign("", "A")[:900], "no element found"),
    "another root": ("<a/>", "there is no master recipe in it"),
    "entities": ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "a DTD is not allowed"),
    "unfolding": ('<!DOCTYPE a [<!ENTITY x "yyyy"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>', "a DTD is not allowed"),
    "a file from elsewhere": ('<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', "a DTD is not allowed"),
    "deep": ("<a>" * 500 + "</a>" * 500, "nested too deeply"),
    "encoding": (b"<?xml version='1.0' encoding='nonsense'?><a/>", "no valid XML"),
    "not in its encoding": (b"<?xml version='1.0' encoding='utf-8'?><a>\xff</a>", "not well-formed"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_is_no_batchml_is_a_problem(name: str) -> None:
    document, message = BAD[name]
    found = import_batchml(document, "x.xml")
    assert found.data is None
    assert [message in r.message for r in found.remarks] == [True], found.remarks


def test_documents_in_other_encodings_are_read() -> None:
    document = (
        foreign("", "A").replace("Ham</Desc", "Ветчина</Desc").replace('version="1.0"', 'version="1.0" encoding="windows-1251"')
    )
    found = import_batchml(document.encode("cp1251"), "x.xml")
    assert found.data is not None
    assert found.data["name"] == {"ru": "Ветчина", "en": "Ветчина"}


def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(XmlError, match="too large"):
        parse_xml(b" " * 8_000_001)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_documents_never_crash_the_import(seed: int) -> None:
    """Elements and texts of a good document are dropped, doubled and swapped."""
    rng = random.Random(seed)
    text, _ = export_batchml(with_blocks("nested", "choose"))
    rows = text.splitlines()
    for _ in range(rng.randrange(1, 12)):
        i = rng.randrange(3, len(rows) - 2)
        roll = rng.random()
        if roll < 0.5 and re.fullmatch(r"\s*<(\w+)[^>]*>[^<]*</\1>", rows[i]):
            rows[i] = (
                "" if roll < 0.25 else re.sub(r">[^<]*<", f">{rng.choice(['', 'x', '-1', 'Step', 'true', 'A', '{}'])}<", rows[i])
            )
        elif re.fullmatch(r"\s*<(\w+)[^>]*>[^<]*</\1>", rows[i]):
            rows[i] = rows[i] * 2
    found = import_batchml("\n".join(rows), "x.xml")
    if found.data is not None:
        validate(RecipeFile, Document("x", found.data))
        assert found.data["recipe"]
