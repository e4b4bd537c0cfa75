"""What a person does who writes into the shift log: a draft, its photo sent ahead, the command, its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.commands import Pending, reasons_of
from hmi.viewmodels.shift_log import Draft
from hmi.viewmodels.wire import Obj
from hmi.widgets.photos import PhotoStore

PHOTO_REPLY: Final = "log.upload"
TAKEN: Final = frozenset({"accepted", "confirmed", "done"})
WAITING: Final = frozenset({"sending", "received"})


class LogDesk:
    """Keeps the draft of an entry and that of a correction until they are taken, whatever happens to dialogs and the server.

    ``taken`` is called with a draft that the line has. ``said`` is what keeps it back.
    """

    def __init__(self, context: PanelContext, photos: PhotoStore, taken: Callable[[Draft], None]) -> None:
        self.context, self.photos, self._taken = context, photos, taken
        self.new = Draft()
        self.fix: Draft | None = None
        self.said = ""
        self._sending: Draft | None = None
        self._sent: tuple[str, str, int] | None = None
        self._step = ""
        context.on_reply[PHOTO_REPLY] = self._uploaded

    def take_over(self, before: LogDesk) -> None:
        """The window was built anew: go on with what ``before`` has."""
        self.new, self.fix, self.said = before.new, before.fix, before.said
        if before._step in ("photo", "command"):
            self._sending, self._sent, self._step = before._sending, before._sent, before._step

    def correct(self, of: str, text: str) -> Draft:
        """The draft of a correction: the one that was begun, or a fresh one with the text as it stands."""
        if self.fix is None or self.fix.of != of:
            self.fix = Draft(of=of, text=text)
        return self.fix

    @property
    def busy(self) -> bool:
        """Something is on its way."""
        if self._step == "command":
            pending = self._pending()
            return pending is not None and pending.state in WAITING
        return self._step == "photo"

    def state_words(self) -> str:
        """What is on its way, or keeps the draft back."""
        if self._step == "photo":
            return translate("ShiftLog", "The photo is being sent…")
        if self.busy:
            return translate("ShiftLog", "Sent, waiting for the answer…")
        return f"✕ {self.said}" if self.said else ""

    # ---- sending ----------------------------------------------------------------------------------------------------------

    def send(self, draft: Draft) -> None:
        """Send it: the photo first, for which somebody must be logged in."""
        if self.busy or draft.missing():
            return
        self.said, self._sending = "", draft
        if draft.photo is None or draft.stored:
            self._command(draft)
        elif self.context.store.user is None:
            self._log_in()
        else:
            self._upload(draft)

    def _log_in(self) -> None:
        self._step = "login"
        opened = self.context.log_in()
        if opened is not None:
            opened.rejected.connect(self._not_logged_in)

    def _not_logged_in(self) -> None:
        if self._step == "login":
            self._step, self._sending = "", None

    def _upload(self, draft: Draft) -> None:
        if draft.photo is not None:
            self._step = "photo"
            self.context.port.upload("/api/attachments", draft.photo.content, PHOTO_REPLY)

    def _uploaded(self, reply: Obj) -> None:
        draft = self._sending
        if self._step != "photo" or draft is None or draft.photo is None:
            return
        self._step = ""
        status, data = wire.integer(reply, "status"), wire.obj(reply, "data")
        photo = wire.text(data, "photo")
        if status == 201 and photo:
            draft.stored = photo
            self.photos.keep(photo, draft.photo.content)
            self._command(draft)
        elif status == 401:
            self._log_in()
        else:
            why = "; ".join(t for r in reasons_of(data) if (t := self.context.store.text(r)))
            gone = translate("ShiftLog", "the server does not answer. Touch again")
            text = translate("ShiftLog", "The photo is not stored: {why}")
            self.said = text.format(why=why or (gone if not status else f"HTTP {status}"))

    def _command(self, draft: Draft) -> None:
        kind, target, args = draft.command()
        before = self.context.book.last(kind, target)
        self._sent = (kind, target, before.local if before is not None else 0)
        self._step = "command"
        self.context.command(kind, target, args, draft.reason)

    def _pending(self) -> Pending | None:
        if self._sent is None:
            return None
        kind, target, before = self._sent
        last = self.context.book.last(kind, target)
        return last if last is not None and last.local > before else None

    def follow(self) -> None:
        """Go on where the login or an answer has come."""
        draft = self._sending
        if draft is None:
            return
        user = self.context.store.user
        if self._step == "login" and user is not None and not user.must_change_password:
            self._upload(draft)
        pending = self._pending() if self._step == "command" else None
        if pending is None or pending.state in WAITING:
            return
        self._step, self._sending, self._sent = "", None, None
        if pending.state in TAKEN:
            if draft is self.new:
                self.new = Draft()
            elif draft is self.fix:
                self.fix = None
            self._taken(draft)
        elif pending.state == "timed_out":
            self.said = translate("ShiftLog", "No answer. Look into the log before you write it again.")
        else:
            why = "; ".join(t for r in pending.reasons if (t := self.context.store.text(r))) or pending.error
            self.said = why or translate("ShiftLog", "Not sent: no connection to the server")
