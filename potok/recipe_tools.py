"""``potok recipe``: check, show, compare, export and import recipe files. Other actions are added to :data:`ACTIONS`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from line.documents import Problem, validate
from line.messages import Json, JsonObject
from potok.dry_run_cli import run_dry_run
from potok.exit_codes import FAILED, OK
from potok.linefolder import LineError, find_folder, load_line
from potok.recipe_arguments import LIBRARY_STEPS
from potok.recipe_library import run_library
from potok.recipe_show import shown, shown_json
from potok.recipe_sources import Source, open_recipe, recipe_files
from potok.yamlfile import to_yaml
from recipes.batchml_export import export_batchml
from recipes.batchml_import import import_batchml
from recipes.checks_units import check_together
from recipes.content import content_hash
from recipes.diff import changes, difference_hash
from recipes.master import load_recipe
from recipes.model import MasterRecipe
from recipes.recipe_file import RecipeFile
from recipes.schema import in_order, recipe_schema

SCHEMA_HINT: Final = "# yaml-language-server: $schema=recipe.schema.json\n"
"""First line of an exported file: editors with a YAML language server check against the schema beside it."""


def run_recipe(options: argparse.Namespace) -> int:
    """Run the action of ``options``. Raises LineError, ValueError and OSError for ``potok/commands.py`` to tell."""
    return ACTIONS[options.action](options)


def _check(options: argparse.Namespace) -> int:
    """Exit code 1 when a recipe has faults, 2 when the line itself has some: then nothing was checked."""
    folder = _line_meant(options)
    if folder is not None:
        model = load_line(folder, recipes=False).model
        sources = [open_recipe(f.stem, str(folder)) for f in recipe_files(folder)]
    else:
        sources = [open_recipe(options.recipe, options.line)]
        model = sources[0].line().model
    results: list[tuple[Source, MasterRecipe | None, list[Problem]]] = []
    for source in sources:
        master, problems = load_recipe(source.document, model)
        results.append((source, master, sorted(problems)))
    together = check_together([(m, s.document) for s, m, _ in results if m is not None], model)
    faults = [p for _, _, problems in results for p in problems] + together
    if options.json:
        listed: list[Json] = [_result(*result) for result in results]
        rest: list[Json] = [_problem(p) for p in together]
        print(json.dumps({"ok": not faults, "recipes": listed, "problems": rest}, ensure_ascii=False, indent=1))
        return FAILED if faults else OK
    for problem in faults:
        print(problem, file=sys.stderr)
    for source, master, _ in results:
        if master is not None:
            leaves = sum(not n.children for n in master.nodes)
            print(f"{source.name}: {master.id} {master.version}, {leaves} steps, hash {master.fingerprint[:12]}")
    if faults:
        print(f"{len(faults)} problem{'' if len(faults) == 1 else 's'}", file=sys.stderr)
    return FAILED if faults else OK


def _line_meant(options: argparse.Namespace) -> Path | None:
    """The line folder when all of its recipes are meant. Raises ValueError when neither recipe nor line is named."""
    if not options.recipe and not options.line:
        raise ValueError("name the recipe to check, or a line with --line")
    folder = find_folder(options.recipe or options.line)
    named = options.recipe and options.line
    return folder if not named and (folder.is_dir() or not options.recipe) else None


def _result(source: Source, master: MasterRecipe | None, problems: Sequence[Problem]) -> JsonObject:
    data = source.document.data if isinstance(source.document.data, dict) else {}
    return {
        "file": source.name, "recipe": master.id if master is not None else str(data.get("recipe", "")),
        "version": str(data.get("version", "")), "hash": content_hash(data), "ok": master is not None,
        "problems": [_problem(p) for p in problems],
    }  # fmt: skip


def _problem(problem: Problem) -> JsonObject:
    return {
        "file": problem.file, "line": problem.line, "key": problem.key, "message": problem.message, "remedy": problem.remedy
    }  # fmt: skip


def loaded_recipe(source: Source) -> MasterRecipe:
    """The recipe, checked against its line. Raises LineError with its problems."""
    master, problems = load_recipe(source.document, source.line().model)
    if master is None:
        raise LineError(problems)
    return master


def _show(options: argparse.Namespace) -> int:
    master = loaded_recipe(open_recipe(options.recipe, options.line))
    size_kg = master.base_batch_kg if options.size is None else options.size
    if not master.size_lo_kg <= size_kg <= master.size_hi_kg:
        sizes = f"{master.size_lo_kg:g} to {master.size_hi_kg:g} kg"
        raise ValueError(f"{master.id} is made in batches of {sizes}, not of {size_kg:g}")
    if options.json:
        print(json.dumps(shown_json(master, size_kg), ensure_ascii=False, indent=1))
    else:
        print("\n".join(shown(master, size_kg, options.language)))
    return OK


def _diff(options: argparse.Namespace) -> int:
    before, after = (open_recipe(t, options.line).data for t in (options.before, options.after))
    found = changes(before, after)
    if options.json:
        old, new = content_hash(before), content_hash(after)
        listed: list[Json] = [c.to_json() for c in found]
        told: JsonObject = {"from": old, "to": new, "hash": difference_hash(old, new), "changes": listed}
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return OK
    for change in found:
        print(f"{change.path}: {change.text.get(options.language)}")
    if not found:
        print("no differences", file=sys.stderr)
    return OK


def _export(options: argparse.Namespace) -> int:
    if options.schema:
        return _written(options, json.dumps(recipe_schema(), ensure_ascii=False, indent=1) + "\n")
    if not options.recipe:
        raise ValueError("name the recipe to export, or --schema")
    source = open_recipe(options.recipe, options.line)
    data = in_order(source.data)
    if options.format == "json":
        return _written(options, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    if options.format == "batchml":
        file, problems = validate(RecipeFile, source.document)
        if file is None:
            raise LineError(problems)
        text, only_here = export_batchml(data)
        for name in only_here:
            print(f"only Potok reads this of it: {name}", file=sys.stderr)
        return _written(options, text)
    return _written(options, SCHEMA_HINT + to_yaml(data))


def _import(options: argparse.Namespace) -> int:
    """Exit code 1 when there is nothing to import; what was assumed or left out is told, the draft is written all the same."""
    found = import_batchml(options.file.read_bytes(), options.file.name)
    for remark in found.remarks:
        print(remark, file=sys.stderr)
    if found.data is None:
        return FAILED
    code = _written(options, SCHEMA_HINT + to_yaml(in_order(found.data)))
    print("now check it for the line: potok recipe check FILE --line LINE", file=sys.stderr)
    return code


def _written(options: argparse.Namespace, text: str) -> int:
    if options.out is None:
        sys.stdout.write(text)
        return OK
    if options.out.exists() and not options.force:
        raise ValueError(f"{options.out} exists already; overwrite it with --force")
    options.out.write_text(text, encoding="utf-8", newline="\n")
    print(f"written to {options.out}", file=sys.stderr)
    return OK


ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "check": _check,
    "show": _show,
    "diff": _diff,
    "dry-run": run_dry_run,
    "export": _export,
    "import": _import,
    "list": run_library,
    **dict.fromkeys(LIBRARY_STEPS, run_library),
}
