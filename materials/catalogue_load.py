"""``materials.yaml`` → :class:`Catalogue`, with every fault of the file found in one run."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, TypeVar, cast

from pydantic import ValidationError

from line.documents import Document, FileModel, KeyPath, Problem, Text, validate
from line.tags import TagDef, TagKind, TagTable
from materials.allergens import ALLERGENS
from materials.catalogue import (
    NO_TAG,
    Catalogue,
    Company,
    Material,
    Packing,
    Paper,
    Place,
    Product,
    Reception,
    Scale,
    Supplier,
)  # fmt: skip
from materials.catalogue_file import (
    CompanyEntry,
    MaterialEntry,
    MaterialsFile,
    PackingEntry,
    PlaceEntry,
    ProductEntry,
    ScaleEntry,
    SupplierEntry,
)  # fmt: skip
from materials.gs1_digits import GLN_LENGTH, GTIN_LENGTHS, check_digit, gtin14, is_digits

PREFIX_LENGTHS: Final = range(4, 13)
"""Digits of a GS1 Company Prefix (GS1 General Specifications 1.4.4)."""
_NUMBERS: Final = (TagKind.FLOAT, TagKind.INT)


def load_materials(
    document: Document, tags: TagTable, units: Collection[str], recipes: Mapping[str, Collection[str]] | None = None
) -> tuple[Catalogue | None, list[Problem]]:
    """The catalogue of ``document``, or every fault in it.

    ``units`` are those of line.yaml. ``recipes`` are the ingredients of the folder's recipes by recipe: each must be among the
    materials, and where something is packed each recipe must have a product. None: the recipes are not judged. Products of
    recipes that only the library has are allowed.
    """
    loader = _Loader(document, tags, units)
    catalogue = loader.load()
    if recipes is not None:
        loader.check_recipes(recipes)
    return (None if loader.problems else catalogue), sorted(loader.problems)


ModelT = TypeVar("ModelT", bound=FileModel)


class _Loader:
    def __init__(self, document: Document, tags: TagTable, units: Collection[str]) -> None:
        self._document = document
        self._data: Mapping[str, Any] = cast(Mapping[str, Any], document.data) if isinstance(document.data, Mapping) else {}
        self._tags = tags
        self._units = units
        self._codes: dict[str, KeyPath] = {}
        self.problems: list[Problem] = []

    def load(self) -> Catalogue:
        """Entries that cannot be read are left out, so that the rest is checked too."""
        self.problems = validate(MaterialsFile, self._document)[1]
        company = _readable(CompanyEntry, self._data.get("company"))
        catalogue = Catalogue(
            self._company(company) if company is not None else Company(Text(ru="", en="")),
            {i: self._place(i, e) for i, e in self._entries("places", PlaceEntry)},
            {i: self._supplier(i, e) for i, e in self._entries("suppliers", SupplierEntry)},
            {i: Paper(i, self._text(e, ("documents", i))) for i, e in self._entries("documents", Text)},
            {i: self._material(i, e) for i, e in self._entries("materials", MaterialEntry)},
            {i: self._product(i, e) for i, e in self._entries("products", ProductEntry)},
            {i: self._packing(i, e) for i, e in self._entries("packing", PackingEntry)},
            {i: self._scale(i, e) for i, e in self._entries("scales", ScaleEntry)},
        )
        self._check_twice("suppliers", "gln", "GLN")
        return catalogue

    def check_recipes(self, recipes: Mapping[str, Collection[str]]) -> None:
        """What recipes take must be a material, and what is packed a product."""
        known, products = self._names("materials"), self._names("products")
        for recipe, ingredients in recipes.items():
            for ingredient in ingredients:
                if ingredient not in known:
                    remedy = f"Add {ingredient} under materials, or correct its name in the recipe"
                    self._fault(("materials",), f"the recipe '{recipe}' takes '{ingredient}', which is no material here", remedy)
            if self._names("packing") and recipe not in products:
                self._fault(
                    ("products",),
                    f"the recipe '{recipe}' has no product, so that nobody knows what is packed of it",
                    f"Add {recipe} under products",
                )

    def _fault(self, path: KeyPath, message: str, remedy: str) -> None:
        problem = self._document.problem(path, message, remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def _entries(self, key: str, model: type[ModelT]) -> list[tuple[str, ModelT]]:
        raw = self._data.get(key)
        entries = cast(Mapping[object, object], raw).items() if isinstance(raw, Mapping) else ()
        return [(str(i), e) for i, value in entries if (e := _readable(model, value)) is not None]

    def _names(self, key: str) -> list[str]:
        """The ids under ``key``, also of entries with faults."""
        raw = self._data.get(key)
        return [str(i) for i in cast(Mapping[object, object], raw)] if isinstance(raw, Mapping) else []

    def _known(self, names: Iterable[str], known: Collection[str], path: KeyPath, what: str) -> None:
        given = list(names)
        for i, name in enumerate(given):
            if name not in known:
                self._fault((*path, i), f"there is no {what} '{name}'", _nearest(name, known))
            elif name in given[:i]:
                self._fault((*path, i), f"the {what} '{name}' stands twice", "Remove one of the two")

    def _text(self, text: Text, path: KeyPath) -> Text:
        for language in ("ru", "en"):
            if not text.get(language).strip():
                self._fault((*path, language), f"the text {language} is empty", "Write it: people read it")
        return text

    def _limits(self, lo: float | None, hi: float | None, path: KeyPath) -> None:
        if lo is not None and hi is not None and lo > hi:
            self._fault((*path, "lo_c"), f"no temperature lies in {lo:g}..{hi:g}", "lo_c must not be above hi_c")

    def _company(self, entry: CompanyEntry) -> Company:
        path: KeyPath = ("company",)
        prefix = entry.prefix
        if prefix and not (is_digits(prefix) and len(prefix) in PREFIX_LENGTHS):
            lengths = f"{PREFIX_LENGTHS.start} to {PREFIX_LENGTHS.stop - 1}"
            self._fault((*path, "prefix"), f"'{prefix}' is no GS1 Company Prefix", f"Write its {lengths} digits in quotes")
        self._gln(entry.gln, (*path, "gln"))
        return Company(self._text(entry.name, (*path, "name")), prefix, entry.extension, entry.gln)

    def _place(self, place: str, entry: PlaceEntry) -> Place:
        path: KeyPath = ("places", place)
        self._limits(entry.lo_c, entry.hi_c, path)
        return Place(place, self._text(entry.name, (*path, "name")), entry.kind, entry.lo_c, entry.hi_c)

    def _supplier(self, supplier: str, entry: SupplierEntry) -> Supplier:
        path: KeyPath = ("suppliers", supplier)
        self._gln(entry.gln, (*path, "gln"))
        return Supplier(supplier, self._text(entry.name, (*path, "name")), entry.approved, entry.gln)

    def _material(self, material: str, entry: MaterialEntry) -> Material:
        path: KeyPath = ("materials", material)
        if entry.place not in self._names("places"):
            remedy = _nearest(entry.place, self._names("places"))
            self._fault((*path, "place"), f"there is no place '{entry.place}'", remedy)
        self._known(entry.allergens, tuple(ALLERGENS), (*path, "allergens"), "allergen")
        self._known(entry.documents, self._names("documents"), (*path, "documents"), "document")
        self._known(entry.suppliers, self._names("suppliers"), (*path, "suppliers"), "supplier")
        self._known(entry.substitutes, self._names("materials"), (*path, "substitutes"), "material")
        if material in entry.substitutes:
            self._fault((*path, "substitutes"), "a material is no substitute for itself", "Remove it")
        if entry.reception is not None:
            self._reception(entry, (*path, "reception"))
        if entry.min_remaining_days and entry.shelf_life_days is None:
            self._fault((*path, "min_remaining_days"), "it does not expire, so no days remain", "Add shelf_life_days")
        elif entry.shelf_life_days is not None and entry.min_remaining_days > entry.shelf_life_days:
            message = f"{entry.min_remaining_days} days cannot remain of {entry.shelf_life_days}"
            self._fault((*path, "min_remaining_days"), message, "Write no more than shelf_life_days")
        limits = entry.reception
        return Material(
            material, self._text(entry.name, (*path, "name")), entry.kind, entry.place,
            tuple(self._gtin(g, (*path, "gtins", i)) for i, g in enumerate(entry.gtins)),
            Reception(limits.lo_c, limits.hi_c, limits.ccp) if limits is not None else None,
            entry.shelf_life_days, entry.min_remaining_days, entry.allergens, entry.documents, entry.suppliers,
            entry.substitutes, entry.traced,
        )  # fmt: skip

    def _reception(self, entry: MaterialEntry, path: KeyPath) -> None:
        limits = entry.reception
        if limits is None:
            return
        if limits.lo_c is None and limits.hi_c is None:
            self._fault(path, "the temperature on arrival has no limit", "Add hi_c or lo_c, or remove reception")
        if not entry.traced:
            self._fault(path, "what has no lots is not received", "Remove reception, or traced: false")
        self._limits(limits.lo_c, limits.hi_c, path)

    def _product(self, product: str, entry: ProductEntry) -> Product:
        path: KeyPath = ("products", product)
        gtin, case = self._gtin(entry.gtin, (*path, "gtin")), self._gtin(entry.case_gtin, (*path, "case_gtin"))
        return Product(
            product, self._text(entry.name, (*path, "name")), gtin, case, entry.pack_kg, entry.packs_per_case,
            entry.shelf_life_days, self._text(entry.storage, (*path, "storage")),
        )  # fmt: skip

    def _packing(self, unit: str, entry: PackingEntry) -> Packing:
        path: KeyPath = ("packing", unit)
        if unit not in self._units:
            self._fault(path, f"there is no unit '{unit}'", _nearest(unit, self._units))
        return Packing(unit, self._tag(entry.packs, (*path, "packs")), self._tag(entry.mass, (*path, "mass"), eu="kg"))

    def _scale(self, scale: str, entry: ScaleEntry) -> Scale:
        path: KeyPath = ("scales", scale)
        if entry.unit and entry.unit not in self._units:
            self._fault((*path, "unit"), f"there is no unit '{entry.unit}'", _nearest(entry.unit, self._units))
        return Scale(
            scale,
            self._text(entry.name, (*path, "name")),
            self._tag(entry.net, (*path, "net"), eu="kg"),
            entry.unit,
            self._tag(entry.gross, (*path, "gross"), eu="kg"),
            self._tag(entry.tare, (*path, "tare"), eu="kg"),
            self._tag(entry.stable, (*path, "stable"), kinds=(TagKind.BOOL,)),
            self._tag(entry.target, (*path, "target"), eu="kg", writable=True),
            self._tag(entry.ok, (*path, "ok"), kinds=(TagKind.BOOL,)),
            entry.division_kg,
        )

    def _tag(
        self, name: str, path: KeyPath, *, kinds: Collection[TagKind] = _NUMBERS, eu: str = "", writable: bool = False
    ) -> int:
        """The handle of ``name``; :data:`NO_TAG` for ''."""
        if not name:
            return NO_TAG
        tag: TagDef | None = self._tags.find(name)
        if tag is None:
            near = difflib.get_close_matches(name, [t.name for t in self._tags], n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Correct the name or add the tag to tags.csv"
            self._fault(path, f"there is no tag '{name}'", remedy)
            return NO_TAG
        if tag.broken:
            return NO_TAG
        if tag.kind not in kinds:
            self._fault(path, f"{name} is of kind {tag.kind}", f"Name a tag of kind {' or '.join(sorted(kinds))}")
        elif eu and tag.eu != eu:
            self._fault(path, f"{name} is in '{tag.eu}'", f"Name a tag in {eu}")
        if writable and not tag.writable:
            self._fault(path, f"{name} cannot be written", "Name a tag that has writable: 1 in tags.csv, or leave it out")
        return tag.handle

    def _gtin(self, gtin: str, path: KeyPath) -> str:
        """``gtin`` with 14 digits; a code counts for one material or product only."""
        if not is_digits(gtin) or len(gtin) not in GTIN_LENGTHS:
            self._fault(path, f"'{gtin}' is no GTIN", "Write its 8, 12, 13 or 14 digits in quotes")
            return gtin
        if gtin[-1] != check_digit(gtin[:-1]):
            message = f"the check digit of {gtin} is {gtin[-1]}, by its other digits {check_digit(gtin[:-1])}"
            self._fault(path, message, "Compare the digits with the package")
        full = gtin14(gtin)
        other = self._codes.setdefault(full, path)
        if other != path:
            line = self._document.line_of(other)
            self._fault(path, f"the GTIN {gtin} stands in line {line} already", "Give each trade item its own GTIN")
        return full

    def _gln(self, gln: str, path: KeyPath) -> None:
        if not gln:
            return
        if not is_digits(gln) or len(gln) != GLN_LENGTH:
            self._fault(path, f"'{gln}' is no GLN", f"Write its {GLN_LENGTH} digits in quotes")
        elif gln[-1] != check_digit(gln[:-1]):
            message = f"the check digit of {gln} is {gln[-1]}, by its other digits {check_digit(gln[:-1])}"
            self._fault(path, message, "Compare the digits with the papers of the company")

    def _check_twice(self, section: str, key: str, what: str) -> None:
        """A code that tells entries apart stands once."""
        first: dict[str, str] = {}
        for name, raw in cast(Mapping[str, Any], self._data.get(section) or {}).items() if self._names(section) else ():
            code = cast(Mapping[str, Any], raw).get(key) if isinstance(raw, Mapping) else None
            if not isinstance(code, str) or not code:
                continue
            other = first.setdefault(code, name)
            if other != name:
                self._fault((section, name, key), f"the {what} {code} is that of '{other}' already", "Correct one of the two")


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(sorted(known)) or 'none: there is none yet'}"


def _readable(model: type[ModelT], raw: object) -> ModelT | None:
    """The entry, or None when it has faults of its own, which are told already."""
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None
