"""Level 3: everything about one tag — value, setpoint, limits, quality, source time, recent course."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.alarms import alarm_rows, priority_by_tag
from hmi.viewmodels.analog import analog, indicator_of
from hmi.viewmodels.format import NO_VALUE, clock_text, eu_text, number_text, range_text, value_text, with_eu
from hmi.viewmodels.line_info import TagInfo
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import NumericPad, PanelDialog, label
from hmi.widgets.indicators import AnalogIndicator, ValueField
from hmi.widgets.trend import Series, TrendView
from line.clock import NS_PER_S
from line.quality import is_bad, is_good, status_name

SPAN_S: Final = 1800
WRITE_ROLE: Final = "technologist"


def quality_text(context: PanelContext, tag: str) -> str:
    """The quality in words, with the status name."""
    store = context.store
    status = store.value(tag).status
    if not store.live:
        return translate("Faceplate", "No connection: last value")
    if is_good(status):
        return translate("Faceplate", "Good")
    word = translate("Faceplate", "Bad") if is_bad(status) else translate("Faceplate", "Uncertain")
    return f"{word} · {status_name(status)}"


class Faceplate(PanelDialog):
    """One tag; refreshes itself while it is open through :meth:`refresh`."""

    def __init__(self, context: PanelContext, info: TagInfo, parent: QWidget | None = None) -> None:
        store, look = context.store, context.look
        unit = store.unit(info.unit)
        title = f"{unit.label} · {store.text(info.text)}" if unit else store.text(info.text)
        super().__init__(look, title, parent)
        self.context, self.info = context, info
        self._key = indicator_of(store, info)
        row = QHBoxLayout()
        row.setSpacing(look.px(20))
        self.indicator = AnalogIndicator(look)
        self.indicator.setFixedSize(look.px(130), look.px(210))
        row.addWidget(self.indicator)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(look.px(16))
        self._facts.setVerticalSpacing(look.px(6))
        self._shown: list[ValueField] = []
        row.addLayout(self._facts, 1)
        self.body.addLayout(row)
        self.trend = TrendView(look, legend=False)
        self.trend.setMinimumHeight(look.px(170))
        self.body.addWidget(self.trend)
        last = QHBoxLayout()
        setpoint = store.tag(self._key.setpoint) if self._key.setpoint else None
        if setpoint is not None and setpoint.writable:
            change = button(translate("Faceplate", "Change setpoint…"), lambda: change_setpoint(context, setpoint, self))
            change.setEnabled(store.live and (store.user is None or store.user.may(WRITE_ROLE)))
            last.addWidget(change)
        last.addStretch(1)
        last.addWidget(button(translate("Dialog", "Close"), self.accept, role="primary"))
        self.body.addLayout(last)
        self.setMinimumWidth(look.px(640))
        now_ns = context.now_ns()
        context.port.history([info.name], now_ns - SPAN_S * NS_PER_S, now_ns, 600)
        self.refresh()

    def facts(self) -> list[tuple[str, str]]:
        """Name and text of every fact."""
        store, info = self.context.store, self.info
        language = store.language
        value = store.value(info.name)
        mark = "" if value.good else "? "
        setpoint = store.tag(self._key.setpoint) if self._key.setpoint else None
        word = translate("Faceplate", "priority")
        limits = [
            f"{number_text(limit, info.decimals, language)} · {word} {priority}"
            for limit, _, priority in (store.line.limits_of(info.name) if store.line else [])
        ]
        found = [(translate("Faceplate", "Value"), mark + with_eu(value.value, info.decimals, info.eu, language))]
        if setpoint is not None:
            wanted = store.value(setpoint.name)
            shown = ("" if wanted.good else "? ") + value_text(wanted.value, setpoint.decimals, setpoint.eu, language)
            found.append((translate("Faceplate", "Setpoint"), shown))
        if self._key.normal is not None:
            normal = f"{range_text(*self._key.normal, info.decimals, language)} {eu_text(info.eu, language)}"
            found.append((translate("Faceplate", "Normal"), normal))
        found += [
            (translate("Faceplate", "Alarm limits"), "; ".join(limits) or NO_VALUE),
            (translate("Faceplate", "Range"), f"{range_text(info.lo, info.hi, 0, language)} {eu_text(info.eu, language)}"),
            (translate("Faceplate", "Quality"), quality_text(self.context, info.name)),
            (translate("Faceplate", "Source time"), clock_text(value.source_ns)),
            (translate("Faceplate", "Tag"), f"{info.name} · {info.device}"),
        ]
        return found

    def refresh(self) -> None:
        """Take what is new."""
        store = self.context.store
        self.indicator.show_value(analog(store, self._key, dict(priority_by_tag(alarm_rows(store)))))
        for row, (name, text) in enumerate(self.facts()):
            for column, (shown, role) in enumerate(((name, "label"), (text, "value"))):
                item = self._facts.itemAtPosition(row, column)
                widget = item.widget() if item is not None else None
                if widget is None:
                    widget = label("", role)
                    self._facts.addWidget(widget, row, column, Qt.AlignmentFlag.AlignLeft)
                if widget.property("text") != shown:
                    widget.setProperty("text", shown)
        now_ns = self.context.now_ns()
        x, y = store.recent(self.info.name, now_ns, SPAN_S)
        limits = tuple(limit for limit, _, _ in (store.line.limits_of(self.info.name) if store.line else []))
        series = [Series(store.text(self.info.text), x, y)]
        self.trend.show_series(
            series, end_ns=now_ns, span_s=SPAN_S, normal=self._key.normal, limits=limits, language=store.language
        )


def change_setpoint(context: PanelContext, setpoint: TagInfo, parent: QWidget | None) -> None:
    """Numeric pad for a setpoint tag; confirming sends ``tag.write``."""
    store = context.store
    pad = NumericPad(
        context.look, store.language, store.text(setpoint.text), value=store.number(setpoint.name), lo=setpoint.lo,
        hi=setpoint.hi, decimals=setpoint.decimals, eu=setpoint.eu,
        accept=lambda value: context.command("tag.write", setpoint.name, {"value": value}), parent=parent,
    )  # fmt: skip
    pad.open()
