"""Damaged files: what was committed and can be read is in the new file, the damaged one is kept, and people are told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from historian.journal import Journal, open_journal, verify_chain
from historian.queries import Queries
from historian.samples import SampleBlock, SampleStore, day_files
from historian.writer import JournalWriter
from line.clock import ManualClock
from line.messages import Event, JsonObject
from tests.builders import T0_NS, S
from tests.waiting import wait_for

PAGE = 4096
COUNT = 2000


def journal(folder: Path, count: int = COUNT) -> Path:
    path = folder / "journal.db"
    with closing(Journal(path)) as made:
        for first in range(1, count + 1, 100):
            events = [Event(n, T0_NS + n, "alarm", f"A{n}", data={"n": n, "text": "т" * 50}) for n in range(first, first + 100)]
            made.append(events, {"stage": {"seq": first + 99}})
    return path


def page_of(path: Path, table: str, last: bool) -> int:
    """A leaf page of a table: the first or the last in the order of its keys."""
    with closing(sqlite3.connect(path)) as db:
        sql = f"SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path {'DESC' if last else ''} LIMIT 1"
        return cast(tuple[int], db.execute(sql, (table,)).fetchone())[0]


def overwrite(path: Path, page: int, text: bytes = b"\xff") -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write((text * PAGE)[:PAGE])


def seqs(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as db:
        return [r[0] for r in db.execute("SELECT seq FROM events ORDER BY seq").fetchall()]


def test_a_journal_damaged_at_its_end(tmp_path: Path) -> None:
    path = journal(tmp_path)
    overwrite(path, page_of(path, "events", last=True))
    opened, salvaged = open_journal(path, T0_NS)
    assert salvaged is not None
    assert (salvaged.file, salvaged.lost) == ("journal.db", ["events"])
    kept = seqs(path)
    assert kept == list(range(1, len(kept) + 1)), "all before the damage"
    assert COUNT - 40 < len(kept) < COUNT
    assert opened.last_seq() == COUNT, "numbers that were told to others are not used again"
    assert opened.load_states() == {"stage": {"seq": COUNT}}
    opened.append([Event(COUNT + 1, T0_NS, "alarm", "next")])
    opened.close()
    assert verify_chain(path) == (False, len(kept) + 1), "and the chain shows what is missing"
    assert (tmp_path / salvaged.kept_as).read_bytes().count(b"\xff" * PAGE) == 1, "the damaged file is kept as it was"
    again, none = open_journal(path, T0_NS)
    again.close()
    assert none is None


def test_a_journal_that_was_cut_off(tmp_path: Path) -> None:
    path = journal(tmp_path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size * 2 // 3)
    opened, salvaged = open_journal(path, T0_NS)
    opened.close()
    assert salvaged is not None
    kept = seqs(path)
    assert len(kept) > COUNT // 3
    assert kept[:100] == list(range(1, 101))


def test_damage_in_two_places_leaves_the_middle(tmp_path: Path) -> None:
    path = journal(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        pages = [r[0] for r in db.execute("SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' ORDER BY path")]
    overwrite(path, pages[len(pages) // 4])
    overwrite(path, pages[3 * len(pages) // 4])
    overwrite(path, page_of(path, "states", last=True))
    opened, salvaged = open_journal(path, T0_NS)
    opened.close()
    assert salvaged is not None
    kept = seqs(path)
    assert len(kept) >= COUNT - 80
    assert {1, COUNT // 2, COUNT} <= set(kept)
    assert verify_chain(path)[0] is False


def test_a_journal_that_is_no_database_at_all(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"\x00\x01garbage" * 5000)
    opened, salvaged = open_journal(path, T0_NS)
    assert salvaged is not None
    assert salvaged.lost == ["all"]
    assert opened.last_seq() == 0
    opened.append([Event(1, T0_NS, "alarm", "x")])
    opened.close()
    assert verify_chain(path) == (True, None)


def test_a_salvage_that_was_killed_before_its_last_step_is_finished(tmp_path: Path) -> None:
    path = journal(tmp_path)
    path.replace(tmp_path / "journal.salvaged")  # the damaged file is away, the new one has not its name yet
    opened, salvaged = open_journal(path, T0_NS)
    assert (opened.last_seq(), salvaged) == (COUNT, None)
    opened.close()


def test_the_writer_goes_on_and_tells(tmp_path: Path) -> None:
    path = journal(tmp_path)
    overwrite(path, page_of(path, "events", last=True))
    w = JournalWriter(path, tmp_path / "samples", ManualClock(T0_NS))
    assert w.last_seq == COUNT
    ((what, data),) = w.take_notices()
    assert what == "history_damaged"
    assert cast(JsonObject, data)["file"] == "journal.db"
    w.submit_events([Event(COUNT + 1, T0_NS, "system", "engine", data={"what": what, **data})])
    assert w.close()
    (told,) = Queries(tmp_path).events_after(COUNT, 10)
    assert told.data["kept_as"] in {p.name for p in tmp_path.iterdir()}


def test_damage_that_is_met_while_writing(tmp_path: Path) -> None:
    path = journal(tmp_path)
    overwrite(path, page_of(path, "events_kind_time", last=True))
    w = JournalWriter(path, tmp_path / "samples", ManualClock(T0_NS))
    assert w.take_notices() == [], "an index is not looked at"
    w.submit_events([Event(COUNT + 1, T0_NS + COUNT + 1, "alarm", "next")])
    wait_for(lambda: w.backlog().events == 0, what="the new file")
    assert w.close()
    assert [what for what, _ in w.take_notices()][:2] == ["history_failing", "history_damaged"]
    assert verify_chain(path) == (True, None), "no event was lost with the index"
    assert Queries(tmp_path).events_after(COUNT, 10, "alarm")[0].source == "next"


def series(tag: int, first: int, count: int) -> SampleBlock:
    times = T0_NS + S * np.arange(first, first + count, dtype=np.int64)
    return SampleBlock(["A", "B", "C"], np.full(count, tag), times, np.arange(first, first + count, dtype=np.float64),
                       np.zeros(count, np.uint32), np.zeros(count, np.bool_), {})  # fmt: skip


def damaged_day(folder: Path) -> tuple[SampleStore, Path]:
    store = SampleStore(folder / "samples")
    for tag in range(3):
        store.add(series(tag, 0, 4000), "s-1")
    store.commit(T0_NS)
    store.roll(lambda: True)
    store.close()
    return SampleStore(folder / "samples"), day_files(folder / "samples")[0][1]


@pytest.mark.parametrize("last", [False, True])
def test_a_damaged_day_is_made_anew_and_written_on(tmp_path: Path, last: bool) -> None:
    store, path = damaged_day(tmp_path)
    overwrite(path, page_of(path, "samples", last=last))
    for tag in range(3):
        store.add(series(tag, 4000, 200), "s-1")
    store.commit(T0_NS + S)
    store.close()
    counts = Queries(tmp_path).sample_counts()
    assert counts["B"] == 4200
    assert 3 * 4200 - 150 < sum(counts.values()) < 3 * 4200, "a page of samples is gone"
    trend = Queries(tmp_path).history(["B"], T0_NS, T0_NS + 5000 * S, 100)["B"]
    assert (trend.v[0], trend.v[-1]) == (0.0, 4199.0)
    (salvaged,) = store.salvaged
    assert salvaged.lost == ["samples"]
    assert path.with_name(salvaged.kept_as).exists()
    assert [p for _, p in day_files(tmp_path / "samples")] == [path], "what is kept aside is no day"


def test_names_of_tags_are_read_from_their_index(tmp_path: Path) -> None:
    store, path = damaged_day(tmp_path)
    overwrite(path, page_of(path, "tags", last=True))
    store.add(series(0, 4000, 10), "s-1")
    store.commit(T0_NS + S)
    store.close()
    assert len(store.salvaged) == 1
    assert Queries(tmp_path).sample_counts() == {"A": 4010, "B": 4000, "C": 4000}


def test_batches_that_were_lost_do_not_get_their_numbers_again(tmp_path: Path) -> None:
    store, path = damaged_day(tmp_path)
    overwrite(path, page_of(path, "batches", last=True))
    store.add(series(0, 4000, 10), "s-1")
    store.commit(T0_NS + S)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        (newest,) = db.execute("SELECT max(batch) FROM samples").fetchone()
        (highest,) = db.execute("SELECT max(batch) FROM samples WHERE time_ns < ?", (T0_NS + 4000 * S,)).fetchone()
    assert newest > highest


def test_a_damaged_day_is_a_gap_in_a_trend_and_hides_no_other_day(tmp_path: Path) -> None:
    with closing(SampleStore(tmp_path / "samples")) as store:
        for day in range(3):
            store.add(series(0, day * 86_400, 100), "s-1")
        store.commit(T0_NS)
    days = day_files(tmp_path / "samples")
    days[1][1].write_bytes(b"garbage" * 3000)
    trend = Queries(tmp_path).history(["A"], T0_NS, T0_NS + 4 * 86_400 * S, 1000)["A"]
    assert trend.v == [*map(float, range(100)), None, *map(float, range(2 * 86_400, 2 * 86_400 + 100))]
