"""What the library says to people, in both languages."""

from __future__ import annotations

from typing import Final

from line.documents import Text
from recipes.checks_units import Circle
from recipes.library_state import Version
from recipes.lifecycle import Action, VersionStatus
from recipes.texts import ROLE_RU

STATUS_RU: Final = {
    VersionStatus.DRAFT: "черновик",
    VersionStatus.IN_REVIEW: "на согласовании",
    VersionStatus.APPROVED: "утверждена",
    VersionStatus.OBSOLETE: "отменена",
}
STATUS_EN: Final = {s: s.value.replace("_", " ") for s in VersionStatus}
_ACTION_RU: Final = {
    Action.REPLACE: "сохранить заново",
    Action.SUBMIT: "подать на согласование",
    Action.WITHDRAW: "отозвать",
    Action.REJECT: "вернуть на доработку",
    Action.APPROVE: "утвердить",
    Action.OBSOLETE: "отменить",
    Action.SUPERSEDE: "заменить",
}


def _text(ru: str, en: str) -> Text:
    return Text(ru=ru, en=en)


WHY_NEEDED: Final = _text("Укажите причину: она останется в журнале", "Say why: the reason stays in the journal")
SIGNATURE_NEEDED: Final = _text("Нужна подпись: имя и пароль", "A signature is needed: user name and password")
NO_EVIDENCE: Final = _text(
    "Пробного прогона этой версии ещё не было: выполните его", "This version has not been run dry yet: do that first"
)
EVIDENCE_FAILED: Final = _text(
    "Пробный прогон этой версии не пройден: исправьте рецептуру", "The dry run of this version failed: correct the recipe"
)
EVIDENCE_OLD: Final = _text(
    "Настройка линии с тех пор изменилась: повторите пробный прогон", "The line was changed since the dry run: run it dry again"
)
EVIDENCE_OTHER: Final = _text(
    "Пробный прогон повторён после того, как вы его смотрели: откройте версию заново",
    "There is a newer dry run than the one you looked at: open the version again",
)
DIFFERENCE_OTHER: Final = _text(
    "Утверждённая версия изменилась после того, как вы смотрели отличия: откройте версию заново",
    "Another version was approved after you looked at the difference: open the version again",
)
SUBMITTER_WITHDRAWS: Final = _text(
    "Отозвать может тот, кто подал, или автор; остальные возвращают на доработку",
    "Who submitted it or wrote it may withdraw it; others reject it",
)
OTHERS_REJECT: Final = _text("Свою версию не возвращают, а отзывают", "Your own version is withdrawn, not rejected")
NOT_STORABLE: Final = _text(
    "В рецептуре есть то, что нельзя сохранить: не число, бесконечность или слишком глубокая вложенность",
    "The recipe holds what cannot be stored: not-a-number, infinity or too deep a nesting",
)
LIBRARY_FULL: Final = _text("Библиотека рецептур переполнена", "The library of recipes is full")
TOO_LONG: Final = _text("Рецептура слишком велика", "The recipe is too large")
REPORT_STRANGE: Final = _text(
    "Отчёт о прогоне относится к другой версии или неполон", "The report of the dry run is of another version or incomplete"
)


def wrong_argument(name: str) -> Text:
    """An argument that is missing or of the wrong kind."""
    return _text(f"Неверный аргумент «{name}»", f"Wrong argument '{name}'")


def unknown_version(recipe: str, hash_: str) -> Text:
    """The library does not know this content."""
    short = hash_[:12]
    return _text(f"В библиотеке нет версии {short} рецептуры «{recipe}»", f"The library has no version {short} of '{recipe}'")


def other_recipe(target: str, recipe: str) -> Text:
    """The data are of another recipe than the command."""
    return _text(f"Это рецептура «{recipe}», а не «{target}»", f"This is the recipe '{recipe}', not '{target}'")


def known_already(version: Version) -> Text:
    """Exactly this content is there."""
    return _text(
        f"Такая рецептура уже есть: версия {version.version}, {STATUS_RU[version.status]}",
        f"This content exists already: version {version.version}, {STATUS_EN[version.status]}",
    )


def version_taken(version: Version) -> Text:
    """The number of a version is used once."""
    return _text(
        f"Версия {version.version} уже есть ({STATUS_RU[version.status]}): дайте новый номер версии",
        f"Version {version.version} exists already ({STATUS_EN[version.status]}): give a new version number",
    )


def saved_meanwhile(version: Version) -> Text:
    """Somebody saved the same draft in between."""
    return _text(
        f"Черновик {version.version} уже сохранил(а) {version.author}: откройте его заново или дайте новый номер версии",
        f"The draft {version.version} was saved by {version.author} meanwhile: open it again, or give another version number",
    )


def wrong_status(version: Version, action: Action) -> Text:
    """The table has no such arrow."""
    return _text(
        f"Версия {version.version}: {STATUS_RU[version.status]}, {_ACTION_RU[action]} её нельзя",
        f"Version {version.version} is {STATUS_EN[version.status]}: you cannot {action.value} it now",
    )


def has_problems(count: int) -> Text:
    """A broken draft may be kept, not submitted."""
    return _text(f"В рецептуре ошибок: {count}. Исправьте их", f"The recipe has {count} problems: correct them first")


def role_needed(role: str) -> Text:
    """Whoever signed may not sign this."""
    ru, en = ROLE_RU.get(role, role), role.replace("_", " ")
    return _text(f"У подписавшего права {ru}: нужен технолог или выше", f"Signed as {en}: a technologist or above is needed")


def role_too_low(role: str) -> Text:
    """Whoever asked may change nothing in the library."""
    ru, en = ROLE_RU.get(role, role), role.replace("_", " ")
    return _text(
        f"С правами {ru} рецептуры не меняют: нужен технолог", f"As {en}: recipes are changed by a technologist or above"
    )


def second_person(user: str) -> Text:
    """Nobody approves the own work."""
    return _text(
        f"{user} участвовал(а) в этой версии: утверждает другой человек",
        f"{user} worked on this version: another person approves it",
    )


def imported_approved(file: str, by: str) -> Text:
    """A library that begins with the approval of the folder."""
    return _text(f"{file}: принята утверждённой ({by})", f"{file}: taken over as approved by {by}")


def imported_draft(file: str) -> Text:
    """A file without an approval."""
    return _text(f"{file}: без утверждения, принята черновиком", f"{file}: without an approval, taken over as a draft")


def imported_changed(file: str, approved: Version) -> Text:
    """The file differs from what is approved."""
    return _text(
        f"{file} изменён: принят черновиком, утверждённой остаётся версия {approved.version}",
        f"{file} has changed: taken over as a draft, version {approved.version} stays approved",
    )


def circle(found: Circle) -> Text:
    """Two batches would wait for ever for each other's unit."""
    recipe, wait = found.recipe.id, found.wait
    ru, en = ", ".join(f"«{o}»" for o in found.others) or "другой рецептуре", ", ".join(found.others) or "another recipe"
    return _text(
        f"Партия по «{recipe}» держит «{wait.holds}» и ждёт «{wait.wants}», а партия по {ru} может ждать наоборот: обе стояли бы "
        "без конца. Занимайте участки во всех рецептурах в одном порядке",
        f"A batch of {recipe} holds {wait.holds} and waits for {wait.wants}, and one of {en} may wait the other way round: both "
        "would stand for ever. Take units in the same order in all recipes",
    )
