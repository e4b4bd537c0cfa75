"""YAML files with the line of every key. The one room that knows yaml."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from line.documents import Document, KeyPath, Problem

MAX_BYTES = 4_000_000
_BOOL = "tag:yaml.org,2002:bool"
_STR = "tag:yaml.org,2002:str"
_PLAIN_TEXT = re.compile(r"[\w$°«(.](?:[\w$@. /°«»()+*<>=%-]*[\w$/°«»()+*<>=%-])?")
_PLAIN = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


def read_yaml(path: Path, name: str | None = None) -> tuple[Document | None, list[Problem]]:
    """Read a YAML file into plain data plus positions; ``name`` is what problems call the file (default: its path)."""
    file = name or str(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, [Problem(file, 0, "", "the file does not exist", "Create it, or correct its name or that of its folder")]
    except OSError as error:
        return None, [Problem(file, 0, "", f"the file cannot be read ({error.strerror})", "Check its rights")]
    if len(raw) > MAX_BYTES:
        return None, [Problem(file, 0, "", f"the file has {len(raw)} bytes", f"Keep it under {MAX_BYTES}")]
    try:
        return parse_yaml(raw.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return None, [Problem(file, line, "", "the text is not UTF-8", "Save the file as UTF-8")]


def parse_yaml(text: str, file: str) -> tuple[Document | None, list[Problem]]:
    """Parse YAML text; duplicate keys, aliases and tags beyond plain data are faults."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return None, [Problem(file, line, "", f"not valid YAML: {error.problem}", "Check indentation, colons and quotes")]
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return None, [Problem(file, line, "", f"not valid YAML: {error.reason}", "Remove the control character")]
    except yaml.YAMLError as error:
        return None, [Problem(file, 0, "", f"not valid YAML: {error}", "Check the characters of the file")]
    except RecursionError:
        return None, [Problem(file, 0, "", "the file is nested too deeply", "Check brackets and indentation")]
    if node is None:
        return None, [Problem(file, 1, "", "the file is empty", "Write its keys")]
    reader = _Reader(file)
    data = reader.value(node, ())
    if reader.problems:
        return None, reader.problems
    return Document(file, data, reader.lines), []


def replace_scalars(text: str, changes: Mapping[KeyPath, float | str | bool]) -> str:
    """``text`` with single values replaced in place; comments, order and layout stay as they were written.

    Raises ValueError when the text is no plain YAML, or where a path leads to no single value.
    """
    document, problems = parse_yaml(text, "text")
    if document is None:
        raise ValueError(str(problems[0]))
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    spans: list[tuple[int, int, str]] = []
    for path, value in changes.items():
        node = _node(root, path)
        if not isinstance(node, yaml.ScalarNode) or (isinstance(value, float) and not math.isfinite(value)):
            raise ValueError(f"'{'.'.join(str(k) for k in path)}' is no single value of the file")
        spans.append((node.start_mark.index, node.end_mark.index, _scalar_text(value)))
    for start, end, written in sorted(spans, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def _node(node: yaml.Node | None, path: KeyPath) -> yaml.Node | None:
    for key in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for name, value in node.value if name.value == key), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and 0 <= key < len(node.value):
            node = node.value[key]
        else:
            return None
    return node


def to_yaml(data: Mapping[str, Any], *, width: int = 130) -> str:
    """``data`` (mappings with words as keys, lists, numbers, texts, truths, null) as a file that people can go on writing.

    What fits into a line stands in one, top-level keys of several lines are set apart; reading it gives ``data`` again.
    Raises ValueError for a number that is not finite and for other types.
    """
    parts: list[str] = []
    for key, value in data.items():
        lines = _entry_lines(f"{_word(key)}:", value, 0, width)
        apart = bool(parts) and (len(lines) > 1 or "\n" in parts[-1])
        parts.append(("\n" if apart else "") + "\n".join(lines))
    return "\n".join(parts) + "\n" if parts else "{}\n"


def _entry_lines(head: str, value: Any, indent: int, width: int) -> list[str]:
    """The lines of ``head`` (a key or a hyphen) with its value, in one line where it fits."""
    blanks = " " * indent
    if not isinstance(value, Mapping | list | tuple) or not value:
        return [f"{blanks}{head} {_flow(value)}"]
    line = f"{blanks}{head} {_flow(value)}"
    if len(line) <= width and _is_small(value):
        return [line]
    if head == "-" and isinstance(value, Mapping):
        lines = [row for k, v in value.items() for row in _entry_lines(f"{_word(k)}:", v, indent + 2, width)]
        return [f"{blanks}- {lines[0][indent + 2 :]}", *lines[1:]]
    if isinstance(value, Mapping):
        below = [row for k, v in value.items() for row in _entry_lines(f"{_word(k)}:", v, indent + 2, width)]
    else:
        below = [row for v in value for row in _entry_lines("-", v, indent + 2, width)]
    return [f"{blanks}{head}", *below]


def _is_small(value: Any) -> bool:
    """Whether it reads well in one line: a list or mapping whose parts are single values or at most texts in two languages."""
    if not isinstance(value, Mapping | list | tuple):
        return True
    parts = list(value.values()) if isinstance(value, Mapping) else list(value)
    if isinstance(value, Mapping) and all(isinstance(v, Mapping) for v in parts):
        return False
    return all(not isinstance(p, Mapping | list | tuple) or _is_flat(p) for p in parts)


def _is_flat(value: Any) -> bool:
    parts = list(value.values()) if isinstance(value, Mapping) else list(value)
    return all(not isinstance(p, Mapping | list | tuple) for p in parts)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return _word(value) if isinstance(value, str) else _bare(value)


def _bare(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return _scalar_text(value)
    raise ValueError(f"{value!r} cannot be written into a file")


def _word(text: object) -> str:
    """A text without quotes where YAML reads the same text then, else with them."""
    if not isinstance(text, str):
        return _bare(text)
    plain = _PLAIN_TEXT.fullmatch(text) and yaml.SafeLoader("").resolve(yaml.ScalarNode, text, (True, False)) == _STR
    return text if plain else _scalar_text(text)


def _scalar_text(value: float | str | bool) -> str:
    """As it is written within a line: JSON's strings are YAML's, in block and flow style alike."""
    if isinstance(value, float):
        digits, mark, exponent = repr(value).partition("e")
        return digits + (".0" if mark and "." not in digits else "") + mark + exponent  # 1e+22 would be a text
    written = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in written)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._scalars = yaml.SafeLoader("")
        self._seen: set[int] = set()
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        if id(node) in self._seen:  # a node that comes twice is an alias; a few of them can unfold to gigabytes
            line = self.lines.get(path) or self.lines.get(path[:-1], 0)  # the node itself stands where its anchor is
            self._fault(line, path, "this value is used again by an alias", "Write the value out in each place")
            return None
        self.lines.setdefault(path, _line(node))
        self._seen.add(id(node))
        if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN:
            self._fault(_line(node), path, f"'{node.tag}' is no plain data", "Remove the tag")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _scalar(self, node: yaml.Node, path: KeyPath) -> Any:
        remedy = "Write a number, a text in quotes, true or false"
        if node.tag == _BOOL and node.value.lower() not in ("true", "false"):
            return node.value  # as YAML 1.2 and editors have it: `on` is a key of recipes, `no` an answer
        try:
            value = self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            what = error.problem if isinstance(error, yaml.MarkedYAMLError) else str(error)
            self._fault(_line(node), path, f"'{node.value}' cannot be read: {what}", remedy)
            return None
        if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
            self._fault(_line(node), path, "the text holds half a character", "Write the character itself, or its whole escape")
            return None
        if not isinstance(value, str | int | float | None):
            self._fault(_line(node), path, f"'{node.value}' is read as a {type(value).__name__}", remedy)
            return None
        return value

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.tag == "tag:yaml.org,2002:merge":
                self._fault(_line(key_node), path, "keys cannot be merged with '<<'", "Write the keys out in each place")
                continue
            faults = len(self.problems)
            key = self._scalar(key_node, path) if isinstance(key_node, yaml.ScalarNode) else None
            if len(self.problems) > faults:
                continue
            if not isinstance(key, str | int) or isinstance(key, bool):
                self._fault(_line(key_node), path, "a key must be a word or a number", "Put quotes around it")
                continue
            if key in result:
                self._fault(_line(key_node), (*path, key), f"the key '{key}' stands twice", "Remove one of the two")
            self.lines[(*path, key)] = _line(key_node)
            result[key] = self.value(value_node, (*path, key))
        return result

    def _fault(self, line: int, path: KeyPath, message: str, remedy: str) -> None:
        key = ".".join(str(k) for k in path)
        self.problems.append(Problem(self._file, line, key, message, remedy))


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
