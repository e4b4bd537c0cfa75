"""A report read on the panel: sections on the left, the one that is chosen on the right; saved as PDF or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.saving import SavedFile, failure_words, said_by_server
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.document import Document, Section, parse_document, parts_of
from hmi.viewmodels.reports import Source, source_of
from hmi.viewmodels.shift import current
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.document import DocumentView
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

PAGES_REPLY: Final = "report.pages"
SAVED_REPLY: Final = "report.saved"
UNAUTHORISED: Final = 401


class ReportPage(Page):
    """A report in the language of the panel: of a shift (of the open one as far as it is), minutes of a lot, a recall."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.source: Source | None = None
        self.report: Document | None = None
        self.problem = ""
        self._chosen = 0
        self._part = 0
        self._parts: tuple[Section | None, tuple[Section, ...]] = (None, ())
        """A section and the parts that it is shown in."""
        self._language = ""
        self._reading: tuple[Source, str] | None = None
        """What the answer that is awaited is about; another one is asked for when it has come."""
        context.on_reply[PAGES_REPLY] = self._take
        self.saved = SavedFile(context, SAVED_REPLY, self._refresh_shown)
        layout = page_layout(self)
        layout.addLayout(self._build_head())
        self.said = label("", "label", wrap=True)
        self.warned = label("", "strong", wrap=True)
        for line in (self.warned, self.said):
            line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            layout.addWidget(line)
        row = QHBoxLayout()
        row.setSpacing(context.look.px(10))
        self.list_pane, self.pane = Pane(context), Pane(context)
        self.sections = RowTable(context.look, 46, head=0)
        self.sections.chosen.connect(lambda key: self.choose(int(key)))
        self.pager = Pager(self.sections)
        self.list_pane.body.addWidget(self.sections, 1)
        self.list_pane.body.addWidget(self.pager, 0, Qt.AlignmentFlag.AlignRight)
        self.view = DocumentView(context.look)
        self.pane.body.addWidget(self.view, 1)
        self.pane.body.addLayout(self._build_foot())
        for pane, share in ((self.list_pane, 250), (self.pane, 896)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            row.addWidget(pane, share)
        layout.addLayout(row, 1)

    def _build_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(self.context.look.px(10))
        self.back = button("", self._go_back, role="compact")
        self.heading = label("", "heading")
        self.subject = label("", "label")
        self.again = button("", self.read, role="compact")
        self.files = {kind: button("", lambda k=kind: self.save(k), role="compact") for kind in ("json", "csv", "pdf")}
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.heading)
        words.addWidget(self.subject)
        head.addWidget(self.back)
        head.addLayout(words)
        head.addStretch(1)
        for made in (self.again, *self.files.values()):
            head.addWidget(made)
        return head

    def _build_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(self.context.look.px(10))
        self.up = button("▴", lambda: self.turn(-1), role="compact")
        self.down = button("▾", lambda: self.turn(1), role="compact")
        self.place = label("", "label")
        self.before = button("", lambda: self.choose(self._chosen - 1), role="compact")
        self.after = button("", lambda: self.choose(self._chosen + 1), role="compact")
        for made in (self.up, self.down):
            made.setMinimumWidth(self.context.look.px(72))
        bar = self.view.verticalScrollBar()
        bar.valueChanged.connect(lambda *_: self._refresh_scroll())
        bar.rangeChanged.connect(lambda *_: self._refresh_scroll())
        foot.addWidget(self.before)
        foot.addStretch(1)
        foot.addWidget(self.up)
        foot.addWidget(self.place)
        foot.addWidget(self.down)
        foot.addStretch(1)
        foot.addWidget(self.after)
        return foot

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        wanted = source_of(argument) or self.source or source_of(current(self.context.store).id)
        if wanted != self.source:
            self.report, self._chosen, self._part = None, 0, 0
        self.source, self.problem = wanted, ""
        self.saved.forget()
        self.read()

    def settled(self) -> bool:
        return self.report is not None or bool(self.problem) or self.source is None

    def take_over(self, before: Page) -> None:
        if isinstance(before, ReportPage):
            self.source, self.report, self._language = before.source, before.report, before._language
            self._chosen, self._part, self._reading = before._chosen, before._part, before._reading

    def apply_look(self) -> None:
        self.view.apply_look()

    def _go_back(self) -> None:
        page, argument = self.source.back if self.source is not None else ("shift", "reports")
        self.context.navigate(page, argument)

    def read(self) -> None:
        """Ask the server anew; what is shown stays until the answer comes. One answer is awaited at a time."""
        if self.source is not None and self.context.store.live and self._reading is None:
            self._language, self.problem = self.context.store.language, ""
            self._reading = (self.source, self._language)
            self.context.port.fetch(self.source.pages, {**self.source.params, "language": self._language}, PAGES_REPLY)

    def choose(self, index: int) -> None:
        """Show this section."""
        count = len(self.report.sections) if self.report is not None else 0
        self._chosen, self._part = max(0, min(count - 1, index)), 0
        self.refresh()

    def turn(self, by: int) -> None:
        """Nearly a whole height down (1) or up (−1); at an end of a part of a long section to the part beside it."""
        bar = self.view.verticalScrollBar()
        if bar.value() < bar.maximum() if by > 0 else bar.value() > bar.minimum():
            self.view.page(by)
            return
        self._part += by
        self.refresh()
        bar.setValue(bar.minimum() if by > 0 else bar.maximum())

    def retranslate(self) -> None:
        self.again.setText(translate("Report", "Read again"))
        for kind, made in self.files.items():
            made.setText(translate("Report", "Save {kind}").format(kind=kind.upper()))
        self.list_pane.title.setText(translate("Report", "Sections"))

    def refresh(self) -> None:
        store, report = self.context.store, self.report
        if store.live and self._reading is None and not self.problem and (report is None or self._language != store.language):
            self.read()
        source = self.source
        of_lot = source is not None and source.back[0] == "lot"
        self.back.setText("◂ " + (translate("Report", "Lot") if of_lot else translate("Report", "Shifts")))
        self.heading.setText(report.title if report is not None else translate("Report", "Report"))
        self.subject.setText(report.subject if report is not None else source.id if source is not None else "")
        self.warned.setText("\n".join(f"▲ {w}" for w in report.warnings) if report is not None else "")
        self.warned.setVisible(bool(self.warned.text()))
        self.said.setText(self._said())
        self.said.setVisible(bool(self.said.text()))
        for kind, made in self.files.items():
            made.setVisible(source is not None and kind in source.files)
            made.setEnabled(report is not None and store.live and not self.saved.busy)
        self.again.setEnabled(store.live and source is not None)
        self._refresh_sections(report.sections if report is not None else ())

    def _said(self) -> str:
        if self.saved.words:
            return self.saved.words
        if self.problem:
            return "✕ " + translate("Report", "No report: {why}").format(why=self.problem)
        if self.report is None:
            return (
                translate("Report", "Reading…")
                if self.source is not None
                else translate("Report", "There has been no shift yet.")
            )
        return ""

    def _refresh_sections(self, sections: tuple[Section, ...]) -> None:
        for pane in (self.list_pane, self.pane):
            pane.setVisible(bool(sections))
        if not sections:
            return
        at = self._chosen = min(self._chosen, len(sections) - 1)
        self.sections.show_columns([Column("", stretch=1.0)])
        rows = [Row(str(i), (Cell(s.title, bold=i == at),)) for i, s in enumerate(sections)]
        self.sections.show_rows(rows, selected=str(at))
        self.pager.refresh()
        self.pane.title.setText(sections[at].title)
        if self._parts[0] is not sections[at]:
            self._parts = (sections[at], parts_of(sections[at]))
        parts = self._parts[1]
        self._part = max(0, min(len(parts) - 1, self._part))
        self.view.show_section(parts[self._part])
        place = translate("Report", "{n} of {all}").format(n=self._part + 1, all=len(parts))
        self.place.setText(place if len(parts) > 1 else "")
        self.before.setText("◂ " + (sections[at - 1].title if at else ""))
        self.after.setText((sections[at + 1].title if at + 1 < len(sections) else "") + " ▸")
        self.before.setVisible(at > 0)
        self.after.setVisible(at + 1 < len(sections))
        self._refresh_scroll()

    def _refresh_scroll(self) -> None:
        bar, last = self.view.verticalScrollBar(), len(self._parts[1]) - 1
        up, down = bar.value() > bar.minimum() or self._part > 0, bar.value() < bar.maximum() or self._part < last
        for made, free in ((self.up, up), (self.down, down)):
            made.setVisible(bar.maximum() > bar.minimum() or last > 0)
            made.setEnabled(free)

    # ---- answers ----------------------------------------------------------------------------------------------------

    def _take(self, reply: Obj) -> None:
        data, asked, self._reading = wire.obj(reply, "data"), self._reading, None
        if asked is not None and self.source is not None and asked[0] != self.source:
            self.read()  # this is the answer about a report that was left meanwhile
            return
        if wire.integer(reply, "status") == 200:
            self.report = parse_document(data, translate("Report", "Summary"))
            self.problem = ""
        else:
            self.problem = said_by_server(self.context.store, data) or failure_words(reply)
            if wire.integer(reply, "status") == UNAUTHORISED:
                self.problem = translate("Report", "log in and touch “Read again”")
                self.context.log_in()
        if self.isVisible():
            self.refresh()

    def save(self, kind: str, folder: Path | None = None) -> None:
        """Fetch ``pdf`` (in the panel's language) or ``json`` into the folder for documents, named by subject and time."""
        if self.source is None:
            return
        params: Obj = {**self.source.params, **({} if kind == "json" else {"language": self.context.store.language})}
        self.saved.save(self.source.files[kind], params, self.source.stem, kind, folder)

    def _refresh_shown(self) -> None:
        if self.isVisible():
            self.refresh()
