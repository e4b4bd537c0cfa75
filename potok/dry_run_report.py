"""The report of a dry run (docs/howto/dry-run.md): plain JSON, the same bits for the same inputs, and its hash as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from line.clock import NS_PER_S
from line.jsontools import finite
from line.messages import Json, JsonObject
from potok import dry_run_findings as findings
from potok.dry_run_curves import Curves
from potok.dry_run_findings import ERROR, Finding, number, span
from potok.dry_run_follow import Follower
from potok.dry_run_line import SimulatedBatch
from potok.dry_run_paths import Path
from potok.dry_run_static import phases_of, setpoints, units_of
from potok.dry_run_view import Leaf
from potok.linefolder import LoadedLine
from recipes.batch import control_recipe
from recipes.content import sha256
from recipes.model import MasterRecipe, Node, NodeKind, Watch

SCHEMA: Final = 1


@dataclass(frozen=True)
class DrySettings:
    """What to run; the same settings give the same report. ``size_kg`` None: the base batch."""

    size_kg: float | None = None
    seed: int = 1
    max_hours: float = 72.0


@dataclass
class Branches:
    """Which branches of a choice or a loop were seen, and which not."""

    node: str
    taken: list[str] = field(default_factory=list[str])
    never: list[str] = field(default_factory=list[str])

    def to_json(self) -> JsonObject:
        """As the report carries it."""
        return {"node": self.node, "taken": list(self.taken), "never": list(self.never)}


class Figures:
    """Highest value of integrals and last value of counters, sampled once a second."""

    def __init__(self, run: SimulatedBatch) -> None:
        self._run = run
        self.integrals: dict[tuple[str, str], float] = {}
        self.totals: dict[str, float] = {}
        totals = run.model.file.totals
        self._counters = {
            k: run.model.tags.handle(t) for k, t in (("charged", totals.charged_kg), ("packed", totals.packed_kg)) if t
        }

    def look(self, at_work: Sequence[Leaf]) -> None:
        """Take the figures of the units at work."""
        model, image = self._run.model, self._run.image
        units = {leaf.unit for leaf in at_work}
        for integral in model.integrals:
            tag = model.tags[integral.handle]
            value = image.number(integral.handle) if tag.unit_id in units else None
            if value is not None:
                self.integrals[tag.unit_id, tag.name] = max(value, self.integrals.get((tag.unit_id, tag.name), 0.0))
        for name, handle in self._counters.items():
            value = image.number(handle)
            if value is not None:
                self.totals[name] = value


def evidence_hash(report: JsonObject) -> str:
    """What a signature is bound to: SHA-256 of the canonical JSON of everything but the curves."""
    return sha256({key: value for key, value in report.items() if key != "curves"})


def engine_version() -> str:
    """Version of the program that ran the recipe."""
    try:
        return version("potok")
    except PackageNotFoundError:
        return "0"


def head(line: LoadedLine, recipe: str, recipe_version: str, recipe_hash: str, size_kg: float, seed: int) -> dict[str, Json]:
    """What was run, on what."""
    return {
        "schema": SCHEMA, "recipe": recipe, "version": recipe_version, "hash": recipe_hash, "line": line.model.id,
        "line_hash": line.fingerprint, "engine": engine_version(), "seed": seed, "size_kg": size_kg,
    }  # fmt: skip


def without_run(line: LoadedLine, recipe: str, recipe_version: str, recipe_hash: str, settings: DrySettings,
                found: Sequence[Finding], master: MasterRecipe | None = None) -> JsonObject:  # fmt: skip
    """The report on a recipe that is refused before anything runs."""
    size_kg = settings.size_kg or (master.base_batch_kg if master is not None else 0.0)
    body: dict[str, Json] = {
        "ok": False, "problems": _sorted(found), "duration_s": 0.0, "phases": [],
        "setpoints": [r.to_json() for r in setpoints(master, line.model, size_kg)] if master is not None else [],
        "materials": _materials(master, size_kg) if master is not None else [],
        "charged_kg": None, "packed_kg": None, "yield_pct": None,
        "yield_limits": _yield_limits(master) if master is not None else None,
        "lethality": [], "ccp": [], "paths": [], "branches": [], "units": [], "curves": {},
    }  # fmt: skip
    return {**head(line, recipe, recipe_version, recipe_hash, size_kg, settings.seed), **body}


def of_run(
    line: LoadedLine, settings: DrySettings, follower: Follower, figures: Figures, curves: Curves,
    found: Sequence[Finding], paths: Sequence[Path], branches: Sequence[Branches],
) -> JsonObject:  # fmt: skip
    """The report on a run; adds what only the figures of the whole run show."""
    run, recipe = follower.run, follower.run.recipe
    complete = follower.state == "complete"
    charged, packed = figures.totals.get("charged"), figures.totals.get("packed")
    raw_kg = _raw_kg(recipe, run.size_kg)
    yield_pct = 100.0 * packed / raw_kg if packed and raw_kg else None
    problems = [*found]
    limits = recipe.yield_limits
    if complete and limits is not None and yield_pct is not None and not limits.lo_pct <= yield_pct <= limits.hi_pct:
        problems.append(findings.yield_outside(number(yield_pct, 1), span(limits.lo_pct, limits.hi_pct, "%")))
    ended_ns = max((s.end_ns for s in follower.spans), default=follower.begun_ns)
    ok = complete and not any(f.severity == ERROR for f in problems)
    body: dict[str, Json] = {
        "ok": ok, "problems": _sorted(problems), "duration_s": _seconds(ended_ns, follower),
        "phases": _phases(follower), "setpoints": [r.to_json() for r in setpoints(recipe, run.model, run.size_kg)],
        "materials": _materials(recipe, run.size_kg), "charged_kg": _rounded(charged), "packed_kg": _rounded(packed),
        "yield_pct": _rounded(yield_pct), "yield_limits": _yield_limits(recipe),
        "lethality": _lethality(follower, figures), "ccp": _ccp(follower), "paths": [p.to_json() for p in paths],
        "branches": [b.to_json() for b in branches], "units": _units(follower), "curves": curves.to_json(),
    }  # fmt: skip
    return {**head(line, recipe.id, recipe.version, recipe.fingerprint, run.size_kg, settings.seed), **body}


def _sorted(found: Sequence[Finding]) -> list[Json]:
    return [f.to_json() for f in sorted(dict.fromkeys(found), key=lambda f: f.severity != ERROR)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _seconds(time_ns: int, follower: Follower) -> float:
    return round((time_ns - follower.begun_ns) / NS_PER_S, 2)


def _phases(follower: Follower) -> list[Json]:
    rows: list[Json] = []
    for one in follower.spans:
        node = follower.nodes.get(one.node)
        name = node.name if node is not None else follower.run.recipe.name
        rows.append(
            {
                "node": one.node, "unit": one.unit, "name": name.to_json(), "start_s": _seconds(one.start_ns, follower),
                "end_s": _seconds(one.end_ns, follower), "kind": node.kind.value if node is not None else "",
            }
        )  # fmt: skip
    return rows


def _materials(recipe: MasterRecipe, size_kg: float) -> list[Json]:
    ingredients = control_recipe(recipe, "", 0, size_kg).ingredients
    return [
        {"material": i.material, "name": i.name.to_json(), "kg": round(i.kg, 3), "tolerance_pct": i.tolerance_pct}
        for i in ingredients
    ]


def _raw_kg(recipe: MasterRecipe, size_kg: float) -> float:
    """Mass of the raw material (``raw: true``) of a batch: the base of the yield."""
    entries = recipe.source.get("ingredients")
    if not isinstance(entries, Mapping):
        return 0.0
    masses = (finite(e.get("kg")) or 0.0 for e in entries.values() if isinstance(e, Mapping) and e.get("raw") is True)
    return sum(masses) * size_kg / recipe.base_batch_kg


def _yield_limits(recipe: MasterRecipe) -> Json:
    limits = recipe.yield_limits
    return None if limits is None else {"expect_pct": limits.expect_pct, "lo_pct": limits.lo_pct, "hi_pct": limits.hi_pct}


def _watches(follower: Follower) -> list[tuple[Node, str, Watch]]:
    """Every watch of every phase with the unit that the run had for it (the first that may play the role, if none)."""
    units = {s.node: s.unit for s in follower.spans if s.unit}
    found: list[tuple[Node, str, Watch]] = []
    for node, step in phases_of(follower.run.recipe):
        candidates = units_of(follower.run.recipe, follower.run.model, node.role)
        unit = units.get(node.id) or (candidates[0].id if candidates else "")
        found += [(node, unit, watch) for watch in step.watches]
    return found


def _lethality(follower: Follower, figures: Figures) -> list[Json]:
    model, values = follower.run.model, control_recipe(follower.run.recipe, "", 0, follower.run.size_kg).values()
    rows: list[Json] = []
    for (unit, name), value in sorted(figures.integrals.items()):
        needs = [w.lo.of(values) for _, u, w in _watches(follower) if w.lo is not None and w.tag.replace("{u}", u) == name]
        eu = model.tags[model.tags.handle(name)].eu
        rows.append({"unit": unit, "tag": name, "value": round(value, 2), "eu": eu, "need": max(needs, default=None)})
    return rows


def _ccp(follower: Follower) -> list[Json]:
    """Every critical limit: verdicts as the engine judged them; what was watched while running passed with its phase."""
    run = follower.run
    values = control_recipe(run.recipe, "", 0, run.size_kg).values()
    ended = {s.node for s in follower.spans if s.end_ns} if follower.state == "complete" else set[str]()
    rows: list[Json] = []
    for node, unit, watch in _watches(follower):
        if not watch.ccp:
            continue
        tag = watch.tag.replace("{u}", unit)
        judged = [v for v in follower.verdicts if v.get("node") == node.id and v.get("tag") == tag]
        last = judged[-1] if judged and watch.at_end else {}
        value = finite(last.get("value"))
        passed = last.get("passed") is True if watch.at_end else node.id in ended
        rows.append(
            {
                "node": node.id, "name": watch.name.to_json(), "tag": tag, "value": _rounded(value),
                "lo": watch.lo.of(values) if watch.lo is not None else None,
                "hi": watch.hi.of(values) if watch.hi is not None else None,
                "eu": run.model.tags[run.model.tags.handle(tag)].eu, "at_end": watch.at_end, "passed": passed,
            }
        )  # fmt: skip
    return rows


def _units(follower: Follower) -> list[Json]:
    """When the batch had which unit, for which unit procedure."""
    procedures = {n.role: n.id for n in follower.run.recipe.nodes if n.kind is NodeKind.UNIT_PROCEDURE}
    busy: dict[str, list[Json]] = {}
    intervals = follower.units or [(s.unit, "", s.start_ns, s.end_ns) for s in follower.spans if s.unit]
    for unit, role, start_ns, end_ns in sorted(intervals, key=lambda i: (i[2], i[0])):
        row: list[Json] = [_seconds(start_ns, follower), _seconds(end_ns, follower), procedures.get(role, role)]
        busy.setdefault(unit, []).append(row)
    return [{"unit": unit, "busy": busy[unit]} for unit in follower.run.model.units if unit in busy]
