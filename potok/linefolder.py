"""A line is a folder: load all of its files, report every fault of every file in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from alarms.definitions import AlarmTable, LineFacts, load_alarms
from alarms.escalation_file import load_escalation
from alarms.policy import EscalationPlan
from line.config import LineFile
from line.diagnostics import add_diagnostics
from line.documents import Document, KeyPath, Problem, validate
from line.model import HANDSHAKE_TAGS, LineModel, build_draft, build_model
from line.recipe_tags import add_recipe_tags
from line.tags import TagTable, parse_tags_csv
from materials.catalogue import Catalogue
from materials.catalogue_load import load_materials
from plc_drivers.check import check_addresses, check_devices
from plc_drivers.plugins import check_plugins, driver_names
from potok.salvage import about_what_is_left, named, salvage, unit_labels
from potok.time_zone import UTC, line_zone
from potok.yamlfile import read_yaml
from production.calendar import Calendar
from production.calendar_file import load_shifts
from production.plan import ProductionPlan
from production.production_file import load_production
from recipes.checks_units import check_together
from recipes.content import canonical, sha256
from recipes.library_folder import FILE as APPROVALS
from recipes.library_folder import Approval, FolderRecipe, load_approvals
from recipes.lifecycle import VersionStatus
from recipes.master import load_recipe
from recipes.model import MasterRecipe
from recipes.recipe_file import RecipeFile

SHIPPED: Final = Path(__file__).resolve().parent.parent / "lines"


@dataclass(frozen=True)
class LoadedLine:
    """A line whose files are all right.

    ``recipes`` are those of the folder by id, with the status that ``recipes/approvals.yaml`` gives them; what may be run is said
    by the library (recipes/library.py), which begins with ``folder_recipes``. ``fingerprint`` identifies line.yaml and tags.csv:
    a dry run counts for the configuration that it ran on. ``materials`` is None for a line without ``materials.yaml``.
    ``production`` watches nothing on a line without ``production.yaml``. ``remarks`` are no faults: ``potok check`` says them.
    """

    folder: Path
    model: LineModel
    alarms: AlarmTable
    recipes: dict[str, MasterRecipe]
    escalation: EscalationPlan = field(default_factory=EscalationPlan)
    folder_recipes: tuple[FolderRecipe, ...] = ()
    fingerprint: str = ""
    shifts: Calendar | None = None
    materials: Catalogue | None = None
    production: ProductionPlan = field(default_factory=ProductionPlan)
    time_zone: str = UTC
    remarks: tuple[str, ...] = ()


class LineError(Exception):
    """The line folder has problems; nothing was started. ``problems`` is sorted by file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(set(problems))


def find_folder(name: str) -> Path:
    """The folder that ``name`` means: a path, or the name of a shipped line such as ``sausage``."""
    path = Path(name)
    if not path.exists() and (SHIPPED / name).is_dir():
        return SHIPPED / name
    return path


def load_line(folder: Path, *, recipes: bool = True) -> LoadedLine:
    """Load every file of a line. Raises :class:`LineError` with all problems found.

    Without ``recipes`` theirs are left alone: for tools that check one of them against the line.
    """
    problems: list[Problem] = []
    if not folder.is_dir():
        shipped = ", ".join(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir())) if SHIPPED.is_dir() else ""
        remedy = f"Name a line folder, or one of the shipped lines: {shipped}"
        raise LineError([Problem(str(folder), 0, "", "there is no such folder", remedy)])
    document, found = read_yaml(folder / "line.yaml", "line.yaml")
    problems += found
    file = whole = None
    complete = True
    if document is not None:
        whole, found = validate(LineFile, document)
        file = whole
        problems += found if whole is not None else with_unknown_drivers(found, document)
        if whole is None and (left := salvage(document)) is not None:
            file, complete = left.file, left.complete
    tags = _tags(folder, document, problems)
    if tags is not None:  # a device that cannot be read is given every tag that it might have: only its own fault is told
        readable = whole.devices if whole is not None else {}
        tags, found = add_diagnostics(tags, {d: readable.get(d) for d in named(document, "devices")})
        problems += found
        tags, found = add_recipe_tags(tags, unit_labels(document))
        problems += found
    model = draft = None
    if file is not None and document is not None and tags is not None:
        model, found = build_model(file, tags, document)
        draft = model or build_draft(file, tags, document)
        problems += found if whole is not None else about_what_is_left(found, document)
        for name, message, remedy in check_addresses(tags, file.devices, "tags.csv"):
            tag = tags.find(name)
            problems.append(Problem("tags.csv", tag.line if tag is not None else 0, name, message, remedy))
    if whole is not None and document is not None:
        for name, key, message, remedy in check_devices(whole.devices):
            problems.append(document.problem(("devices", name, key), message, remedy))
        if tags is not None:
            problems += _plugin_problems(whole, document, tags)
    facts = LineFacts.of(whole) if whole is not None else LineFacts()
    alarms = _alarms(folder, tags, unit_labels(document), facts, problems)
    zone = line_zone(folder, document)
    problems += zone.problems
    escalation = _escalation(folder, document, tags, alarms, zone.name, problems)
    shifts = _shifts(folder, zone.name, problems)
    before = len(problems)
    found_recipes = _recipes(folder, draft, problems, complete=complete) if recipes else ()
    all_known = recipes and complete and draft is not None and len(problems) == before
    materials = _materials(folder, document, tags, found_recipes, problems)
    production = _production(folder, document, tags, [r.master.id for r in found_recipes] if all_known else None, problems)
    if problems or model is None or alarms is None or document is None:
        raise LineError(problems)
    masters = {r.master.id: r.master for r in found_recipes}
    fingerprint = _fingerprint(folder, document)
    return LoadedLine(
        folder, model, alarms, masters, escalation, found_recipes, fingerprint, shifts, materials, production,
        zone.name, zone.remarks,
    )  # fmt: skip


def _plugin_problems(file: LineFile, document: Document, tags: TagTable) -> list[Problem]:
    """What drivers of other packages say of their devices and tags."""
    problems: list[Problem] = []
    for device, found in check_plugins(file.devices, tags):
        tag = tags.find(found.tag)
        if tag is not None:
            problems.append(Problem("tags.csv", tag.line, tag.name, found.message, found.remedy))
            continue
        keys: KeyPath = ("driver",) if found.key == "driver" else ("settings", *([found.key] if found.key else []))
        problems.append(document.problem(("devices", device, *keys), found.message, found.remedy))
    return problems


def with_unknown_drivers(problems: Sequence[Problem], document: Document) -> list[Problem]:
    """A driver that does not exist is told as that, and not as keys that it would not know."""
    devices = document.data.get("devices") if isinstance(document.data, dict) else None
    known = driver_names()
    told = list(problems)
    for name, entry in devices.items() if isinstance(devices, dict) else ():
        driver = entry.get("driver") if isinstance(entry, dict) else None
        if isinstance(driver, str) and driver not in known:
            told = [p for p in told if not p.key.startswith(f"devices.{name}.")]
            remedy = f"Use one of {', '.join(known)}, or install the package that brings it"
            told.append(document.problem(("devices", name, "driver"), f"there is no driver '{driver}'", remedy))
    return told


def _tags(folder: Path, document: Document | None, problems: list[Problem]) -> TagTable | None:
    try:
        text = (folder / "tags.csv").read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(
            Problem("tags.csv", 0, "", "the file does not exist", "Create it; docs/howto/line-files.md shows the columns")
        )
        return None
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem("tags.csv", 0, "", f"the file cannot be read ({error})", "Save it as CSV in UTF-8"))
        return None
    devices = named(document, "devices")
    tags, found = parse_tags_csv(text, "tags.csv", devices, poll_groups(document))
    if not devices:  # without line.yaml every device would be unknown: only the other faults are told
        found = [p for p in found if not p.message.startswith("unknown device")]
    problems += found
    return tags if len(tags) else None


def poll_groups(document: Document | None) -> dict[str, int]:
    """The poll groups of ``line.yaml`` that make sense, also when other things in it do not."""
    data = document.data if document is not None else None
    groups = data.get("poll_groups") if isinstance(data, dict) else None
    known = groups.items() if isinstance(groups, dict) else ()
    return {name: every for name, every in known if isinstance(name, str) and isinstance(every, int) and every > 0}


def _alarms(
    folder: Path, tags: TagTable | None, labels: Mapping[str, str], facts: LineFacts, problems: list[Problem]
) -> AlarmTable | None:
    document, found = read_yaml(folder / "alarms.yaml", "alarms.yaml")
    problems += found
    if document is None or tags is None:
        return None
    table, found = load_alarms(document, tags, tuple(labels), labels, facts)
    problems += found
    return table


def _escalation(
    folder: Path, line: Document | None, tags: TagTable | None, alarms: AlarmTable | None, zone: str, problems: list[Problem]
) -> EscalationPlan:
    """``escalation.yaml``; a line without it escalates nothing."""
    if tags is None or not (folder / "escalation.yaml").exists():
        return EscalationPlan()
    document, found = read_yaml(folder / "escalation.yaml", "escalation.yaml")
    problems += found
    if document is None:
        return EscalationPlan()
    units = unit_labels(line)
    reserved = {f"{u}.{name}" for u in units for name in HANDSHAKE_TAGS} | heartbeat_tags(line)
    plan, found = load_escalation(document, tags, set(units), alarms if alarms else None, reserved, zone)
    problems += found
    return plan


def _shifts(folder: Path, zone: str, problems: list[Problem]) -> Calendar | None:
    """``shifts.yaml``; the shifts of a line without it are started and ended by people only."""
    if not (folder / "shifts.yaml").exists():
        return None
    document, found = read_yaml(folder / "shifts.yaml", "shifts.yaml")
    problems += found
    if document is None:
        return None
    calendar, found = load_shifts(document, zone)
    problems += found
    return calendar


def _materials(
    folder: Path, line: Document | None, tags: TagTable | None, recipes: Sequence[FolderRecipe], problems: list[Problem]
) -> Catalogue | None:
    """``materials.yaml``, judged with the recipes that have no faults of their own; a line without it keeps no stock."""
    if tags is None or not (folder / "materials.yaml").exists():
        return None
    document, found = read_yaml(folder / "materials.yaml", "materials.yaml")
    problems += found
    if document is None:
        return None
    ingredients = {r.master.id: [i.material for i in r.master.ingredients] for r in recipes}
    catalogue, found = load_materials(document, tags, unit_labels(line), ingredients)
    problems += found
    return catalogue


def _production(
    folder: Path, line: Document | None, tags: TagTable | None, recipes: Sequence[str] | None, problems: list[Problem]
) -> ProductionPlan:
    """``production.yaml``; a line without it watches no stops. ``recipes``: None when not all of them are known."""
    if tags is None or not (folder / "production.yaml").exists():
        return ProductionPlan()
    document, found = read_yaml(folder / "production.yaml", "production.yaml")
    problems += found
    if document is None:
        return ProductionPlan()
    plan, found = load_production(document, tags, unit_labels(line), recipes)
    problems += found
    return plan or ProductionPlan()


def heartbeat_tags(document: Document | None) -> set[str]:
    """The tags of ``line.yaml`` that count for the supervisor, also when other things in it are wrong."""
    data = document.data if document is not None else None
    devices = data.get("devices") if isinstance(data, dict) else None
    entries = devices.values() if isinstance(devices, dict) else ()
    return {tag for e in entries if isinstance(e, dict) and isinstance(tag := e.get("heartbeat"), str)}


def _fingerprint(folder: Path, line: Document) -> str:
    """Of what a recipe is checked and run against: line.yaml without its comments and its time zone, and tags.csv."""
    tags = (folder / "tags.csv").read_text(encoding="utf-8-sig")
    return sha256([canonical({k: v for k, v in line.data.items() if k != "time_zone"}), *tags.splitlines()])


def _recipes(folder: Path, model: LineModel | None, problems: list[Problem], *, complete: bool) -> tuple[FolderRecipe, ...]:
    """``complete`` is False when entries of line.yaml had to be left out: then a recipe is checked by itself only."""
    recipes: dict[str, FolderRecipe] = {}
    documents: dict[str, Document] = {}
    approvals = _approvals(folder, problems)
    for path in sorted((folder / "recipes").glob("*.yaml")):
        name = f"recipes/{path.name}"
        if path.name == APPROVALS:
            continue
        document, found = read_yaml(path, name)
        problems += found
        if document is None:
            continue
        if model is None or not complete:
            problems += validate(RecipeFile, document)[1]
            continue
        recipe, found = load_recipe(document, model)
        problems += found
        if recipe is not None and recipe.id in recipes:
            problems.append(document.problem(("recipe",), f"the recipe '{recipe.id}' stands in two files", "Rename one"))
        elif recipe is not None:
            approval = approvals.get(recipe.fingerprint)
            if approval is not None:
                recipe = replace(recipe, status=VersionStatus.APPROVED.value, approved_by=approval.approved_by)
            recipes[recipe.id] = FolderRecipe(name, path.read_text(encoding="utf-8"), recipe, approval)
            documents[recipe.id] = document
    if model is not None and complete:
        problems += check_together([(r.master, documents[r.master.id]) for r in recipes.values()], model)
    return tuple(recipes.values())


def _approvals(folder: Path, problems: list[Problem]) -> dict[str, Approval]:
    """Approvals by hash; a folder without the file has drafts only."""
    name = f"recipes/{APPROVALS}"
    if not (folder / name).exists():
        return {}
    document, found = read_yaml(folder / name, name)
    problems += found
    if document is None:
        return {}
    approvals, found = load_approvals(document)
    problems += found
    return {a.hash: a for a in approvals}
