"""What a batch asks for is seen from every page and leads to it: the bar, the strip, the list of what needs somebody now."""

from __future__ import annotations

from typing import cast

from hmi.pages.alarms import AlarmsPage
from hmi.pages.batch import BatchPage
from hmi.pages.overview import OverviewPage, needs
from hmi.viewmodels.asks import asks_of
from hmi.viewmodels.wire import Obj
from tests.hmi import samples
from tests.hmi import samples_batches as sample
from tests.hmi.conftest import MakePanel


def test_a_product_on_hold_comes_first_then_the_oldest_question(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist").feed(sample.view())
    assert [(a.kind, a.argument) for a in asks_of(panel.store)] == [
        ("on_hold", "B1186"), ("confirm", "B1191"), ("confirm", "B1192"), ("prompt", "B1190"), ("prompt", "B1190"),
    ]  # fmt: skip
    told = panel.window.told
    assert told.isVisible()
    assert told.text.text().endswith("№1186: продукт на удержании, нужно решение: Температура в батоне (ККТ)")
    assert told.more.text() == "ещё 4"


def test_the_bar_opens_the_batch_and_goes_there_where_the_page_says_it_itself(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view(sample.asking()))
    panel.window.navigate("alarms", "")
    assert isinstance(panel.window.page, AlarmsPage)
    told = panel.window.told
    assert told.isVisible()
    told.open_it.click()
    page = panel.window.page
    assert isinstance(page, BatchPage)
    assert page.heading.text() == "№1190"
    assert not told.isVisible()
    panel.window.navigate("alarms", "")
    assert told.isVisible(), "it was not answered"


def test_put_aside_it_stays_in_the_strip_which_leads_there_too(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view(sample.asking()))
    panel.window.told.put_aside.click()
    assert panel.window.told.isVisible(), "the second question"
    panel.window.told.put_aside.click()
    assert not panel.window.told.isVisible()
    assert panel.window.strip.shift_batches.text() == "ждут ответа: 2 ▸"
    cell = panel.window.strip.shift_batches.parentWidget()
    assert cell is not None
    cell.mouseReleaseEvent(None)  # pyright: ignore[reportArgumentType]
    assert isinstance(panel.window.page, BatchPage)
    panel.feed(sample.view(sample.deviated()))
    assert panel.window.strip.shift_batches.text() == "удержан: №1186 ▸"
    panel.feed(sample.view(sample.cooking()))
    assert panel.window.strip.shift_batches.text() == "партия №1187"


def test_a_question_asked_again_is_told_again(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    first = cast("list[Obj]", sample.asking()["prompts"])[0]
    panel.feed(sample.view({**sample.asking(), "prompts": [first]}))
    panel.window.told.put_aside.click()
    assert not panel.window.told.isVisible()
    panel.feed(sample.view({**sample.asking(), "prompts": [{**first, "since_ns": samples.NOW_NS}]}))
    assert panel.window.told.isVisible(), "of the next round of a loop"


def test_only_what_a_person_may_answer_is_told_to_them_and_nothing_while_the_server_is_gone(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    first = cast("list[Obj]", sample.asking()["prompts"])[0]
    panel.feed(sample.view({**sample.asking(), "prompts": [{**first, "role": "technologist"}]}))
    assert not panel.window.told.isVisible()
    panel.log_in("technologist")
    assert panel.window.told.isVisible()
    panel.feed({"type": "lost", "error": "x"})
    assert not panel.window.told.isVisible()


def test_the_overview_lists_it_and_opens_the_batch(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view(sample.deviated(), sample.asking()))
    panel.window.navigate("overview", "")
    page = panel.window.page
    assert isinstance(page, OverviewPage)
    found = [(n.text, n.page, n.argument) for n in needs(panel.store, samples.NOW_NS)]
    assert found[0] == ("№1186: продукт удержан, нужно решение", "batch", "B1186")
    assert ("№1190: Взвесьте и внесите рассол", "batch", "B1190") in found
    assert sum(argument == "B1186" for _, _, argument in found) == 1, "held and on hold is one need"
    page.need_buttons[0].click()
    assert isinstance(panel.window.page, BatchPage)
