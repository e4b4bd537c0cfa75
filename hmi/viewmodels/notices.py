"""What an escalation tells whoever stands at this panel."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj


@dataclass(frozen=True)
class Notice:
    """One notice: ``run`` is the alarm or the call behind it, ``what`` which of the two, ``contact`` who is meant."""

    id: str
    run: str
    what: str
    contact: Obj
    text: Obj
    told_ns: int


def notices_for(store: LineStore) -> list[Notice]:
    """Notices of what still escalates, newest first: those of the role of who is logged in, all of them while nobody is."""
    view = store.view("escalation")
    running = {wire.text(run, "id"): wire.text(run, "what") for run in wire.objects(view, "runs")}
    found: list[Notice] = []
    for entry in wire.objects(view, "notices"):
        run = wire.text(entry, "run")
        role = wire.text(entry, "role")
        meant = not role or store.user is None or store.user.may(role)
        if run in running and meant:
            found.append(
                Notice(
                    wire.text(entry, "id"), run, running[run], wire.obj(entry, "contact_name"), wire.obj(entry, "text"),
                    wire.integer(entry, "told_ns"),
                )
            )  # fmt: skip
    return sorted(found, key=lambda n: (-n.told_ns, n.id))
