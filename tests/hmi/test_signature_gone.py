"""A signature while the server is gone or nobody is logged in: the dialog stays until it was taken."""

from __future__ import annotations

from hmi.viewmodels.commands import NO_ANSWER
from hmi.widgets.signature import Order, SignatureDialog
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

REPLY = Order("batch.reply", "B1186", {"prompt": "look", "value": True}, role="technologist")
GONE = "✕ Нет связи. Введённое останется здесь: нажмите ещё раз, когда связь вернётся."


def sign(panel: Panel) -> SignatureDialog:
    made = SignatureDialog(panel.window.context, "Подпись", "№1186: осмотрено", "Подписать", REPLY, panel.window)
    made.open()
    made.user.setText("petrov")
    made.password.setText("secret-12")
    return made


def answer(panel: Panel, status: int) -> None:
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": status, "body": {}, "error": "x: "})


def test_nothing_is_sent_while_the_server_is_gone_and_all_goes_when_it_is_back(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    made = sign(panel)
    panel.feed({"type": "lost", "error": "x"})
    made.ok.click()
    assert panel.port.submitted == []
    assert (made.isVisible(), made.user.text(), made.password.text()) == (True, "petrov", "secret-12")
    assert GONE in [w.text() for w in made.findChildren(type(made.verdict))]
    panel.feed({"type": "connected"}, *samples.messages())
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.reply", "B1186", REPLY.args)
    assert panel.port.signs[-1] == {"user": "petrov", "password": "secret-12"}


def test_what_was_not_sent_may_be_sent_again_as_it_is(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    made = sign(panel)
    made.ok.click()
    answer(panel, 0)
    assert made.verdict.text() == "✕ Не отправлено, сервер не отвечает. Подпишите ещё раз, когда связь вернётся"
    made.ok.click()
    assert len(panel.port.submitted) == 2


def test_what_may_have_been_taken_is_not_called_unsent(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    made = sign(panel)
    made.ok.click()
    answer(panel, NO_ANSWER)
    assert made.verdict.text() == "✕ Линия не ответила: проверьте, принята ли подпись, прежде чем подписать ещё раз"
    assert (made.isVisible(), made.password.text(), made.ok.isEnabled()) == (True, "", False)


def test_a_signature_that_waits_for_a_login_is_followed_after_it(make_panel: MakePanel) -> None:
    panel = make_panel()
    made = sign(panel)
    made.ok.click()
    assert panel.port.submitted == []
    assert made.isVisible(), "it would not know of a refusal"
    assert made.verdict.text() == "Сначала войдите: подпись отправится сразу после входа."
    panel.log_in("operator")
    assert panel.port.submitted[-1][1:] == ("batch.reply", "B1186", REPLY.args)
    assert (made.verdict.text(), made.ok.text()) == ("", "Отправляется…")
    local = panel.port.submitted[-1][0]
    refusal = {"reasons": [{"ru": "Неверный пароль", "en": "Wrong password"}]}
    panel.feed({"type": "command_reply", "local": local, "status": 403, "body": refusal, "error": ""})
    assert (made.isVisible(), made.verdict.text()) == (True, "✕ Неверный пароль")
