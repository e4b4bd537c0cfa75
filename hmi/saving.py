"""Files that the server makes for a person: fetched into the folder for documents, and told of in words that can be acted on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.commands import reasons_of
from hmi.viewmodels.format import file_stamp, number_text
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj


def documents() -> Path:
    """The folder for the person's documents; their home where the system names none."""
    named = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(named) if named else Path.home()


def why_failed(status: int, *, disk: bool = False, full: bool = False, file: Path | None = None) -> str:
    """Why a request with this status (0: no answer) failed; ``disk`` says that it was ``file`` that could not be written,
    ``full`` that there was no room for it."""
    if status:
        return translate("Saving", "the server answers with error {status}").format(status=status)
    if full and file is not None:
        return translate("Saving", "no room on the disk with the folder {folder}").format(folder=file.parent)
    if disk and file is not None:
        return translate("Saving", "the folder {folder} cannot be written to").format(folder=file.parent)
    return translate("Saving", "no connection to the server. Press again when it is back")


def failure_words(reply: Obj, file: Path | None = None) -> str:
    """:func:`why_failed` of an answer."""
    data = wire.obj(reply, "data")
    return why_failed(wire.integer(reply, "status"), disk=data.get("disk") is True, full=data.get("full") is True, file=file)


def said_by_server(store: LineStore, data: Obj) -> str:
    """Its own words for what it refused; empty where it gave none."""
    return "; ".join(t for r in reasons_of(data) if (t := store.text(r)))


class SavedFile:
    """One file at a time; ``words`` say that it is being saved, where it is, or why not, and ``changed`` that they are new."""

    def __init__(self, context: PanelContext, reply_to: str, changed: Callable[[], None]) -> None:
        self._context, self._reply_to, self._changed = context, reply_to, changed
        self.file: Path | None = None
        self.words = ""
        self.failed = False
        self._done: Callable[[], None] | None = None
        context.on_reply[reply_to] = self._take

    @property
    def busy(self) -> bool:
        """True until the answer has come."""
        return self.file is not None

    def save(
        self, path: str, params: Obj, stem: str, suffix: str, folder: Path | None = None, done: Callable[[], None] | None = None
    ) -> None:
        """Fetch ``path`` into ``STEM-TIME.SUFFIX`` and call ``done`` when it is there; nothing while one is under way."""
        if self.busy:
            return
        name = stem.replace("/", "_")
        self.file = (folder or documents()) / f"{name}-{file_stamp(self._context.now_ns())}.{suffix}"
        self.words, self.failed, self._done = translate("Saving", "Saving…"), False, done
        self._context.port.download(path, params, self.file, self._reply_to)
        self._changed()

    def forget(self) -> None:
        """Take the words away: something else is shown."""
        self.words, self.failed = "", False

    def _take(self, reply: Obj) -> None:
        file, self.file = self.file, None
        self.failed = wire.integer(reply, "status") != 200
        if self.failed:
            self.words = "✕ " + translate("Saving", "Not saved: {why}").format(
                why=said_by_server(self._context.store, wire.obj(reply, "data")) or failure_words(reply, file)
            )
        else:
            size = number_text(wire.integer(wire.obj(reply, "data"), "bytes") / 1024, 0, self._context.store.language)
            self.words = translate("Saving", "Saved, {n} KB: {file}").format(n=size, file=file)
            if self._done is not None:
                self._done()
        self._changed()
