"""Windows of the shift log: a new entry, a correction, an entry whole. What is typed goes into the draft at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages import shift_log_words as words
from hmi.pages.shift_log_desk import LogDesk
from hmi.rolenames import role_name
from hmi.texts import translate
from hmi.viewmodels.shift_log import CATEGORIES, CORRECTS_OTHERS, TEXT_MAX, Draft, LogRow, Photo, against_fixing
from hmi.widgets.alarmdialogs import Picker, ReasonPicker
from hmi.widgets.buttons import button
from hmi.widgets.choice import Choice, Dropdown
from hmi.widgets.dialogs import Keyboard, PanelDialog, label
from hmi.widgets.entrylist import EntryList
from hmi.widgets.photos import PhotoFace, PhotoPicker, PhotoStore, PhotoView, decoded, size_text
from hmi.widgets.rowtable import Pager
from hmi.widgets.textarea import TextArea


class DraftDialog(PanelDialog):
    """What a new entry and a correction have in common: the text, the keyboard, what is missing, the button that sends it.

    It stays open until the line has taken the draft; closing it keeps the draft.
    """

    def __init__(self, context: PanelContext, desk: LogDesk, draft: Draft, title: str, action: str, parent: QWidget) -> None:
        super().__init__(context.look, title, parent)
        self.context, self.desk, self.draft = context, desk, draft
        look = context.look
        self.body.setSpacing(look.px(9))
        self.area = TextArea(look, TEXT_MAX)
        self.area.setAccessibleName(title)
        self.area.setText(draft.text)
        self.area.textChanged.connect(self._typed)
        self.keyboard = Keyboard(look, context.store.language, [self.area], lines=True)
        self.verdict = label("", "error", wrap=True)
        self.verdict.setMinimumHeight(look.px(22))
        self.foot = QHBoxLayout()
        self.foot.setSpacing(look.px(10))
        self.foot.addWidget(button(translate("Dialog", "Close"), self.reject))
        self.clear = button(translate("ShiftLog", "Clear"), self.empty)
        self.foot.addWidget(self.clear)
        self.foot.addStretch(1)
        self.ok = button(action, self.send, role="primary")
        self.ok.setMinimumWidth(look.px(260))
        self.foot.addWidget(self.ok)

    def _end(self) -> None:
        for widget in (self.area, self.keyboard, self.verdict):
            self.body.addWidget(widget)
        self.body.addLayout(self.foot)
        self.area.setFocus()
        self.refresh()

    def _typed(self) -> None:
        self.draft.text = self.area.text()
        self.desk.said = ""
        self.refresh()

    def empty(self) -> None:
        """Begin anew."""
        self.area.setText("")

    def refresh(self) -> None:
        """What is missing, on its way, or wrong."""
        busy, missing = self.desk.busy, self.draft.missing()
        told = self.desk.state_words() or words.missing_words(missing)
        self.verdict.setText(told)
        self.ok.setEnabled(not busy and not missing)
        self.area.setReadOnly(busy)
        self.clear.setEnabled(not busy)

    def send(self) -> None:
        """Send it, while nothing is missing."""
        if self.ok.isEnabled() and not self.held_back():
            self.desk.send(self.draft)
            self.refresh()


class EntryDialog(DraftDialog):
    """A new entry: what it is about, the unit, a photo if there is one, the text."""

    def __init__(self, context: PanelContext, desk: LogDesk, parent: QWidget, places: Sequence[tuple[str, Path]] = ()) -> None:
        title, action = translate("ShiftLog", "Entry in the shift log"), translate("ShiftLog", "Write into the log")
        super().__init__(context, desk, desk.new, title, action, parent)
        self._places = places
        look = context.look
        entries = [(c, words.category_name(c)) for c in CATEGORIES]
        self.categories = Picker(look, entries, len(entries), self._category)
        if self.draft.category:
            self.categories.pick(self.draft.category)
        self.body.addWidget(self.categories)
        row = QHBoxLayout()
        row.setSpacing(look.px(10))
        self.unit = Dropdown(look)
        self.unit.chosen.connect(self._unit)
        row.addWidget(self.unit)
        row.addStretch(1)
        self.face = PhotoFace(look)
        self.face.setFixedSize(look.px(74), look.px(50))
        self.face.clicked.connect(self.see_photo)
        self.photo_name = label("", "label")
        self.add_photo = button("", lambda: self._opened(self.choose_photo()), role="compact")
        self.drop_photo = button(translate("ShiftLog", "Without photo"), lambda: self.take_photo(None), role="compact")
        for widget in (self.face, self.photo_name, self.add_photo, self.drop_photo):
            row.addWidget(widget)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(1010))
        self._show_photo()
        self._end()

    def _category(self, category: str) -> None:
        self.draft.category = category
        if hasattr(self, "drop_photo"):
            self.refresh()

    def _unit(self, unit: str) -> None:
        self.draft.unit = unit
        self.refresh()

    def _opened(self, picker: PhotoPicker) -> None:
        """A button needs no answer."""

    def choose_photo(self) -> PhotoPicker:
        """One of the pictures on this panel."""
        made = PhotoPicker(self.context, self.take_photo, self, self._places)
        made.open()
        return made

    def take_photo(self, photo: Photo | None) -> None:
        """With this photo, or without any."""
        self.draft.photo, self.draft.stored = photo, ""
        self.desk.said = ""
        self._show_photo()
        self.refresh()

    def _show_photo(self) -> None:
        photo = self.draft.photo
        self.face.setVisible(photo is not None)
        self.drop_photo.setVisible(photo is not None)
        name = "" if photo is None else photo.name if len(photo.name) <= 28 else "…" + photo.name[-27:]
        if photo is not None and photo.reduced_from:
            was, now = (size_text(n, self.context.store.language) for n in (photo.reduced_from, len(photo.content)))
            name = translate("ShiftLog", "{name}: {was}, made smaller to {now}").format(name=name, was=was, now=now)
        self.photo_name.setText(name)
        self.add_photo.setText(translate("ShiftLog", "Photo…") if photo is None else translate("ShiftLog", "Another photo…"))
        self.face.show_photo(QPixmap.fromImage(decoded(photo.content, self.face.size() * 2)) if photo is not None else None)

    def see_photo(self) -> None:
        """The whole photo."""
        if self.draft.photo is not None:
            PhotoView(self.look, self.draft.photo.name, QPixmap.fromImage(decoded(self.draft.photo.content)), self).open()

    def empty(self) -> None:
        self.take_photo(None)
        super().empty()

    def refresh(self) -> None:
        super().refresh()
        store = self.context.store
        units = [Choice("", translate("ShiftLog", "The whole line"))]
        units += [Choice(u.id, f"{u.label} {store.text(u.name)}") for u in store.units()]
        self.unit.show_choices(units, self.draft.unit)
        for widget in (self.unit, self.add_photo, self.drop_photo, self.categories):
            widget.setEnabled(not self.desk.busy)


class FixDialog(DraftDialog):
    """A correction: the entry as it was written stays in sight and in the log."""

    def __init__(self, context: PanelContext, desk: LogDesk, row: LogRow, parent: QWidget) -> None:
        store = context.store
        first = store.text(row.text)
        last = row.fixes[-1].text if row.fixes else first
        title, action = translate("ShiftLog", "Correct an entry"), translate("ShiftLog", "Write the correction")
        super().__init__(context, desk, desk.correct(row.entry, last), title, action, parent)
        self._last = last
        kept = translate("ShiftLog", "The first text stays in the log: {text}")
        short = first if len(first) <= 180 else first[:179] + "…"
        self.body.addWidget(label(kept.format(text=short), "label", wrap=True))
        self.reasons = ReasonPicker(context.look, store.language, [r() for r in words.FIX_REASONS], self._reason, columns=4)
        self.reasons.restore(self.draft.reason)
        self.body.addWidget(self.reasons)
        self.setMinimumWidth(context.look.px(1010))
        self._end()

    def _reason(self) -> None:
        self.draft.reason = self.reasons.reason
        self.refresh()

    def empty(self) -> None:
        """Back to the text as it stands."""
        self.area.setText(self._last)

    def refresh(self) -> None:
        super().refresh()
        if not self.draft.missing() and self.draft.text.strip() == self._last.strip() and not self.desk.state_words():
            self.verdict.setText(translate("ShiftLog", "The text is the same as before"))
            self.ok.setEnabled(False)


class EntryView(PanelDialog):
    """An entry whole: the first text, every correction, the photo."""

    def __init__(
        self, context: PanelContext, photos: PhotoStore, row: LogRow, correct: Callable[[str], None], parent: QWidget
    ) -> None:
        title = f"{words.category_name(row.category)} · {words.about(context.store, row)}"
        super().__init__(context.look, title, parent)
        self.context, self.photos, self.row = context, photos, row
        look, window = context.look, parent.window()
        middle = QHBoxLayout()
        middle.setSpacing(look.px(12))
        self.list = EntryList(look, (84, 0))
        self.list.setMinimumSize(look.px(520), min(look.px(470), window.height() - look.px(280)))
        middle.addWidget(self.list, 3)
        self.face = PhotoFace(look)
        self.face.setMinimumWidth(look.px(420))
        self.face.clicked.connect(self.see_photo)
        self.face.setVisible(bool(row.photo))
        middle.addWidget(self.face, 2)
        self.body.addLayout(middle, 1)
        self.why = label("", "label", wrap=True)
        self.body.addWidget(self.why)
        foot = QHBoxLayout()
        foot.setSpacing(look.px(10))
        foot.addWidget(button(translate("Dialog", "Close"), self.accept))
        foot.addStretch(1)
        foot.addWidget(Pager(self.list))
        self.fix = button(translate("ShiftLog", "Correct…"), lambda: self._correct(correct))
        self.fix.setMinimumWidth(look.px(200))
        foot.addWidget(self.fix)
        self.body.addLayout(foot)
        self.setMinimumWidth(look.px(1010))
        self.show_row(row)

    def show_row(self, row: LogRow) -> None:
        """The entry as it is now."""
        self.row = row
        store = self.context.store
        self.list.show_entries(words.whole_entry(store, row))
        against = against_fixing(row, store)
        texts = {
            "other": translate("ShiftLog", "What somebody else wrote is corrected from {role} on").format(
                role=role_name(CORRECTS_OTHERS)
            ),
            "many": translate("ShiftLog", "Corrected as often as may be: write a new entry"),
        }
        self.why.setText(texts.get(against, ""))
        self.why.setVisible(bool(against))
        self.fix.setEnabled(not against and store.live)
        if row.photo:
            self._show_photo()

    def _show_photo(self) -> None:
        content = self.photos.content(self.row.photo)
        if content is not None:
            if self.face.pixmap is None:
                self.face.show_photo(QPixmap.fromImage(decoded(content, self.face.size() * 2)))
            return
        status = self.photos.status(self.row.photo)
        if self.context.store.user is None:
            said = translate("ShiftLog", "Photos are shown to who is logged in")
        elif status == 404:
            said = translate("ShiftLog", "The server has this photo no more")
        elif status:
            said = translate("ShiftLog", "The server does not give the photo (HTTP {n})").format(n=status)
        else:
            said = translate("ShiftLog", "Reading the photo…")
        self.face.show_photo(None, said)

    def see_photo(self) -> None:
        """The photo as large as the window."""
        content = self.photos.content(self.row.photo)
        if content is not None:
            PhotoView(self.look, self.windowTitle(), QPixmap.fromImage(decoded(content)), self).open()

    def _correct(self, correct: Callable[[str], None]) -> None:
        self.accept()
        correct(self.row.key)
