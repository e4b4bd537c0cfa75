"""What a trend shows, saved as CSV or Parquet, with a bar that says how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from hmi.context import PanelContext
from hmi.saving import failure_words, said_by_server
from hmi.texts import translate
from hmi.viewmodels.exporting import PERIODS_MS, Export, ExportState
from hmi.viewmodels.format import clock_text, date_text, number_text
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.trends import Span, pen_name
from hmi.viewmodels.wire import Obj
from hmi.widgets.alarmdialogs import Picker
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label
from hmi.widgets.indicators import ProgressBar

UNAUTHORISED: Final = 401
REFUSED: Final[dict[int, Callable[[], str]]] = {
    UNAUTHORISED: lambda: translate("Export", "log in first"),
    422: lambda: translate("Export", "too many rows: take a longer step or a shorter time"),
    503: lambda: translate("Export", "the server is busy with other exports: try again in a minute"),
}


class ExportDialog(PanelDialog):
    """Asks how; ``save(format, period_ms)`` begins. Its page calls :meth:`show_export`; closing it breaks nothing off."""

    def __init__(
        self, context: PanelContext, tags: list[str], span: Span, save: Callable[[str, int], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(context.look, translate("Export", "Save as a file"), parent)
        self.context, self._save = context, save
        store = context.store
        begin, end = (
            f"{date_text(span.start_ns)} {clock_text(span.start_ns)}",
            f"{date_text(span.end_ns)} {clock_text(span.end_ns)}",
        )
        self.body.addWidget(label(f"{begin} … {end}", "strong"))
        self.body.addWidget(label(", ".join(pen_name(store, t) for t in tags), "label", wrap=True))
        self.formats = Picker(context.look, [("csv", "CSV (Excel)"), ("parquet", "Parquet")], 2, lambda _: None)
        self.formats.pick("csv")
        self.body.addWidget(self.formats)
        words = (
            translate("Export", "as stored"), translate("Export", "every second"), translate("Export", "every minute"),
            translate("Export", "every hour"),
        )  # fmt: skip
        self.periods = Picker(context.look, [(str(p), w) for p, w in zip(PERIODS_MS, words, strict=True)], 4, lambda _: None)
        self.periods.pick("0")
        self.body.addWidget(self.periods)
        self.bar = ProgressBar(context.look)
        self.said = label("", "label", wrap=True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.said.setMinimumHeight(context.look.px(44))
        self.body.addWidget(self.bar)
        self.body.addWidget(self.said)
        last = QHBoxLayout()
        self.close_button = button(translate("Export", "Close"), self.reject)
        self.ok = button(translate("Export", "Save"), self.confirm, role="primary")
        last.addWidget(self.close_button)
        last.addStretch(1)
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(context.look.px(620))

    def confirm(self) -> None:
        """Begin; the login opens first where nobody is logged in."""
        if self.held_back():
            return
        if self.context.store.user is None:
            self.context.log_in()
            return
        self._save(self.formats.picked or "csv", int(self.periods.picked or "0"))

    def show_export(self, export: Export) -> None:
        """How far it is, or what came of it."""
        self.bar.show_share(export.share or 0.0)
        self.ok.setEnabled(not export.running)
        self.said.setText(export_words(export, self.context.store))


def export_words(export: Export, store: LineStore) -> str:
    """An export in words; nothing while none was begun."""
    language = store.language
    match export.state:
        case ExportState.IDLE:
            return ""
        case ExportState.RUNNING:
            share = "" if export.share is None else f" {number_text(100.0 * export.share, 0, language)} %"
            return translate("Export", "Saving…") + share
        case ExportState.DONE:
            kilobytes = number_text(export.bytes / 1024, 0, language)
            return translate("Export", "Saved, {n} KB: {file}").format(n=kilobytes, file=export.file)
        case ExportState.FAILED:
            known = REFUSED.get(export.status)
            why = said_by_server(store, export.data) if export.status != UNAUTHORISED else ""
            if not why:
                reply: Obj = {"status": export.status, "data": export.data}
                why = known() if known is not None else failure_words(reply, export.file)
            return "✕ " + translate("Export", "Not saved: {why}").format(why=why)
