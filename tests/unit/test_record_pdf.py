"""The record as PDF: what is in it, that it is the same again, and that its pages can be checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from historian.record import canonical
from historian.record_document import document
from historian.record_pdf import attached_record, is_pdf, layout, render_apart, render_pages, render_pdf, same_pages
from historian.record_plots import plot
from historian.record_printable import printable
from historian.record_words import Writer
from line.quality import Status
from tests.builders import T0_NS
from tests.unit.record_kit import COOK, CORE, B, Folder, both, finish, start

PNG = b"\x89PNG"


def made(folder: Path, *, ended: bool = True) -> dict[str, Any]:
    with Folder(folder) as f:
        start(f)
        for second in range(60, 3600, 20):
            f.sample(second, CORE, 20 + second / 70, int(Status.BAD_SENSOR_FAILURE) if 600 <= second < 700 else 0)
        f.batch(100, "comment", text='#panic() *x* $y$ \\ "<b>" _Ж_ @ref', user="ivanov")
        if ended:
            finish(f)
    found = Queries(folder).batch_report(B)
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_same_record_gives_the_same_bytes_with_the_record_inside(tmp_path: Path, language: str) -> None:
    record = made(tmp_path)
    pdf = render_pdf(record, language)
    assert is_pdf(pdf)
    assert pdf == render_pdf(record, language)
    assert attached_record(pdf) == canonical(record)
    assert b"pdfaid:part" in pdf


def test_pages_are_those_of_the_record_and_changed_ones_are_not(tmp_path: Path) -> None:
    record = made(tmp_path)
    pdf = render_pdf(record, "en", "Europe/Minsk")
    assert same_pages(pdf, record) is True
    assert same_pages(pdf.replace(b"/Type/Page/", b"/Type/Page /", 1), record) is False
    assert same_pages(pdf, {**record, "comments": []}) is False
    assert same_pages(pdf.replace(b"typst-0", b"typst-9"), record) is None
    here = layout().encode()
    other = here[:-1] + (b"0" if here[-1:] != b"0" else b"1")
    assert same_pages(pdf.replace(here, other), record) is None, "laid out by another version of Potok"


def test_it_is_set_in_a_process_of_its_own_as_well(tmp_path: Path) -> None:
    record = json.loads(canonical(made(tmp_path)))
    assert render_apart(record, "ru") == render_pdf(record, "ru")


def test_every_page_can_be_looked_at(tmp_path: Path) -> None:
    pages = render_pages(made(tmp_path), "ru", ppi=20)
    assert len(pages) >= 3
    assert all(p.startswith(PNG) for p in pages)


def words(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def test_texts_of_people_are_text_and_no_markup(tmp_path: Path) -> None:
    record = made(tmp_path)
    shown = words(document(record, Writer("ru"), "B1001.json"))
    assert "#panic() *x* $y$" in shown
    assert is_pdf(render_pdf(record))


def test_no_text_turns_hides_or_outgrows_what_is_printed_beside_it() -> None:
    digest = "0123456789abcdef" * 4
    long = "W" * 45
    shown = printable({"rows": [["lot \u202e7 (0.5 kg)\u200b", f"{digest} ({long})", "a\nb"], [1, None, True]]})
    broken = "W" * 19 + "\u200b" + "W" * 20 + "\u200b" + "W" * 6
    assert shown == {"rows": [["lot <U+202E>7 (0.5 kg)<U+200B>", f"{digest} ({broken})", "a\nb"], [1, None, True]]}


def test_what_is_printed_is_printable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = made(tmp_path)
    plain = render_pdf(record)
    record["comments"] = [{"time_ns": T0_NS, "user": "ivanov", "text": "\u202e" + "x" * 300}]
    turned = render_pages(record)
    monkeypatch.setattr("historian.record_pdf.printable", lambda value: value)
    assert render_pages(record) != turned
    assert plain != render_pdf(record)


def test_a_russian_page_has_no_words_of_the_program(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.command(70, "c9", "batch.create", "ham", "petrova", size_kg=50.0, mode="semi", start=True)
        seen = {"tag": CORE, "value": None, "lo": 71.5, "hi": None, "eu": "°C", "quality": "BadSensorFailure"}
        f.batch(80, "deviation", node=COOK, unit="S401", number=1, kind="ccp", text=both("x"), on="hold", back=False, **seen)
        signed = {"user": "p", "name": "Петрова", "role": "technologist", "time_ns": T0_NS}
        f.batch(90, "disposition", node=COOK, deviation=1, verdict="release", user="p", reason="y", signature=signed)
    found = Queries(tmp_path).batch_report(B)
    assert found is not None
    made = document(dict(found), Writer("ru"), "x.json")
    assert (made["batch"], made["head"]) == ("Партия №1001", "Протокол партии (неполный)")
    text = json.dumps({k: v for k, v in made.items() if k != "blocks"} | {"blocks": _before_recipe(made)}, ensure_ascii=False)
    for word in ("BadSensorFailure", "technologist", "size_kg", "verdict"):
        assert word not in text
    for word in ("[отказ датчика]", '"технолог"', "размер, кг: 50", "… · "):
        assert word in text


def _before_recipe(made: dict[str, Any]) -> list[Any]:
    """All but the recipe, which is printed as its file."""
    return [b for b in made["blocks"] if b.get("kind") != "listing"]


def test_a_batch_that_runs_is_marked_on_its_first_page(tmp_path: Path) -> None:
    made_document = document(made(tmp_path, ended=False), Writer("ru"), "x.json")
    first = made_document["blocks"]
    assert isinstance(first, list)
    assert words(first[0]).startswith('{"kind": "warning", "text": "НЕПОЛНЫЙ')
    assert made_document["complete"] is False


def test_a_decision_that_is_missing_stands_out(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        seen = {"tag": CORE, "value": None, "lo": 71.5, "hi": None, "eu": "°C", "quality": "BadSensorFailure"}
        said = {"number": 1, "kind": "ccp", "text": {"ru": "нет", "en": "none"}, "on": "hold", "back": False}
        f.batch(300, "deviation", node="smokehouse.cooking.cook", unit="S401", **{**seen, **said})
    record = Queries(tmp_path).batch_report(B)
    assert record is not None
    assert "НЕТ РЕШЕНИЯ" in words(document(record, Writer("ru"), "x"))
    assert "NO DISPOSITION" in words(document(record, Writer("en"), "x"))


def curve(**values: Any) -> dict[str, Any]:
    times = [T0_NS + n * 60_000_000_000 for n in range(5)]
    base = {
        "t": times,
        "v": [10.0, 20.0, None, 40.0, 30.0],
        "q": [0, 0, int(Status.BAD_SENSOR_FAILURE), 0, 0],
        "lo": 15.0,
        "hi": None,
    }
    return {**base, "from_ns": times[0], "to_ns": times[-1], "eu": "°C", "kept": "all", "ccp": True, **values}


def test_the_last_value_of_a_curve_holds_to_its_end_and_zeros_have_a_scale() -> None:
    still = {"t": [0], "v": [0.0], "q": [0], "from_ns": 0, "to_ns": 100, "lo": None, "hi": None, "eu": "kg", "kept": "all"}
    drawn = plot(still, Writer("en"), "Packed")
    assert drawn["lines"] == [[[0.0, 0.0], [1.0, 0.0]]]
    assert drawn["y_ticks"] == [[0.0, "0"], [0.2, "0.2"], [0.4, "0.4"], [0.6, "0.6"], [0.8, "0.8"], [1.0, "1"]]


def test_a_curve_breaks_where_its_values_are_not_good() -> None:
    drawn = plot(curve(), Writer("en"), "Core")
    assert drawn["lines"] == [
        [[0.0, 0.0], [0.25, 0.0], [0.25, 0.33333], [0.5, 0.33333]], [[0.75, 1.0], [1.0, 1.0], [1.0, 0.66667]],
    ], "a value holds until the next one or until nothing is known"  # fmt: skip
    assert drawn["bad"] == [[0.5, 0.75]]
    assert drawn["limits"] == [[0.16667, "min 15 °C"]]


@pytest.mark.parametrize(
    "odd", [{"t": [], "v": [], "q": []}, {"v": [5.0] * 5, "q": [0] * 5, "lo": None}, {"to_ns": 0}, {"v": [1e300] * 5}]
)
def test_odd_curves_are_drawn_as_far_as_they_go(odd: dict[str, Any]) -> None:
    assert plot(curve(**odd), Writer("ru"), "x")["y_ticks"]


@pytest.mark.parametrize(
    ("value", "ru", "en"),
    [(78.0, "78 °C", "78 °C"), (-0.9, "−0,9 °C", "−0.9 °C"), (None, "–", "–"), (float("nan"), "–", "–"), (1e-9, "0 °C", "0 °C")],
)
def test_numbers_are_written_as_each_language_does(value: Any, ru: str, en: str) -> None:
    assert (Writer("ru").number(value, "°C"), Writer("en").number(value, "°C")) == (ru, en)


def test_times_are_those_of_the_zone() -> None:
    assert Writer("en", "Europe/Minsk").time(T0_NS)[11:16] != Writer("en").time(T0_NS)[11:16]
    assert Writer("en").time(None) == "–"
    assert Writer("en").time(2**62) == "2116-02-20 23:53:38"


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7\n", b"%PDF-1.7 <</Type/EmbeddedFile/Length 5/Filter/FlateDecode>>\nstream\nabcde"]
)
def test_a_pdf_without_a_record_has_none(content: bytes) -> None:
    assert attached_record(content) is None
