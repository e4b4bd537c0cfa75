"""Why a message did not arrive, in words: read from the log of the sending library, which never reaches a person as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from line.documents import Text

NOT_TAKEN: Final = Text(ru="сервис не принял сообщение", en="the service did not take the message")

MOVED: Final = Text(
    ru="сервис переехал (HTTP 3xx): впишите в contacts.yaml новый адрес, например jsons:// вместо json://",
    en="the service has moved (HTTP 3xx): put its new address into contacts.yaml, e.g. jsons:// for json://",
)

_REASONS: Final[tuple[tuple[re.Pattern[str], Text], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), Text(ru=ru, en=en))
    for pattern, ru, en in (
        (r"certificate[ _]verify[ _]failed|self[- ]signed certificate|certificate has expired|hostname mismatch",
         "сертификат сервера не проходит проверку", "the certificate of the server cannot be verified"),
        (r"connection refused|\[errno 111\]|\[winerror 10061\]",
         "в соединении отказано", "connection refused"),
        (r"name or service not known|nodename nor servname|temporary failure in name resolution|getaddrinfo failed"
         r"|no address associated|name ?resolution|failed to resolve",
         "имя сервера не найдено", "the name of the server is not known"),
        (r"network is unreachable|no route to host|\[errno 1(01|13)\]",
         "сеть до сервера недоступна", "the network of the server cannot be reached"),
        (r"SMTPAuthenticationError|authentication (failed|credentials invalid|unsuccessful)|\(53[045],|bad credentials"
         r"|authentication required|no suitable authentication|smtp auth extension not supported",
         "вход на сервер не удался: проверьте имя и пароль", "authentication failed: check name and password"),
        (r"UnicodeEncodeError",
         "имя и пароль почтового сервера могут быть только из латинских букв, цифр и знаков",
         "name and password of a mail server may hold ASCII characters only"),
        (r"error=401\b|error=403\b|unauthorized|forbidden",
         "сервер отказал в доступе: проверьте имя, пароль или ключ", "access denied: check name, password or key"),
        (r"timed? ?out|timeout",
         "сервер не ответил вовремя", "the server did not answer in time"),
        (r"starttls extension not supported|wrong[_ ]version[_ ]number|\[ssl|tlsv1|handshake",
         "не удалось установить защищённое соединение", "a secure connection could not be made"),
        (r"connection unexpectedly closed|connection reset|remote end closed|broken pipe|please run connect\(\) first"
         r"|connection aborted|server not connected",
         "сервер оборвал соединение", "the server closed the connection"),
        (r"there are no email recipients|no (targets|recipients|phone)",
         "в адресе нет получателя", "the address names no recipient"),
    )
)  # fmt: skip

_FAULT: Final = re.compile(
    r"exception|error|fail|refus|invalid|denied|no (email recipients|targets|recipients|phone)", re.IGNORECASE
)
"""Lines that tell a fault; the others tell how far the library has come."""

_HTTP: Final = re.compile(r"\berror=(\d{3})\b")
_SMTP: Final = re.compile(r"\(?\b([45]\d\d)\b,? +(?:b?['\"])?([^'\"\n]{1,160})")


def reason_of(said: Sequence[str], hide: Callable[[str], str]) -> Text:
    """The reason in the lines that the library logged during one send, the newest first.

    ``hide`` takes the secrets out of the one thing that is passed on as it was said: the answer of a mail server.
    """
    for line in reversed([s for s in said if _FAULT.search(s)]):
        if (http := _HTTP.search(line)) is not None and http[1].startswith("3"):
            return MOVED
        if http is not None and http[1] not in ("401", "403"):
            return Text(ru=f"сервер ответил ошибкой HTTP {http[1]}", en=f"the server answered HTTP {http[1]}")
        for pattern, text in _REASONS:
            if pattern.search(line):
                return text
        if (smtp := _SMTP.search(line)) is not None:
            answer = hide(f"{smtp[1]} {smtp[2].strip()}")
            return Text(ru=f"почтовый сервер ответил {answer}", en=f"the mail server answered {answer}")
    return NOT_TAKEN


def no_address(contact: str) -> Text:
    """A contact that nobody gave an address."""
    return Text(
        ru=f"у контакта «{contact}» нет адреса: впишите его в contacts.yaml в папке данных, ключ contacts.{contact}",
        en=f"the contact '{contact}' has no address: add it to contacts.yaml in the data folder, key contacts.{contact}",
    )


NOT_READ: Final = Text(
    ru="contacts.yaml не удаётся прочитать: диск или сетевая папка не отвечает",
    en="contacts.yaml cannot be read: the disk or the network folder does not answer",
)


def no_answer(within_s: float) -> Text:
    """Nothing came back in the time that a message has."""
    return Text(ru=f"нет ответа за {within_s:g} с", en=f"no answer within {within_s:g} s")


def still_hanging(within_s: float) -> Text:
    """The address was not tried: earlier messages to it hang."""
    return Text(
        ru=f"адрес занят: прежние сообщения не отправлены и за {within_s:g} с",
        en=f"the address is busy: earlier messages have not gone out within {within_s:g} s",
    )


NO_KIND: Final = Text(
    ru="адрес записан неверно или его вид неизвестен: проверьте командой potok notify",
    en="the address is malformed or of an unknown kind: check it with potok notify",
)


def together(reasons: Sequence[tuple[str, Text]]) -> Text:
    """One text for all addresses of a contact: the kind of address and its reason."""
    return Text(
        ru="; ".join(f"{kind}: {why.ru}" for kind, why in reasons), en="; ".join(f"{kind}: {why.en}" for kind, why in reasons)
    )
