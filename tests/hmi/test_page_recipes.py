"""The library of recipes on the panel: what each state offers, drafts, live check, form, differences, dry run, signature."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from hmi.pages.recipes import TABS, RecipesPage
from hmi.viewmodels import wire
from hmi.viewmodels.recipes import Recipe, Signature, Version, find_version
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi import recipe_samples as rs
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

SECOND_NS = 1_000_000_000


def reply(name: str, data: Obj, status: int = 200) -> Obj:
    return {"type": "reply", "reply_to": name, "status": status, "data": data}


def found(bench: Bench, content: str) -> tuple[Recipe, Version]:
    chosen = find_version(bench.panel.store, content)
    assert chosen is not None
    return chosen


class Bench:
    """A panel on the page of recipes, with the server's part played by samples."""

    def __init__(self, make_panel: MakePanel, role: str = "technologist", content: str = rs.REVIEW) -> None:
        self.panel: Panel = make_panel()
        self.panel.feed({"type": "view", "name": "recipes", "data": rs.library()})
        if role:
            self.panel.log_in(role)
        self.panel.window.navigate("recipes", "")
        page = self.panel.window.pages["recipes"]
        assert isinstance(page, RecipesPage)
        self.page = page
        page.choose(content)
        self.serve()

    def tab(self, name: str) -> None:
        self.page.tabs.choose(name)
        self.serve()

    def serve(self) -> None:
        """Answer all that was asked until nothing more is."""
        port = self.panel.port
        for _ in range(6):
            asked, posted = list(port.asked), list(port.posted)
            fetched = list(port.fetched)
            port.asked.clear(), port.fetched.clear(), port.posted.clear()
            for (path, name), (_path, _params) in zip(fetched, asked, strict=True):
                if name == "recipes.version":
                    self.panel.feed(reply(name, rs.stored(path.rsplit("/", 1)[1])))
                elif name == "recipes.diff":
                    self.panel.feed(reply(name, rs.difference()))
            for _path, body, name in posted:
                if name == "recipes.check":
                    self.panel.feed(reply(name, rs.checked(wire.text(body, "text"))))
                else:
                    port.posted.append((_path, body, name))
            self.panel.clock.advance_ns(SECOND_NS)
            self.panel.feed(samples.image())  # the line goes on
        QApplication.processEvents()

    def commands(self) -> list[tuple[str, str, Obj]]:
        return [(kind, target, args) for _local, kind, target, args in self.panel.port.submitted]


def test_it_opens_with_the_version_in_force(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content="")
    assert bench.page.selected == rs.APPROVED
    rows = bench.page.table.rows
    assert [r.key for r in rows][:4] == [rs.DRAFT, rs.REVIEW, rs.APPROVED, "d4" * 32]
    assert [r.inset for r in rows] == [False, True, True, True, False]
    assert "1.0" in bench.page.pane.title.text()


@pytest.mark.parametrize(
    ("content", "offered"),
    [(rs.DRAFT, {"submit"}), (rs.REVIEW, {"approve", "withdraw"}), (rs.APPROVED, {"obsolete"}), ("d4" * 32, set())],
)
def test_each_state_offers_its_own_steps(make_panel: MakePanel, content: str, offered: set[str]) -> None:
    bench = Bench(make_panel, content=content)
    assert {n for n, b in bench.page.buttons.items() if b.isVisible()} == offered


def test_the_own_version_is_withdrawn_and_that_of_somebody_else_sent_back(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)

    def steps(user: str) -> set[str]:
        bench.panel.feed({"type": "session", "user": user, "name": user, "role": "technologist"})
        bench.page.refresh()
        return {n for n, b in bench.page.buttons.items() if b.isVisible()}

    assert steps("Ivanova") == {"approve", "withdraw"}, "wrote it; a second person signs at this panel"
    assert steps("sidorova") == {"approve", "withdraw"}, "submitted it"
    assert steps("orlova") == {"approve", "withdraw"}, "worked on it before"
    assert steps("kuznetsov") == {"approve", "reject"}
    bench.tab("compare")
    dialog = bench.page.desk.approve(*version_and_name(bench), "9d" * 32, "")
    dialog.reasons.picker.pick("0")
    dialog.confirm()
    signature = bench.page.desk.signature
    assert signature is not None
    for user in ("ivanova", "sidorova", "orlova"):
        signature.password.setText("secret")
        signature.user.setText(user)
        assert not signature.ok.isEnabled(), user
    signature.user.setText("kuznetsov")
    assert signature.ok.isEnabled()
    signature.reject()


def version_and_name(bench: Bench) -> tuple[Version, str]:
    _, version = found(bench, rs.REVIEW)
    return version, "Докторская"


def test_whose_version_came_back_reads_why_on_every_tab(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.DRAFT)
    assert not bench.page.returned.isVisible()
    library = rs.library()
    recipe = wire.objects(library, "recipes")[0]
    back: Obj = {"user": "petrov", "reason": "Предел 80 °C высок", "time_ns": samples.NOW_NS}
    versions: list[Json] = [{**v, "returned": back} if v["hash"] == rs.DRAFT else v for v in wire.objects(recipe, "versions")]
    bench.panel.feed({"type": "view", "name": "recipes", "data": {"recipes": [{**recipe, "versions": versions}]}})
    for tab in ("parameters", "trial"):
        bench.tab(tab)
        assert bench.page.returned.isVisible()
        assert bench.page.returned.text().startswith("Возвращён на доработку (petrov, ")
        assert bench.page.returned.text().endswith(": Предел 80 °C высок")
    chip = bench.page.table.rows[0].cells[2].chip
    assert chip is not None
    assert chip.text == "возвращён"
    bench.page.choose(rs.APPROVED)
    assert not bench.page.returned.isVisible()


def test_a_version_that_the_server_cannot_give_says_why_and_is_asked_for_again_later(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.DRAFT)
    bench.page.choose(rs.APPROVED)
    port = bench.panel.port
    port.fetched.clear()
    bench.panel.feed(reply("recipes.version", {"error": {"ru": "Папку линии не прочитать", "en": "x"}}, status=422))
    for _ in range(3):
        bench.page.refresh()
    assert bench.page.said.text() == "Папку линии не прочитать"
    assert not port.fetched, "not five times a second"
    bench.panel.clock.advance_ns(6 * SECOND_NS)
    bench.panel.feed(samples.image())
    bench.page.refresh()
    assert [p for p, _ in port.fetched] == [f"/api/recipes/{rs.APPROVED}"]
    assert bench.page.said.text() == "Папку линии не прочитать", "until it is known better"
    bench.panel.feed(reply("recipes.version", rs.stored(rs.APPROVED)))
    assert bench.page.draft.known
    assert "Папку" not in bench.page.said.text()


def test_an_operator_looks_and_changes_nothing(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, role="operator", content=rs.DRAFT)
    assert not any(b.isEnabled() for b in bench.page.buttons.values())
    assert not any(c.touch for r in bench.page.parameters.table.rows for c in r.cells)
    bench.tab("file")
    assert bench.page.file.edit.isReadOnly()
    assert "технолог" in bench.page.said.text()


def test_at_an_operators_panel_a_technologist_may_sign_an_approval_or_an_end(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, role="operator", content=rs.APPROVED)
    assert {n for n, b in bench.page.buttons.items() if b.isVisible() and b.isEnabled()} == {"obsolete"}
    assert "Подписывает технолог" in bench.page.said.text()
    bench.page.choose(rs.REVIEW)
    bench.tab("compare")
    assert {n for n, b in bench.page.buttons.items() if b.isVisible() and b.isEnabled()} == {"approve"}
    bench.page.act("approve")
    reason = next(w for w in QApplication.topLevelWidgets() if type(w).__name__ == "ReasonDialog" and w.isVisible())
    reason.reasons.picker.pick(next(iter(reason.reasons.picker.buttons)))  # type: ignore[attr-defined]
    reason.confirm()  # type: ignore[attr-defined]
    dialog = bench.page.desk.signature
    assert dialog is not None
    assert dialog.user.text() == ""
    dialog.reject()


def test_a_long_name_never_cuts_the_version(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    first = bench.page.table.rows[0].cells[1]
    assert first.text == "Докторская"
    assert first.sub.startswith(wire.text(wire.objects(wire.objects(rs.library(), "recipes")[0], "versions")[0], "version"))


def test_nobody_is_asked_to_log_in_by_looking(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, role="")
    bench.tab("file")
    assert bench.page.file.edit.isReadOnly()
    assert "войдите" in bench.page.said.text()
    assert not bench.panel.port.posted  # a check asks for a login
    assert bench.page.draft.known
    assert bench.page.procedure.chart is not None


def test_every_page_of_a_version_shows_something(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    for tab in TABS:
        bench.tab(tab)
        assert bench.page.shown[tab].isVisible()
    assert len(bench.page.parameters.table.rows) == len(wire.obj(rs.checked(rs.text())["data"], "parameters"))
    assert bench.page.procedure.chart.boxes()


def test_what_is_typed_is_checked_and_a_fault_says_its_line(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    bench.tab("file")
    broken = rs.text().replace("size_hi_kg: 160", "size_hi_kg: 100")
    line = broken[: broken.index("base_batch_kg: 140")].count("\n") + 1
    bench.page.file.edit.setPlainText(broken)
    bench.page.refresh()
    assert "Проверяю" in bench.page.file.verdict.text()
    bench.serve()
    faults = bench.page.draft.faults
    assert [f.line for f in faults if f.key == "base_batch_kg"] == [line]
    assert bench.page.file.faults.isVisible()
    assert "вне допустимых размеров партии" in bench.page.file.faults.rows[0].cells[1].text
    bench.page.file.faults.chosen.emit(f"{line}:0")
    assert bench.page.file.edit.textCursor().blockNumber() == line - 1
    assert bench.page.draft.changed
    assert not any(b.isEnabled() for b in bench.page.buttons.values())  # first save, or discard
    bench.page.drop_changes()
    assert not bench.page.draft.changed


def test_of_many_faults_every_one_can_be_read(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    bench.tab("file")
    broken = rs.text().replace("size_hi_kg: 160", "size_hi_kg: 100").replace("class: cutter", "class: cuter")
    bench.page.file.edit.setPlainText(broken.replace("class: packer", "class: pack").replace("class: chiller", "class: cold"))
    bench.serve()
    QApplication.processEvents()
    bench.page.refresh()
    assert len(bench.page.draft.faults) > 3
    assert bench.page.file.faults.pages() > 1
    assert bench.page.file.pager.forward.isEnabled()
    assert bench.page.file.pager.isVisible()
    bench.page.file.pager.forward.click()
    assert bench.page.file.faults.page == 1
    bench.page.refresh()
    assert bench.page.file.faults.page == 1, "a look leaves the page"


def test_what_is_out_of_use_is_not_run_dry(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.DRAFT)
    bench.tab("trial")
    assert bench.page.trial.start.isEnabled()
    bench.page.choose("d4" * 32)
    bench.serve()
    assert not bench.page.trial.start.isEnabled()


def test_an_answer_about_another_text_is_not_shown(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    bench.tab("file")
    bench.page.file.edit.setPlainText(rs.text() + "\n# one")
    bench.panel.clock.advance_ns(SECOND_NS)
    bench.page.refresh()
    assert [name for _p, _b, name in bench.panel.port.posted] == ["recipes.check"]
    asked = wire.text(bench.panel.port.posted[0][1], "text")
    bench.page.file.edit.setPlainText(rs.text() + "\n# two")
    bench.panel.feed(reply("recipes.check", rs.checked(asked)))
    assert not bench.page.draft.known
    bench.panel.port.posted.clear()
    bench.serve()
    assert bench.page.draft.known


def test_the_server_that_does_not_answer_is_asked_again(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    bench.tab("file")
    bench.page.file.edit.setPlainText(rs.text() + "\n# x")
    bench.panel.clock.advance_ns(SECOND_NS)
    bench.page.refresh()
    bench.panel.port.posted.clear()
    bench.panel.feed(reply("recipes.check", {}, status=0))
    assert "не проверен" in bench.page.file.verdict.text()
    bench.serve()
    assert bench.page.draft.known


def test_a_number_of_the_form_goes_into_the_text(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    pad = bench.page.parameters.touched("parameters.cook_temp.value", "value")
    assert pad is not None
    pad.field.setText("79")
    pad.confirm()
    path, body, name = bench.panel.port.posted[-1]
    assert (path, name) == ("/api/recipes/edit", "recipes.edit")
    assert body["changes"] == [{"path": ["parameters", "cook_temp", "value"], "value": 79.0}]
    bench.panel.port.posted.clear()
    changed = rs.text().replace("value: 78.0", "value: 79.0")
    assert changed != rs.text()
    bench.panel.feed(reply("recipes.edit", {"text": changed}))
    bench.serve()
    assert bench.page.draft.text == changed
    assert any("79" in c.text for r in bench.page.parameters.table.rows for c in r.cells)


def test_a_number_that_the_server_did_not_take_is_not_lost_in_silence(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    pad = bench.page.parameters.touched("parameters.cook_temp.value", "value")
    assert pad is not None
    pad.field.setText("79")
    pad.confirm()
    bench.panel.feed(reply("recipes.edit", {}, status=0))
    assert bench.page.said.text() == "Число не принято. Введите его ещё раз."
    bench.page.edit(("parameters", "cook_temp", "value"), 79.0)
    bench.panel.feed(reply("recipes.edit", {"text": rs.text().replace("value: 78.0", "value: 79.0")}))
    assert "Число не принято" not in bench.page.said.text()


def test_a_number_of_version_that_is_taken_is_told_before_saving(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.APPROVED)
    bench.tab("file")
    number = rs.library_version(rs.APPROVED)
    bench.page.file.edit.setPlainText(rs.text().replace('version: "2.0"', f'version: "{number}"') + "\n# mine")
    bench.serve()
    bench.page.refresh()
    assert not bench.page.save.isEnabled()
    assert bench.page.said.text() == f"Версия {number} уже есть: впишите в файл новый номер."
    bench.page.file.edit.setPlainText(rs.text().replace('version: "2.0"', 'version: "7.7"'))
    bench.serve()
    bench.page.refresh()
    assert bench.page.save.isEnabled()


def test_a_window_of_another_size_keeps_what_was_typed(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.APPROVED)
    bench.tab("file")
    bench.page.file.edit.setPlainText(rs.text() + "\n# mine")
    window = bench.panel.window
    window.resize(1920, 1080)
    QApplication.processEvents()
    page = window.pages["recipes"]
    assert isinstance(page, RecipesPage)
    assert page is not bench.page
    page.refresh()
    assert page.tabs.current == "file"
    assert page.file.edit.toPlainText().endswith("# mine")
    assert page.draft.changed


def test_a_value_outside_its_limits_is_not_taken(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    pad = bench.page.parameters.touched("parameters.cook_temp.value", "value")
    assert pad is not None
    pad.field.setText("99")
    assert not pad.ok.isEnabled()
    pad.reject()


def test_a_draft_is_saved_with_a_reason_and_then_shown(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.APPROVED)
    bench.tab("file")
    text = rs.text().replace('version: "2.0"', 'version: "1.3"')
    bench.page.file.edit.setPlainText(text)
    bench.serve()
    assert bench.page.save.isEnabled()
    dialog = bench.page.desk.save(bench.page.draft)
    dialog.reasons.picker.pick(next(iter(dialog.reasons.picker.buttons)))
    dialog.confirm()
    kind, target, args = bench.commands()[-1]
    assert (kind, target) == ("recipe.save", "doktorskaya")
    assert args == {"data": rs.checked(text)["data"], "text": text, "base": rs.APPROVED}
    assert bench.panel.port.reasons[-1]
    library = rs.library()
    content = wire.text(rs.checked(text), "hash")
    recipe = wire.objects(library, "recipes")[0]
    versions = [{**wire.objects(recipe, "versions")[0], "hash": content, "version": "1.3"}, *wire.objects(recipe, "versions")]
    view: Obj = {"recipes": [{**recipe, "versions": versions}]}
    bench.panel.feed({"type": "view", "name": "recipes", "data": view})
    bench.serve()
    assert bench.page.selected == content
    assert not bench.page.draft.changed


def test_changes_keep_another_version_from_being_opened(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    bench.tab("file")
    bench.page.file.edit.setPlainText(rs.text() + "\n# mine")
    bench.page.choose(rs.APPROVED)
    assert bench.page.selected == rs.REVIEW
    assert bench.page.draft.text.endswith("# mine")


def test_approving_signs_content_dry_run_and_differences(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    assert not bench.page.buttons["approve"].isEnabled()  # the differences were not looked at
    bench.tab("compare")
    assert bench.page.buttons["approve"].isEnabled()
    shown = {r.cells[0].text: (r.cells[1].text, r.cells[2].text) for r in bench.page.compare.table.rows}
    assert shown == {
        "сырьё «Орех мускатный»: удалено": ("0,06 кг", "—"),
        "параметр «Температура в батоне при варке», значение": ("72 °C", "72,5 °C"),
        "параметр «Температура в батоне при варке», ККТ": ("да", "—"),
    }
    bench.page.act("approve")
    reason = next(w for w in QApplication.topLevelWidgets() if type(w).__name__ == "ReasonDialog" and w.isVisible())
    reason.reasons.picker.pick(next(iter(reason.reasons.picker.buttons)))  # type: ignore[attr-defined]
    reason.confirm()  # type: ignore[attr-defined]
    dialog = bench.page.desk.signature
    assert dialog is not None
    dialog.user.setText("sidorova")
    dialog.password.setText("secret")
    assert not dialog.ok.isEnabled()  # who submitted does not approve
    dialog.user.setText("petrov")
    dialog.send()
    kind, target, args = bench.commands()[-1]
    assert (kind, target) == ("recipe.approve", "doktorskaya")
    assert args == {"hash": rs.REVIEW, "evidence": rs.EVIDENCE, "difference": "9d" * 32}
    assert bench.panel.port.signs[-1] == {"user": "petrov", "password": "secret"}
    assert bench.panel.port.reasons[-1]
    dialog.reject()


def test_what_was_approved_is_compared_with_what_was_in_force_before_it(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    recipe, approved = found(bench, rs.APPROVED)
    against = bench.page.compare.against
    assert against(recipe, found(bench, rs.REVIEW)[1]) == rs.APPROVED
    assert against(recipe, found(bench, rs.DRAFT)[1]) == rs.APPROVED
    assert against(recipe, replace(approved, base="77" * 32)) == "", "the draft that it was made from is gone"
    signed = Signature("petrov", "Петров", "technologist", "approve", 1, previous="d4" * 32)
    assert against(recipe, replace(approved, base="77" * 32, signatures=(signed,))) == "d4" * 32
    assert against(recipe, replace(approved, base="d4" * 32)) == "d4" * 32


def test_differences_of_another_version_are_not_approved(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.REVIEW)
    bench.tab("compare")
    assert bench.page.buttons["approve"].isEnabled()
    bench.page.compare.ask(*found(bench, rs.APPROVED))
    bench.tab("parameters")
    assert not bench.page.buttons["approve"].isEnabled()
    assert bench.page.said.text() == "Сначала посмотрите отличия."


def test_without_a_dry_run_nothing_is_submitted(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.DRAFT)
    assert not bench.page.buttons["submit"].isEnabled()
    assert "прогон" in bench.page.said.text()


def test_a_dry_run_is_started_followed_and_shown(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.DRAFT)
    bench.tab("trial")
    trial = bench.page.trial
    trial.report = None
    trial.begin()
    assert bench.panel.port.posted[-1] == ("/api/recipes/dry_run", {"hash": rs.DRAFT}, "recipes.trial.start")
    assert not trial.start.isEnabled() or trial.job
    bench.panel.port.posted.clear()
    bench.panel.feed(reply("recipes.trial.start", {"job": "7"}))
    bench.panel.clock.advance_ns(2 * SECOND_NS)
    bench.page.refresh()
    assert ("/api/recipes/dry_run/7", "recipes.trial.job") in bench.panel.port.fetched
    bench.panel.feed(reply("recipes.trial.job", {"state": "running", "progress": 0.4}))
    assert "40" in trial.words()
    bench.panel.feed(reply("recipes.trial.job", {"state": "done", "progress": 1.0, "report": rs.report(ok=False)}))
    bench.page.refresh()
    assert not trial.job
    assert "не пройден" in trial.words()
    assert "70 °C" in trial.findings.rows[0].cells[1].text
    assert trial.spans.names()[0] == "R-101"
    assert len(trial.legend.entries) == 2


def test_the_curves_of_critical_limits_are_never_crowded_out(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.DRAFT)
    bench.tab("trial")
    report = rs.report()
    curves = wire.obj(report, "curves")
    first: Obj = {f"G101.Value{i}": curves["S401.CoreTemp"] for i in range(12)}
    bench.page.trial.begin()
    bench.panel.feed(reply("recipes.trial.start", {"job": "7"}))
    done: Obj = {"state": "done", "progress": 1.0, "report": {**report, "curves": {**first, **curves}}}
    bench.panel.feed(reply("recipes.trial.job", done))
    bench.page.refresh()
    assert [e.tag for e in bench.page.trial.legend.entries][:2] == ["S401.CoreTemp", "S401.ChamberTemp"]
    assert len(bench.page.trial.legend.entries) == 4, "one row of them: the plot has the room"


def test_a_dry_run_that_is_refused_says_why(make_panel: MakePanel) -> None:
    bench = Bench(make_panel, content=rs.DRAFT)
    bench.tab("trial")
    bench.page.trial.begin()
    why = {"reasons": [{"ru": "Идёт другой пробный прогон", "en": "Another dry run is under way"}]}
    bench.panel.feed(reply("recipes.trial.start", why, status=409))
    assert bench.page.trial.words() == "Идёт другой пробный прогон"
    assert not bench.page.trial.job


def test_the_history_names_who_and_why(make_panel: MakePanel) -> None:
    bench = Bench(make_panel)
    bench.tab("history")
    signature: Obj = {"user": "petrov", "name": "Петров П. П.", "role": "technologist", "time_ns": 1}
    events = [
        {"seq": 3, "time_ns": 3, "kind": "recipe", "source": "doktorskaya",
         "data": {"what": "saved", "hash": rs.DRAFT, "version": "1.2", "user": "ivanova", "reason": "Проба"}},
        {"seq": 4, "time_ns": 4, "kind": "recipe", "source": "vetchina", "data": {"what": "saved"}},
        {"seq": 5, "time_ns": 5, "kind": "recipe", "source": "doktorskaya",
         "data": {"what": "approved", "hash": rs.APPROVED, "version": "1.0", "signature": signature, "reason": "Проверено"}},
    ]  # fmt: skip
    bench.panel.feed(reply("recipes.events", {"events": events}))
    bench.page.refresh()
    rows = bench.page.history.table.rows
    assert [r.cells[1].text for r in rows] == ["Утверждён", "Сохранён"]
    assert "Петров" in rows[0].cells[3].text
    assert rows[1].cells[3].sub == "Проба"
    more: list[Json] = [
        *events,
        {"seq": 6, "time_ns": 6, "kind": "recipe", "source": "doktorskaya",
         "data": {"what": "obsolete", "hash": "d4" * 32, "version": "0.9", "user": "op1", "reason": "Проверено",
                  "superseded_by": rs.APPROVED}},
        {"seq": 7, "time_ns": 7, "kind": "recipe", "source": "doktorskaya",
         "data": {"what": "evidence", "hash": rs.APPROVED, "version": "1.0", "user": "petrov", "reason": "dry run"}},
    ]  # fmt: skip
    bench.panel.feed(reply("recipes.events", {"events": more}))
    bench.page.refresh()
    dry, replaced = bench.page.history.table.rows[:2]
    assert (dry.cells[1].text, dry.cells[3].text, dry.cells[3].sub) == ("Пробный прогон", "petrov", "")
    assert (replaced.cells[1].text, replaced.cells[3].text) == ("Заменён новой версией", ""), (
        "who stood at the panel did not sign"
    )


def test_without_recipes_and_without_a_server_it_says_so(make_panel: MakePanel) -> None:
    panel = make_panel(filled=False)
    panel.window.navigate("recipes", "")
    page = panel.window.pages["recipes"]
    assert isinstance(page, RecipesPage)
    page.refresh()
    assert not page.table.rows
    assert not page.save.isEnabled()
    panel.feed({"type": "view", "name": "recipes", "data": {"recipes": [{"id": 3, "versions": "none"}]}})
    page.refresh()
    assert not page.table.rows
