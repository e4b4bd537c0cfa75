"""The panel's window: strip, navigation, pages, the bar that says when the server is gone, messages to the operator."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from hmi.context import PanelContext, Port, ReplyHandler
from hmi.pages import PAGES, Pages
from hmi.pages.base import Page
from hmi.pages.batch import BatchPage
from hmi.pages.calls import CallsPage
from hmi.pages.tabbed import TabbedPage
from hmi.rail import Rail
from hmi.session import SessionDesk
from hmi.sound import Mute, Voice
from hmi.strip import Strip
from hmi.texts import LANGUAGES, Languages, translate
from hmi.theme import PALETTES, Look, scale_for, style_sheet
from hmi.toldbar import ToldBar
from hmi.viewmodels import wire
from hmi.viewmodels.badges import badges
from hmi.viewmodels.commands import CommandBook, Pending
from hmi.viewmodels.format import duration_text
from hmi.viewmodels.sound import Sounder
from hmi.viewmodels.store import LineStore, Link
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import LoginDialog, label
from hmi.widgets.notice import Notice
from line.clock import NS_PER_S, Clock

REFRESH_MS: Final = 250
BLINK_TICKS: Final = 2
NOTICE_NS: Final = 8 * NS_PER_S
IDLE_LOGOUT_NS: Final = 10 * 60 * NS_PER_S
HISTORY_S: Final = 1800
HISTORY_POINTS: Final = 300


class PanelWindow(QMainWindow):
    """One panel. Feed it messages with :meth:`receive`; it asks the server through ``port``."""

    def __init__(
        self, store: LineStore, port: Port, clock: Clock, languages: Languages, *, theme: str = "day", size: QSize | None = None,
        voice: Voice | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._languages = languages
        self._voice: Voice = voice or Mute()
        self._sounder = Sounder()
        look = Look(PALETTES[theme])
        self._handlers: dict[str, ReplyHandler] = {}
        self.context = PanelContext(store, look, CommandBook(), port, clock, self.command, self.navigate, self._handlers,
                                    lambda: self._voice.state, self.open_login)  # fmt: skip
        self._seen_revision = -1
        self._ticks = 0
        self._page = "overview"
        self._argument = ""
        self._notice_until_ns = 0
        self._last_touch_ns = clock.monotonic_ns()
        self._history_asked = False
        self.desk = SessionDesk(self, self.context, self._send, self.say)
        self.pages = Pages(self.context)
        self.setWindowTitle("Potok")
        self.setMinimumSize(800, 500)
        wanted = size or QSize(1280, 800)
        look.scale = scale_for(wanted.width(), wanted.height())
        self._build()
        self.resize(wanted)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    # ---- construction -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        context = self.context
        self.setStyleSheet(style_sheet(context.look))
        root = QWidget()
        root.setObjectName("root")
        outer = QVBoxLayout(root)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.strip = Strip(context, self.desk.touched)
        outer.addWidget(self.strip)
        lower = QHBoxLayout()
        lower.setSpacing(0)
        self.rail = Rail(context.look, PAGES)
        self.rail.chosen.connect(lambda key: self.navigate(key, ""))
        self.rail.language_switched.connect(self.switch_language)
        self.rail.theme_switched.connect(self.switch_theme)
        lower.addWidget(self.rail)
        right = QVBoxLayout()
        right.setSpacing(0)
        self.gone = label("", "notice")
        self.gone.setVisible(False)
        self.told = ToldBar(context)
        self.stack = QStackedWidget()
        self.locked = self._locked_bar()
        right.addWidget(self.gone)
        right.addWidget(self.locked)
        right.addWidget(self.told)
        right.addWidget(self.stack, 1)
        lower.addLayout(right, 1)
        outer.addLayout(lower, 1)
        self.notice = Notice(root, context.look)
        before, self.pages = self.pages, Pages(context, self.stack)
        for key, old in before.built.items():
            self.pages[key].take_over(old)
        self.setCentralWidget(root)
        self.retranslate()
        self.navigate(self._page, self._argument)

    def _locked_bar(self) -> QFrame:
        bar = QFrame()
        bar.setObjectName("locked")
        px = self.context.look.px
        row = QHBoxLayout(bar)
        row.setContentsMargins(px(12), px(4), px(12), px(4))
        self.locked_text = label("", "strong", wrap=True)
        row.addWidget(self.locked_text, 1)
        self.locked_button = button("", self.desk.touched_locked, role="primary")
        row.addWidget(self.locked_button)
        bar.setVisible(False)
        return bar

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        scale = scale_for(self.width(), self.height())
        if abs(scale - self.context.look.scale) > 0.04:
            self.context.look.scale = scale
            self._build()

    # ---- messages ---------------------------------------------------------------------------------------------------

    def receive(self, message: Obj) -> None:
        """One message of the net client, in the GUI's thread."""
        context = self.context
        clock = context.clock
        kind = wire.text(message, "type")
        context.store.apply(message, mono_ns=clock.monotonic_ns(), now_ns=clock.now_ns())
        if kind == "event":
            event = wire.obj(message, "event")
            if wire.text(event, "kind") == "command":
                context.book.event(wire.obj(event, "data"))
        elif kind == "command_reply":
            context.book.reply(
                wire.integer(message, "local"),
                wire.integer(message, "status"),
                wire.obj(message, "body"),
                wire.text(message, "error"),
            )
        elif kind == "session":
            self._session()
        elif kind == "login_failed":
            self.desk.login_failed(message)
        elif kind == "password_changed":
            self.desk.password_changed()
        elif kind == "password_failed":
            self.desk.password_failed(message)
        elif kind == "reply":
            handler = self._handlers.get(wire.text(message, "reply_to"))
            if handler is not None:
                handler(message)
        elif kind == "connected":
            self._history_asked = False
        self._ask_history()

    def _ask_history(self) -> None:
        store = self.context.store
        if self._history_asked or not store.ready or not store.live:
            return
        self._history_asked = True
        tags = [k.tag for u in store.units() for k in u.key_values]
        now_ns = self.context.now_ns()
        self.context.port.history(tags, now_ns - HISTORY_S * NS_PER_S, now_ns, HISTORY_POINTS)

    # ---- clockwork --------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Four times a second: ages, blinking, and the visible page when something is new."""
        context = self.context
        mono_ns = context.clock.monotonic_ns()
        context.store.tick(mono_ns)
        context.book.tick(mono_ns)
        for pending in context.book.take_news():
            self._tell(pending)
        if self._notice_until_ns and mono_ns > self._notice_until_ns:
            self.say("")
        if context.store.user is not None and mono_ns - self._last_touch_ns > IDLE_LOGOUT_NS:
            context.port.logout()
            self._last_touch_ns = mono_ns
        self._ticks += 1
        if self._ticks % BLINK_TICKS == 0:
            context.look.blink_on = not context.look.blink_on
        tone = self._sounder.look(context.store, mono_ns)
        if tone:
            self._voice.play(tone)
        self.refresh(force=self._ticks % 4 == 0)

    def refresh(self, *, force: bool = True) -> None:
        """Repaint what is new: strip and bar always, the visible page when the store moved on or ``force``."""
        store = self.context.store
        self._refresh_bar()
        self.told.shown = self._shown()
        shown = self.page
        self.told.stops_shown = self._page == "shift" and isinstance(shown, TabbedPage) and shown.tabs.current == "stops"
        self.told.refresh()
        self.strip.unit = self._argument if self._page == "unit" else ""
        self.strip.refresh()
        entry = next(e for e in PAGES if e.key == self._page)
        self.rail.refresh(entry.parent or entry.key, badges(store))
        blink = self._ticks % BLINK_TICKS == 0
        if force or blink or store.revision != self._seen_revision:
            self._seen_revision = store.revision
            self.pages[self._page].refresh()

    def _shown(self) -> tuple[str, str]:
        """The batch or request that is before the eyes, with its page: that page says itself what it asks for."""
        page = self.page
        if isinstance(page, BatchPage):
            batch = page.batch()
            return self._page, batch.id if batch is not None else ""
        return self._page, page.request_shown if isinstance(page, CallsPage) else ""

    def _refresh_bar(self) -> None:
        store = self.context.store
        age = duration_text(store.age_s(self.context.clock.now_ns()))
        texts = {
            Link.LIVE: "",
            Link.CONNECTING: translate("Frame", "Connecting to the server…"),
            Link.SERVER_LOST: translate("Frame", "No connection to the server. What you see is {age} old. Trying again…"),
            Link.ENGINE_DOWN: translate("Frame", "The line engine is not running. What you see is {age} old."),
        }
        text = texts[store.link].format(age=age)
        if text != self.gone.text():
            self.gone.setText(text)
        self.gone.setVisible(bool(text))
        user = store.user
        self.locked.setVisible(store.live and user is not None and user.must_change_password)

    # ---- commands ---------------------------------------------------------------------------------------------------

    def command(self, kind: str, target: str, args: Obj, reason: str = "", sign: Obj | None = None) -> None:
        """Send a command, after a login when nobody is logged in, and after the change of a first password."""
        context = self.context
        pending = context.book.open(kind, target, args, context.clock.monotonic_ns(), waiting=True)
        self.desk.pass_on(pending, reason, sign)

    def _send(self, pending: Pending, reason: str, sign: Obj | None) -> None:
        context = self.context
        context.book.sent(pending.local, context.clock.monotonic_ns())
        context.port.submit(pending.local, pending.kind, pending.target, pending.args, reason, sign)
        self.refresh()

    def _tell(self, pending: Pending) -> None:
        why = "; ".join(t for r in pending.reasons if (t := self.context.store.text(r))) or pending.error
        texts = {
            "refused": translate("Frame", "Refused: {why}"),
            "timed_out": translate("Frame", "Not confirmed: the line did not answer in time. {why}"),
            "failed": translate("Frame", "Not sent: {why}"),
        }
        if pending.state == "failed" and not why:
            why = translate("Frame", "no connection to the server")
        if pending.state in texts:
            self.say(texts[pending.state].format(why=why or ("" if pending.state == "timed_out" else "—")).strip())

    def say(self, text: str) -> None:
        """Show a message over the page for some seconds; empty takes it away."""
        self.notice.say(text)
        self._notice_until_ns = self.context.clock.monotonic_ns() + NOTICE_NS if text else 0

    # ---- user -------------------------------------------------------------------------------------------------------

    def open_login(self) -> LoginDialog:
        """Open the login dialog (the one that is open already, if any)."""
        return self.desk.open_login()

    def _session(self) -> None:
        self._last_touch_ns = self.context.clock.monotonic_ns()
        self.desk.session()

    # ---- pages, language, theme -------------------------------------------------------------------------------------

    def navigate(self, key: str, argument: str) -> None:
        """Show a page; an unknown key is ignored (a page that is not built in)."""
        if key not in self.pages:
            return
        page = self.pages[key]
        self._page, self._argument = key, argument
        page.open_at(argument)
        self.stack.setCurrentWidget(page)
        self.refresh()

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self.pages[self._page]

    def switch_language(self) -> None:
        """The other language."""
        current = LANGUAGES.index(self.context.store.language)
        self.use_language(LANGUAGES[(current + 1) % len(LANGUAGES)])

    def use_language(self, language: str) -> None:
        """Switch the panel's texts and the line's."""
        self.context.store.language = language
        self._languages.use(language)

    def switch_theme(self) -> None:
        """Day to night and back."""
        self.use_theme("night" if self.context.look.palette.name == "day" else "day")

    def use_theme(self, theme: str) -> None:
        """Take another palette."""
        self.context.look.palette = PALETTES[theme]
        self.setStyleSheet(style_sheet(self.context.look))
        for page in self.pages.built.values():
            page.apply_look()
        self.refresh()
        self.update()

    def retranslate(self) -> None:
        """Every fixed text of frame and pages."""
        self._retranslate_frame()
        for page in self.pages.built.values():
            page.retranslate()

    def _retranslate_frame(self) -> None:
        self.strip.retranslate()
        self.told.retranslate()
        self.locked_text.setText(translate("Frame", "Only looking is allowed until you change your first password."))
        self.locked_button.setText(translate("Frame", "Change password"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange and self.pages.built:
            self._retranslate_frame()
            self.refresh()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress, QEvent.Type.TouchBegin):
            self._last_touch_ns = self.context.clock.monotonic_ns()
        return False

    def close_down(self) -> None:
        """Stop the clockwork; the caller stops the net client."""
        self._timer.stop()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self.close()


def labels_of(widget: QWidget) -> list[str]:
    """Every text of labels that are visible, for tests."""
    flags = Qt.FindChildOption.FindChildrenRecursively
    return [c.text() for c in widget.findChildren(QLabel, options=flags) if c.isVisible()]
