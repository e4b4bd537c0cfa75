"""Texts of the panel itself: English in the source, Russian through Qt's translation files, switched at run time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QTranslator

I18N: Final = Path(__file__).parent / "i18n"
LANGUAGES: Final = ("ru", "en")


def translate(context: str, source: str) -> str:
    """The text in the language in force. ``pyside6-lupdate`` finds calls of this name with literal arguments."""
    return QCoreApplication.translate(context, source)


class Languages:
    """Installs and removes the translator; every window then gets ``QEvent.LanguageChange``."""

    def __init__(self, app: QCoreApplication, folder: Path = I18N) -> None:
        self._app = app
        self._folder = folder
        self._texts = b""
        self._translator: QTranslator | None = None
        self.language = "en"

    def use(self, language: str) -> None:
        """Switch to ``ru`` or ``en``. Raises FileNotFoundError when the compiled texts are missing, ValueError otherwise."""
        if language not in LANGUAGES:
            raise ValueError(f"unknown language '{language}', known are {', '.join(LANGUAGES)}")
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
            self._translator.deleteLater()
            self._translator = None
        self.language = language
        if language == "en":
            return
        translator = QTranslator(self._app)
        file = self._folder / f"potok_{language}.qm"
        # Not load(path): Qt maps the file, and a process whose mapped file is written anew dies of SIGBUS. The translator
        # does not copy what it is given.
        self._texts = file.read_bytes() if file.is_file() else b""
        if not translator.load(self._texts):
            raise FileNotFoundError(f"{file} is missing or damaged: docs/panel.md says how to compile it")
        self._translator = translator
        self._app.installTranslator(translator)
