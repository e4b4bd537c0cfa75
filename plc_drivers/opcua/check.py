"""Faults of the tags of an OPC UA device that show without the server."""

from __future__ import annotations

from collections.abc import Iterable

from line.tags import TagDef
from plc_drivers.opcua.codec import NodeAddress, parse_node
from plc_drivers.opcua.options import check_options, parse_options

Place = tuple[NodeAddress, int | None, tuple[str, ...]]


def check_tags(tags: Iterable[TagDef], file: str) -> list[tuple[str, str, str]]:
    """Tag, what is wrong, what to do: addresses, options, and two tags on one value."""
    findings: list[tuple[str, str, str]] = []
    seen: dict[Place, str] = {}
    for tag in tags:
        findings += [(tag.name, fault, f"Correct the column options in {file}") for fault in check_options(tag)]
        try:
            address = parse_node(tag.address)
        except ValueError as error:
            findings.append((tag.name, str(error), f"Correct the column address in {file}"))
            continue
        options, _ = parse_options(tag.options)
        place = (address, options.index, options.path)
        if place in seen:
            findings.append((tag.name, f"the node {tag.address} belongs to {seen[place]} already", "Remove one of the two tags"))
        seen.setdefault(place, tag.name)
    return findings
