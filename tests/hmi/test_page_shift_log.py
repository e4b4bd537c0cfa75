"""The shift log: rows of the journal and of people, corrections that erase nothing, filters, pages, photos, drafts kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from hmi.app import application
from hmi.pages import shift_log_words as words
from hmi.pages.shift import ShiftPage
from hmi.pages.shift_log import LogView
from hmi.pages.shift_log_dialogs import EntryDialog, EntryView, FixDialog
from hmi.theme import Look
from hmi.viewmodels import wire
from hmi.viewmodels.shift_log import (
    PHOTO_MAX_BYTES,
    PHOTO_READ_MAX_BYTES,
    TEXT_MAX,
    Draft,
    LogFilter,
    Photo,
    ShiftLog,
    pages_of,
    parse_row,
    photo_fault,
)
from hmi.viewmodels.wire import Obj
from hmi.widgets.dialogs import Keyboard, LoginDialog, PanelDialog
from hmi.widgets.entrylist import SIZE, Entry, EntryList, Said, wrapped
from hmi.widgets.photos import PhotoPicker, PhotoView, decoded, pictures_in, read_photo
from hmi.widgets.textarea import TextArea
from line.clock import NS_PER_S
from server.attachments import kind_of
from tests.hmi import samples
from tests.hmi import samples_shift as ss
from tests.hmi.conftest import MakePanel, Panel
from tests.hmi.test_panel_pages import texts

DialogT = TypeVar("DialogT", bound=PanelDialog)
S: Final = NS_PER_S


def log_view(panel: Panel, argument: str = "log") -> LogView:
    panel.window.navigate("shift", argument)
    page = panel.window.page
    assert isinstance(page, ShiftPage)
    view = page.views["log"]
    assert isinstance(view, LogView)
    QApplication.processEvents()
    panel.window.refresh()
    return view


def filled(make_panel: MakePanel, role: str = "operator", language: str = "ru", **more: object) -> tuple[Panel, LogView]:
    panel = make_panel(language, **more).log_in(role).feed(ss.message())
    view = log_view(panel)
    panel.feed(ss.log_answer())
    return panel, view


def dialog(panel: Panel, kind: type[DialogT]) -> DialogT:
    found = [d for d in panel.window.findChildren(kind) if d.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


def jpeg(folder: Path, name: str = "a.jpg", side: int = 320) -> Path:
    application()
    image = QImage(side, side // 2, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    file = folder / name
    assert image.save(str(file))
    return file


def accepted(panel: Panel, local: int) -> None:
    panel.feed({"type": "command_reply", "local": local, "status": 202, "body": {"id": f"c{local}"}})
    data: Obj = {"id": f"c{local}", "kind": "log.entry", "status": "accepted"}
    panel.feed({"type": "event", "event": {"seq": 5000 + local, "time_ns": samples.NOW_NS, "kind": "command", "data": data}})


# ---- the list -----------------------------------------------------------------------------------------------------------


def test_what_the_journal_says_and_what_people_wrote_newest_first(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    assert ("/api/shifts/2026-11-22-2/log", "log.rows") in panel.port.fetched
    said = view.list.spoken()
    assert said[1:3] == ["тревога", "Тревога 1: Температура камеры: авария, верх"]
    at = said.index("Мойка волчка 15 мин")
    assert said[at - 1] == "Мойка"
    assert said[at + 1] == "Иванова · G-101"
    assert said[at + 2].startswith("✎ исправлено ")
    assert said[at + 2].endswith(", petrov. Причина: Уточнение")
    assert said[at + 3] == "Мойка волчка 25 мин, с разборкой решётки", "the first text stands, the correction below it"
    assert "▧" in said, "a photo"
    while view.list.page < view.list.pages() - 1:
        view.list.turn(1)
    assert view.list.spoken()[-2:] == ["Смена 1 начата. Бригада А", "petrov"], "nothing is left out at the end"
    keys = {e.key for e in view.list.entries}
    assert len(keys) == len(ss.rows())


def test_filters_leave_out_and_say_how_much(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    view.groups.chosen.emit("people")
    assert [e.key for e in view.list.entries] == ["L3", "L2", "L1"]
    assert view.told.text() == "Показано 3 из 11"
    view.categories.chosen.emit("cleaning")
    assert [e.key for e in view.list.entries] == ["L3"]
    view.narrow(LogFilter(unit="S401"))
    assert [e.key for e in view.list.entries] == ["#80", "L2", "#40"]
    view.narrow(LogFilter())
    view.field.setText("решётки G101")
    assert [e.key for e in view.list.entries] == ["L3"], "words of a correction are found too, in any order"
    view.field.setText("нет такого")
    assert view.list.spoken() == ["Ничего не нашлось"]
    view.clear.click()
    assert len(view.list.entries) == 11
    typed = view.open_keyboard()
    typed.field.setText("оболочки")
    typed.confirm()
    assert [e.key for e in view.list.entries] == ["#70"]
    assert panel.port.submitted == []


@pytest.mark.parametrize("group", ["batch", "lot", "alarm", "stop", "change", "shift"])
def test_every_kind_has_its_filter(make_panel: MakePanel, group: str) -> None:
    view = filled(make_panel)[1]
    view.narrow(LogFilter(group=group))
    assert view.list.entries
    assert {view.log.row(e.key).group for e in view.list.entries if view.log.row(e.key)} == {group}  # type: ignore[union-attr]


def test_an_earlier_shift_is_chosen_and_this_one_again(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    past: Obj = {"id": "20261121-9", "number": 2, "crew": "b", "started_ns": ss.NOW_NS - 1500 * ss.MIN,
                 "ended_ns": ss.NOW_NS - 800 * ss.MIN}  # fmt: skip
    panel.feed({"type": "reply", "reply_to": "log.shifts", "status": 200, "data": {"shifts": [past]}})
    assert [c.key for c in view.which.choices] == ["", "20261121-9"]
    assert "смена 2" in view.which.choices[1].text
    view.which.chosen.emit("20261121-9")
    assert view.list.spoken() == ["Читаю…"]
    assert ("/api/shifts/20261121-9/log", "log.rows") in panel.port.fetched
    panel.feed(ss.log_answer())
    assert view.list.spoken() == ["Читаю…"], "the answer about another shift is not shown as this one's"
    panel.feed(ss.log_answer([ss.auto(1, 1400, "batch", "Партия B7 закончена", "Batch B7 ended")], "20261121-9"))
    assert "Партия B7 закончена" in view.list.spoken()
    assert "L3" not in {e.key for e in view.list.entries}, "entries of the view belong to another shift"
    view.which.chosen.emit("")
    assert view.log.shift == ss.SHIFT


def test_an_entry_stands_there_at_once_and_what_happens_is_asked_for(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    asked = panel.port.fetched.count((f"/api/shifts/{ss.SHIFT}/log", "log.rows"))
    more = [*ss.ENTRIES, ss.entry(9, 0, "Плёнку заменили")]
    panel.feed(ss.message(log=more))
    assert view.list.entries[0].key == "L9"
    assert panel.port.fetched.count((f"/api/shifts/{ss.SHIFT}/log", "log.rows")) == asked
    event: Obj = {"seq": 900, "time_ns": samples.NOW_NS, "kind": "alarm", "data": {}}
    panel.feed({"type": "event", "event": event})
    panel.clock.advance_ns(9 * S)
    panel.feed({"type": "event", "event": {**event, "seq": 901}})
    assert panel.port.fetched.count((f"/api/shifts/{ss.SHIFT}/log", "log.rows")) == asked + 1


def test_a_server_that_gives_no_log_is_told_and_asked_again(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(ss.message())
    view = log_view(panel)
    panel.feed({"type": "reply", "reply_to": "log.rows", "status": 503, "data": {}})
    assert view.told.text() == "Сервер не отдаёт журнал. Пробую ещё раз…"
    assert "L3" in {e.key for e in view.list.entries}, "what the view has is shown meanwhile"
    panel.clock.advance_ns(9 * S)
    panel.feed(samples.image())
    assert panel.port.fetched.count((f"/api/shifts/{ss.SHIFT}/log", "log.rows")) == 2


def test_a_correction_that_the_view_has_first_is_shown_and_not_lost_by_an_older_answer() -> None:
    log = ShiftLog()
    log.choose(ss.SHIFT)
    told = ss.log_row({**ss.ENTRIES[2], "corrections": []})
    assert log.take({"status": 200, "data": {"shift": {"id": ss.SHIFT}, "log": [told]}}, 0)
    assert log.row("L3") is not None
    row = parse_row(told)
    assert row.fixes == ()
    log._view = {"log": [ss.ENTRIES[2]]}
    log._merge()
    again = log.row("L3")
    assert again is not None
    assert [f.text for f in again.fixes] == ["Мойка волчка 25 мин, с разборкой решётки"]
    assert log.take({"status": 200, "data": {"shift": {"id": ss.SHIFT}, "log": [told]}}, 1)
    kept = log.row("L3")
    assert kept is not None
    assert len(kept.fixes) == 1


def test_broken_rows_do_no_harm(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    broken: Obj = {"shift": {"id": ss.SHIFT}, "log": [None, 3, {"text": 5, "corrections": "x"}, {"time_ns": "a"}]}
    panel.feed({"type": "reply", "reply_to": "log.rows", "status": 200, "data": broken})
    assert len(view.list.entries) >= 3


# ---- pages of texts -----------------------------------------------------------------------------------------------------


def test_rows_are_as_high_as_their_texts_and_pages_hold_all_of_them(app: QApplication) -> None:
    made = EntryList(Look(), (80, 100))
    made.resize(700, 300)
    entries = [Entry(str(i), (Said("слово " * (i * 12 + 1)),), "12:00", "x") for i in range(12)]
    made.show_entries(entries)
    seen: list[str] = []
    for _ in range(made.pages()):
        boxes = made._places()
        assert all(box.bottom() <= 300 for e, box in boxes if made.height_of(e) <= 300)
        seen += [e.key for e in made.visible_entries()]
        made.turn(1)
    assert seen == [str(i) for i in range(12)]
    made.deleteLater()


def test_no_letter_is_lost_where_lines_are_broken(app: QApplication) -> None:
    metrics = QFontMetricsF(Look().font(14.5))
    text = "Длинное " + "ж" * 400 + " слово\nи строка"
    lines = wrapped(text, metrics, 300)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert all(metrics.horizontalAdvance(line) <= 300 for line in lines)


def test_pages_begin_where_the_one_before_is_full() -> None:
    assert pages_of([], 100, 5) == [0]
    assert pages_of([40, 40, 40], 100, 5) == [0, 2]
    assert pages_of([300, 40, 40], 100, 5) == [0, 1], "a row that is too high stands alone"


# ---- writing ------------------------------------------------------------------------------------------------------------


def test_an_entry_in_few_touches(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    view.narrow(LogFilter(unit="F301"))
    view.add.click()
    made = dialog(panel, EntryDialog)
    assert made.unit.current == "F301", "the unit that is looked at"
    assert made.verdict.text() == "Не хватает: выберите, о чём запись, напишите, что произошло"
    assert not made.ok.isEnabled()
    made.categories.buttons["equipment"].click()
    keyboard = made.findChild(Keyboard)
    assert isinstance(keyboard, Keyboard)
    for letter in "шум":
        keyboard.type(letter)
    keyboard.type("\n")
    keyboard.type("!")
    assert made.area.text() == "шум\n!"
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("log.entry", "", {"category": "equipment", "text": "шум\n!", "unit": "F301"})
    assert made.isVisible(), "until the line has it"
    assert made.verdict.text() == "Отправлено, жду ответа…"
    assert not made.ok.isEnabled()
    accepted(panel, panel.port.submitted[-1][0])
    assert view.dialog_open() == ""
    assert view.desk.new == Draft()
    assert view.add.text() == "Новая запись…"


def test_a_refused_entry_stays_and_says_why(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    made = view.open_new()
    made.categories.pick("other")
    made.area.setText("x")
    made.ok.click()
    body: Obj = {"error": {"ru": "Нет такого узла", "en": "No such unit"}}
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 422, "body": body})
    assert made.isVisible()
    assert made.verdict.text() == "✕ Нет такого узла"
    assert made.ok.isEnabled()
    made.area.setText("x y")
    assert made.verdict.text() == ""


def test_an_entry_without_an_answer_is_not_written_twice_unseen(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    made = view.open_new()
    made.categories.pick("other")
    made.area.setText("x")
    made.ok.click()
    panel.clock.advance_ns(11 * S)
    panel.window.tick()
    panel.window.refresh()
    assert made.isVisible()
    assert made.verdict.text().startswith("✕ Нет ответа. Прежде чем записать ещё раз")


def test_what_was_typed_survives_closing_a_lost_server_and_another_size(make_panel: MakePanel, tmp_path: Path) -> None:
    panel, view = filled(make_panel)
    made = view.open_new()
    made.categories.pick("quality")
    made.area.setText("Цвет фарша")
    photo, fault = read_photo(jpeg(tmp_path))
    assert fault == ""
    made.take_photo(photo)
    made.reject()
    assert view.add.text() == "Новая запись… · черновик"
    made = view.open_new()
    assert (made.area.text(), made.categories.picked, made.draft.photo) == ("Цвет фарша", "quality", photo)
    panel.feed({"type": "lost", "error": "x"})
    made.ok.click()
    assert made.isVisible()
    assert panel.port.uploads == []
    assert any("Введённое останется здесь" in w.text() for w in made.findChildren(QLabel))
    panel.window.resize(1920, 1080)
    QApplication.processEvents()
    panel.feed({"type": "connected"}, *samples.messages(), ss.message())
    again = dialog(panel, EntryDialog)
    assert again is not made
    assert (again.area.text(), again.categories.picked, again.draft.photo) == ("Цвет фарша", "quality", photo)
    again.clear.click()
    assert again.area.text() == ""
    assert again.draft.photo is None


def test_who_may_only_look_finds_the_button_dashed(make_panel: MakePanel) -> None:
    view = filled(make_panel, "viewer")[1]
    assert not view.add.isEnabled()
    assert view.told.text() == "Записи делает оператор или выше"


def test_texts_end_where_the_line_takes_no_more(app: QApplication) -> None:
    area = TextArea(Look(), TEXT_MAX)
    area.setText("я" * (TEXT_MAX + 50))
    assert len(area.text()) == TEXT_MAX
    area.insert("ещё")
    assert len(area.text()) == TEXT_MAX
    area.backspace()
    assert len(area.text()) == TEXT_MAX - 1
    area.deleteLater()


# ---- photos -------------------------------------------------------------------------------------------------------------


def test_the_photo_goes_ahead_of_the_entry(make_panel: MakePanel, tmp_path: Path) -> None:
    panel, view = filled(make_panel)
    file = jpeg(tmp_path)
    made = EntryDialog(panel.window.context, view.desk, view, [("Папка", tmp_path)])
    view._open(made)
    made.categories.pick("equipment")
    made.area.setText("Течь")
    picker = made.choose_photo()
    QApplication.processEvents()
    assert [Path(e.key).name for e in picker.list.entries] == ["a.jpg"]
    picker.list.chosen.emit(str(file))
    assert made.photo_name.text() == "a.jpg"
    made.ok.click()
    assert panel.port.submitted == []
    path, content, reply_to = panel.port.uploads[-1]
    assert (path, content) == ("/api/attachments", file.read_bytes())
    panel.window.refresh()
    assert made.verdict.text() == "Фото отправляется…"
    assert not made.ok.isEnabled()
    panel.feed({"type": "reply", "reply_to": reply_to, "status": 201, "data": {"photo": "cd" * 32}})
    assert panel.port.submitted[-1][1:] == (
        "log.entry", "", {"category": "equipment", "text": "Течь", "photo": "cd" * 32},
    )  # fmt: skip
    assert view.photos.content("cd" * 32) == file.read_bytes(), "what was sent from here is not fetched"
    accepted(panel, panel.port.submitted[-1][0])
    assert view.dialog_open() == ""


@pytest.mark.parametrize(
    ("status", "data", "said"),
    [
        (507, {"error": {"ru": "Нет места", "en": "No room"}}, "✕ Фото не сохранено: Нет места"),
        (0, {}, "✕ Фото не сохранено: сервер не отвечает, нажмите ещё раз"),
        (413, {}, "✕ Фото не сохранено: HTTP 413"),
    ],
)
def test_a_photo_that_is_not_taken_says_why_and_keeps_the_entry(
    make_panel: MakePanel, tmp_path: Path, status: int, data: Obj, said: str
) -> None:
    panel, view = filled(make_panel)
    view.desk.new = Draft(category="other", text="Течь", photo=read_photo(jpeg(tmp_path))[0])
    made = view.open_new()
    made.ok.click()
    panel.feed({"type": "reply", "reply_to": panel.port.uploads[-1][2], "status": status, "data": data})
    assert made.verdict.text() == said
    assert made.ok.isEnabled()
    assert panel.port.submitted == []
    made.ok.click()
    assert len(panel.port.uploads) == 2, "another touch tries again"


def test_a_photo_asks_for_the_login_and_goes_on_after_it(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = make_panel().feed(ss.message())
    view = log_view(panel)
    view.desk.new = Draft(category="other", text="Течь", photo=read_photo(jpeg(tmp_path))[0])
    made = view.open_new()
    made.ok.click()
    login = dialog(panel, LoginDialog)
    login.reject()
    panel.log_in()
    assert panel.port.uploads == [], "a login that was given up sends nothing later"
    panel.feed({"type": "session"})
    made.ok.click()
    assert dialog(panel, LoginDialog).isVisible()
    panel.log_in()
    assert len(panel.port.uploads) == 1


def test_thumbnails_are_fetched_once_and_only_for_who_is_logged_in(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = make_panel().feed(ss.message())
    view = log_view(panel)
    panel.feed(ss.log_answer())
    panel.window.grab()
    assert panel.port.downloads == []
    panel.log_in()
    panel.window.grab()
    panel.window.grab()
    assert [d[0] for d in panel.port.downloads] == [f"/api/attachments/{ss.PHOTO}"]
    _, _, file, reply_to = panel.port.downloads[0]
    file.write_bytes(jpeg(tmp_path).read_bytes())
    panel.feed({"type": "reply", "reply_to": reply_to, "status": 200, "data": {"bytes": 1}})
    picture = view.photos.picture(ss.PHOTO)
    assert picture is not None
    assert not picture.isNull()
    assert picture.width() <= 200, "small"


def test_a_photo_that_is_gone_is_said_and_not_asked_for_ever(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    panel.window.grab()
    panel.feed({"type": "reply", "reply_to": panel.port.downloads[0][3], "status": 404, "data": {}})
    panel.window.grab()
    assert len(panel.port.downloads) == 1
    opened = view.open_entry("L2")
    assert opened is not None
    assert opened.face.spoken() == ["Этого фото на сервере больше нет"]


def test_a_touch_shows_an_entry_whole_and_its_photo_large(make_panel: MakePanel, tmp_path: Path) -> None:
    panel, view = filled(make_panel)
    view.photos.keep(ss.PHOTO, jpeg(tmp_path, side=2000).read_bytes())
    box = next(box for e, box in view.list._places() if e.key == "L2")
    QTest.mouseClick(view.list, Qt.MouseButton.LeftButton, pos=QPoint(300, int(box.center().y())))
    opened = dialog(panel, EntryView)
    assert ss.LONG in opened.list.spoken()
    opened.face.clicked.emit()
    large = dialog(panel, PhotoView)
    QApplication.processEvents()
    assert large.height() <= panel.window.height() - 64
    assert large.face.pixmap is not None
    assert large.face.pixmap.width() == 2000
    large.face.clicked.emit()
    assert not large.isVisible()
    assert view.open_entry("#70") is None, "what the journal says itself has no window of its own"


def test_pictures_are_offered_newest_first_and_say_why_not(make_panel: MakePanel, tmp_path: Path) -> None:
    panel, view = filled(make_panel)
    (tmp_path / "DCIM" / "100").mkdir(parents=True)
    jpeg(tmp_path / "DCIM" / "100", "new.png")
    (tmp_path / "big.jpg").write_bytes(b"\xff\xd8\xff")
    os.truncate(tmp_path / "big.jpg", PHOTO_READ_MAX_BYTES + 1)
    (tmp_path / "fake.png").write_bytes(b"GIF89a")
    (tmp_path / "text.txt").write_text("x", encoding="utf-8")
    found = {f.path.name: f.fault for f in pictures_in(tmp_path)}
    assert found == {"new.png": "", "big.jpg": "size", "fake.png": "kind"}
    picker = PhotoPicker(panel.window.context, lambda photo: None, view, [("Папка", tmp_path), ("Пусто", tmp_path / "no")])
    picker.open()
    QApplication.processEvents()
    said = " ".join(picker.list.spoken())
    assert "Больше 57,2 МБ: снимите ещё раз, выбрав в камере меньший размер" in said
    assert "Не JPEG и не PNG" in said
    picker.choose(str(tmp_path / "big.jpg"))
    assert picker.isVisible()
    assert picker.verdict.text().startswith("✕ Больше 57,2 МБ")
    picker.where.chosen.emit("1")
    assert picker.list.spoken()[0].startswith("В этой папке нет фото")
    picker.reject()


def test_photos_are_judged_as_the_server_does(tmp_path: Path) -> None:
    assert photo_fault(b"\xff\xd8\xff\xe0", 10) == ""
    assert photo_fault(b"\x89PNG\r\n\x1a\n", PHOTO_READ_MAX_BYTES) == ""
    assert photo_fault(b"\x89PNG\r\n\x1a\n", PHOTO_READ_MAX_BYTES + 1) == "size"
    assert photo_fault(b"RIFF", 10) == "kind"
    assert read_photo(tmp_path / "no.jpg") == (None, "gone")
    (tmp_path / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0broken")
    assert read_photo(tmp_path / "half.jpg") == (None, "kind")
    photo, _ = read_photo(jpeg(tmp_path))
    assert photo == Photo("a.jpg", (tmp_path / "a.jpg").read_bytes())


def test_a_photo_that_is_too_large_is_made_smaller_and_says_so(make_panel: MakePanel, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1600, 2800, 3), dtype=np.uint8)
    image = QImage(noise.tobytes(), 2800, 1600, 3 * 2800, QImage.Format.Format_RGB888)
    assert image.save(str(tmp_path / "camera.png"))
    assert (tmp_path / "camera.png").stat().st_size > PHOTO_MAX_BYTES
    photo, fault = read_photo(tmp_path / "camera.png")
    assert fault == ""
    assert photo is not None
    assert photo.name == "camera.jpg"
    assert len(photo.content) <= PHOTO_MAX_BYTES
    assert kind_of(photo.content) == "jpg", "as the server judges it"
    assert decoded(photo.content).width() == 2560
    made = filled(make_panel)[1].open_new()
    made.take_photo(photo)
    assert made.photo_name.text().startswith("camera.jpg: было 12,")
    (tmp_path / "half.jpg").write_bytes(b"\xff\xd8\xff" + b"0" * PHOTO_MAX_BYTES)
    assert read_photo(tmp_path / "half.jpg") == (None, "kind")


# ---- corrections --------------------------------------------------------------------------------------------------------


def test_a_correction_keeps_the_first_text_and_asks_why(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    opened = view.open_entry("L3")
    assert opened is not None
    said = opened.list.spoken()
    assert "Первый текст, Иванова" in said
    assert "Исправил(а) petrov. Причина: Уточнение" in said
    opened.fix.click()
    made = dialog(panel, FixDialog)
    assert made.area.text() == "Мойка волчка 25 мин, с разборкой решётки", "the text as it stands is corrected"
    assert any("Первый текст останется в журнале: Мойка волчка 15 мин" in w.text() for w in made.findChildren(QLabel))
    assert made.verdict.text() == "Не хватает: выберите причину исправления"
    made.reasons.picker.pick("0")
    assert made.verdict.text() == "Текст не изменился"
    assert not made.ok.isEnabled()
    made.area.setText("Мойка волчка 30 мин")
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("log.correct", "L3", {"text": "Мойка волчка 30 мин"})
    assert panel.port.reasons[-1] == "Опечатка"
    accepted(panel, panel.port.submitted[-1][0])
    assert view.dialog_open() == ""
    assert view.desk.fix is None


def test_a_correction_survives_another_size_with_its_own_words(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    made = view.open_fix("L1")
    assert made is not None
    made.area.setText("Приняли смену, замечание одно")
    made.reasons._take("перепутал")
    made.reasons.picker.picked = "own"
    made._reason()
    panel.window.resize(1920, 1080)
    QApplication.processEvents()
    panel.window.refresh()
    again = dialog(panel, FixDialog)
    assert (again.area.text(), again.reasons.reason) == ("Приняли смену, замечание одно", "перепутал")
    assert again.ok.isEnabled()


def test_what_another_wrote_is_a_shift_leads_to_correct(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    panel.feed({"type": "session", "user": "kuznetsov", "name": "Кузнецов", "role": "operator"})
    opened = view.open_entry("L3")
    assert opened is not None
    assert not opened.fix.isEnabled()
    assert opened.why.text() == "Чужую запись исправляет мастер смены или выше"
    opened.reject()
    panel.feed({"type": "session", "user": "kuznetsov", "name": "Кузнецов", "role": "shift_lead"})
    opened = view.open_entry("L3")
    assert opened is not None
    assert opened.fix.isEnabled()
    opened.reject()
    fixes = [ss.correction(20 + i, 30 - i, f"текст {i}", "x") for i in range(10)]
    panel.feed(ss.message(log=[{**ss.ENTRIES[2], "corrections": fixes}]))
    opened = view.open_entry("L3")
    assert opened is not None
    assert opened.why.text().startswith("Исправлено уже столько раз")
    seen: list[str] = []
    for _ in range(opened.list.pages()):
        seen += opened.list.spoken()
        opened.list.turn(1)
    assert all(f"текст {i}" in seen for i in range(10)), "every one of them"
    assert "исправлений до этого: 7" in view.list.spoken(), "the list has the newest three"


def test_the_longest_entry_fits_into_its_window(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    longest = "слово " * (TEXT_MAX // 6)
    fixes = [ss.correction(20, 30, longest, "x" * 300)]
    panel.feed(ss.message(log=[{**ss.entry(30, 5, longest), "corrections": fixes}]))
    opened = view.open_entry("L30")
    assert opened is not None
    QApplication.processEvents()
    assert opened.height() <= panel.window.height() - 64
    for _ in range(opened.list.pages()):
        assert all(box.bottom() <= opened.list.height() for _, box in opened.list._places())
        opened.list.turn(1)
    for _ in range(view.list.pages()):
        assert all(box.bottom() <= view.list.height() for _, box in view.list._places())
        view.list.turn(1)


# ---- room ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "en"])
def test_dialogs_stay_below_the_strip_with_targets_for_gloves(make_panel: MakePanel, language: str, tmp_path: Path) -> None:
    panel, view = filled(make_panel, language=language)
    opened: list[PanelDialog] = [view.open_new()]
    fix = view.open_fix("L3")
    assert fix is not None
    opened.append(fix)
    for made in opened:
        QApplication.processEvents()
        assert made.height() <= panel.window.height() - 64, type(made).__name__
        assert made.width() <= panel.window.width()
        for field in made.findChildren(QLineEdit):
            assert field.height() >= 48
        made.reject()
    assert wire.text(panel.store.view("shift"), "id") == ss.SHIFT


def test_it_speaks_the_language_of_the_panel(make_panel: MakePanel) -> None:
    panel = make_panel("en")
    panel.feed({"type": "session", "user": "smith", "name": "J. Smith", "role": "operator"})
    neutral = [{**e, "text": "S-401 ?!", "user": "smith", "corrections": []} for e in ss.ENTRIES]
    panel.feed(ss.message(log=neutral))
    view = log_view(panel)
    panel.feed(ss.log_answer([r for r in ss.rows() if r["auto"]]))
    for made in (None, view.open_new(), view.open_fix("L1"), view.open_entry("L1")):
        QApplication.processEvents()
        foreign = [t for t in texts(made or view) if any("а" <= c.lower() <= "я" for c in t) and len(t) > 1]
        assert [t for t in foreign if t != "АБВ"] == []
        if made is not None:
            made.reject()
    panel.window.switch_language()
    QApplication.processEvents()
    panel.window.refresh()
    assert "Все записи ▾" in texts(view)
    assert "Equipment" not in view.list.spoken()


def test_a_long_log_is_worded_again_only_when_something_is_other(make_panel: MakePanel, monkeypatch: pytest.MonkeyPatch) -> None:
    panel, view = filled(make_panel)
    worded: list[str] = []
    real = words.log_entry
    monkeypatch.setattr(words, "log_entry", lambda store, row: (worded.append(row.key), real(store, row))[1])
    panel.window.refresh()
    assert worded == []
    view.narrow(LogFilter(category="safety"))
    assert len(worded) == len(view.list.entries) > 0
    panel.feed(ss.message(log=[*ss.ENTRIES, ss.entry(9, 0, "Пол мокрый у S-401", "safety")]))
    assert "Пол мокрый у S-401" in view.list.spoken()


def test_what_the_journal_words_stands_whole_in_its_row(make_panel: MakePanel) -> None:
    panel, view = filled(make_panel)
    long = "Партия №1188: задержана — " + ", ".join(f"причина {i} с пояснением и подробностями" for i in range(24))
    panel.feed(ss.log_answer([ss.auto(1, 1, "batch", long, long, unit="F301")]))
    entry = next(e for e in view.list.entries if e.said[0].text == long)
    metrics = QFontMetricsF(view.context.look.font(SIZE))
    assert view.list.height_of(entry) > 7 * metrics.height(), "all of its lines, since no touch opens it"
