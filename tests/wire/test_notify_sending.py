"""One message to one address, against a real mail server and a real web hook: taken, or why not, with nothing secret in it."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from notify.contacts import Address
from notify.reasons import MOVED
from notify.sending import Letter, Outcome, send, service_of
from tests.certificates import issue
from tests.mailboxes import PASSWORD, USER, mail_server, refused_url, silent_server, web_hook

LETTER = Letter(
    "P1 Термокамера С-401: нет нагрева", "Термокамера С-401, 03:05\nТемпература ниже 55 °C.\nПроверьте ТЭНы & вентилятор <2>."
)
TOKEN = "AAE-t0ken_of-a-B0t"


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def _nothing_of_the_library_in_our_logs() -> Iterator[None]:
    """Whatever the root logger of a program would write, at its most talkative."""
    root, kept = logging.getLogger(), _Kept()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(kept)
    root.setLevel(level)
    assert [line for line in kept.lines if line.startswith("apprise")] == []
    secrets = (PASSWORD, TOKEN)
    assert [line for line in kept.lines if any(s in line for s in secrets) and not line.startswith("mail.log")] == []


def test_a_mail_arrives_with_its_russian_text_intact() -> None:
    with mail_server() as server:
        assert send(Address(server.url), LETTER) == Outcome(True, "mailto")
        [mail] = server.mails
    assert (mail.sender, mail.to) == ("potok@plant.test", ("mechanic@plant.test",))
    assert mail.subject == LETTER.title
    assert mail.body == LETTER.body


def test_a_web_hook_gets_title_text_and_kind() -> None:
    with web_hook() as hook:
        assert send(Address(hook.url), LETTER).delivered
        [post] = hook.posts
    assert (post["title"], post["message"], post["type"]) == (LETTER.title, LETTER.body, "failure")


def test_what_is_less_urgent_is_marked_so() -> None:
    with web_hook() as hook:
        assert send(Address(hook.url), Letter("а", "б", urgent=False)).delivered
        assert hook.posts[0]["type"] == "warning"


def test_a_server_that_is_not_there() -> None:
    outcome = send(Address(refused_url()), LETTER)
    assert not outcome.delivered
    assert (outcome.reason.ru, outcome.reason.en) == ("в соединении отказано", "connection refused")


@pytest.mark.parametrize(("status", "said"), [(500, "HTTP 500"), (503, "HTTP 503"), (404, "HTTP 404"), (403, "access denied")])
def test_a_web_hook_that_answers_with_an_error(status: int, said: str) -> None:
    with web_hook(status) as hook:
        outcome = send(Address(hook.url), LETTER)
        assert len(hook.posts) == 1
    assert not outcome.delivered
    assert said in outcome.reason.en


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_web_hook_that_has_moved_has_not_taken_the_message(status: int) -> None:
    """Behind a redirect a POST becomes a GET without the message, which is answered with 200 all the same."""
    with web_hook(status) as moved, web_hook() as target:
        moved.location = target.url.replace("json://", "http://")
        outcome = send(Address(moved.url), LETTER)
        assert len(moved.posts) == 1
        assert target.posts == []
    assert not outcome.delivered
    assert outcome.reason == MOVED


def test_nothing_of_a_web_hooks_address_in_any_log() -> None:
    """The log of the HTTP client names paths, in which many services have their tokens. The fixture looks at the log."""
    with web_hook() as hook:
        assert send(Address(hook.url.replace("/alarm", f"/bot{TOKEN}/alarm")), LETTER).delivered
    assert not send(Address(refused_url().replace("mailto", "json").replace("?", f"/bot{TOKEN}?")), LETTER).delivered


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_login_that_is_right_and_one_that_is_wrong() -> None:
    with mail_server(login=True) as server:
        assert send(Address(server.url_of(USER, PASSWORD)), LETTER).delivered
        wrong = send(Address(server.url_of(USER, "Wrong-Password")), LETTER)
        nobody = send(Address(server.url), LETTER)
        assert len(server.mails) == 1
    assert not wrong.delivered
    assert "authentication failed" in wrong.reason.en
    assert "authentication failed" in nobody.reason.en


def test_encryption_and_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    issued = issue("mail", 1)
    (tmp_path / "key.pem").write_bytes(issued.key_pem)
    (tmp_path / "cert.pem").write_bytes(issued.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with mail_server(tls=context) as server:
        url = f"mailtos://127.0.0.1:{server.port}?mode=ssl&from=potok@plant.test&to=mechanic@plant.test"
        refused = send(Address(url), LETTER)
        assert send(Address(f"{url}&verify=no"), LETTER).delivered
        assert len(server.mails) == 1
    assert refused.reason.en == "the certificate of the server cannot be verified"


def test_encryption_that_the_server_does_not_speak() -> None:
    with mail_server() as server:
        implicit, upgraded = (
            send(Address(f"mailtos://127.0.0.1:{server.port}?mode={mode}&from=a@plant.test&to=b@plant.test"), LETTER)
            for mode in ("ssl", "starttls")
        )
    assert implicit.reason.en == upgraded.reason.en == "a secure connection could not be made"


def test_a_recipient_that_is_refused_is_told_with_the_servers_answer_and_without_the_address() -> None:
    with mail_server() as server:
        server.refuses = "550 5.1.1 <mechanic@plant.test>: no such user"
        outcome = send(Address(server.url), LETTER)
    assert not outcome.delivered
    assert outcome.reason.en.startswith("the mail server answered 550 5.1.1")
    assert "mechanic" not in str(outcome)


def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.email.base import NotifyEmail

    monkeypatch.setattr(NotifyEmail, "socket_connect_timeout", 0.3)
    with silent_server() as server:
        outcome = send(Address(server.url), LETTER)
    assert not outcome.delivered
    assert outcome.reason.en == "the server did not answer in time"


@pytest.mark.parametrize("url", ["mailto://", "nonsense://abc:def@host", "tgram://x", "json://:::"])
def test_an_address_that_is_none_is_told_as_that(url: str) -> None:
    assert service_of(Address(url)) == ""
    outcome = send(Address(url), LETTER)
    assert not outcome.delivered
    assert "potok notify" in outcome.reason.en


def test_services_of_the_documents_are_known() -> None:
    known = {
        "mailto://user:pw@plant.example/a@b.ru": "E-Mail",
        "mailtos://user:pw@plant.example:465?smtp=mail.plant.example&mode=ssl&to=a@b.ru": "E-Mail",
        "tgram://123456789:ABCdefghij_klmnopqrstuvwxyz012345678/12315544/": "Telegram",
        "smsc://login:password@79161234567": "SMSC",
        "jsons://host/path": "JSON",
    }
    assert {url: service_of(Address(url)) for url in known} == known
