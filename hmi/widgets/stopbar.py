"""A stop as a bar over its time, with handles where it is cut: made for gloves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.viewmodels.format import clock_text
from hmi.viewmodels.stops import Cuts
from hmi.widgets import draw
from hmi.widgets.painted import Painted
from line.clock import NS_PER_S

GRIP: Final = 30
"""Width of a handle; it is taken within half as much more to both sides."""
SIDE: Final = 34
"""Room left and right, so that the times at both ends are whole."""


class CutBar(Painted):
    """Parts are numbered. A touched handle is the one that the buttons move, too; dragging tells ``moved`` its place and time."""

    picked = Signal(int)
    moved = Signal(int, object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.cuts = Cuts(0, NS_PER_S, [""])
        self.current = -1
        self.gaps: tuple[tuple[int, int], ...] = ()
        self._dragged = -1

    def show_cuts(self, cuts: Cuts, current: int, spans: Sequence[tuple[int, int]] = ()) -> None:
        """Show these; between ``spans`` it did not stand."""
        self.cuts, self.current = cuts, current
        self.gaps = tuple((a[1], b[0]) for a, b in pairwise(spans))
        self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(700), self.look.px(112))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(400), self.look.px(112))

    def _track(self) -> QRectF:
        px = self.look.px
        return QRectF(px(SIDE), px(14), self.width() - 2 * px(SIDE), px(56))

    def x_of(self, time_ns: int) -> float:
        """Where an instant is drawn."""
        track, c = self._track(), self.cuts
        return track.x() + track.width() * (time_ns - c.begun_ns) / max(1, c.ended_ns - c.begun_ns)

    def time_at(self, x: float) -> int:
        """The instant that is drawn there, a whole second."""
        track, c = self._track(), self.cuts
        ns = c.begun_ns + int((c.ended_ns - c.begun_ns) * (x - track.x()) / max(1.0, track.width()))
        return ns // NS_PER_S * NS_PER_S

    # ---- touch --------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x, reach = event.position().x(), self.look.px(GRIP)
        near = [(abs(self.x_of(t) - x), i) for i, t in enumerate(self.cuts.at_ns)]
        if near and min(near)[0] <= reach:
            self._dragged = min(near)[1]
            self.picked.emit(self._dragged)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged >= 0:
            self.moved.emit(self._dragged, self.time_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = -1
        super().mouseReleaseEvent(event)

    # ---- painting -----------------------------------------------------------------------------------------------------

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, track = self.look, self._track()
        for i, (a, b) in enumerate(self.cuts.parts()):
            box = QRectF(self.x_of(a), track.y(), self.x_of(b) - self.x_of(a), track.height())
            p.setPen(QPen(look.colour("line"), 1.5 * look.scale))
            p.setBrush(look.colour("running" if i % 2 else "track"))
            p.drawRect(box)
            ink = look.colour("running_ink" if i % 2 else "ink")
            draw.write(p, box, str(i + 1), look.font(18, 700), ink, draw.CENTER)
        for a, b in self.gaps:
            box = QRectF(self.x_of(a), track.y(), max(2.0, self.x_of(b) - self.x_of(a)), track.height())
            p.fillRect(box, look.colour("background"))
            draw.hatch(p, box, look)
        for i, at in enumerate(self.cuts.at_ns):
            self._handle(p, self.x_of(at), track, i == self.current)
        self._time(p, track.x(), track, self.cuts.begun_ns, bold=False)
        self._time(p, track.right(), track, self.cuts.ended_ns, bold=False)
        if 0 <= self.current < len(self.cuts.at_ns):
            at = self.cuts.at_ns[self.current]
            self._time(p, self.x_of(at), track, at, bold=True)

    def _handle(self, p: QPainter, x: float, track: QRectF, current: bool) -> None:
        look, px = self.look, self.look.px
        p.setPen(QPen(look.colour("ink"), px(2)))
        p.drawLine(QLineF(x, track.y(), x, track.bottom()))
        grip = QRectF(x - px(GRIP) / 2, track.y() - px(8), px(GRIP), track.height() + px(16))
        p.setPen(QPen(look.colour("ink"), px(3 if current else 1.5)))
        p.setBrush(look.colour("field" if current else "pane"))
        p.drawRoundedRect(grip, px(6), px(6))
        p.setPen(QPen(look.colour("field_ink" if current else "ink"), px(2), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for by in (-5, 0, 5):
            p.drawLine(QLineF(x + px(by), grip.center().y() - px(12), x + px(by), grip.center().y() + px(12)))

    def _time(self, p: QPainter, x: float, track: QRectF, time_ns: int, *, bold: bool) -> None:
        look, px = self.look, self.look.px
        box = QRectF(x - px(SIDE), track.bottom() + px(10), px(2 * SIDE), px(20))
        cut = not bold and 0 <= self.current < len(self.cuts.at_ns)
        if cut and abs(self.x_of(self.cuts.at_ns[self.current]) - x) < 2 * px(SIDE):
            return  # the handle's own time stands there
        draw.write(p, box, clock_text(time_ns), look.font(14, 700 if bold else 400), look.colour("ink"), draw.CENTER)

    def spoken(self) -> list[str]:
        return [clock_text(t) for t in self.cuts.edges]
