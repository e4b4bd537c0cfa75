"""Commands of batches and recipes held against the views: nodes, prompts, limits, versions; and which role they ask for.

The engine judges again with what it knows at the scan; here a person is told at once what makes no sense.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from line.documents import Text
from line.jsontools import finite, objects, whole
from line.messages import CommandKind, Json, JsonObject
from recipes.content import storable
from server.command_args import (
    Args,
    BatchCommandArgs,
    BatchCommentArgs,
    BatchCreateArgs,
    BatchDispositionArgs,
    BatchLotArgs,
    BatchModeArgs,
    BatchParameterArgs,
    BatchReplyArgs,
    BatchStepArgs,
    LotReply,
    RecipeApproveArgs,
    RecipeHashArgs,
    RecipeSaveArgs,
    ScaleReply,
)
from server.judge_kit import Subject, range_reason, short, unknown
from server.lot_rules import mass_reasons
from server.roles import Role
from server.texts import NOT_STORABLE, text

Rule = Callable[[Any, Subject], list[Text]]

REASON_NEEDED: Final = frozenset(
    {
        CommandKind.BATCH_PARAMETER, CommandKind.BATCH_DISPOSITION, CommandKind.RECIPE_SAVE, CommandKind.RECIPE_SUBMIT,
        CommandKind.RECIPE_WITHDRAW, CommandKind.RECIPE_REJECT, CommandKind.RECIPE_APPROVE, CommandKind.RECIPE_OBSOLETE,
    }
)  # fmt: skip


def reason_needed(kind: CommandKind, args: JsonObject) -> bool:
    """Whether these arguments ask for a reason, where the kind alone does not."""
    manual = kind is CommandKind.BATCH_MODE and args.get("mode") == "manual"
    return manual or (kind is CommandKind.BATCH_STEP and args.get("action") == "skip")


def role_for(kind: CommandKind, target: str, args: JsonObject, views: Mapping[str, JsonObject]) -> Role:
    """The role that these arguments ask for beyond that of the kind; viewer when nothing beyond.

    The role of a signed prompt is asked of whoever signs (:func:`signing_role`).
    """
    match kind:
        case CommandKind.BATCH_MODE if args.get("mode") == "manual":
            return Role.TECHNOLOGIST
        case CommandKind.BATCH_STEP if args.get("action") in ("start", "skip"):
            return Role.TECHNOLOGIST
        case CommandKind.BATCH_CREATE if args.get("mode") == "manual":
            return Role.TECHNOLOGIST
        case CommandKind.BATCH_CREATE if "hash" in args and args["hash"] != _approved(target, views):
            return Role.TECHNOLOGIST
        case CommandKind.BATCH_PARAMETER:
            return _role(_named(_batch(target, views), "parameters", args.get("parameter")))
        case CommandKind.BATCH_REPLY:
            prompt = _named(_batch(target, views), "prompts", args.get("prompt"))
            return Role.VIEWER if prompt is not None and prompt.get("signed") is True else _role(prompt)
        case _:
            return Role.VIEWER


def signing_role(kind: CommandKind, target: str, args: JsonObject, views: Mapping[str, JsonObject]) -> Role:
    """The least role of who signs this command."""
    if kind is not CommandKind.BATCH_REPLY:
        return Role.TECHNOLOGIST
    return max(Role.OPERATOR, _role(_named(_batch(target, views), "prompts", args.get("prompt"))))


def asks_for_signature(kind: CommandKind, target: str, args: JsonObject, views: Mapping[str, JsonObject]) -> bool:
    """Whether this reply is to a prompt that is to be signed, as far as the view tells."""
    prompt = _named(_batch(target, views), "prompts", args.get("prompt")) if kind is CommandKind.BATCH_REPLY else None
    return prompt is not None and prompt.get("signed") is True


def _role(row: JsonObject | None) -> Role:
    word = row.get("role") if row is not None else None
    return (Role.parse(word) if isinstance(word, str) else None) or Role.VIEWER


# What the views know


def _batch(target: str, views: Mapping[str, JsonObject]) -> JsonObject | None:
    return next((b for b in objects(views.get("batches", {}).get("batches")) if b.get("id") == target), None)


def _named(row: JsonObject | None, rows: str, name: Json) -> JsonObject | None:
    return next((r for r in objects(row.get(rows)) if r.get("id") == name), None) if row is not None else None


def _recipe(target: str, views: Mapping[str, JsonObject]) -> JsonObject | None:
    return next((r for r in objects(views.get("recipes", {}).get("recipes")) if r.get("id") == target), None)


def _approved(target: str, views: Mapping[str, JsonObject]) -> Json:
    recipe = _recipe(target, views)
    return None if recipe is None else recipe.get("approved")


def _version(target: str, hash_: Json, views: Mapping[str, JsonObject]) -> JsonObject | None:
    recipe = _recipe(target, views)
    return next((v for v in objects(recipe.get("versions")) if v.get("hash") == hash_), None) if recipe is not None else None


# Batches


def _create(args: BatchCreateArgs, on: Subject) -> list[Text]:
    recipe = _recipe(on.target, on.views)
    if recipe is None:
        return [unknown("рецептуры", "recipe", on.target)]
    if args.hash is None and not recipe.get("approved"):
        return [text(f"У рецептуры {on.target} нет утверждённой версии", f"The recipe {on.target} has no approved version")]
    version = _version(on.target, args.hash or recipe.get("approved"), on.views)
    if version is None:
        return [unknown("версии", "version", args.hash or on.target)]
    reasons: list[Text] = []
    if version.get("status") != "approved" and args.mode == "automatic":
        ru, en = "В автоматическом режиме идут только утверждённые версии", "Only approved versions run in automatic mode"
        reasons.append(text(ru, en))
    lo, hi = finite(version.get("size_lo_kg")), finite(version.get("size_hi_kg"))
    if lo is None or hi is None:
        return [*reasons, text("На этой линии такая версия не пойдёт", "This line cannot run that version")]
    reason = range_reason("Масса партии, кг", "Batch size, kg", args.size_kg, lo, hi)
    return reasons if reason is None else [*reasons, reason]


def _known(args: Args, on: Subject) -> list[Text]:
    return [] if _batch(on.target, on.views) is not None else [unknown("партии", "batch", on.target)]


def _command(args: BatchCommandArgs, on: Subject) -> list[Text]:
    if args.node and args.command in ("start", "stop", "abort"):
        ru, en = "Пуск, стоп и прерывание относятся ко всей партии", "Start, stop and abort are for the whole batch"
        return [*_known(args, on), text(ru, en)]
    return _node_reasons(args.node, on) if args.node else _known(args, on)


def _step(args: BatchStepArgs, on: Subject) -> list[Text]:
    return _node_reasons(args.node, on)


def _node_reasons(node: str, on: Subject) -> list[Text]:
    batch = _batch(on.target, on.views)
    if batch is None:
        return [unknown("партии", "batch", on.target)]
    return [] if _named(batch, "nodes", node) is not None else [unknown("шага", "step", node)]


def _reply(args: BatchReplyArgs, on: Subject) -> list[Text]:
    batch = _batch(on.target, on.views)
    if batch is None:
        return [unknown("партии", "batch", on.target)]
    prompt = _named(batch, "prompts", args.prompt)
    if prompt is None:
        return [text(f"Вопроса {short(args.prompt)} сейчас нет", f"There is no prompt {short(args.prompt)} now")]
    reason = _value_reason(prompt, args.value)
    return [] if reason is None else [reason]


def _value_reason(prompt: JsonObject, value: bool | int | float | str | LotReply | ScaleReply) -> Text | None:
    match prompt.get("kind"):
        case "confirm" if value is not True:
            return text("Нужно подтверждение", "A confirmation is needed")
        case "number" if isinstance(value, bool) or not isinstance(value, int | float):
            return text("Нужно число", "A number is needed")
        case "number" if isinstance(value, int | float):
            lo, hi = finite(prompt.get("lo")), finite(prompt.get("hi"))
            return range_reason("Ответ", "The reply", value, -math.inf if lo is None else lo, math.inf if hi is None else hi)
        case "choice" if (
            isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(objects(prompt.get("choices")))
        ):
            return text("Выберите один из вариантов", "Choose one of the answers")
        case "text" if not isinstance(value, str) or not value.strip():
            return text("Нужен текст", "A text is needed")
        case "lot" if not isinstance(value, LotReply | ScaleReply):
            return text("Нужны партия сырья и масса", "Lot and mass are needed")
        case _:
            return None


def _lot(args: BatchLotArgs, on: Subject) -> list[Text]:
    batch = _batch(on.target, on.views)
    if batch is None:
        return [unknown("партии", "batch", on.target)]
    known = any(i.get("material") == args.material for i in objects(batch.get("ingredients")))
    reasons = [] if known else [unknown("сырья", "material", args.material)]
    return [*reasons, *mass_reasons(args.kg, args.scale)]


def _parameter(args: BatchParameterArgs, on: Subject) -> list[Text]:
    batch = _batch(on.target, on.views)
    if batch is None:
        return [unknown("партии", "batch", on.target)]
    row = _named(batch, "parameters", args.parameter)
    if row is None:
        return [unknown("параметра", "parameter", args.parameter)]
    if row.get("editable") is not True:
        return [text(f"Параметр {args.parameter} сейчас не изменить", f"Parameter {args.parameter} cannot be changed now")]
    lo, hi = finite(row.get("lo")), finite(row.get("hi"))
    low, high = -math.inf if lo is None else lo, math.inf if hi is None else hi
    reason = range_reason(args.parameter, args.parameter, args.value, low, high)
    return [] if reason is None else [reason]


def _disposition(args: BatchDispositionArgs, on: Subject) -> list[Text]:
    batch = _batch(on.target, on.views)
    if batch is None:
        return [unknown("партии", "batch", on.target)]
    found = next((d for d in objects(batch.get("deviations")) if whole(d.get("number")) == args.deviation), None)
    if found is None:
        return [unknown("отклонения", "deviation", str(args.deviation))]
    if found.get("disposition") is not None:
        ru, en = f"По отклонению {args.deviation} решение уже принято", f"Deviation {args.deviation} has its disposition already"
        return [text(ru, en)]
    return []


# Recipes


def _save(args: RecipeSaveArgs, on: Subject) -> list[Text]:
    return [] if storable(cast(Json, args.data)) else [NOT_STORABLE]


def _version_known(args: RecipeHashArgs, on: Subject) -> list[Text]:
    return [] if _version(on.target, args.hash, on.views) is not None else [unknown("версии", "version", args.hash)]


CHECKS: Final[Mapping[CommandKind, tuple[type[Args], Rule]]] = {
    CommandKind.BATCH_CREATE: (BatchCreateArgs, _create),
    CommandKind.BATCH_COMMAND: (BatchCommandArgs, _command),
    CommandKind.BATCH_MODE: (BatchModeArgs, _known),
    CommandKind.BATCH_STEP: (BatchStepArgs, _step),
    CommandKind.BATCH_REPLY: (BatchReplyArgs, _reply),
    CommandKind.BATCH_LOT: (BatchLotArgs, _lot),
    CommandKind.BATCH_PARAMETER: (BatchParameterArgs, _parameter),
    CommandKind.BATCH_COMMENT: (BatchCommentArgs, _known),
    CommandKind.BATCH_DISPOSITION: (BatchDispositionArgs, _disposition),
    CommandKind.RECIPE_SAVE: (RecipeSaveArgs, _save),
    CommandKind.RECIPE_SUBMIT: (RecipeHashArgs, _version_known),
    CommandKind.RECIPE_WITHDRAW: (RecipeHashArgs, _version_known),
    CommandKind.RECIPE_REJECT: (RecipeHashArgs, _version_known),
    CommandKind.RECIPE_APPROVE: (RecipeApproveArgs, _version_known),
    CommandKind.RECIPE_OBSOLETE: (RecipeHashArgs, _version_known),
}
