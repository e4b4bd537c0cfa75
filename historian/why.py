"""Why is it so: any output, hold, refusal, alarm or state traced back through the journal to what caused it (docs/why.md).

Each link of a chain is one event with a sentence for an operator and with what a program needs (recipe, node, key, file,
command). The newest cause stands first; where the journal says no more, the last link says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from historian.database import open_reader
from historian.journal import JOURNAL_VERSION
from historian.record_recipe import NO_NAME, Words
from historian.why_names import Names
from historian.why_trail import Trail
from line.messages import Event, Json, JsonObject

STEPS_MAX: Final = 30
"""A chain that is longer goes round in circles."""


_ENDS: Final = ("start", "command", "interlock", "deviation", "link", "system", "alarm", "end")
"""What an answer ends with, besides the newest cause."""


@dataclass(frozen=True)
class Link:
    """One step: the event it was read from (None where it is about what the journal does not hold)."""

    kind: str
    text: Words
    event: Event | None = None
    ref: JsonObject = field(default_factory=dict[str, Json])

    def to_json(self) -> dict[str, Json]:
        """As the API gives it."""
        time_ns, seq = (self.event.time_ns, self.event.seq) if self.event is not None else (None, None)
        return {"time_ns": time_ns, "seq": seq, "kind": self.kind, "text": self.text, "ref": self.ref}


def why(journal: Path, target: str, at_ns: int | None = None, names: Names | None = None) -> JsonObject:
    """The chain behind ``target`` (tag, unit, batch, alarm or command id) as it stood at ``at_ns`` (None: now).

    ``{"target", "what", "at_ns", "answer": {ru, en}, "chain": [{time_ns, seq, kind, text, ref}]}``. Raises sqlite3.Error for a
    journal that cannot be read.
    """
    from historian.why_answers import Explainer  # it builds links, so it knows this module

    db = open_reader(journal, JOURNAL_VERSION)
    if db is None:
        links: Sequence[Link] = [Link("end", both("Журнал пуст.", "The journal is empty."))]
        return _answer(target, "", at_ns or 0, links)
    with closing(db):
        db.execute("BEGIN")  # one view while the writer goes on
        trail = Trail(db, at_ns)
        what, links = Explainer(trail, names or Names()).explain(target)
        return _answer(target, what, trail.at_ns, links[:STEPS_MAX])


def both(ru: str, en: str) -> Words:
    """A text in both languages; a name that ends with a full stop ends a sentence as well."""
    return {k: v[:-1] if v.endswith("..") else v for k, v in (("ru", ru), ("en", en))}


def _answer(target: str, what: str, at_ns: int, links: Sequence[Link]) -> JsonObject:
    """The first cause, and who or what stands at the end of the chain."""
    texts = [links[0].text] if links else [NO_NAME]
    started = [k for k in links if k.kind == "start"]
    last = next((k for k in (*started, *reversed(links)) if k.kind in _ENDS), None)
    if last is not None and last is not links[0]:
        texts.append(last.text)
    answer = {k: " ".join(str(t[k]) for t in texts) for k in ("ru", "en")}
    return {"target": target, "what": what, "at_ns": at_ns, "answer": answer, "chain": [link.to_json() for link in links]}
