"""The permanent strip: alarms by priority, the worst unacknowledged one with its button, user, shift, clock, links."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages.shift_handover_words import task_words
from hmi.rolenames import ROLE_NAMES
from hmi.texts import translate
from hmi.theme import STRIP_HEIGHT, Look
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import alarm_value
from hmi.viewmodels.alarms import AlarmRow, alarm_rows, counts, horn_on, silenced, worst_unacked
from hmi.viewmodels.asks import Ask, asks_of
from hmi.viewmodels.batches import batch_label, batches
from hmi.viewmodels.format import NO_VALUE, clock_text, duration_text, hours_text, number_text
from hmi.viewmodels.handover import task_of
from hmi.viewmodels.store import LineStore, Link
from hmi.widgets import draw
from hmi.widgets.buttons import IconButton, button
from hmi.widgets.calldialog import CallDialog
from hmi.widgets.dialogs import label
from hmi.widgets.painted import Painted
from line.clock import NS_PER_S

BACKLOG_TOLD: Final = 1000
"""From so many waiting points on the strip tells the number also while InfluxDB answers."""


class Counts(Painted):
    """The four symbols with how many alarms of each stand."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.counts: dict[int, int] = {}
        self.known = False
        self.setFixedWidth(self._lefts()[-1])
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_counts(self, numbers: dict[int, int], known: bool) -> None:
        """Show these; not ``known`` puts a question mark before each."""
        if (numbers, known) != (self.counts, self.known):
            self.counts, self.known = numbers, known
            self.setFixedWidth(self._lefts()[-1])
            self.changed()

    def _lefts(self) -> list[int]:
        """Left edges of the four symbols with their numbers, and the right edge of the last: a flood brings more digits."""
        px, metrics = self.look.px, QFontMetricsF(self.look.font(15, 600))
        lefts = [px(4)]
        for text in self.spoken():
            lefts.append(lefts[-1] + max(px(45), ceil(px(24) + metrics.horizontalAdvance(text) + px(8))))
        return lefts

    def paint(self, p: QPainter, rect: QRectF) -> None:
        px, lefts = self.look.px, self._lefts()
        for i, text in enumerate(self.spoken()):
            left = lefts[i]
            draw.symbol(p, QRectF(left, rect.center().y() - px(10), px(20), px(20)), i + 1, self.look)
            box = QRectF(left + px(24), 0, lefts[i + 1] - left - px(24), rect.height())
            draw.write(p, box, text, self.look.font(15, 600), self.look.colour("ink"))

    def spoken(self) -> list[str]:
        return [str(self.counts.get(n, 0)) if self.known else "?" for n in (1, 2, 3, 4)]


class Banner(Painted):
    """The worst unacknowledged alarm in words."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.priority = 0
        self.head = ""
        self.line = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_alarm(self, priority: int, head: str, line: str) -> None:
        """Show an alarm; priority 0 shows the texts alone."""
        if (priority, head, line) != (self.priority, self.head, self.line) or priority:
            self.priority, self.head, self.line = priority, head, line
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(360), self.look.px(48))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(160), self.look.px(48))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        px, look = self.look.px, self.look
        left = rect.x() + px(4)
        if self.priority:
            size = px(30)
            box = QRectF(left, rect.center().y() - size / 2, size, size)
            draw.symbol(p, box, self.priority, look, filled=look.blink_on)
            left += size + px(9)
        upper = QRectF(left, rect.center().y() - px(20), rect.right() - left, px(20))
        if not self.line:
            upper.moveTop(rect.center().y() - px(10))
        draw.write_fitting(
            p, upper, self.head, look, 15, 700 if self.priority else 400, look.colour("ink" if self.priority else "label")
        )
        draw.write(p, upper.translated(0, px(20)), self.line, look.font(12.5), look.colour("label"))

    def spoken(self) -> list[str]:
        return [self.head, self.line]


class Links(Painted):
    """Clock above, one dot and name per connection below: filled is up, crossed is down."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.clock = ""
        self.links: list[tuple[str, bool | None]] = []
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_links(self, clock: str, links: list[tuple[str, bool | None]]) -> None:
        """Show the time and (name, up) pairs; None is not known."""
        if (clock, links) != (self.clock, self.links):
            renamed = links != self.links
            self.clock, self.links = clock, links
            if renamed:
                self.updateGeometry()
            self.changed()

    def sizeHint(self) -> QSize:
        fonts = {True: QFontMetricsF(self.look.font(12)), False: QFontMetricsF(self.look.font(12, 700))}
        width = sum(fonts[up is True].horizontalAdvance(n) + self.look.px(20) for n, up in self.links) + self.look.px(14)
        return QSize(max(self.look.px(130), round(width)), self.look.px(STRIP_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        px, look = self.look.px, self.look
        draw.write(p, QRectF(px(9), px(10), rect.width(), px(26)), self.clock, look.font(20, 600), look.colour("ink"))
        x, y = float(px(10)), px(47)
        for name, up in self.links:
            dot = QRectF(x, y - px(4), px(8), px(8))
            p.setPen(QPen(look.colour("ink"), 1.5 * look.scale))
            p.setBrush(look.colour("running") if up else look.colour("strip"))
            p.drawEllipse(dot)
            if up is not True:
                p.drawLine(dot.topLeft(), dot.bottomRight())
                p.drawLine(dot.topRight(), dot.bottomLeft())
            x += px(12)
            weight = look.font(12, 400 if up else 700)
            draw.write(p, QRectF(x, y - px(9), rect.right() - x, px(18)), name, weight, look.colour("label" if up else "ink"))
            x += QFontMetricsF(weight).horizontalAdvance(name) + px(8)

    def spoken(self) -> list[str]:
        return [self.clock, *(n if up else f"✕ {n}" for n, up in self.links)]


class Strip(QWidget):
    """The whole strip; ``on_user`` is called with the user cell when that is touched."""

    def __init__(self, context: PanelContext, on_user: Callable[[QWidget], None]) -> None:
        super().__init__()
        self.context = context
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        look = context.look
        self.setFixedHeight(look.px(STRIP_HEIGHT))
        row = QHBoxLayout(self)
        row.setContentsMargins(look.px(10), 0, 0, 0)
        row.setSpacing(look.px(8))
        self.counts = Counts(look)
        self.counts.clicked.connect(lambda: context.navigate("alarms", ""))
        self.banner = Banner(look)
        self.banner.clicked.connect(self._open_alarm)
        self.ack = button("", self._acknowledge, role="primary")
        self.ack.setMinimumWidth(look.px(126))
        self.silence = IconButton(look, "horn_off")
        self.call = IconButton(look, "call")
        self.call.clicked.connect(lambda *_: self.open_call())
        self.silence.clicked.connect(lambda *_: context.command("alarm.silence", "", {}))
        row.addWidget(self.counts)
        row.addWidget(self.banner, 1)
        row.addWidget(self.ack)
        row.addWidget(self.silence)
        row.addWidget(self.call)
        self.user_name = label("", "strong")
        self.user_role = label("", "small")
        self.user_cell = self._cell(self.user_name, self.user_role, lambda: on_user(self.user_cell))
        row.addWidget(self.user_cell)
        self.shift_name = label("", "strong")
        self.shift_batches = label("", "small")
        row.addWidget(self._cell(self.shift_name, self.shift_batches, self._open_shift))
        self.links = Links(look)
        self.links.clicked.connect(lambda: context.navigate("links", ""))
        cell = QFrame()
        cell.setObjectName("stripcell")
        inner = QHBoxLayout(cell)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.links)
        row.addWidget(cell)
        row.setSpacing(look.px(6))
        self._worst: AlarmRow | None = None
        self._asked: Ask | None = None
        self._handover = False
        self.unit = ""
        """The unit whose page is open, for a call."""

    def _cell(self, upper: QWidget, lower: QWidget, slot: Callable[[], None]) -> QFrame:
        cell = StripCell(slot)
        px = self.context.look.px
        column = QVBoxLayout(cell)
        column.setContentsMargins(px(9), px(8), px(9), px(8))
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(upper)
        column.addWidget(lower)
        column.addStretch(1)
        return cell

    def _acknowledge(self) -> None:
        if self._worst is not None:
            worst = self._worst
            self.context.command("alarm.ack", "", {"alarms": [worst.id], "as_of": {worst.id: worst.time_ns}})

    def open_call(self) -> None:
        """Call for help, to the unit whose page is open."""
        CallDialog(self.context, self.unit, self.window()).open()

    def _open_alarm(self) -> None:
        self.context.navigate("alarms", self._worst.id if self._worst else "")

    def _open_shift(self) -> None:
        """The batch or request that waits for somebody, or the hand-over, whichever is told; else the shift."""
        if self._handover:
            self.context.navigate("shift", "handover")
        elif self._asked is not None:
            self.context.navigate(self._asked.page, self._asked.argument)
        else:
            self.context.navigate("shift", "")

    def retranslate(self) -> None:
        """Fixed texts."""
        self.ack.setText(translate("Strip", "Acknowledge"))
        self.silence.setAccessibleName(translate("Strip", "Silence the horn"))
        self.silence.setToolTip("")
        self.call.setAccessibleName(translate("Strip", "Call for help"))

    def refresh(self) -> None:
        """Live texts."""
        store = self.context.store
        rows = alarm_rows(store)
        self._worst = worst_unacked(rows)
        known = store.live and "alarms" in store.views
        self.counts.show_counts(counts(store), known)
        if self._worst is not None:
            head = self._head(self._worst)
            self.banner.show_alarm(self._worst.priority, head, self._detail(self._worst))
        elif rows:
            text = translate("Strip", "All alarms acknowledged, {n} standing").format(n=len(rows))
            self.banner.show_alarm(0, text, "")
        else:
            self.banner.show_alarm(0, translate("Strip", "No alarms") if known else "", "")
        busy = bool(self.context.book.unanswered("alarm.ack"))
        self.ack.setVisible(self._worst is not None)
        free = store.live and (store.user is None or store.user.may("operator"))
        self.ack.setEnabled(free and not busy)
        loud = horn_on(store) or (self._worst is not None and not silenced(store))
        self.silence.setEnabled(free and loud)
        self.call.setEnabled(free)
        self._refresh_user(store)
        self._refresh_shift(store)
        self.links.show_links(clock_text(self.context.now_ns()), link_states(store))

    def _head(self, row: AlarmRow) -> str:
        store = self.context.store
        unit = store.unit(row.unit)
        text = store.text(row.text)
        prefix = unit.label if unit and unit.label not in text else ""
        return f"{prefix} {text}".strip()

    def _detail(self, row: AlarmRow) -> str:
        store = self.context.store
        silent = translate("Strip", "sound off") if silenced(store) and not horn_on(store) else ""
        parts = [t for t in (self._flood(store), silent, clock_text(row.time_ns)) if t]
        value = alarm_value(store, row.tag, row.kind, row.value, row.limit, row.eu)
        if value != NO_VALUE:
            parts.append(value if store.live or value.startswith("?") else f"? {value}")
        parts.append(duration_text((self.context.now_ns() - row.time_ns) / NS_PER_S))
        if not row.active:
            parts.append(translate("Strip", "returned to normal"))
        return " · ".join(parts)

    def _flood(self, store: LineStore) -> str:
        """Ahead of the details while alarms come faster than anybody can read."""
        flood = wire.obj(store.view("alarms"), "flood")
        if not flood:
            return ""
        text = translate("Strip", "Flood: {n} in 10 min")
        return text.format(n=wire.integer(flood, "count"))

    def _refresh_user(self, store: LineStore) -> None:
        if store.user is None:
            self.user_name.setText(translate("Strip", "Log in ▸"))
            self.user_role.setText(translate("Strip", "viewing only"))
        else:
            self.user_name.setText(store.user.name)
            role = ROLE_NAMES.get(store.user.role, ROLE_NAMES["viewer"])()
            self.user_role.setText(f"{role} ▾")

    def _refresh_shift(self, store: LineStore) -> None:
        shift = store.view("shift")
        if wire.text(shift, "state") == "open":
            seconds = (self.context.now_ns() - wire.integer(shift, "started_ns")) / NS_PER_S
            head = translate("Strip", "Shift {number} · {time}")
            self.shift_name.setText(head.format(number=wire.text(shift, "number"), time=hours_text(seconds)))
        else:
            self.shift_name.setText(translate("Strip", "No shift open"))
        running = [b for b in batches(store) if not b.ended]
        asked = asks_of(store)
        self._asked = asked[0] if asked else None
        on_hold = list(dict.fromkeys(a.label for a in asked if a.kind == "on_hold"))
        task = task_of(store, self.context.now_ns())
        self._handover = task is not None and not on_hold and (task.urgent or not asked)
        if task is not None and self._handover:
            self.shift_batches.setText(task_words(task))
        elif on_hold:
            text = translate("Strip", "on hold: {batch} ▸")
            self.shift_batches.setText(text.format(batch=on_hold[0] if len(on_hold) == 1 else len(on_hold)))
        elif asked:
            self.shift_batches.setText(translate("Strip", "waiting for you: {n} ▸").format(n=len(asked)))
        elif not running:
            self.shift_batches.setText(translate("Strip", "no batches"))
        elif len(running) == 1:
            self.shift_batches.setText(translate("Strip", "batch {batch}").format(batch=batch_label(running[0])))
        elif len(running) == 2:
            self.shift_batches.setText(
                translate("Strip", "batches {list}").format(list=", ".join(batch_label(b) for b in running))
            )
        else:
            first_last = f"{batch_label(running[0])}–{running[-1].number}"
            self.shift_batches.setText(translate("Strip", "batches {list}").format(list=first_last))


class StripCell(QFrame):
    """A touchable cell of the strip."""

    def __init__(self, slot: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("stripcell")
        self._slot = slot
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: object) -> None:
        self._slot()


def link_states(store: LineStore) -> list[tuple[str, bool | None]]:
    """The server, every PLC, and InfluxDB when history is forwarded: name and whether it is up (None: not told).

    Nothing is known of the others while the server is gone. A forwarder that is behind says by how many points.
    """
    server = translate("Strip", "Server")
    if store.link in (Link.SERVER_LOST, Link.CONNECTING):
        return [(server, False)]
    result: list[tuple[str, bool | None]] = [(server, True)]
    names = store.line.devices if store.line else {}
    for device, entry in store.view("links").items():
        name = store.text(names[device].get("name")) if device in names else device
        up = wire.text(wire.obj(entry), "state") == "up" if store.live else None
        result.append((name or device, up))
    forwarder = wire.text(store.forwarder, "state")
    if forwarder in ("up", "down"):
        backlog = wire.integer(store.forwarder, "backlog")
        late = f" {_count_text(backlog, store.language)}" if backlog >= BACKLOG_TOLD or (backlog and forwarder == "down") else ""
        result.append((f"Influx{late}", forwarder == "up"))
    return result


def _count_text(count: int, language: str) -> str:
    """A count in at most five characters: ``940``, ``12k``, ``3,1M``."""
    if count < 1000:
        return str(count)
    return f"{count // 1000}k" if count < 1_000_000 else f"{number_text(count / 1e6, 1, language)}M"
