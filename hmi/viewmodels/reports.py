"""Which reports the panel can show, where each comes from, and in which forms it can be saved. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from hmi.viewmodels.wire import Obj


@dataclass(frozen=True)
class Source:
    """A report: ``pages`` is the route of its blocks, ``files`` ending → route of what is saved; ``stem`` begins a file's name.

    ``back`` is the page (key, argument) that it belongs to; a ``guarded`` report needs a login.
    """

    kind: str
    id: str
    pages: str
    files: dict[str, str]
    stem: str
    back: tuple[str, str]
    params: Obj = field(default_factory=dict)
    guarded: bool = False


def source_of(argument: str) -> Source | None:
    """``shift/ID``, ``minutes/LOT`` or ``recall/LOT``; a word alone is a shift. None for nothing."""
    kind, slash, about = argument.partition("/")
    if not slash:
        kind, about = "shift", kind
    if not about:
        return None
    if kind == "minutes":
        route = f"/api/lots/{about.replace('/', '_')}/minutes"
        return Source(kind, about, f"{route}/pages", {"json": route}, f"minutes-{about}", ("lot", about))
    if kind == "recall":
        files = {"csv": "/api/recall.csv", "pdf": "/api/recall.pdf"}
        return Source(kind, about, "/api/recall/pages", files, f"recall-{about}", ("lot", about), {"lot": about}, guarded=True)
    route = f"/api/shifts/{about}"
    files = {"json": f"{route}/document", "pdf": f"{route}/document.pdf"}
    return Source("shift", about, f"{route}/pages", files, f"shift-{about}", ("shift", f"reports/{about}"))
