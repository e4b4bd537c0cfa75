"""What the library logs, in words that a person can act on."""

from __future__ import annotations

import pytest

from line.documents import Text
from notify.reasons import NOT_TAKEN, no_address, no_answer, reason_of, together

CASES = [
    ("Socket Exception: [Errno 111] Connection refused", "connection refused"),
    ("Socket Exception: [Errno -2] Name or service not known", "the name of the server is not known"),
    ("Socket Exception: HTTPConnectionPool(host='x', port=80): Max retries exceeded (Caused by NameResolutionError)", "name"),
    ("Socket Exception: [Errno 101] Network is unreachable", "network"),
    ("Socket Exception: [Errno 113] No route to host", "network"),
    ("Socket Exception: timed out", "in time"),
    ("Socket Exception: HTTPConnectionPool(host='127.0.0.1', port=1): Read timed out. (read timeout=4.0)", "in time"),
    ("Socket Exception: (535, b'5.7.8 Authentication credentials invalid')", "authentication failed"),
    ("Socket Exception: (530, b'5.7.0 Authentication required', 'a@b.test')", "authentication failed"),
    ("Socket Exception: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate", "certificate"),
    ("Socket Exception: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "secure connection"),
    ("Socket Exception: STARTTLS extension not supported by server.", "secure connection"),
    ("Socket Exception: Connection unexpectedly closed", "closed the connection"),
    ("Socket Exception: ('Connection aborted.', RemoteDisconnected('Remote end closed connection'))", "closed the connection"),
    ("Failed to send JSON POST notification: Internal Server Error., error=500.", "HTTP 500"),
    ("Failed to send Telegram notification to 1: Unauthorized, error=401.", "access denied"),
    ("There are no Email recipients to notify: failed", "no recipient"),
    ("Socket Exception: {'a@b.test': (550, b'5.1.1 no such user')}", "the mail server answered 550 5.1.1 no such user"),
    ("Socket Exception: (421, b'4.3.2 try later')", "the mail server answered 421 4.3.2 try later"),
]


@pytest.mark.parametrize(("line", "said"), CASES)
def test_a_line_of_the_log_becomes_a_reason(line: str, said: str) -> None:
    lines = [
        "Securing connection with STARTTLS...",
        'Connection error while submitting email to "x"',
        line,
        "E-Mail send() completed in 0.0s.",
    ]
    reason = reason_of(lines, lambda t: t)
    assert said in reason.en
    assert reason.ru != reason.en
    assert any("а" <= c <= "я" for c in reason.ru)


def test_what_is_not_understood_is_not_passed_on() -> None:
    assert reason_of(["Something failed with token 123:ABC", "error: 123:ABC"], lambda t: t) == NOT_TAKEN
    assert reason_of([], lambda t: t) == NOT_TAKEN


def test_the_answer_of_a_mail_server_goes_through_the_hiding() -> None:
    reason = reason_of(["Socket Exception: (550, b'no mail for secret')"], lambda t: t.replace("secret", "****"))
    assert reason.en == "the mail server answered 550 no mail for ****"


def test_texts_say_what_to_do() -> None:
    assert "contacts.maintenance" in no_address("maintenance").ru
    assert "contacts.maintenance" in no_address("maintenance").en
    assert no_answer(40.0) == Text(ru="нет ответа за 40 с", en="no answer within 40 s")
    assert together([("json", NOT_TAKEN), ("mailto", no_answer(1.5))]).en == (
        "json: the service did not take the message; mailto: no answer within 1.5 s"
    )
