"""``potok recipe dry-run``: a recipe on the simulated line, from its first check to the evidence that an approval is bound to.

In this order: what the files show (nothing runs when that refuses the recipe), the run of the batch with every phase held and
aborted in copies of it, then copies again for the branches that the run did not take. docs/howto/dry-run.md has the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from line.documents import Document, Problem
from line.messages import JsonObject
from potok import dry_run_findings as findings
from potok.dry_run_branches import explore
from potok.dry_run_curves import Curves
from potok.dry_run_findings import ERROR, Finding
from potok.dry_run_follow import Follower, Progress, Shared
from potok.dry_run_line import SimulatedBatch
from potok.dry_run_paths import SafeStates
from potok.dry_run_report import DrySettings, Figures, of_run, without_run
from potok.dry_run_static import static_findings
from potok.linefolder import LoadedLine
from potok.sim import check_simulated
from recipes.content import content_hash
from recipes.master import load_recipe
from recipes.model import MasterRecipe

__all__ = ["DrySettings", "dry_run", "dry_run_document"]


def _silent(told: JsonObject) -> None:
    del told


def dry_run_document(line: LoadedLine, document: Document, settings: DrySettings, progress: Progress = _silent) -> JsonObject:
    """The report on a recipe file; what the checks of the file find stands in it too. Raises ValueError as :func:`dry_run`."""
    check_simulated(line)
    master, problems = load_recipe(document, line.model)
    if master is None:
        return _of_problems(line, document, settings, problems)
    return dry_run(line, master, settings, progress)


def dry_run(line: LoadedLine, recipe: MasterRecipe, settings: DrySettings, progress: Progress = _silent) -> JsonObject:
    """The report. Raises ValueError for a line without simulators or a size that the recipe does not allow."""
    size_kg = recipe.base_batch_kg if settings.size_kg is None else settings.size_kg
    if not recipe.size_lo_kg <= size_kg <= recipe.size_hi_kg:
        raise ValueError(
            f"{recipe.id} is made in batches of {recipe.size_lo_kg:g} to {recipe.size_hi_kg:g} kg, not of {size_kg:g}"
        )
    run = SimulatedBatch(line, recipe, size_kg, settings.seed)
    static = static_findings(recipe, line.model, size_kg, run.image)
    if any(f.severity == ERROR for f in static):
        return without_run(line, recipe.id, recipe.version, recipe.fingerprint, settings, static, recipe)
    shared = Shared(SafeStates(line.model), settings.max_hours * 3600.0, progress)
    decides = any(n.kind in ("choice", "loop") for n in recipe.nodes)
    follower = Follower(run, shared, keep=decides)
    started = follower.start()
    figures, curves = Figures(run), Curves(run, follower.begun_ns)
    follower.looks += [figures.look, curves.look]
    if started:
        follower.follow()
    branches = explore(follower, shared) if follower.state == "complete" else []
    found = [*static, *_causes(shared.findings)]
    return of_run(line, settings, follower, figures, curves, found, shared.paths, branches)


def _causes(found: Iterable[Finding]) -> list[Finding]:
    """Without what only follows: a phase whose watch is violated anyway cannot be restarted either."""
    kept = list(found)
    violated = {f.node for f in kept if f.code in ("deviation", "ccp_not_met") and f.severity == ERROR}
    return [f for f in kept if f.code != "no_restart" or f.node not in violated]


def _of_problems(line: LoadedLine, document: Document, settings: DrySettings, problems: Sequence[Problem]) -> JsonObject:
    data = document.data if isinstance(document.data, dict) else {}
    recipe, version = str(data.get("recipe", "")), str(data.get("version", ""))
    found = [findings.of_file(p) for p in sorted(set(problems))]
    return without_run(line, recipe, version, content_hash(data), settings, found)
