"""One message to one address. The only room that knows ``apprise``, which it imports at the first message: it is heavy.

The library answers True or False; why not, it only tells its log. So its log is read here, line by line and per thread, and
goes nowhere else, nor does that of the HTTP client under it: they name hosts, users, tokens and whole messages.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from line.documents import Text
from notify.contacts import Address
from notify.reasons import NO_KIND, NOT_TAKEN, reason_of

if TYPE_CHECKING:
    from apprise import NotifyBase

_log = logging.getLogger("potok.notify")

_LIBRARY: Final = "apprise"
_TALKATIVE: Final = (_LIBRARY, "urllib3", "requests")
"""Loggers that name whole addresses, tokens with them: their words end here."""

_LINES: Final = 200
_LINE_LENGTH: Final = 2000


@dataclass(frozen=True)
class Letter:
    """What is said: plain text, in the language of the contact."""

    title: str
    body: str
    urgent: bool = True


@dataclass(frozen=True)
class Outcome:
    """What came of one send; ``reason`` says why it was not taken, ``kind`` names the service."""

    delivered: bool
    kind: str
    reason: Text = NOT_TAKEN


class _Said(logging.Handler):
    """Keeps what the library logs in a thread that listens, and drops the rest."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._kept = threading.local()

    def begin(self) -> None:
        self._kept.lines = []

    def end(self) -> list[str]:
        lines: list[str] = self._kept.lines
        del self._kept.lines
        return lines

    def emit(self, record: logging.LogRecord) -> None:
        lines: list[str] | None = getattr(self._kept, "lines", None)
        if lines is not None and len(lines) < _LINES:
            lines.append(record.getMessage()[:_LINE_LENGTH])


_said = _Said()
_loading = threading.Lock()
_loaded = False


def _load() -> None:
    """Import the library with all of its services, once: about 0.2 s and 40 MB."""
    global _loaded
    with _loading:
        if _loaded:
            return
        for name in _TALKATIVE:
            log = logging.getLogger(name)
            log.addHandler(_said if name == _LIBRARY else logging.NullHandler())
            log.setLevel(logging.DEBUG if name == _LIBRARY else logging.CRITICAL)
            log.propagate = False
        import apprise

        apprise.Apprise.instantiate("json://127.0.0.1")  # reads all services in, which is not made for several threads at once
        _loaded = True


def service_of(address: Address) -> str:
    """What the address reaches, in the library's words ('E-Mail', 'Telegram'), or '' when it is none that could be used."""
    _load()
    _said.begin()
    try:
        plugin = _plugin(address)
    finally:
        _said.end()
    return str(plugin.service_name) if plugin is not None else ""


def send(address: Address, letter: Letter) -> Outcome:
    """Send, and wait until the service has taken it or not. Blocks up to the service's own time-outs; never raises.

    The reason holds nothing of the address but its kind.
    """
    kind = address.kind
    try:
        _load()
        _said.begin()
        try:
            plugin = _plugin(address)
            if plugin is None:
                return Outcome(False, kind, NO_KIND)
            taken = _notify(plugin, letter)
        finally:
            said = _said.end()
    except Exception as error:  # a fault of one of the library's many services costs that message only
        text = f"{type(error).__name__}: {error}"
        _log.error("the service of %s failed: %s", address, address.hide(text))
        return Outcome(False, kind, reason_of([text], address.hide))
    return Outcome(True, kind) if taken else Outcome(False, kind, reason_of(said, address.hide))


def _plugin(address: Address) -> NotifyBase | None:
    from apprise import Apprise, AppriseAsset

    # A redirect is not followed: with it a POST becomes a GET, which arrives somewhere and brings no message.
    asset = AppriseAsset(app_id="Potok", app_desc="Potok", app_url="", http_redirects=False)
    return Apprise.instantiate(address.url, asset=asset)


def _notify(plugin: NotifyBase, letter: Letter) -> bool:
    from apprise import NotifyFormat, NotifyType

    kind = NotifyType.FAILURE if letter.urgent else NotifyType.WARNING
    return bool(plugin.notify(body=letter.body, title=letter.title, notify_type=kind, body_format=NotifyFormat.TEXT))
