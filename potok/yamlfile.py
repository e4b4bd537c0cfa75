"""YAML files with the line of every key. The one room that knows yaml."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from line.documents import Document, KeyPath, Problem

MAX_BYTES = 4_000_000
_BOOL = "tag:yaml.org,2002:bool"
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
