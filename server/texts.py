"""Texts that people read when the server refuses something, in Russian and English."""

from __future__ import annotations

from typing import Final

from line.documents import Text


def text(ru: str, en: str) -> Text:
    """A text in both languages."""
    return Text(ru=ru, en=en)


def number_ru(value: float) -> str:
    """``value`` with a decimal comma."""
    return f"{value:.10g}".replace(".", ",")


def number_en(value: float) -> str:
    """``value`` with a decimal point."""
    return f"{value:.10g}"


BAD_LOGIN: Final = text("Неверное имя или пароль", "Wrong user name or password")
SIGN_IN: Final = text("Войдите в систему: без входа можно только смотреть", "Sign in: without it you may only look")
CHANGE_PASSWORD: Final = text("Сначала смените пароль", "Change the password first")
ENGINE_DOWN: Final = text(
    "Нет связи с движком линии, команда не принята", "The line engine is not running, the command was not taken"
)
ENGINE_LOST: Final = text(
    "Связь с движком линии прервалась: неизвестно, принята ли команда. Проверьте её в журнале",
    "The line engine was lost: it is not known whether the command was taken. Look for it in the log",
)
NO_LINE_YET: Final = text("Движок линии ещё не отвечал", "The line engine has not answered yet")
RECORD_FAILED: Final = text("Протокол партии не удалось составить", "The batch record could not be made")
NOT_FOUND: Final = text("Такого здесь нет", "There is no such thing here")
BAD_REQUEST: Final = text("Запрос составлен неверно", "The request is malformed")
METHOD: Final = text("Такое действие здесь не предусмотрено", "This method is not allowed here")
TOO_LARGE: Final = text("Запрос слишком велик", "The request is too large")
NOT_STORED: Final = text("Файл не сохранился: проверьте место на диске", "The file was not stored: check the space on the disk")
NO_ROOM: Final = text(
    "Место для фотографий закончилось: напишите запись без фотографии и сообщите администратору",
    "There is no room for more photos: write the entry without one and tell the administrator",
)
BAD_HOST: Final = text("К серверу обращаются по чужому имени", "The server is addressed by a name that is not its own")
BUSY: Final = text("Сервер занят, повторите через несколько секунд", "The server is busy, try again in a few seconds")
INTERNAL: Final = text("Ошибка сервера, подробности в его журнале", "Server error, see its log")
HISTORY_FAILED: Final = text("История сейчас недоступна", "The history is not available now")
REFUSED: Final = text("Команда отклонена", "The command was refused")
WRONG_SPAN: Final = text("Начало отрезка не раньше его конца", "The span starts after its end")
TOO_MUCH: Final = text(
    "За этот срок слишком много событий: выберите срок короче", "Too many events in this span: choose a shorter one"
)
WHY_NEEDED: Final = text("Укажите причину: она останется в журнале", "Say why: the reason stays in the journal")
UNSEEN: Final = text(
    "В тексте есть невидимые управляющие знаки: уберите их", "The text holds invisible control characters: remove them"
)
NOT_STORABLE: Final = text(
    "В рецептуре есть то, что нельзя сохранить: не число, бесконечность, половина знака или слишком глубокая вложенность",
    "The recipe holds what cannot be stored: not-a-number, infinity, half a character or too deep a nesting",
)
SIGNATURE_NEEDED: Final = text("Нужна подпись: имя и пароль", "A signature is needed: user name and password")
NO_SIGNATURE: Final = text("Эта команда не подписывается", "This command takes no signature")
UNKNOWN_COMMAND: Final = text("Нет такой команды", "There is no such command")


def locked(seconds: int) -> Text:
    """Too many failed logins."""
    return text(
        f"Слишком много неудачных попыток. Повторите через {seconds} с", f"Too many failed attempts. Try again in {seconds} s"
    )


def role_needed(role_ru: str, role_en: str) -> Text:
    """The user's role is too low."""
    return text(f"Нужны права не ниже: {role_ru}", f"This needs at least the role: {role_en}")


def not_signed(why: Text) -> Text:
    """A signature that was not accepted."""
    return text(f"Подпись не принята. {why.ru}", f"The signature was not accepted. {why.en}")


def signer_role_needed(role_ru: str, role_en: str) -> Text:
    """Whoever signed may not sign this."""
    return text(f"Подписать может роль не ниже: {role_ru}", f"This is signed by at least the role: {role_en}")


def no_photo(why: str) -> Text:
    """Why an upload is no photo; ``why`` is technical."""
    return text(f"Нужна фотография PNG или JPEG не больше 5 МБ ({why})", f"A photo is PNG or JPEG of at most 5 MB ({why})")


def unknown_photo(name: str) -> Text:
    """An entry names a photo that was never uploaded."""
    return text(f"Фотография {name}… не загружена: загрузите её ещё раз", f"The photo {name}… was not uploaded: upload it again")
