"""Expressions of engineers: computed tags, permissives, interlocks, alarm conditions.

``S401.ChamberTemp <= 95 and not S401.FanTrip``. The text is parsed to a syntax tree, every node is checked against a
whitelist, and a *new* tree is built from numbers, image look-ups and the allowed operators alone; only that tree is
compiled. Names, attributes, calls, subscripts, strings and powers of the source never reach the compiler, so a
configuration cannot run code. Allowed: tag names, numbers, true/false, ``+ - * /``, comparisons, ``and or not``,
``abs() min() max()`` and ``good(tag)``.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final, cast

import numpy as np

from line.image import IntArray, Snapshot
from line.quality import good_mask
from line.tags import TagKind, TagTable

MAX_LENGTH: Final = 500
MAX_DEPTH: Final = 100
_FUNCTIONS: Final = {"abs": (1, 1), "min": (2, 8), "max": (2, 8)}
_OPERATORS: Final = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_COMPARISONS: Final = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
NO_NAMES: Final[Mapping[str, float]] = {}
_Evaluate = Callable[[list[float], list[bool]], object]


class ExpressionError(ValueError):
    """An expression that is not allowed; ``message`` says what, ``remedy`` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}. {remedy}")
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class Expression:
    """One checked expression: its source, the tags it reads, and those that must be Good for it to have a value."""

    source: str
    reads: tuple[int, ...]
    needs_good: tuple[int, ...]
    body: ast.expr


def parse_expression(source: str, tags: TagTable, names: Mapping[str, float] = NO_NAMES) -> Expression:
    """Check ``source`` against the whitelist; ``names`` are words that stand for a number.

    Raises :class:`ExpressionError` with a remedy.
    """
    if len(source) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(source)} characters", f"Keep it under {MAX_LENGTH}")
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise ExpressionError(f"'{source}' is no expression", "Check brackets and operators") from error
    except (RecursionError, MemoryError) as error:
        raise _too_deep() from error
    builder = _Builder(tags, names)
    body = builder.build(tree.body)
    return Expression(source, tuple(sorted(builder.reads)), tuple(sorted(builder.needs_good)), body)


class ExpressionSet:
    """Many expressions compiled as one, evaluated over a snapshot in one call."""

    def __init__(self, expressions: Sequence[Expression]) -> None:
        self.expressions = tuple(expressions)
        scope: dict[str, object] = {"__builtins__": {}, "abs": abs, "min": min, "max": max}
        handles = sorted({h for e in self.expressions for h in e.reads})
        places = {handle: place for place, handle in enumerate(handles)}
        bodies = [_placed(e.body, places) for e in self.expressions]
        self._singles: list[_Evaluate] = [_function(body, scope) for body in bodies]
        self._all: _Evaluate = _function(ast.Tuple(bodies, ast.Load()), scope)
        self._needs: list[list[int]] = [[places[h] for h in e.needs_good] for e in self.expressions]
        self._handles: IntArray = np.array(handles, dtype=np.int64)
        self._watched: IntArray = np.array(sorted({place for n in self._needs for place in n}), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.expressions)

    def evaluate(self, image: Snapshot) -> list[float | None]:
        """The value of each expression, booleans as 1.0 and 0.0.

        None where an input is not Good, a division is by zero, or the result is no finite number.
        """
        values: list[float] = image.value.take(self._handles).tolist()
        good_array = good_mask(image.status.take(self._handles))
        good: list[bool] = good_array.tolist()
        if good_array[self._watched].all():
            try:
                results = cast(tuple[float, ...], self._all(values, good))
                if math.isfinite(sum(results)):
                    return list(results)
            except ZeroDivisionError:
                pass
        return [self._one(i, values, good) for i in range(len(self._singles))]

    def _one(self, index: int, values: list[float], good: list[bool]) -> float | None:
        for place in self._needs[index]:
            if not good[place]:
                return None
        try:
            value = cast(float, self._singles[index](values, good))
        except ZeroDivisionError:
            return None
        return value if math.isfinite(value) else None


def compile_expressions(sources: Sequence[str], tags: TagTable) -> ExpressionSet:
    """Parse and compile ``sources``; raises :class:`ExpressionError` for the first that is not allowed."""
    return ExpressionSet([parse_expression(s, tags) for s in sources])


def _function(body: ast.expr, scope: dict[str, object]) -> _Evaluate:
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg("v"), ast.arg("g")], kwonlyargs=[], kw_defaults=[], defaults=[]
    )  # fmt: skip
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
    code: CodeType = compile(tree, "<expression>", "eval")
    return cast(_Evaluate, eval(code, scope))  # the tree was built by _Builder from whitelisted nodes only


def _placed(node: ast.expr, places: Mapping[int, int]) -> ast.expr:
    """A copy of a built expression that looks its tags up by their place in a set's own lists."""
    if isinstance(node, ast.Subscript):
        handle = cast(int, cast(ast.Constant, node.slice).value)
        return ast.Subscript(node.value, ast.Constant(places[handle]), ast.Load())
    fields: dict[str, Any] = {name: _placed_field(value, places) for name, value in ast.iter_fields(node)}
    return type(node)(**fields)


def _placed_field(value: object, places: Mapping[int, int]) -> object:
    if isinstance(value, list):
        return [_placed_field(v, places) for v in cast(list[object], value)]
    return _placed(value, places) if isinstance(value, ast.expr) else value


class _Builder:
    """Rebuilds a parsed expression from allowed nodes and notes which tags it reads."""

    def __init__(self, tags: TagTable, names: Mapping[str, float]) -> None:
        self._tags = tags
        self._names = names
        self.reads: set[int] = set()
        self.needs_good: set[int] = set()
        self._depth = 0

    def build(self, node: ast.expr) -> ast.expr:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _too_deep()
        built = self._build(node)
        self._depth -= 1
        return built

    def _build(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                return ast.Constant(_constant(value))
            case ast.Name(id="true" | "True"):
                return ast.Constant(1.0)
            case ast.Name(id="false" | "False"):
                return ast.Constant(0.0)
            case ast.Name(id=name) if name in self._names:
                return ast.Constant(_constant(self._names[name]))
            case ast.Name() | ast.Attribute():
                return self._look_up(node, "v")
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                return ast.UnaryOp(node.op, self.build(node.operand))
            case ast.UnaryOp(op=ast.Not()):
                return _as_number(ast.UnaryOp(ast.Not(), self.build(node.operand)))
            case ast.BinOp(op=op) if isinstance(op, _OPERATORS):
                return ast.BinOp(self.build(node.left), op, self.build(node.right))
            case ast.BoolOp():
                return _as_number(ast.BoolOp(node.op, [self.build(v) for v in node.values]))
            case ast.Compare() if all(isinstance(op, _COMPARISONS) for op in node.ops):
                return _as_number(ast.Compare(self.build(node.left), node.ops, [self.build(c) for c in node.comparators]))
            case ast.Call(func=ast.Name(id=name), keywords=[]):
                return self._call(name, node.args)
            case _:
                raise ExpressionError(
                    f"'{ast.unparse(node)}' is not allowed in an expression",
                    "Use tags, numbers, + - * /, comparisons, and, or, not, abs(), min(), max(), good()",
                )

    def _call(self, name: str, args: list[ast.expr]) -> ast.expr:
        if name == "good" and len(args) == 1:
            return _as_number(self._look_up(args[0], "g"))
        if name not in _FUNCTIONS:
            raise ExpressionError(f"there is no function '{name}'", "Use abs(), min(), max() or good()")
        least, most = _FUNCTIONS[name]
        if not least <= len(args) <= most:
            raise ExpressionError(f"{name}() takes {least} to {most} values, {len(args)} given", "Correct the call")
        return ast.Call(ast.Name(name, ast.Load()), [self.build(a) for a in args], [])

    def _look_up(self, node: ast.expr, array: str) -> ast.expr:
        name = ast.unparse(node)
        tag = self._tags.find(name)
        if tag is None:
            raise ExpressionError(f"there is no tag '{name}'", "Correct the name or add the tag to tags.csv")
        if tag.kind is TagKind.STRING and array == "v":
            raise ExpressionError(f"'{name}' is a text", "Expressions work on numbers only")
        self.reads.add(tag.handle)
        if array == "v":
            self.needs_good.add(tag.handle)
        return ast.Subscript(ast.Name(array, ast.Load()), ast.Constant(tag.handle), ast.Load())


def _constant(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ExpressionError("a number is too large", "Correct the number")
    return number


def _too_deep() -> ExpressionError:
    return ExpressionError("the expression is nested too deeply", "Split it into computed tags")


def _as_number(condition: ast.expr) -> ast.expr:
    return ast.IfExp(condition, ast.Constant(1.0), ast.Constant(0.0))
