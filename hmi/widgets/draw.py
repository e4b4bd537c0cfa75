"""Painting kit: alarm symbols, chips, analog scales, hatches, sparklines. Width-1 pens where a line has many points."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from hmi.theme import Look
from hmi.viewmodels.analog import Analog
from hmi.viewmodels.format import shorten
from hmi.viewmodels.ring import FloatArray
from hmi.viewmodels.units import Chip

LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER: Final = Qt.AlignmentFlag.AlignCenter
NO_PEN: Final = QPen(Qt.PenStyle.NoPen)


def write(p: QPainter, rect: QRectF, text: str, font: QFont, colour: QColor, flags: Qt.AlignmentFlag = LEFT) -> float:
    """One line of text, elided when it does not fit, but never a number at its end; returns the width it took."""
    metrics = QFontMetricsF(font)
    shown = elided(text, metrics, rect.width())
    p.setFont(font)
    p.setPen(colour)
    p.drawText(rect, int(flags.value), shown)
    return min(rect.width(), metrics.horizontalAdvance(shown))


def elided(text: str, metrics: QFontMetricsF, width: float) -> str:
    """``text`` cut to ``width``; of two chambers called alike it is the number at the end that tells them apart."""
    head, _, tail = text.rpartition(" ")
    kept = f" {tail}" if head and tail.isdigit() and metrics.horizontalAdvance(text) > width else ""
    shown = metrics.elidedText(text.removesuffix(kept), Qt.TextElideMode.ElideRight, width - metrics.horizontalAdvance(kept))
    return shown + kept


def write_fitting(p: QPainter, rect: QRectF, text: str, look: Look, size: float, weight: int, colour: QColor) -> float:
    """One line of text, up to a sixth smaller before it is elided; returns the width it took."""
    smallest = size * 5 / 6
    while size > smallest and QFontMetricsF(look.font(size, weight)).horizontalAdvance(text) > rect.width():
        size -= 0.5
    return write(p, rect, text, look.font(size, weight), colour)


def broken(text: str, metrics: QFontMetricsF, width: float, room: int) -> list[str]:
    """``text`` broken at spaces into at most ``room`` lines; only the last one may be too wide, or one of a single word."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and (metrics.horizontalAdvance(longer) <= width or len(lines) == room):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write_lines(p: QPainter, rect: QRectF, text: str, font: QFont, colour: QColor, *, bottom: bool = False) -> None:
    """At most as many lines as ``rect`` holds, broken at words, the last one elided."""
    metrics = QFontMetricsF(font)
    lines = broken(text, metrics, rect.width(), _room(rect, metrics))
    top = rect.bottom() - len(lines) * metrics.height() if bottom else rect.y()
    for i, line in enumerate(lines):
        write(p, QRectF(rect.x(), top + i * metrics.height(), rect.width(), metrics.height()), line, font, colour)


def write_fitting_lines(
    p: QPainter, rect: QRectF, text: str, look: Look, size: float, colour: QColor, *, short: str = "", bottom: bool = False
) -> None:
    """As :func:`write_lines`; what does not fit is tried as ``short``, then up to a tenth smaller, before it is elided."""
    room = _room(rect, QFontMetricsF(look.font(size)))
    ways = ((text, size), (short or text, size), (short or text, size * 0.95), (short or text, size * 0.9))
    chosen = ways[-1]
    for way in ways:
        metrics = QFontMetricsF(look.font(way[1]))
        if all(metrics.horizontalAdvance(line) <= rect.width() for line in broken(way[0], metrics, rect.width(), room)):
            chosen = way
            break
    write_lines(p, rect, chosen[0], look.font(chosen[1]), colour, bottom=bottom)


def _room(rect: QRectF, metrics: QFontMetricsF) -> int:
    return max(1, int(rect.height() / metrics.height() + 0.1))


def symbol(p: QPainter, rect: QRectF, priority: int, look: Look, *, filled: bool = True) -> None:
    """Alarm symbol: shape, colour and digit each tell the priority. ``filled`` False is the dark half of a flash."""
    colour = look.priority(priority)
    x, y, w, h = rect.x(), rect.y(), rect.width(), rect.height()
    shapes = {
        1: [(0.08, 0.08), (0.92, 0.08), (0.92, 0.92), (0.08, 0.92)],
        2: [(0.5, 0.06), (0.98, 0.94), (0.02, 0.94)],
        3: [(0.5, 0.94), (0.98, 0.06), (0.02, 0.06)],
        4: [(0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5)],
    }
    shape = QPolygonF([QPointF(x + a * w, y + b * h) for a, b in shapes[min(4, max(1, priority))]])
    edged = priority in (2, 3)
    outline = look.colour("symbol_edge") if edged and filled else colour if not edged else look.colour("ink")
    p.setPen(QPen(outline, max(1.0, w / 14)))
    p.setBrush(colour if filled else look.colour("pane"))
    p.drawPolygon(shape)
    font = QFont(look.font(12, 700))
    font.setPixelSize(max(8, round(h * (0.62 if priority in (1, 4) else 0.5))))
    p.setFont(font)
    digit = QColor("#111111") if edged else QColor("#FFFFFF")
    p.setPen(digit if filled else look.colour("ink"))
    shift = {2: 0.14, 3: -0.14}.get(priority, 0.0) * h
    p.drawText(rect.translated(0, shift), CENTER, str(priority))


def chip_width(chip: Chip, look: Look, size: float = 12.5) -> float:
    """Width of a chip with its padding."""
    return QFontMetricsF(look.font(size, 600)).horizontalAdvance(chip.text) + look.px(13)


def chip(p: QPainter, rect: QRectF, content: Chip, look: Look, size: float = 12.5) -> None:
    """A state word in its box: white runs, dark grey stands, dashed is held or unknown."""
    fills = {"run": "running", "off": "stopped"}
    inks = {"run": "running_ink", "off": "stopped_ink", "manual": "manual"}
    pen = QPen(look.colour("manual" if content.style == "manual" else "label"), 1.5 * look.scale)
    if content.style in ("held", "unknown"):
        pen.setStyle(Qt.PenStyle.DashLine)
    p.setPen(pen)
    p.setBrush(look.colour(fills.get(content.style, "pane")))
    p.drawRoundedRect(rect.adjusted(1, 1, -1, -1), look.px(4), look.px(4))
    inner = rect.adjusted(look.px(5), 0, -look.px(4), 0)
    write(p, inner, content.text, look.font(size, 600), look.colour(inks.get(content.style, "ink")), CENTER)


def hatch(p: QPainter, rect: QRectF, look: Look) -> None:
    """Diagonal hatch: what is under it is not to be trusted."""
    p.save()
    p.setClipRect(rect)
    p.setPen(QPen(look.colour("line"), 1))
    step = look.px(6)
    lines: list[QLineF] = []
    x = rect.left() - rect.height()
    while x < rect.right():
        lines.append(QLineF(x, rect.bottom(), x + rect.height(), rect.top()))
        x += step
    p.drawLines(lines)
    p.restore()


def scale(p: QPainter, rect: QRectF, a: Analog, look: Look) -> None:
    """Vertical moving pointer: range, normal band, limits as ticks, setpoint caret right, pointer left."""
    unit = look.scale
    track = QRectF(rect.x() + 11 * unit, rect.y() + 5 * unit, 11 * unit, rect.height() - 10 * unit)

    def y(number: float) -> float:
        return track.bottom() - a.position(number) * track.height()

    p.setPen(NO_PEN)
    p.setBrush(look.colour("track"))
    p.drawRect(track)
    if a.normal is not None:
        top, bottom = y(a.normal[1]), y(a.normal[0])
        p.setBrush(look.colour("normal_band"))
        p.drawRect(QRectF(track.x(), top, track.width(), max(2.0, bottom - top)))
    if not a.good:
        hatch(p, track, look)
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(look.colour("line"), 1))
    p.drawRect(track)
    p.setPen(QPen(look.colour("ink"), 1.5 * unit))
    for limit in a.limits:
        p.drawLine(QLineF(track.left() - 3 * unit, y(limit), track.right() + 3 * unit, y(limit)))
    if a.setpoint is not None:
        at = y(a.setpoint)
        p.setPen(NO_PEN)
        p.setBrush(look.colour("setpoint"))
        left = track.right() + 1.5 * unit
        p.drawPolygon(
            QPolygonF([QPointF(left, at), QPointF(left + 8 * unit, at - 5 * unit), QPointF(left + 8 * unit, at + 5 * unit)])
        )
    if a.good and a.value is not None:
        at = y(a.value)
        colour = look.priority(1) if a.alarm == 1 else look.colour("ink")
        p.setPen(NO_PEN)
        p.setBrush(colour)
        tip = track.left() - 1
        p.drawPolygon(
            QPolygonF([QPointF(tip, at), QPointF(tip - 9 * unit, at - 6 * unit), QPointF(tip - 9 * unit, at + 6 * unit)])
        )
        p.setPen(QPen(colour, 2 * unit))
        p.drawLine(QLineF(track.left(), at, track.right(), at))


def _caret(p: QPainter, x: float, y: float, length: float, half: float) -> None:
    p.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x + length, y - half), QPointF(x + length, y + half)]))


def indicator(p: QPainter, rect: QRectF, a: Analog, look: Look, *, unacked: bool = False, name_lines: int = 1) -> None:
    """Name, scale, value with unit and setpoint; bad quality is a hatch, a question mark and a dimmed last value."""
    unit = look.scale
    name_height = (17 * name_lines + 1) * unit
    title = QRectF(rect.x(), rect.y(), rect.width() - 6 * unit, name_height)
    write_fitting_lines(p, title, a.name, look, 12.5, look.colour("label"), short=shorten(a.name), bottom=True)
    body = QRectF(rect.x(), rect.y() + name_height, rect.width(), rect.height() - name_height)
    scale(p, QRectF(body.x(), body.y(), 34 * unit, body.height()), a, look)
    left = body.x() + 38 * unit
    lines = 26 + 16 + (18 if a.setpoint_text else 0)
    top = body.center().y() - lines * unit / 2
    line = QRectF(left, top, rect.right() - left, 26 * unit)
    below = QRectF(left, top + 26 * unit, rect.right() - left, 16 * unit)
    used = write(p, below, a.eu, look.font(12), look.colour("label"))
    if a.alarm:
        size = 18 * unit
        filled = not unacked or look.blink_on
        fits = QFontMetricsF(look.font(20, 600)).horizontalAdvance(a.value_text) + size + 3 * unit <= line.width()
        at = QPointF(left, line.center().y() - size / 2) if fits else QPointF(left + used + 6 * unit, below.y())
        symbol(p, QRectF(at.x(), at.y(), size, size), a.alarm, look, filled=filled)
        if fits:
            line.setLeft(left + size + 3 * unit)
    value_line(p, line, a, look)
    if a.setpoint_text:
        below.translate(0, 17 * unit)
        write(p, below, f"▸ {a.setpoint_text}", look.font(13, 600), look.colour("setpoint"))


def value_line(p: QPainter, rect: QRectF, a: Analog, look: Look, size: float = 20) -> None:
    """The number itself, smaller when it would not fit; ``?`` and dimmed when not good."""
    text = a.value_text if a.good else f"? {a.value_text}"
    colour = look.colour("line" if not a.good else "value")
    if a.good and a.alarm == 1:
        colour = look.priority(1)
    while size > 12 and QFontMetricsF(look.font(size, 600)).horizontalAdvance(text) > rect.width():
        size -= 1
    write(p, rect, text, look.font(size, 600), colour)


def curve(p: QPainter, rect: QRectF, x: FloatArray, y: FloatArray, lo: float, hi: float, span_s: float, colour: QColor) -> None:
    """A width-1 line of values held between points; gaps where the value is NaN. ``x`` is seconds before now, ≤ 0."""
    if len(x) == 0:
        return
    path = QPainterPath()
    pen_down = False
    px = rect.right() + x / span_s * rect.width()
    clipped = np.clip((y - lo) / (hi - lo), 0.0, 1.0)
    py = rect.bottom() - clipped * rect.height()
    for i in range(len(x)):
        if not np.isfinite(py[i]):
            pen_down = False
        elif pen_down:
            path.lineTo(float(px[i]), float(py[i]))
        else:
            path.moveTo(float(px[i]), float(py[i]))
            pen_down = True
    if pen_down:
        path.lineTo(rect.right(), float(py[-1]))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(QPen(colour, 1))
    p.drawPath(path)


def progress(p: QPainter, rect: QRectF, share: float, look: Look) -> None:
    """A grey bar, ``share`` 0…1."""
    p.setPen(QPen(look.colour("line"), 1))
    p.setBrush(QBrush(look.colour("track")))
    p.drawRoundedRect(rect, look.px(3), look.px(3))
    p.setPen(NO_PEN)
    p.setBrush(look.colour("label"))
    p.drawRect(QRectF(rect.x() + 1, rect.y() + 1, max(0.0, (rect.width() - 2) * min(1.0, max(0.0, share))), rect.height() - 2))
