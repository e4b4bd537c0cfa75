"""The panel's texts: every one translated, nothing unfinished, the compiled file made from the present source."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from hmi.texts import I18N, LANGUAGES, Languages, translate

ROOT = Path(__file__).resolve().parents[2]
TS = I18N / "potok_ru.ts"
QM = I18N / "potok_ru.qm"
TOOLS = Path(sys.executable).parent


def messages(file: Path) -> dict[tuple[str, str], ElementTree.Element]:
    found: dict[tuple[str, str], ElementTree.Element] = {}
    for context in ElementTree.parse(file).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            found[context.findtext("name", ""), message.findtext("source", "")] = translation
    return found


def test_every_text_of_the_source_is_in_the_file_and_nothing_else(tmp_path: Path) -> None:
    copy = tmp_path / "fresh.ts"
    sources = [str(p) for p in sorted((ROOT / "hmi").rglob("*.py"))]
    command = [str(TOOLS / "pyside6-lupdate"), *sources, "-ts", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert set(messages(copy)) == set(messages(TS)), "run the two commands of docs/panel.md"


def test_nothing_is_unfinished_and_placeholders_match() -> None:
    for (context, source), translation in messages(TS).items():
        where = f"{context}: {source}"
        assert translation.get("type") is None, where
        assert translation.text, where
        assert sorted(re.findall(r"{\w+}", source)) == sorted(re.findall(r"{\w+}", translation.text)), where
        assert translation.text != source or not re.search("[a-z]", re.sub(r"{\w+}", "", source)), where


def test_the_compiled_file_says_what_the_source_says(app: QApplication) -> None:
    translator = QTranslator()
    compiled = QM.read_bytes()
    assert translator.load(compiled)
    for (context, source), translation in messages(TS).items():
        assert translator.translate(context, source) == translation.text, "compile it: docs/panel.md"


def test_translate_calls_have_literal_arguments() -> None:
    known = set(messages(TS))
    for path in (ROOT / "hmi").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "translate":
                texts = tuple(a.value for a in node.args if isinstance(a, ast.Constant))
                where = f"{path.name}:{node.lineno}: {texts}"
                assert len(texts) == len(node.args) == 2, where
                assert texts in known, f"{where}: lupdate does not see calls inside f-strings"


def test_texts_compiled_anew_under_a_running_panel_do_not_kill_it(app: QApplication, tmp_path: Path) -> None:
    """Qt maps a .qm that it is given by path: writing that file anew then was a SIGBUS at the next text."""
    file = tmp_path / QM.name
    file.write_bytes(QM.read_bytes())
    languages = Languages(app, tmp_path)
    languages.use("ru")
    try:
        assert QM.name not in Path("/proc/self/maps").read_text(encoding="utf-8")
        file.write_bytes(b"")
        assert translate("Dialog", "Cancel") == "Отмена"
    finally:
        languages.use("en")


def test_languages_switch_and_refuse_unknown_ones(app: QApplication) -> None:
    languages = Languages(app)
    for language in LANGUAGES:
        languages.use(language)
    assert translate("Dialog", "Cancel") == "Cancel"
    languages.use("ru")
    assert translate("Dialog", "Cancel") == "Отмена"
    languages.use("en")
    with pytest.raises(ValueError, match="unknown language"):
        languages.use("de")
