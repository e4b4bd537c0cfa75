"""``production.yaml`` → :class:`ProductionPlan`, with every fault of the file found in one run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from line.clock import NS_PER_S
from line.documents import Document, FileModel, KeyPath, Problem, Text, validate
from line.tags import TagKind, TagTable
from production.plan import LOSS_OF, NO_TAG, Category, Loss, Machine, ProductionPlan, Reason, RequestKind
from production.stops_states import WORDS

KEYS_IN: Final = "docs/oee.md"
_NUMBERS: Final = frozenset({TagKind.FLOAT, TagKind.INT})
_STATES: Final = frozenset({TagKind.ENUM, TagKind.INT})
_FLAGS: Final = frozenset({TagKind.BOOL})

Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class MachineEntry(FileModel):
    """A unit whose stops are watched."""

    kind: Literal["packml", "phase"]
    state: str
    good: str = ""
    reject: str = ""
    total: str = ""
    reason: str = ""
    starved: str = ""
    blocked: str = ""
    rate_per_min: dict[str, Rate] = Field(default_factory=dict[str, float])
    rate_per_h: dict[str, Rate] = Field(default_factory=dict[str, float])
    stop_reasons: dict[int, str] = Field(default_factory=dict[int, str])
    state_reasons: dict[str, str] = Field(default_factory=dict[str, str])


class ReasonEntry(FileModel):
    """A reason, or a branch with ``reasons`` below it, which inherit category and loss."""

    code: Code
    name: Text
    category: Category | None = None
    loss: Loss | None = None
    reasons: tuple[ReasonEntry, ...] = ()


class RequestEntry(FileModel):
    """A kind of service request."""

    name: Text


class ProductionFile(FileModel):
    """``production.yaml``."""

    keys_in = KEYS_IN
    constraint: str
    stop_threshold_s: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    machines: dict[str, MachineEntry]
    reasons: tuple[ReasonEntry, ...]
    requests: dict[Code, RequestEntry] = Field(default_factory=dict[str, RequestEntry])


def load_production(
    document: Document, tags: TagTable, units: Collection[str], recipes: Collection[str] | None = None
) -> tuple[ProductionPlan | None, list[Problem]]:
    """The plan of ``document``, or every fault in it. ``recipes``: ids that rates may name; None: they are not judged."""
    file, problems = validate(ProductionFile, document)
    if file is None:
        return None, sorted(set(problems))
    loader = _Loader(document, file, tags, units, recipes)
    plan = loader.load()
    return (None if loader.problems else plan), sorted(set(loader.problems))


class _Loader:
    """What pydantic does not see: names that do not exist, codes that stand twice."""

    def __init__(
        self, document: Document, file: ProductionFile, tags: TagTable, units: Collection[str], recipes: Collection[str] | None
    ) -> None:
        self._document = document
        self._file = file
        self._tags = tags
        self._units = units
        self._recipes = recipes
        self.problems: list[Problem] = []

    def load(self) -> ProductionPlan:
        reasons: dict[str, Reason] = {}
        for path, reason in self._walk(self._file.reasons, ("reasons",), "", None, None):
            if reason.code in reasons:
                self._fault((*path, "code"), f"the reason '{reason.code}' stands twice", "Give every reason a code of its own")
            reasons[reason.code] = reason
        if not self._file.reasons:
            self._fault(("reasons",), "there is no reason for a stop", "Add one at least: {code: ..., name: ..., category: ...}")
        machines = tuple(self._machine(u, e, reasons) for u, e in self._file.machines.items())
        if self._file.constraint not in self._file.machines:
            known = ", ".join(self._file.machines)
            self._fault(("constraint",), f"'{self._file.constraint}' is none of the machines", f"Name one of them: {known}")
        requests = {i: RequestKind(i, e.name) for i, e in self._file.requests.items()}
        threshold_ns = round(self._file.stop_threshold_s * NS_PER_S)
        return ProductionPlan(machines, self._file.constraint, threshold_ns, reasons, requests)

    def _fault(self, path: KeyPath, message: str, remedy: str) -> None:
        self.problems.append(self._document.problem(path, message, remedy))

    def _walk(
        self, entries: tuple[ReasonEntry, ...], path: KeyPath, parent: str, category: Category | None, loss: Loss | None
    ) -> Iterator[tuple[KeyPath, Reason]]:
        for i, entry in enumerate(entries):
            here: KeyPath = (*path, i)
            its = entry.category or category
            if its is None:
                words = ", ".join(Category)
                self._fault(here, f"the reason '{entry.code}' has no category", f"Add category: one of {words}")
                its = Category.ORGANISATIONAL
            stated = entry.loss or (None if entry.category is not None else loss)
            yield here, Reason(entry.code, entry.name, its, stated or LOSS_OF[its], parent, not entry.reasons)
            yield from self._walk(entry.reasons, (*here, "reasons"), entry.code, its, stated)

    def _machine(self, unit: str, entry: MachineEntry, reasons: Mapping[str, Reason]) -> Machine:
        path: KeyPath = ("machines", unit)
        if unit not in self._units:
            self._fault(path, f"there is no unit '{unit}'", "Name a unit of line.yaml")
        if entry.reject and entry.total:
            self._fault((*path, "total"), "reject and total are both given", "Keep one: the other follows from good")
        if (entry.reject or entry.total) and not entry.good:
            self._fault(path, "there is no counter of good items", "Add good: a counter tag")
        if entry.rate_per_min and entry.rate_per_h:
            self._fault((*path, "rate_per_h"), "the planned rate is given twice", "Keep rate_per_min or rate_per_h")
        per_s = 1.0 / (60.0 if entry.rate_per_min else 3600.0)
        key = "rate_per_min" if entry.rate_per_min else "rate_per_h"
        rates = {p: rate * per_s for p, rate in (entry.rate_per_min or entry.rate_per_h).items()}
        for product in rates:
            if product != "default" and self._recipes is not None and product not in self._recipes:
                known = ", ".join(sorted(self._recipes))
                self._fault((*path, key, product), f"there is no recipe '{product}'", f"Name one of {known}, or default")
        for number, code in entry.stop_reasons.items():
            self._code((*path, "stop_reasons", number), code, reasons)
            if number == 0:
                self._fault((*path, "stop_reasons", number), "number 0 is no reason", "A machine says 0 when nothing stops it")
        for word, code in entry.state_reasons.items():
            self._code((*path, "state_reasons", word), code, reasons)
            if word not in WORDS[entry.kind].values():
                known = ", ".join(WORDS[entry.kind].values())
                self._fault((*path, "state_reasons", word), f"'{word}' is no state of a {entry.kind} machine", f"Use {known}")
        return Machine(
            unit, entry.kind,
            state=self._tag(path, "state", entry.state, _STATES),
            good=self._tag(path, "good", entry.good, _NUMBERS),
            reject=self._tag(path, "reject", entry.reject, _NUMBERS),
            total=self._tag(path, "total", entry.total, _NUMBERS),
            reason=self._tag(path, "reason", entry.reason, _STATES),
            starved=self._tag(path, "starved", entry.starved, _FLAGS),
            blocked=self._tag(path, "blocked", entry.blocked, _FLAGS),
            rate=rates.get("default"),
            rates={p: r for p, r in rates.items() if p != "default"},
            by_number=entry.stop_reasons,
            by_state=entry.state_reasons,
        )  # fmt: skip

    def _code(self, path: KeyPath, code: str, reasons: Mapping[str, Reason]) -> None:
        reason = reasons.get(code)
        if reason is None:
            self._fault(path, f"there is no reason '{code}'", "Name a code of the tree under reasons")
        elif not reason.leaf:
            self._fault(path, f"'{code}' is a branch of the tree", "Name one of the reasons below it")

    def _tag(self, path: KeyPath, key: str, name: str, kinds: frozenset[TagKind]) -> int:
        if not name:
            if key == "state":
                self._fault((*path, key), "no tag is named", "Name the tag with the machine's state")
            return NO_TAG
        tag = self._tags.find(name)
        if tag is None:
            self._fault((*path, key), f"there is no tag '{name}'", "Name a tag of tags.csv")
            return NO_TAG
        if tag.kind not in kinds:
            wanted = " or ".join(sorted(kinds))
            self._fault((*path, key), f"{name} is of kind {tag.kind}", f"Name a tag of kind {wanted}")
        return tag.handle
