"""What a condition can be at all: interval arithmetic over the ranges of the tags, parameters and replies that it reads.

A value outside the range of its tag is not Good, and a condition does not hold on it: what is impossible inside the ranges is
impossible. The converse is not claimed (two values may depend on each other).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from line.tags import TagDef, TagKind
from recipes.conditions import name_of, plain_source
from recipes.model import Condition

Range = tuple[float, float]
Ranges = Mapping[str, Range]
"""By name: of a tag, ``$parameter`` or ``@prompt``."""

ANY: Final[Range] = (-math.inf, math.inf)
_NEGATED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
_MIRRORED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip
_Pair = tuple[ast.expr, type[ast.cmpop], ast.expr]
_Part = tuple[ast.expr, bool]


def tree_of(condition: Condition, units: Mapping[str, str]) -> ast.expr:
    """The expression with units filled in; it was checked before."""
    return ast.parse(plain_source(condition.source, units).strip(), mode="eval").body


def range_of(tag: TagDef) -> Range:
    """All values that a tag can have in Good quality."""
    return (0.0, 1.0) if tag.kind is TagKind.BOOL else (tag.lo, tag.hi)


def operand_name(node: ast.expr) -> str:
    """The tag, ``$parameter`` or ``@prompt`` that ``node`` is, '' when it is something else."""
    if not isinstance(node, ast.Name | ast.Attribute):
        return ""
    word = ast.unparse(node)
    return "" if word in ("true", "True", "false", "False") else name_of(word) or word


def names_in(node: ast.expr) -> set[str]:
    """All tags, parameters and prompts of an expression."""
    if name := operand_name(node):
        return {name}
    children = [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
    if isinstance(node, ast.Call):
        children = list(node.args)
    return {n for child in children for n in names_in(child)}


def may_be(node: ast.expr, wanted: bool, ranges: Ranges) -> bool:
    """Whether the condition ``node`` can be ``wanted``, all being inside ``ranges``."""
    match node:
        case ast.UnaryOp(op=ast.Not()):
            return may_be(node.operand, not wanted, ranges)
        case ast.BoolOp(op=op, values=values):
            parts = [(v, wanted) for v in values]
            return _all_may_be(parts, ranges) if isinstance(op, ast.And) is wanted else _any_may_be(parts, ranges)
        case ast.Compare():
            pairs = _pairs(node)
            if len(pairs) == 1:
                return _pair_may_be(pairs[0], wanted, ranges)
            parts = [(ast.Compare(left, [op()], [right]), wanted) for left, op, right in pairs]
            return _all_may_be(parts, ranges) if wanted else _any_may_be(parts, ranges)
        case _:
            lo, hi = _value(node, ranges)
            return not lo == hi == 0.0 if wanted else lo <= 0.0 <= hi


def comparisons(node: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Both sides of every comparison in ``node``."""
    if isinstance(node, ast.Compare):
        for left, _, right in _pairs(node):
            yield left, right
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from comparisons(child)


def numbers_in(node: ast.expr) -> set[float]:
    """All numbers that are written in an expression."""
    return {
        float(n.value) for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, int | float)
    }  # fmt: skip


def _any_may_be(parts: Sequence[_Part], ranges: Ranges) -> bool:
    return any(may_be(part, wanted, ranges) for part, wanted in parts)


def _all_may_be(parts: Sequence[_Part], ranges: Ranges) -> bool:
    """Whether all can be at once: what one says of a name narrows the range in which the others are looked at."""
    narrowed = dict(ranges)
    for _ in range(2):
        for part, wanted in parts:
            _narrow(part, wanted, narrowed)
    if any(lo > hi for lo, hi in narrowed.values()):
        return False
    return all(may_be(part, wanted, narrowed) for part, wanted in parts)


def _narrow(part: ast.expr, wanted: bool, ranges: dict[str, Range]) -> None:
    while isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not):
        part, wanted = part.operand, not wanted
    if isinstance(part, ast.BoolOp) and isinstance(part.op, ast.And) is wanted:
        for value in part.values:
            _narrow(value, wanted, ranges)
    if not isinstance(part, ast.Compare) or (not wanted and len(part.ops) > 1):
        return
    for left, op, right in _pairs(part):
        op = op if wanted else _NEGATED[op]
        for name, sign, other in ((operand_name(left), op, right), (operand_name(right), _MIRRORED[op], left)):
            if name in ranges:
                ranges[name] = _cut(ranges[name], sign, _value(other, ranges))


def _cut(old: Range, op: type[ast.cmpop], other: Range) -> Range:
    lo, hi = old
    if op in (ast.Lt, ast.LtE, ast.Eq):
        hi = min(hi, other[1])
    if op in (ast.Gt, ast.GtE, ast.Eq):
        lo = max(lo, other[0])
    return lo, hi


def _pairs(node: ast.Compare) -> list[_Pair]:
    sides = [node.left, *node.comparators]
    return [(sides[i], type(op), sides[i + 1]) for i, op in enumerate(node.ops)]


def _pair_may_be(pair: _Pair, wanted: bool, ranges: Ranges) -> bool:
    (lo, hi), (other_lo, other_hi) = _value(pair[0], ranges), _value(pair[2], ranges)
    op = pair[1] if wanted else _NEGATED[pair[1]]
    if op is ast.Lt:
        return lo < other_hi
    if op is ast.LtE:
        return lo <= other_hi
    if op is ast.Gt:
        return hi > other_lo
    if op is ast.GtE:
        return hi >= other_lo
    if op is ast.Eq:
        return lo <= other_hi and other_lo <= hi
    return not lo == hi == other_lo == other_hi


def _value(node: ast.expr, ranges: Ranges) -> Range:
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return float(value), float(value)
        case ast.Name(id="true" | "True"):
            return 1.0, 1.0
        case ast.Name(id="false" | "False"):
            return 0.0, 0.0
        case ast.Name() | ast.Attribute():
            return ranges.get(operand_name(node), ANY)
        case ast.UnaryOp(op=ast.USub()):
            lo, hi = _value(node.operand, ranges)
            return -hi, -lo
        case ast.UnaryOp(op=ast.UAdd()):
            return _value(node.operand, ranges)
        case ast.BinOp():
            return _computed(node.op, _value(node.left, ranges), _value(node.right, ranges))
        case ast.Call(func=ast.Name(id=name), args=args) if name != "good":
            return _called(name, [_value(a, ranges) for a in args])
        case ast.Call():
            return 0.0, 1.0
        case _:  # a truth used as a number
            return (0.0 if may_be(node, False, ranges) else 1.0), (1.0 if may_be(node, True, ranges) else 0.0)


def _computed(op: ast.operator, left: Range, right: Range) -> Range:
    if isinstance(op, ast.Add):
        return left[0] + right[0], left[1] + right[1]
    if isinstance(op, ast.Sub):
        return left[0] - right[1], left[1] - right[0]
    if isinstance(op, ast.Div):
        if right[0] <= 0.0 <= right[1]:
            return ANY
        right = (1.0 / right[1], 1.0 / right[0])
    corners = [a * b for a in left for b in right]
    return ANY if any(math.isnan(c) for c in corners) else (min(corners), max(corners))


def _called(name: str, values: Sequence[Range]) -> Range:
    if name == "abs":
        lo, hi = values[0]
        return (0.0 if lo <= 0.0 <= hi else min(abs(lo), abs(hi))), max(abs(lo), abs(hi))
    choose = min if name == "min" else max
    return choose(v[0] for v in values), choose(v[1] for v in values)
