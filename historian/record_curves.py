"""The curves of critical control points: samples over each execution of a phase, with every extreme and with their quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Final, Protocol

from historian.record_facts import Facts
from historian.record_recipe import NodeWords, RecipeWords, WatchWords, resolve
from historian.record_sections import Entry, Run, runs, units_of_measure, verdicts_of
from historian.samples import day_of
from line.messages import Json, JsonObject
from line.quality import is_good

POINTS_MAX: Final = 600
"""About as many points of a curve are kept; of what is thinned the least and the greatest value of every stretch."""


class Curve(Protocol):
    """Samples of one tag, ascending by time (``historian.queries.Trend``)."""

    @property
    def t(self) -> Sequence[int]: ...
    @property
    def v(self) -> Sequence[float | str | None]: ...
    @property
    def q(self) -> Sequence[int]: ...
    @property
    def whole(self) -> bool: ...


class Samples(Protocol):
    """Where the samples come from (``historian.queries.Queries``)."""

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> Mapping[str, Curve]:
        """Samples by tag, thinned so that every extreme stays."""
        ...

    def sample_days(self) -> Set[date]:
        """The days of which there are samples."""
        ...


def ccp(facts: Facts, words: RecipeWords) -> list[Entry]:
    """The judgement on every critical limit, for each execution of its phase."""
    found: list[Entry] = []
    eus = units_of_measure(facts)
    for run in runs(facts, words):
        node = words.nodes.get(run.node)
        for watch in node.watches if node is not None else ():
            if watch.ccp:
                found.append(_judgement(run, watch, facts, words, eus))
    return found


def _judgement(run: Run, watch: WatchWords, facts: Facts, words: RecipeWords, eus: Mapping[str, str]) -> Entry:
    tag = watch.tag.replace("{u}", run.unit)
    entry: Entry = {
        "node": run.node, "name": watch.name, "unit": run.unit, "run": run.number, "tag": tag,
        "when": "end" if watch.at_end else "running",
        "value": None, "lo": resolve(watch.lo, run.values), "hi": resolve(watch.hi, run.values), "eu": eus.get(tag, ""),
        "quality": "",
        "passed": None, "time_ns": None, "deviation": None,
    }  # fmt: skip
    if watch.at_end:
        for event, data in verdicts_of(run, facts, words):
            if data.get("tag") == tag:
                entry |= {k: data.get(k) for k in ("value", "eu", "quality", "passed")} | {"time_ns": event.time_ns}
    elif run.last is not None and run.last.data.get("status") == "complete":
        entry |= {"passed": True, "time_ns": run.to_ns}
    for event in facts.own:
        data = event.data
        if (
            data.get("what") == "deviation"
            and data.get("back") is not True
            and data.get("tag") == tag
            and run.from_seq <= event.seq <= run.to_seq
            and _of_watch(data, watch)
        ):
            if entry["passed"] is not True or not watch.at_end:
                entry |= {k: data.get(k) for k in ("value", "eu", "quality")} | {"passed": False, "time_ns": event.time_ns}
            entry["deviation"] = data.get("number")
    return entry


def _of_watch(data: JsonObject, watch: WatchWords) -> bool:
    """Whether a deviation is of this watch: critical, and with the same kinds of limit."""
    same = (data.get("lo") is None) == (watch.lo is None) and (data.get("hi") is None) == (watch.hi is None)
    return data.get("kind", "ccp") == "ccp" and same


def curves(samples: Samples, facts: Facts, words: RecipeWords) -> list[Entry]:
    """The watched tags of every execution of a phase that has a critical limit."""
    found: list[Entry] = []
    eus = units_of_measure(facts)
    for run in runs(facts, words):
        node = words.nodes.get(run.node)
        if node is None or not node.has_ccp:
            continue
        tags = dict.fromkeys(w.tag.replace("{u}", run.unit) for w in node.watches)
        trends = samples.history(list(tags), run.from_ns, run.to_ns, POINTS_MAX)
        for tag in tags:
            trend = trends[tag]
            found.append({
                **_head(run, tag, node, words, eus), **_extremes(trend.v, trend.q), "t": list(trend.t),
                "v": list(trend.v),
                "q": list(trend.q), "kept": _kept(samples, run, trend),
            })  # fmt: skip
    return found


def _extremes(values: Sequence[float | str | None], codes: Sequence[int]) -> dict[str, Json]:
    """The least and the greatest value of Good quality."""
    good = [v for v, q in zip(values, codes, strict=True) if isinstance(v, float | int) and is_good(q)]
    return {"least": min(good, default=None), "greatest": max(good, default=None)}


def _head(run: Run, tag: str, node: NodeWords, words: RecipeWords, eus: Mapping[str, str]) -> Entry:
    """Limits of the critical watch where there is one, else of the first that has any."""
    watches = sorted((w for w in node.watches if w.tag.replace("{u}", run.unit) == tag), key=lambda w: not w.ccp)
    limited = next((w for w in watches if w.lo is not None or w.hi is not None), watches[0])
    return {
        "node": run.node, "run": run.number, "unit": run.unit, "tag": tag, "name": limited.name,
        "eu": eus.get(tag) or _eu(limited, words),
        "ccp": limited.ccp, "from_ns": run.from_ns, "to_ns": run.to_ns, "lo": resolve(limited.lo, run.values),
        "hi": resolve(limited.hi, run.values),
    }  # fmt: skip


def _eu(watch: WatchWords, words: RecipeWords) -> str:
    """The unit of the parameter that a limit refers to."""
    for limit in (watch.lo, watch.hi):
        if isinstance(limit, str) and limit.startswith("$"):
            return str(words.parameter(limit[1:].split("-")[0].split("+")[0].strip()).get("eu", ""))
    return ""


def _kept(samples: Samples, run: Run, trend: Curve) -> str:
    """Whether the samples of the phase are all there: retention drops whole days."""
    if not trend.t:
        return "none"
    days, day = set[date](), day_of(run.from_ns)
    while day <= day_of(run.to_ns):
        days.add(day)
        day += timedelta(days=1)
    if days - samples.sample_days():
        return "part"
    return "all" if trend.whole else "thinned"
