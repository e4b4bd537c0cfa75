"""Images from stored samples: what was stored stands in them from its time on, and over a gap nothing is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.images import StoredImages
from historian.samples import NS_PER_DAY, SampleBlock, SampleStore
from line.image import Snapshot
from line.quality import Status
from tests.builders import S

START_NS = 20_000 * NS_PER_DAY + 36_000 * S
NAMES = ("A.One", "A.Two", "B.Text")
WAITING = int(Status.BAD_WAITING_FOR_INITIAL_DATA)
BAD = int(Status.BAD_TIMEOUT)

Sample = tuple[float, int, float, int]
"""Second, handle, value, status."""


def stored(folder: Path, samples: Sequence[Sample]) -> StoredImages:
    store = SampleStore(folder / "samples")
    for second, handle, value, status in samples:
        store.add(
            SampleBlock(
                NAMES, np.array([handle]), np.array([START_NS + round(second * S)]), np.array([value]),
                np.array([status], dtype=np.uint32), np.array([False]), {2: "text"} if handle == 2 else {},
            ),
            "",
        )  # fmt: skip
    store.commit(START_NS)
    store.close()
    return StoredImages(folder, S)


def rows(images: Sequence[Snapshot], name: str, source: StoredImages) -> list[tuple[float, float, int]]:
    handle = source.names.index(name)
    return [((i.now_ns - START_NS) / S, float(i.value[handle]), int(i.status[handle])) for i in images]


def test_a_value_stands_from_its_sample_to_the_next(tmp_path: Path) -> None:
    source = stored(tmp_path, [(0, 0, 1.0, 0), (0.4, 1, 7.0, 0), (2, 0, 2.0, BAD), (3, 0, 3.0, 0)])
    images = list(source.images())
    assert rows(images, "A.One", source) == [(0, 1.0, 0), (1, 1.0, 0), (2, 2.0, BAD), (3, 3.0, 0)]
    assert [r[1:] for r in rows(images, "A.Two", source)][1:] == [(7.0, 0)] * 3
    assert np.isnan(rows(images, "A.Two", source)[0][1])
    assert [i.scan for i in images] == [1, 2, 3, 4]
    assert (int(images[3].source_ns[0]) - START_NS) / S == 3


def test_a_text_has_no_number_but_a_quality(tmp_path: Path) -> None:
    source = stored(tmp_path, [(0, 0, 1.0, 0), (0, 2, np.nan, 0), (1, 0, 2.0, 0)])
    images = list(source.images())
    assert all(np.isnan(r[1]) and r[2] == 0 for r in rows(images, "B.Text", source))


def test_nothing_is_known_over_a_gap(tmp_path: Path) -> None:
    source = stored(tmp_path, [(0, 0, 1.0, 0), (1, 1, 5.0, 0), (5000, 0, 2.0, 0), (5001, 0, 3.0, 0)])
    images = list(source.images())
    seconds = [r[0] for r in rows(images, "A.One", source)]
    assert seconds == [0, 1, 2, 5000, 5001]
    assert rows(images, "A.One", source)[2] == (2, 1.0, WAITING)
    assert rows(images, "A.Two", source)[-1] == (5001, 5.0, WAITING), "not stored again since the gap"
    assert rows(images, "A.One", source)[-1] == (5001, 3.0, 0)
    assert source.gaps == 1
    assert [i.scan for i in images] == [1, 2, 3, 4, 5]


def test_days_follow_one_another(tmp_path: Path) -> None:
    midnight_s = (NS_PER_DAY - 36_000 * S) / S
    source = stored(tmp_path, [(midnight_s - 1, 0, 1.0, 0), (midnight_s + 1, 0, 2.0, 0), (midnight_s + 1, 1, 3.0, 0)])
    images = list(source.images())
    assert [r[:2] for r in rows(images, "A.One", source)] == [(midnight_s - 1, 1.0), (midnight_s, 1.0), (midnight_s + 1, 2.0)]
    assert len(list((tmp_path / "samples").glob("*.db"))) == 2


def test_a_folder_without_samples_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no samples"):
        StoredImages(tmp_path, S)


@settings(max_examples=30, deadline=None)
@given(samples=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 1), st.floats(-50, 50), st.sampled_from([0, BAD])),
                        min_size=1, max_size=30, unique_by=lambda s: (s[0], s[1])))  # fmt: skip
def test_every_image_shows_the_newest_sample_of_every_tag(
    tmp_path_factory: pytest.TempPathFactory, samples: list[tuple[int, int, float, int]]
) -> None:
    source = stored(tmp_path_factory.mktemp("images"), [(float(s), h, v, q) for s, h, v, q in samples])
    images = list(source.images())
    first, last = min(s[0] for s in samples), max(s[0] for s in samples)
    assert [i.now_ns for i in images] == [START_NS + s * S for s in range(first, last + 1)]
    for image in images:
        for handle, name in enumerate(NAMES[:2]):
            past = [s for s in samples if s[1] == handle and START_NS + s[0] * S <= image.now_ns]
            if name in source.names:
                here = source.names.index(name)
                wanted = max(past)[3] if past else WAITING
                assert int(image.status[here]) == wanted
                assert not past or float(image.value[here]) == max(past)[2]
