"""XML of BatchML documents: a small tree that knows its lines and what was read of it. No DTD, so no entities and no fetching."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

NAMESPACE: Final = "http://www.mesa.org/xml/B2MML"
"""Of V0701; earlier ones append their version (``-V0600``)."""
BYTES_MAX: Final = 8_000_000
DEPTH_MAX: Final = 120
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmlError(ValueError):
    """No document that can be read; ``line`` from 1, 0 when unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(eq=False)
class Element:
    """An element without its namespace. ``seen`` says that somebody made use of it: what is not seen is reported."""

    tag: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    children: list[Element] = field(default_factory=list["Element"])
    line: int = 0
    seen: bool = False

    def add(self, tag: str, text: str = "", **attributes: str) -> Element:
        """A new child."""
        child = Element(tag, text, attributes)
        self.children.append(child)
        return child

    def all(self, tag: str) -> list[Element]:
        """The children called ``tag``, seen from now on."""
        found = [c for c in self.children if c.tag == tag]
        for child in found:
            child.seen = True
        return found

    def one(self, tag: str) -> Element | None:
        """The first child called ``tag``; further ones stay unseen."""
        child = next((c for c in self.children if c.tag == tag), None)
        if child is not None:
            child.seen = True
        return child

    def value(self, tag: str) -> str:
        """The text of the first child called ``tag``, '' when there is none."""
        child = self.one(tag)
        return child.text.strip() if child is not None else ""

    def unseen(self) -> Iterator[Element]:
        """What nobody made use of: the outermost of each, unless there is nothing in it."""
        for child in self.children:
            if child.seen:
                yield from child.unseen()
            elif child.says():
                yield child

    def says(self) -> bool:
        """Whether there is any text in it."""
        return bool(self.text.strip()) or any(c.says() for c in self.children)


def parse_xml(document: bytes | str) -> Element:
    """The root of a document, in the encoding that it says. Raises :class:`XmlError` for what is no XML, has a DTD or is too
    large or deep."""
    if len(document) > BYTES_MAX:
        raise XmlError("the document is too large")
    raw = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    parser = expat.ParserCreate(None if isinstance(document, bytes) else "utf-8", " ")
    stack: list[Element] = []
    roots: list[Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        own = {k.rsplit(" ", 1)[-1]: v for k, v in attributes.items()}
        element = Element(name.rsplit(" ", 1)[-1], "", own, line=parser.CurrentLineNumber)
        (stack[-1].children if stack else roots).append(element)
        stack.append(element)
        if len(stack) > DEPTH_MAX:
            raise XmlError("the document is nested too deeply", element.line)

    def end(name: str) -> None:
        del name
        stack.pop()

    def words(data: str) -> None:
        if stack:
            stack[-1].text += data

    def doctype(*_: object) -> None:
        raise XmlError("a DTD is not allowed in a BatchML document", parser.CurrentLineNumber)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = words, doctype
    parser.buffer_text = True
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise XmlError(f"no valid XML: {expat.errors.messages.get(error.code, 'unreadable')}", error.lineno) from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows; our own XmlError passes
        raise error if isinstance(error, XmlError) else XmlError(f"no valid XML: {error}") from error
    return roots[0]


def write_xml(root: Element) -> str:
    """The document as text, indented. Raises ValueError for a character that XML cannot hold."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    _write(root, 0, lines, {"xmlns": NAMESPACE})
    return "\n".join(lines) + "\n"


def _write(element: Element, depth: int, lines: list[str], more: dict[str, str]) -> None:
    attributes = "".join(f" {k}={quoteattr(_legal(v))}" for k, v in {**more, **element.attributes}.items())
    blanks = "  " * depth
    if not element.children:
        lines.append(f"{blanks}<{element.tag}{attributes}>{escape(_legal(element.text))}</{element.tag}>")
        return
    lines.append(f"{blanks}<{element.tag}{attributes}>")
    for child in element.children:
        _write(child, depth + 1, lines, {})
    lines.append(f"{blanks}</{element.tag}>")


def _legal(text: str) -> str:
    if _NOT_XML.search(text):
        raise ValueError(f"a text holds a character that XML cannot have: {text!r}")
    return text
