"""Prompts of a recipe: what is asked for must be answerable, and said once."""

from __future__ import annotations

from line.documents import KeyPath
from recipes.checks import Checker
from recipes.model import PromptKind, PromptStep

_ONLY_FOR = {"lo": PromptKind.NUMBER, "hi": PromptKind.NUMBER, "eu": PromptKind.NUMBER, "choices": PromptKind.CHOICE,
             "material": PromptKind.LOT}  # fmt: skip


def check_prompt(check: Checker, path: KeyPath, prompt: PromptStep) -> None:
    """Limits, choices and material belong to their kind of prompt and make sense."""
    given = {"lo": prompt.lo, "hi": prompt.hi, "eu": prompt.eu, "choices": prompt.choices, "material": prompt.material}
    for key, kind in _ONLY_FOR.items():
        if given[key] not in (None, "", ()) and prompt.kind is not kind:
            message = f"'{key}' belongs to kind: {kind}, this prompt is of kind: {prompt.kind}"
            check.fault((*path, key), message, f"Remove it, or write kind: {kind}")
    if prompt.kind is PromptKind.NUMBER:
        _check_limits(check, path, prompt)
    if prompt.kind is PromptKind.CHOICE:
        texts = [(c.ru, c.en) for c in prompt.choices]
        if len(texts) < 2:
            check.fault(
                (*path, "choices"), "there is nothing to choose from", "Write at least two choices: [{ru: ..., en: ...}, ...]"
            )
        for i, text in enumerate(texts):
            if any(text[k] == other[k] for other in texts[:i] for k in (0, 1)):
                check.fault((*path, "choices", i), "this choice reads like another", "Give each its own words in both languages")
    if prompt.kind is PromptKind.LOT:
        materials = check.file.ingredients
        if not prompt.material:
            check.fault(path, "the material is missing", f"Add material: one of {', '.join(materials)}")
        elif prompt.material not in materials:
            message = f"there is no ingredient '{prompt.material}'"
            check.fault((*path, "material"), message, f"Use one of {', '.join(materials)}")


def _check_limits(check: Checker, path: KeyPath, prompt: PromptStep) -> None:
    for key, limit in (("lo", prompt.lo), ("hi", prompt.hi)):
        entry = check.file.parameters.get(limit.parameter) if limit is not None else None
        if limit is not None and entry is not None and entry.eu != prompt.eu:
            message = f"${limit.parameter} is in '{entry.eu}', the prompt asks in '{prompt.eu}'"
            check.fault((*path, key), message, f"Write eu: {entry.eu}")
    if prompt.lo is not None and prompt.hi is not None and check.base(prompt.lo) > check.base(prompt.hi):
        band = f"{check.base(prompt.lo):g}..{check.base(prompt.hi):g}"
        check.fault((*path, "lo"), f"no number lies in {band}", "lo must not be above hi")
