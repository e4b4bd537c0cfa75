"""Conditions of a procedure: ``{u}.CoreTemp >= $cook_core and @taste == 1``, judged with the units and values of a batch.

``{u}`` is the unit of the node, ``{role}`` that of another role, ``$name`` a parameter, ``@name`` the reply to a prompt; all else
is an expression of ``line/expr.py``. A condition is bound to a batch (units, values, replies) and then judged on an image; what
was bound is kept, so that judging in every scan costs one evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from line.documents import Text
from line.expr import ExpressionError, ExpressionSet, parse_expression
from line.image import Snapshot
from line.messages import NO_TEXT
from line.tags import TagTable
from recipes.model import Condition

OWN_UNIT: Final = "u"
"""``{u}`` stands for the unit of the node; no role can have this name."""
_WORD: Final = re.compile(r"\{([^{}]*)\}|([$@])(\w*)")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_PARAMETER, _PROMPT = "παρ_", "ερω_"
"""What ``$`` and ``@`` become for the parser: letters that the name of a tag cannot have."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a condition holds; None: nobody can say, ``why`` says why not (else it is empty)."""

    holds: bool | None
    why: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class Bound:
    """A condition with the units, values and replies of a batch. ``expression`` is None when one of them is missing: ``why``.

    ``reads`` are the handles of all tags it reads.
    """

    expression: ExpressionSet | None
    reads: tuple[int, ...]
    tags: TagTable
    why: Text = NO_TEXT

    def judge(self, image: Snapshot) -> Judgement:
        """Whether it holds on ``image``; None while a tag is not Good or the sum has no result (division by zero)."""
        if self.expression is None:
            return Judgement(None, self.why)
        (value,) = self.expression.evaluate(image)
        if value is not None:
            return Judgement(value != 0.0)
        bad = [self.tags[h].name for h in self.expression.expressions[0].needs_good if not image.good(h)]
        if bad:
            names = ", ".join(bad)
            return Judgement(None, Text(ru=f"нет достоверного значения {names}", en=f"{names} is not Good"))
        return Judgement(None, Text(ru="условие не вычисляется (деление на ноль)", en="no result (division by zero)"))


def parse_condition(source: str) -> Condition:
    """The names in ``source``, sorted. Raises :class:`ExpressionError` for a name that cannot be one; the expression itself is
    checked when units are known, by :func:`checked`."""
    roles: set[str] = set()
    parameters: set[str] = set()
    prompts: set[str] = set()
    for match in _WORD.finditer(source):
        name = match[1] if match[2] is None else match[3]
        if not _NAME.fullmatch(name):
            raise ExpressionError(f"'{match[0]}' is no name", "Write {u}, {role}, $parameter or @prompt, in small Latin letters")
        (roles if match[2] is None else parameters if match[2] == "$" else prompts).add(name)
    rest = _WORD.sub("x", source)
    if any(c in rest for c in "{}$@"):
        raise ExpressionError(f"'{source}' is no expression", "Write {u}.Tag, {role}.Tag, $parameter or @prompt")
    if not rest.isascii():
        raise ExpressionError(f"'{source}' holds letters that no tag has", "Write the names of tags in Latin letters")
    return Condition(source, tuple(sorted(roles)), tuple(sorted(parameters)), tuple(sorted(prompts)))


def plain_source(source: str, units: Mapping[str, str]) -> str:
    """``source`` as ``line/expr.py`` reads it: units filled in, parameters and prompts as words of :func:`word_of`."""

    def plain(match: re.Match[str]) -> str:
        return units[match[1]] if match[2] is None else word_of(match[2] + match[3])

    return _WORD.sub(plain, source)


def word_of(name: str) -> str:
    """The word that ``$name`` or ``@name`` is for the parser."""
    return (_PARAMETER if name[0] == "$" else _PROMPT) + name[1:]


def name_of(word: str) -> str:
    """``$name`` or ``@name`` of a parser's word, '' for any other word."""
    for mark, sign in ((_PARAMETER, "$"), (_PROMPT, "@")):
        if word.startswith(mark):
            return sign + word.removeprefix(mark)
    return ""


def checked(condition: Condition, tags: TagTable, units: Mapping[str, str]) -> ExpressionSet:
    """The expression with every ``$`` and ``@`` as 1: raises :class:`ExpressionError` in the words of the recipe."""
    names = {f"${p}": 1.0 for p in condition.parameters} | {f"@{p}": 1.0 for p in condition.prompts}
    return _expression(condition.source, tags, units, names)


def bind(
    condition: Condition, tags: TagTable, unit: str, units: Mapping[str, str], values: Mapping[str, float],
    replies: Mapping[str, float],
) -> Bound:  # fmt: skip
    """``condition`` for the batch that holds ``units`` (role → unit) at a node of ``unit`` ('' outside a unit procedure).

    ``values`` are those of the parameters, ``replies`` those of the prompts answered so far. Pure; the result is kept.
    """
    return _bound(
        condition, tags,
        tuple(unit if role == OWN_UNIT else units.get(role, "") for role in condition.roles),
        tuple(values.get(p) for p in condition.parameters),
        tuple(replies.get(p) for p in condition.prompts),
    )  # fmt: skip


def judge(
    condition: Condition, tags: TagTable, image: Snapshot, unit: str, units: Mapping[str, str], values: Mapping[str, float],
    replies: Mapping[str, float],
) -> Judgement:  # fmt: skip
    """:func:`bind` and :meth:`Bound.judge` in one."""
    return bind(condition, tags, unit, units, values, replies).judge(image)


@lru_cache(maxsize=4096)
def _bound(
    condition: Condition, tags: TagTable, units: tuple[str, ...], values: tuple[float | None, ...],
    replies: tuple[float | None, ...],
) -> Bound:  # fmt: skip
    for role, unit in zip(condition.roles, units, strict=True):
        if not unit:
            return Bound(
                None, (), tags, Text(ru=f"установка «{role}» не занята этой партией", en=f"no unit is taken for '{role}'")
            )
    names: dict[str, float] = {}
    for parameter, value in zip(condition.parameters, values, strict=True):
        if value is None:
            return Bound(None, (), tags, Text(ru=f"нет параметра {parameter}", en=f"there is no parameter {parameter}"))
        names[f"${parameter}"] = value
    for prompt, reply in zip(condition.prompts, replies, strict=True):
        if reply is None:
            return Bound(None, (), tags, Text(ru=f"нет ответа на запрос {prompt}", en=f"the prompt {prompt} is not answered"))
        names[f"@{prompt}"] = reply
    try:
        expression = _expression(condition.source, tags, dict(zip(condition.roles, units, strict=True)), names)
    except ExpressionError as error:  # a recipe of a line that has changed since: it never holds, and says why
        return Bound(None, (), tags, Text(ru=f"условие не вычисляется: {error.message}", en=f"no condition: {error.message}"))
    return Bound(expression, expression.expressions[0].reads, tags)


def _expression(source: str, tags: TagTable, units: Mapping[str, str], names: Mapping[str, float]) -> ExpressionSet:
    try:
        words = {word_of(name): value for name, value in names.items()}
        return ExpressionSet([parse_expression(plain_source(source, units), tags, words)])
    except ExpressionError as error:
        message = error.message.replace(_PARAMETER, "$").replace(_PROMPT, "@")
        raise ExpressionError(message, error.remedy) from None
