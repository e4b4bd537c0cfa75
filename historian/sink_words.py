"""What is wrong with a sink, as people at the plant read it: what, and what to do."""

from __future__ import annotations

from typing import Final

from line.documents import Problem, Text

SET_BACK: Final = Text(
    ru="Часы сервера переведены назад: время новых точек меньше прежнего, ничего не потеряно. Проверьте синхронизацию времени",
    en="The server's clock was set back: new points have earlier times than before, nothing is lost. Check the time service",
)
OTHER_FAULT: Final = Text(
    ru="Пересылка остановлена ошибкой, данные сохраняются", en="Forwarding is stopped by a fault, data are kept"
)

_KEPT: Final = Text(ru="; данные сохраняются и будут отправлены позже", en="; data are kept and will be sent later")
_BY_STATUS: Final = {
    401: Text(
        ru="Сервер InfluxDB не принимает токен: проверьте файл токена", en="InfluxDB refuses the token: check the token file"
    ),
    403: Text(
        ru="Токену InfluxDB не разрешена запись: дайте ему право записи в этот bucket",
        en="The InfluxDB token may not write: give it write access to this bucket",
    ),
    404: Text(
        ru="На сервере InfluxDB нет такого bucket или базы: создайте её или исправьте имя",
        en="InfluxDB has no such bucket or database: create it, or correct its name",
    ),
    429: Text(ru="Сервер InfluxDB просит подождать: слишком много запросов", en="InfluxDB asks to wait: too many requests"),
}
_REDIRECTED: Final = Text(
    ru="По этому адресу отвечает не InfluxDB: проверьте адрес",
    en="What answers at this address is no InfluxDB: check the address",
)
_BROKEN: Final = Text(ru="Ошибка на сервере InfluxDB: смотрите его журнал", en="InfluxDB reports a fault of its own: see its log")
_TIMEOUT: Final = Text(ru="Сервер InfluxDB не ответил вовремя", en="InfluxDB did not answer in time")
_UNREACHABLE: Final = Text(
    ru="Нет связи с сервером InfluxDB: проверьте, что он запущен, его адрес и сеть",
    en="InfluxDB cannot be reached: check that it runs, its address and the network",
)


def why_of_status(status: int) -> Text:
    """What an answer that is no refusal of points means."""
    if status >= 500:
        return _kept(_BROKEN)
    return _kept(_BY_STATUS.get(status, _REDIRECTED))


def why_of_network(*, timed_out: bool) -> Text:
    """Why there is no answer."""
    return _kept(_TIMEOUT if timed_out else _UNREACHABLE)


def file_fault(problem: Problem) -> Text:
    """A fault in the file of sinks; what stands in it goes nowhere until it is corrected and the server restarted."""
    where = f"{problem.file}:{problem.line} {problem.key}".strip()
    return _kept(
        Text(
            ru=f"Ошибка в файле {where}: исправьте его и перезапустите сервер",
            en=f"A fault in {where}: {problem.message}. Correct it and restart the server",
        )
    )


def _kept(text: Text) -> Text:
    return Text(ru=text.ru + _KEPT.ru, en=text.en + _KEPT.en)
