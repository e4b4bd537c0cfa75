"""What the library of recipes says of a version in a few words."""

from __future__ import annotations

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.format import clock_minutes, date_text
from hmi.viewmodels.recipes import Version
from hmi.viewmodels.units import Chip
from hmi.viewmodels.wire import Obj


def status_chip(version: Version) -> Chip:
    """Where a version stands, in a word."""
    if version.returned is not None:
        return Chip(translate("Recipes", "sent back"), "wait")
    words = {
        "draft": translate("Recipes", "draft"), "in_review": translate("Recipes", "in review"),
        "approved": translate("Recipes", "approved"), "obsolete": translate("Recipes", "obsolete"),
    }  # fmt: skip
    styles = {"approved": "run", "obsolete": "off", "in_review": "manual"}
    return Chip(words.get(version.status, version.status), styles.get(version.status, "plain"))


def returned_text(version: Version) -> str:
    """Why a version came back from review; '' when nobody sent it back."""
    back = version.returned
    if back is None:
        return ""
    when = f"{date_text(back.time_ns)} {clock_minutes(back.time_ns)}"
    return translate("Recipes", "Sent back by {user}, {when}: {reason}").format(user=back.user, when=when, reason=back.reason)


def refusal(context: PanelContext, reply: Obj, otherwise: str) -> str:
    """Why the server did not do what it was asked for; ``otherwise`` where it does not say."""
    data = wire.obj(reply, "data")
    said = dict.fromkeys(context.store.text(r) for r in (*wire.objects(data, "reasons"), wire.obj(data, "error")))
    return "; ".join(t for t in said if t) or otherwise
