"""Options of OPC UA tags, and where potok check finds fault with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.tags import TagKind
from plc_drivers.opcua.check import check_tags
from plc_drivers.opcua.options import Deadband, TagOptions, check_options, parse_options
from tests.builders import tag


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, TagOptions()),
        ({"sampling": "100", "queue": "10"}, TagOptions(100.0, 10)),
        ({"sampling": "0"}, TagOptions(0.0)),
        ({"deadband": "0.5"}, TagOptions(deadband=Deadband(0.5))),
        ({"deadband": "2%"}, TagOptions(deadband=Deadband(2.0, percent=True))),
        ({"index": "3"}, TagOptions(index=3)),
        ({"index": "1", "field": "Motor.Speed"}, TagOptions(index=1, path=("Motor", "Speed"))),
        ({"field": "Скорость"}, TagOptions(path=("Скорость",))),
    ],
)
def test_options(options: dict[str, str], expected: TagOptions) -> None:
    assert parse_options(options) == (expected, [])
    assert check_options(replace(tag("T"), options=options)) == []


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"order": "cdab"}, "knows no option 'order': it has sampling, queue"),
        ({"sampling": "fast"}, "sampling=fast: 'fast' is not a time in milliseconds"),
        ({"sampling": "-1"}, "is not a time"),
        ({"sampling": "nan"}, "is not a time"),
        ({"queue": "0"}, "queue=0: '0' is not a whole number from 1 to 10000"),
        ({"queue": "2.5"}, "is not a whole number"),
        ({"deadband": "101%"}, "is not a percentage from 0 to 100"),
        ({"deadband": "%"}, "is not a percentage"),
        ({"deadband": "-0.1"}, "is not a number"),
        ({"index": "-1"}, "is not a whole number"),
        ({"index": "1:3"}, "is not a whole number"),
        ({"field": ".A"}, "names no member"),
        ({"field": "A..B"}, "names no member"),
    ],
)
def test_a_wrong_option_says_what_is_wrong(options: dict[str, str], part: str) -> None:
    [fault] = check_options(replace(tag("T"), options=options))
    assert part in fault
    assert parse_options(options)[0] == TagOptions()


def test_what_does_not_go_together() -> None:
    assert "kind is bool" in check_options(replace(tag("T", kind=TagKind.BOOL), options={"deadband": "1"}))[0]
    assert "do not go together" in check_options(replace(tag("T"), options={"deadband": "1", "field": "A"}))[0]
    assert "cannot be written" in check_options(replace(tag("T", writable=True), options={"field": "A"}))[0]


@given(st.dictionaries(st.sampled_from(["sampling", "queue", "deadband", "index", "field", "x"]), st.text(min_size=1)))
def test_no_option_raises(options: dict[str, str]) -> None:
    found, faults = parse_options(options)
    assert found.queue >= 1
    assert len(faults) <= len(options)


def test_two_tags_may_share_a_node_but_not_a_value() -> None:
    def element(name: str, handle: int, **options: str) -> object:
        return replace(tag(name, handle, address="s=Array"), options=options)

    tags = [element("A", 0, index="0"), element("B", 1, index="1"), element("C", 2, index="1")]
    [(name, message, remedy)] = check_tags(tags, "tags.csv")  # pyright: ignore[reportArgumentType]
    assert (name, message) == ("C", "the node s=Array belongs to B already")
    assert remedy


def test_check_names_address_and_options() -> None:
    bad = replace(tag("T", address="ns=2;s=X"), options={"queue": "0"})
    options, address = check_tags([bad], "tags.csv")
    assert options[1].startswith("queue=0")
    assert "by its index" in address[1]
