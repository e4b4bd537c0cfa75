"""What is OPC UA and what is garbage, whatever the pieces in which it comes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plc_drivers.opcua.stream import HEAD_BYTES, LARGEST_BYTES, StreamCheck

chunks = st.builds(
    lambda kind, final, body: kind + final + (HEAD_BYTES + len(body)).to_bytes(4, "little") + body,
    st.sampled_from([b"ACK", b"ERR", b"OPN", b"CLO", b"MSG"]), st.sampled_from([b"F", b"C", b"A"]), st.binary(max_size=100),
)  # fmt: skip


def fed(data: bytes, cuts: Sequence[int]) -> bytes | None:
    check = StreamCheck()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for begin, end in itertools.pairwise(edges):
        garbage = check.feed(data[begin:end])
        if garbage is not None:
            return garbage
    return None


@given(st.lists(chunks, max_size=5), st.lists(st.integers(0, 10_000), max_size=8))
def test_messages_pass_in_any_pieces(messages: list[bytes], cuts: list[int]) -> None:
    assert fed(b"".join(messages), cuts) is None


@given(st.lists(chunks, max_size=3), st.lists(st.integers(0, 10_000), max_size=8))
def test_what_follows_a_message_and_is_none_is_found_in_any_pieces(messages: list[bytes], cuts: list[int]) -> None:
    garbage = fed(b"".join(messages) + b"HTTP/1.1 400 Bad Request", cuts)
    assert garbage is not None
    assert garbage.startswith(b"HTTP")


@pytest.mark.parametrize(
    "head",
    [b"MSGX\x10\0\0\0", b"MSGF\x07\0\0\0", b"MSGF" + (LARGEST_BYTES + 1).to_bytes(4, "little"), b"HELF\x10\0\0\0", bytes(8)],
)
def test_impossible_heads(head: bytes) -> None:
    assert fed(head, []) == head
