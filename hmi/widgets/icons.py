"""Line icons of the panel, drawn, so that no font needs to have them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF


def icon(p: QPainter, rect: QRectF, name: str, colour: QColor) -> None:
    """Draw the icon ``name`` into a square; raises KeyError for a name that is not in :data:`ICONS`."""
    p.save()
    p.translate(rect.topLeft())
    p.scale(rect.width() / 24, rect.height() / 24)
    p.setPen(QPen(colour, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    p.setBrush(Qt.BrushStyle.NoBrush)
    ICONS[name](p, colour)
    p.restore()


def _line(p: QPainter, colour: QColor) -> None:
    for row in range(2):
        for column in range(3):
            p.drawRect(QRectF(3 + column * 6.4, 4.5 + row * 8, 5.2, 7))


def _alarms(p: QPainter, colour: QColor) -> None:
    p.drawPolygon(QPolygonF([QPointF(12, 3), QPointF(22, 20.5), QPointF(2, 20.5)]))
    p.drawLine(QLineF(12, 9.5, 12, 14.5))
    p.drawPoint(QPointF(12, 17.4))


def _batches(p: QPainter, colour: QColor) -> None:
    for row, (left, right) in enumerate(((3, 14), (7, 19), (12, 21))):
        p.drawRoundedRect(QRectF(left, 4 + row * 6, right - left, 4), 1, 1)


def _material(p: QPainter, colour: QColor) -> None:
    """A drum: what stands in the store."""
    path = QPainterPath(QPointF(4, 6.5))
    path.lineTo(4, 17.5)
    path.cubicTo(QPointF(4, 21.8), QPointF(20, 21.8), QPointF(20, 17.5))
    path.lineTo(20, 6.5)
    p.drawPath(path)
    p.drawEllipse(QPointF(12, 6.5), 8, 3.2)
    middle = QPainterPath(QPointF(4, 12))
    middle.cubicTo(QPointF(4, 16.3), QPointF(20, 16.3), QPointF(20, 12))
    p.drawPath(middle)


def _trends(p: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(3, 15))
    path.cubicTo(QPointF(7, 2), QPointF(10, 5), QPointF(12, 12))
    path.cubicTo(QPointF(14, 20), QPointF(18, 20), QPointF(21, 7))
    p.drawPath(path)


def _shift(p: QPainter, colour: QColor) -> None:
    p.drawEllipse(QPointF(12, 12), 9, 9)
    p.drawPolyline(QPolygonF([QPointF(12, 6), QPointF(12, 12), QPointF(16.2, 14.2)]))


def _links(p: QPainter, colour: QColor) -> None:
    for y, a, b in ((8, 3, 21), (16, 21, 3)):
        p.drawLine(QLineF(a, y, b, y))
        back = b + (-4 if b > a else 4)
        p.drawPolyline(QPolygonF([QPointF(back, y - 3.2), QPointF(b, y), QPointF(back, y + 3.2)]))


def _horn_off(p: QPainter, colour: QColor) -> None:
    p.setBrush(colour)
    p.drawPolygon(QPolygonF([QPointF(*c) for c in ((3, 9.5), (3, 14.5), (7, 14.5), (11.5, 19), (11.5, 5), (7, 9.5))]))
    p.drawLine(QLineF(15.5, 9, 21, 15))
    p.drawLine(QLineF(21, 9, 15.5, 15))


def _day(p: QPainter, colour: QColor) -> None:
    p.drawEllipse(QPointF(12, 12), 4.4, 4.4)
    for i in range(8):
        a = i * math.pi / 4
        p.drawLine(QLineF(12 + 7 * math.cos(a), 12 + 7 * math.sin(a), 12 + 9.5 * math.cos(a), 12 + 9.5 * math.sin(a)))


def _night(p: QPainter, colour: QColor) -> None:
    full, bite = QPainterPath(), QPainterPath()
    full.addEllipse(QPointF(11, 12), 8.5, 8.5)
    bite.addEllipse(QPointF(15.5, 9), 7.4, 7.4)
    p.drawPath(full.subtracted(bite))


def _call(p: QPainter, colour: QColor) -> None:
    """A hand bell: somebody is asked to come."""
    path = QPainterPath(QPointF(5, 17))
    path.lineTo(19, 17)
    path.cubicTo(QPointF(16.6, 14.6), QPointF(17.4, 12), QPointF(17, 9.6))
    path.cubicTo(QPointF(16.6, 6.4), QPointF(14.6, 5), QPointF(12, 5))
    path.cubicTo(QPointF(9.4, 5), QPointF(7.4, 6.4), QPointF(7, 9.6))
    path.cubicTo(QPointF(6.6, 12), QPointF(7.4, 14.6), QPointF(5, 17))
    p.drawPath(path)
    p.drawLine(QLineF(12, 2.6, 12, 5))
    p.drawArc(QRectF(10, 16, 4, 5), 180 * 16, 180 * 16)


def _kpi(p: QPainter, colour: QColor) -> None:
    p.drawPolyline(QPolygonF([QPointF(3, 3), QPointF(3, 21), QPointF(21, 21)]))
    for x, top in ((7, 13), (12, 7), (17, 10)):
        p.drawRect(QRectF(x - 1.6, top, 3.2, 21 - top))


ICONS: Final[dict[str, Callable[[QPainter, QColor], None]]] = {
    "line": _line, "alarms": _alarms, "batches": _batches, "material": _material, "trends": _trends, "shift": _shift,
    "links": _links, "horn_off": _horn_off, "call": _call, "kpi": _kpi, "day": _day, "night": _night,
}  # fmt: skip
