"""``materials.yaml``: what is read from it, and every fault with its line, its key and what to do."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from line.documents import Problem, Text
from line.tags import TagKind, TagTable
from materials.allergens import ALLERGENS
from materials.catalogue import NO_TAG, Catalogue, MaterialKind, PlaceKind, Reception
from materials.catalogue_load import load_materials
from materials.catalogue_schema import materials_schema
from potok.cli import main
from potok.linefolder import SHIPPED, LineError, load_line
from potok.yamlfile import parse_yaml, read_yaml
from tests.builders import tag

SMALL = """\
company: {name: {ru: Цех, en: Works}, prefix: "9521234", gln: "9521234000006"}
places:
  cold: {name: {ru: Холод, en: Cold}, kind: chilled, lo_c: 0, hi_c: 4}
documents:
  vet: {ru: Ветсвидетельство, en: Veterinary certificate}
suppliers:
  farm: {name: {ru: Ферма, en: Farm}, approved: true, gln: "9522101000006"}
  other: {name: {ru: Иные, en: Other}, approved: false}
materials:
  beef:
    name: {ru: Говядина, en: Beef}
    kind: raw
    place: cold
    gtins: ["9522101001010"]
    reception: {hi_c: 4, ccp: true}
    shelf_life_days: 20
    min_remaining_days: 5
    documents: [vet]
    suppliers: [farm]
    substitutes: [veal]
  veal: {name: {ru: Телятина, en: Veal}, kind: raw, place: cold, allergens: [milk]}
  water: {name: {ru: Вода, en: Water}, kind: raw, place: cold, traced: false}
products:
  sausage:
    name: {ru: Колбаса, en: Sausage}
    gtin: "9521234001010"
    case_gtin: "19521234001017"
    pack_kg: 0.5
    packs_per_case: 12
    shelf_life_days: 30
    storage: {ru: Хранить в холоде, en: Keep cold}
packing:
  P1: {packs: P1.Packs, mass: P1.Mass}
scales:
  W1: {name: {ru: Весы, en: Scale}, unit: R1, net: R1.Net, stable: R1.Stable, target: R1.Target}
"""
TAGS = TagTable([
    tag("P1.Packs", 0, kind=TagKind.INT), tag("P1.Mass", 1, eu="kg"), tag("R1.Net", 2, eu="kg"),
    tag("R1.Stable", 3, kind=TagKind.BOOL), tag("R1.Target", 4, eu="kg", writable=True), tag("R1.Temp", 5, eu="°C"),
])  # fmt: skip
UNITS = ("P1", "R1")
RECIPES = {"sausage": ["beef", "water"]}


def load(text: str) -> tuple[Catalogue | None, list[Problem]]:
    document, problems = parse_yaml(text, "materials.yaml")
    assert document is not None, problems
    return load_materials(document, TAGS, UNITS, RECIPES)


def good(text: str = SMALL) -> Catalogue:
    catalogue, problems = load(text)
    assert problems == []
    assert catalogue is not None
    return catalogue


def bad(old: str, new: str) -> list[Problem]:
    assert SMALL.count(old) >= 1, "the change of the test hits nothing"
    catalogue, problems = load(SMALL.replace(old, new, 1))
    assert catalogue is None
    assert problems
    assert all(p.file == "materials.yaml" and p.line > 0 and p.remedy for p in problems)
    return problems


def test_what_the_file_says() -> None:
    c = good()
    beef = c.materials["beef"]
    assert (beef.kind, beef.place, beef.reception, beef.gtins) == (
        MaterialKind.RAW, "cold", Reception(hi_c=4.0, ccp=True), ("09522101001010",),
    )  # fmt: skip
    assert beef.expiry(dt.date(2026, 11, 23)) == dt.date(2026, 12, 13)
    assert c.materials["veal"].expiry(dt.date(2026, 11, 23)) is None
    assert c.places["cold"].kind is PlaceKind.CHILLED
    assert c.products["sausage"].best_before(dt.date(2026, 11, 23)) == dt.date(2026, 12, 23)
    assert (c.packing["P1"].packs, c.packing["P1"].mass) == (0, 1)
    scale = c.scales["W1"]
    assert (scale.net, scale.stable, scale.target, scale.gross, scale.tare) == (2, 3, 4, NO_TAG, NO_TAG)
    assert c.scales_of("R1") == (scale,)
    assert c.scales_of("P1") == ()


def test_a_code_finds_what_it_is_the_code_of() -> None:
    c = good()
    for code in ("9522101001010", "09522101001010"):
        assert c.material_of_gtin(code) is c.materials["beef"]
    assert c.product_of_gtin("9521234001010") is c.product_of_gtin("19521234001017") is c.products["sausage"]
    assert c.material_of_gtin("9521234001010") is None
    assert c.supplier_of_gln("9522101000006") is c.suppliers["farm"]
    assert c.supplier_of_gln("") is None, "suppliers without a number are nobody's"


def test_who_serves_for_whom() -> None:
    c = good()
    assert c.serves("beef", "beef")
    assert c.serves("veal", "beef")
    assert not c.serves("beef", "veal"), "a substitute is so one way only"
    assert not c.serves("veal", "gold")


@pytest.mark.parametrize(
    ("limits", "celsius", "kept"),
    [(Reception(hi_c=4.0), 4.0, True), (Reception(hi_c=4.0), 4.01, False), (Reception(lo_c=-1.5, hi_c=4.0), -1.6, False),
     (Reception(hi_c=-8.0), -18.0, True), (Reception(hi_c=-8.0), -7.9, False), (Reception(hi_c=4.0), float("nan"), False)],
)  # fmt: skip
def test_the_limit_itself_is_allowed(limits: Reception, celsius: float, kept: bool) -> None:
    assert limits.keeps(celsius) is kept


@pytest.mark.parametrize(
    ("old", "new", "key", "line", "said"),
    [
        ('prefix: "9521234"', 'prefix: "95x"', "company.prefix", 1, "no GS1 Company Prefix"),
        ('gln: "9521234000006"', 'gln: "9521234000007"', "company.gln", 1, "by its other digits 6"),
        ('gln: "9521234000006"', 'gln: "952"', "company.gln", 1, "no GLN"),
        ("lo_c: 0, hi_c: 4", "lo_c: 5, hi_c: 4", "places.cold.lo_c", 3, "no temperature lies in 5..4"),
        ("kind: chilled", "kind: cool", "places.cold.kind", 3, "'chilled', 'frozen', 'dry' or 'line'"),
        ("en: Veterinary certificate", 'en: ""', "documents.vet.en", 5, "the text en is empty"),
        ("approved: false", 'approved: false, gln: "9522101000006"', "suppliers.other.gln", 8, "that of 'farm' already"),
        ("approved: true", "approved: maybe", "suppliers.farm.approved", 7, "valid boolean"),
        ("place: cold\n", "place: cool\n", "materials.beef.place", 13, "no place 'cool'"),
        ('["9522101001010"]', "[9522101001010]", "materials.beef.gtins.0", 14, "without quotes"),
        ('["9522101001010"]', '["9522101001011"]', "materials.beef.gtins.0", 14, "check digit of 9522101001011 is 1"),
        ('["9522101001010"]', '["95221"]', "materials.beef.gtins.0", 14, "no GTIN"),
        ('["9522101001010"]', '["9521234001010"]', "products.sausage.gtin", 26, "stands in line 14 already"),
        ("{hi_c: 4, ccp: true}", "{ccp: true}", "materials.beef.reception", 15, "has no limit"),
        ("min_remaining_days: 5", "min_remaining_days: 21", "materials.beef.min_remaining_days", 17, "cannot remain of 20"),
        ("    shelf_life_days: 20\n", "", "materials.beef.min_remaining_days", 16, "does not expire"),
        ("documents: [vet]", "documents: [vat]", "materials.beef.documents.0", 18, "no document 'vat'"),
        ("suppliers: [farm]", "suppliers: [farm, farm]", "materials.beef.suppliers.1", 19, "stands twice"),
        ("substitutes: [veal]", "substitutes: [beef]", "materials.beef.substitutes", 20, "no substitute for itself"),
        ("substitutes: [veal]", "substitutes: [weal]", "materials.beef.substitutes.0", 20, "no material 'weal'"),
        ("allergens: [milk]", "allergens: [milks]", "materials.veal.allergens.0", 21, "no allergen 'milks'"),
        ("traced: false", "traced: false, reception: {hi_c: 4}", "materials.water.reception", 22, "not received"),
        ("pack_kg: 0.5", "pack_kg: 0", "products.sausage.pack_kg", 28, "greater than 0"),
        ("  P1: {packs", "  P2: {packs", "packing.P2", 33, "no unit 'P2'"),
        ("P1.Packs", "P1.Pack", "packing.P1.packs", 33, "no tag 'P1.Pack'"),
        ("net: R1.Net", "net: R1.Temp", "scales.W1.net", 35, "is in '°C'"),
        ("net: R1.Net", "net: R1.Stable", "scales.W1.net", 35, "of kind bool"),
        ("stable: R1.Stable", "stable: R1.Net", "scales.W1.stable", 35, "of kind float"),
        ("target: R1.Target", "target: R1.Net", "scales.W1.target", 35, "cannot be written"),
        ("unit: R1", "unit: R2", "scales.W1.unit", 35, "no unit 'R2'"),
        ("water: {", "wader: {", "materials", 9, "takes 'water', which is no material here"),
        ("  sausage:", "  ham:", "products", 23, "the recipe 'sausage' has no product"),
        ("kind: raw\n", "kind: raw\n    colour: red\n", "materials.beef.colour", 13, "unknown key"),
    ],
)  # fmt: skip
def test_a_fault_is_told_where_it_stands(old: str, new: str, key: str, line: int, said: str) -> None:
    found = bad(old, new)
    assert [(p.key, p.line) for p in found] == [(key, line)]
    assert said in found[0].message


def test_every_fault_is_told_in_one_run() -> None:
    text = SMALL.replace("kind: chilled", "kind: cool").replace("9521234001010", "9521234001011").replace("R1.Net", "R1.Nit")
    text = text.replace("place: cold\n", "place: cellar\n")
    _, problems = load(text)
    assert [p.key for p in problems] == ["places.cold.kind", "materials.beef.place", "products.sausage.gtin", "scales.W1.net"]
    assert problems[-1].remedy == "Did you mean R1.Net?"


@pytest.mark.parametrize(
    "text", ["[]", "company: 1", "materials: [1, 2]", "places: {a: 1}\nsuppliers: 7", "suppliers: {1: {gln: 2}}"]
)
def test_a_file_of_another_shape_is_told_as_that(text: str) -> None:
    catalogue, problems = load(text)
    assert catalogue is None
    assert problems


def test_a_product_of_a_recipe_that_only_the_library_has() -> None:
    document, _ = parse_yaml(SMALL, "materials.yaml")
    assert document is not None
    for recipes in ({}, None):
        catalogue, problems = load_materials(document, TAGS, UNITS, recipes)
        assert problems == []
        assert catalogue is not None


# The shipped line


def test_the_shipped_line_has_a_catalogue_for_its_recipes() -> None:
    line = load_line(SHIPPED / "sausage")
    assert line.materials is not None
    for recipe in line.recipes.values():
        assert {i.material for i in recipe.ingredients} <= line.materials.materials.keys()
        assert recipe.id in line.materials.products
    assert {m.kind for m in line.materials.materials.values()} == set(MaterialKind)
    assert {p.kind for p in line.materials.places.values()} == set(PlaceKind)


def test_meat_is_received_within_the_limits_of_the_trade() -> None:
    """Chilled at most 4 °C, frozen at most -8 °C, each a critical limit; animal raw material with its veterinary certificate."""
    catalogue = load_line(SHIPPED / "sausage").materials
    assert catalogue is not None
    meat = [m for m in catalogue.materials.values() if m.kind is MaterialKind.RAW and m.id.startswith(("beef", "pork"))]
    assert len(meat) == 6
    for m in meat:
        assert m.reception is not None
        assert m.reception.ccp
        frozen = catalogue.places[m.place].kind is PlaceKind.FROZEN
        assert m.reception.hi_c == (-8.0 if frozen else 4.0)
        assert "vet_certificate" in m.documents


def edited(tmp_path: Path, edit: Callable[[str], str], file: str = "materials.yaml") -> list[Problem]:
    folder = tmp_path / "sausage"
    shutil.copytree(SHIPPED / "sausage", folder)
    path = folder / file
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(LineError) as caught:
        load_line(folder)
    return caught.value.problems


def test_an_ingredient_without_a_material_is_told(tmp_path: Path) -> None:
    found = edited(tmp_path, lambda text: text.replace("\n  nutmeg:\n", "\n  nut:\n"))
    assert [(p.file, p.key) for p in found] == [("materials.yaml", "materials")]
    assert found[0].message == "the recipe 'doktorskaya' takes 'nutmeg', which is no material here"
    assert "Add nutmeg under materials" in found[0].remedy


def test_a_tag_that_the_line_does_not_have_is_told(tmp_path: Path) -> None:
    found = edited(tmp_path, lambda text: text.replace("packs: P601.PackCount", "packs: P601.PackCont"))
    assert [(p.file, p.key, p.remedy) for p in found] == [
        ("materials.yaml", "packing.P601.packs", "Did you mean P601.PackCount?")
    ]


def test_a_line_without_the_file_has_no_catalogue(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "sausage", tmp_path / "sausage")
    (tmp_path / "sausage" / "materials.yaml").unlink()
    assert load_line(tmp_path / "sausage").materials is None


def test_allergens_have_words_in_both_languages() -> None:
    assert len(ALLERGENS) == 15
    assert all(isinstance(t, Text) and t.ru and t.en for t in ALLERGENS.values())


# Schema and guide

VALIDATOR = Draft202012Validator(materials_schema())
HOWTO = SHIPPED.parent / "docs" / "howto" / "materials.md"


def test_the_schema_agrees_with_the_file_reader() -> None:
    Draft202012Validator.check_schema(materials_schema())
    shipped, _ = read_yaml(SHIPPED / "sausage" / "materials.yaml")
    assert shipped is not None
    assert [e.message for e in VALIDATOR.iter_errors(shipped.data)] == []
    for old, new in (("kind: raw", "kind: rew"), ("[milk]", "[mülk]"), ("approved: true", "approved: 1"), ("gtin:", "gtim:")):
        document, _ = parse_yaml(SMALL.replace(old, new, 1), "x")
        assert document is not None
        assert list(VALIDATOR.iter_errors(document.data)), new


def properties() -> dict[str, object]:
    schema = cast(Any, materials_schema())
    found: dict[str, object] = {}
    for name, definition in {**schema["$defs"], "MaterialsFile": schema}.items():
        found.update({f"{name}.{key}": value.get("description") for key, value in definition.get("properties", {}).items()})
    return found


def test_every_key_says_what_it_means() -> None:
    assert [name for name, told in properties().items() if not told] == ["Text.ru", "Text.en"]


def test_the_guide_explains_every_key() -> None:
    text = HOWTO.read_text(encoding="utf-8")
    keys = {name.split(".", 1)[1] for name in properties()}
    assert [k for k in sorted(keys) if not re.search(rf"`{k}`|\b{k}:", text)] == []
    assert [a for a in ALLERGENS if a not in text] == []


def test_the_example_of_the_guide_is_a_materials_file() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", HOWTO.read_text(encoding="utf-8"), flags=re.DOTALL)
    document, problems = parse_yaml("".join(blocks), "guide.yaml")
    assert document is not None, problems
    model = load_line(SHIPPED / "sausage").model
    catalogue, problems = load_materials(document, model.tags, list(model.units))
    assert problems == []
    assert catalogue is not None


def test_the_command_writes_the_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "materials", "--out", str(tmp_path / "m.json")]) == 0
    assert json.loads((tmp_path / "m.json").read_text(encoding="utf-8")) == materials_schema()
    assert main(["schema", "recipe"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Potok master recipe"
