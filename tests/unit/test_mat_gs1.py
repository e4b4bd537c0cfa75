"""Codes of GS1: reading what scanners send, writing what they read back, and words for every code that is wrong."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from materials.gs1 import LENGTH_MAX, Gs1Code, century, day_of, read_code
from materials.gs1_digits import check_digit, gtin14, has_check_digit, is_gtin
from materials.gs1_faults import FaultKind, Gs1Fault, shown
from materials.gs1_table import FNC1, IDENTIFIERS, SET_82, Check, Identifier, identifier_at
from materials.gs1_write import bracketed, date_value, element_string, human_text, net_kg_element, sscc

TODAY = dt.date(2026, 11, 23)
ITEM = "0109521234543213"


def code(text: str) -> Gs1Code:
    found = read_code(text, TODAY)
    assert isinstance(found, Gs1Code), found
    return found


def fault(text: str) -> Gs1Fault:
    found = read_code(text, TODAY)
    assert isinstance(found, Gs1Fault), found
    assert found.why.ru.strip(), "said in both languages"
    assert found.why.en.strip(), "said in both languages"
    return found


def pairs(text: str) -> list[tuple[str, str]]:
    return [(e.ai, e.value) for e in code(text).elements]


# What is right


@pytest.mark.parametrize(
    ("digits", "last"),
    [("629104150021", "3"), ("37610425002123456", "9"), ("10614141123456789", "7"), ("0950110153000", "3"), ("9638507", "4")],
)
def test_the_check_digits_of_the_specification(digits: str, last: str) -> None:
    assert check_digit(digits) == last
    assert has_check_digit(digits + last)
    assert not has_check_digit(digits + str((int(last) + 1) % 10))


def test_a_check_digit_is_of_digits_only() -> None:
    for wrong in ("", "12a", "١٢"):  # Arabic-Indic digits are digits to Python, not to GS1
        with pytest.raises(ValueError, match="decimal digits"):
            check_digit(wrong)
        assert not is_gtin(wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("]C100106141411234567897", [("00", "106141411234567897")]),
        ("]d2010950110102091717190508" + "10ABCD1234" + FNC1 + "2110", [("01", "09501101020917"), ("17", "190508"),
                                                                      ("10", "ABCD1234"), ("21", "10")]),
        ("]e00198898765432106" + "3202012345" + "15991231", [("01", "98898765432106"), ("3202", "012345"), ("15", "991231")]),
        ("]Q3" + ITEM, [("01", "09521234543213")]),
        (ITEM + "3103001250", [("01", "09521234543213"), ("3103", "001250")]),
        ("10AB" + FNC1 + ITEM, [("10", "AB"), ("01", "09521234543213")]),
    ],
)  # fmt: skip
def test_element_strings_of_the_specification(text: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize("around", ["{}\r\n", "  {}\t", "\x02{}\x03", FNC1 + "{}", "{}" + FNC1, "]C1{}", "\ufeff{}"])
def test_what_a_scanner_puts_around_a_code_is_no_part_of_it(around: str) -> None:
    assert pairs(around.format(ITEM + "10L7")) == [("01", "09521234543213"), ("10", "L7")]


@pytest.mark.parametrize("shown_as", ["\u241d", "<GS>", "{GS}", "^]"])
def test_a_separator_that_the_scanner_shows_instead_of_sending(shown_as: str) -> None:
    assert pairs(f"{ITEM}10L7{shown_as}17261231") == [("01", "09521234543213"), ("10", "L7"), ("17", "261231")]


def test_a_separator_where_none_is_needed_does_no_harm() -> None:
    assert pairs(f"{ITEM}{FNC1}17261231{FNC1}{FNC1}10L7") == [("01", "09521234543213"), ("17", "261231"), ("10", "L7")]


def test_typed_with_brackets_and_spaces() -> None:
    typed = "(01) 0 9521234 54321 3 (10) L-7/2(17)261231 (3103) 001 250"
    assert pairs(typed) == [("01", "09521234543213"), ("10", "L-7/2"), ("17", "261231"), ("3103", "001250")]


@pytest.mark.parametrize(
    ("plain", "full"),
    [("96385074", "00000096385074"), ("614141000036", "00614141000036"), ("6291041500213", "06291041500213"),
     ("]E06291041500213", "06291041500213"), ("]I110614141000033", "10614141000033"), ("]E496385074", "00000096385074")],
)  # fmt: skip
def test_a_plain_gtin_is_the_item(plain: str, full: str) -> None:
    assert code(plain).gtin == full
    assert gtin14(plain[-13:] if plain[0] == "]" else plain)[-8:] == full[-8:]


def test_what_a_code_says() -> None:
    said = code(
        f"{ITEM}11261101" + "17270100" + "3102000175" + "10L-7" + FNC1 + "21S1" + FNC1 + "800826110314" + FNC1 + "99B1001"
    )
    assert (said.gtin, said.lot, said.own_lot, said.serial, said.sscc) == ("09521234543213", "L-7", "B1001", "S1", "")
    assert said.produced == dt.date(2026, 11, 1)
    assert said.produced_at == dt.datetime.fromisoformat("2026-11-03T14:00")
    assert said.expires == dt.date(2027, 1, 31), "day 00 of an expiry is the last of the month"
    assert said.net_kg == 1.75
    assert said.count is None


def test_what_a_pallet_says() -> None:
    said = code("003761042500212345690209521234543213370012" + FNC1 + "13261100" + "15270115")
    assert (said.sscc, said.gtin, said.count) == ("376104250021234569", "09521234543213", 12)
    assert said.produced == dt.date(2026, 11, 1), "day 00 of a production is the first of the month: the careful reading"
    assert said.expires == said.best_before == dt.date(2027, 1, 15)


def test_expiry_with_the_hour() -> None:
    assert code(f"{ITEM}7003261205" + "1800").expires == dt.date(2026, 12, 5)


@pytest.mark.parametrize(
    ("yy", "today", "year"),
    [(26, 2026, 2026), (76, 2026, 2076), (77, 2026, 1977), (0, 2026, 2000), (0, 2050, 2100), (1, 2050, 2001), (49, 2099, 2149),
     (50, 2099, 2050)],
)  # fmt: skip
def test_the_century_of_two_digits(yy: int, today: int, year: int) -> None:
    """General Specifications 7.12: 51 or more ahead is the past century, 50 or more behind the next."""
    assert century(yy, dt.date(today, 6, 1)) == year


def test_days_of_the_calendar() -> None:
    assert day_of("280229", TODAY, last=True) == dt.date(2028, 2, 29)
    assert day_of("280200", TODAY, last=True) == dt.date(2028, 2, 29)
    assert day_of("280200", TODAY, last=False) == dt.date(2028, 2, 1)
    for none in ("270229", "261301", "260001", "261232", "26123", "2612 1", "аббввг"):
        assert day_of(none, TODAY, last=True) is None


@pytest.mark.parametrize(
    ("ai", "digits", "kg"),
    [("3100", "000012", 12.0), ("3101", "000125", 12.5), ("3103", "001250", 1.25), ("3105", "123456", 1.23456)],
)
def test_a_mass_with_its_decimals(ai: str, digits: str, kg: float) -> None:
    assert code(ITEM + ai + digits).net_kg == kg


# What is wrong


def test_an_empty_code() -> None:
    for nothing in ("", "  \r\n", FNC1, "]C1", "]d2" + FNC1):
        assert fault(nothing).kind is FaultKind.EMPTY


def test_two_codes_that_ran_together() -> None:
    assert fault("99" + "A" * LENGTH_MAX).kind is FaultKind.TOO_LONG


@pytest.mark.parametrize("text", ["]C0B1001", "]d1" + ITEM, "]A0AB", "lot 7", "#12", "http://example.org/01/1"])
def test_no_code_of_gs1(text: str) -> None:
    found = fault(text)
    assert found.kind is FaultKind.NOT_GS1
    assert "введите номер партии" in found.why.ru


def test_a_keyboard_left_in_russian() -> None:
    found = fault(ITEM + "10ФИС")
    assert (found.kind, found.at) == (FaultKind.KEYBOARD, 18)
    assert "английскую раскладку" in found.why.ru
    assert "знак 19" in found.why.ru


def test_a_separator_that_the_scanner_swallowed() -> None:
    found = fault(f"{ITEM}10LOT-2026-11-1531030012501726" + "1231")
    assert (found.kind, found.at) == (FaultKind.NO_SEPARATOR, 18)
    assert found.why.ru.startswith("В коде нет разделителя после (10) номер партии")
    assert "проверьте настройку сканера" in found.why.ru


def test_a_count_that_runs_into_letters_lacks_its_separator() -> None:
    assert fault("02095212345432133712" + "10ABC").kind is FaultKind.NO_SEPARATOR


def test_a_swallowed_separator_that_cannot_be_told_for_sure_is_a_doubt() -> None:
    for tail in ("17261231", "3103001250", "11261100"):
        found = code(f"]C1{ITEM}10L7{tail}")
        assert len(found.doubts) == 1
        assert found.lot == "L7" + tail
    assert code(f"{ITEM}10L7{FNC1}17261231").doubts == ()
    assert code("(01)09521234543213(10)L717261231").doubts == (), "a person wrote where it ends"
    assert code(ITEM + "10LOT-171").doubts == ()


def test_a_code_that_was_not_read_whole() -> None:
    found = fault(ITEM + "1726")
    assert (found.kind, found.at) == (FaultKind.TOO_SHORT, 18)
    assert "2 зн., нужно 6" in found.why.ru
    assert fault(f"{ITEM}10{FNC1}17261231").kind is FaultKind.TOO_SHORT
    assert fault("(01)9521").kind is FaultKind.TOO_SHORT
    assert fault("]E096385").kind is FaultKind.TOO_SHORT


def test_an_unknown_identifier_is_shown_where_it_stands() -> None:
    found = fault(ITEM + "0512")
    assert (found.kind, found.at) == (FaultKind.UNKNOWN_AI, 16)
    assert "«0512», знак 17" in found.why.ru
    assert "технолог" in found.why.ru
    assert fault("(05)12").kind is FaultKind.UNKNOWN_AI
    assert "введите номер партии" in fault("0512").why.ru


def test_a_wrong_check_digit() -> None:
    assert fault("0109521234543214").kind is FaultKind.CHECK_DIGIT
    assert fault("00106141411234567890").kind is FaultKind.CHECK_DIGIT
    assert fault("6291041500214").kind is FaultKind.CHECK_DIGIT
    assert fault(ITEM + "4149521234000007").kind is FaultKind.CHECK_DIGIT


@pytest.mark.parametrize(
    "text", ["17261300", "17260230", "11261131", "8008261123" + "24", "8008261100" + "12", "7003261200" + "1200"]
)
def test_no_day_of_the_calendar(text: str) -> None:
    assert fault(ITEM + text).kind is FaultKind.DATE


@pytest.mark.parametrize(("text", "at"), [("17261Z31", 21), ("010952123454321x", 15), ("10A B", 19), ("10A\tB", 19), ("10ü", 18)])
def test_a_character_that_has_no_place(text: str, at: int) -> None:
    found = fault(text if text.startswith("01") else ITEM + text)
    assert (found.kind, found.at) == (FaultKind.CHARACTER, at)


def test_the_same_said_twice() -> None:
    assert pairs(f"{ITEM}10A{FNC1}10A") == [("01", "09521234543213"), ("10", "A")], "twice alike is once"
    assert fault(f"{ITEM}10A{FNC1}10B").kind is FaultKind.TWICE
    assert fault(f"{ITEM}31030012503102000125").kind is FaultKind.TWICE, "two masses, though of two identifiers"


def test_elements_that_contradict_each_other() -> None:
    assert fault(f"{ITEM}0209521234543213").kind is FaultKind.CONTRADICTION
    assert fault(f"{ITEM}3712").kind is FaultKind.CONTRADICTION
    found = fault(f"{ITEM}1126123117261101")
    assert found.kind is FaultKind.CONTRADICTION
    assert "позже" in found.why.ru


def test_control_characters_are_shown_as_something() -> None:
    assert shown(f"a{FNC1}b\x07") == "a␝b·"


@given(st.text(max_size=80))
def test_any_text_is_a_code_or_a_fault(text: str) -> None:
    found = read_code(text, TODAY)
    assert isinstance(found, Gs1Code | Gs1Fault)
    if isinstance(found, Gs1Code):
        _ = (found.produced, found.expires, found.net_kg, found.count, found.produced_at)


@given(st.text(alphabet=st.sampled_from([*"0123456789", FNC1, "(", ")", "]", "C", "d", " ", "Ж"]), max_size=60), st.dates())
def test_digits_and_separators_in_any_order_are_a_code_or_a_fault(text: str, today: dt.date) -> None:
    found = read_code(text, today)
    if isinstance(found, Gs1Fault):
        assert 0 <= found.at <= max(len(found.code), LENGTH_MAX)
        assert found.why.ru
    else:
        assert found.elements
        _ = (found.produced, found.expires, found.net_kg, found.count, found.produced_at)


# Written and read back


def value_of(row: Identifier) -> st.SearchStrategy[str]:
    """A value that the identifier can have."""
    if row.check in (Check.DATE, Check.DAY):
        day = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31)).map(date_value)
        clock = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02d}{t[1]:02d}")
        return st.tuples(day, clock).map(lambda t: "".join(t)) if row.hi > 8 and row.ai != "7007" else day
    if row.check is Check.KEY:
        body = st.text("0123456789", min_size=row.hi - 1, max_size=row.hi - 1)
        return body.map(lambda b: b + check_digit(b))
    parts = [st.text(sorted(p.charset), min_size=p.hi if p.lo == p.hi else p.lo, max_size=p.hi) for p in row.parts]
    return st.tuples(*parts).map("".join).filter(lambda v: row.stray(v) < 0 and row.lo <= len(v) <= row.hi)


@st.composite
def elements(draw: st.DrawFn) -> list[tuple[str, str]]:
    rows = draw(st.lists(st.sampled_from(list(IDENTIFIERS.values())), min_size=1, max_size=6, unique_by=lambda r: r.ai[:3]))
    chosen = [(row.ai, draw(value_of(row))) for row in rows]
    ais = {ai for ai, _ in chosen}
    assume(not ({"01", "02"} <= ais or {"01", "37"} <= ais or {"02", "20"} <= ais))
    assume(len(ais & {"11", "13", "15", "17"}) < 2)
    return chosen


@given(elements(), st.sampled_from(["]C1", "]d2", "]Q3"]))
def test_what_is_written_is_read(chosen: list[tuple[str, str]], symbology: str) -> None:
    text = element_string(chosen)
    assert isinstance(text, str)
    assert pairs(symbology + text) == chosen


@given(elements())
def test_the_printed_text_is_read_too(chosen: list[tuple[str, str]]) -> None:
    assume(not any("(" in value or "<GS>" in value for _, value in chosen))
    assert pairs(human_text(chosen)) == chosen


@given(elements(), st.data())
def test_a_value_that_no_code_holds_is_told_and_not_written(chosen: list[tuple[str, str]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chosen) - 1))
    ai, value = chosen[at]
    wrong = data.draw(st.sampled_from([value + "9" * 91, "", value + "Ж", value[:-1] + "\n", FNC1 + value]))
    chosen[at] = (ai, wrong)
    assume(not (wrong == "" and IDENTIFIERS[ai].lo == 0))
    assert isinstance(element_string(chosen), Gs1Fault)


def test_separators_stand_only_where_they_must() -> None:
    assert element_string([("01", "09521234543213"), ("10", "L7"), ("17", "261231")]) == f"{ITEM}10L7{FNC1}17261231"
    assert element_string([("01", "09521234543213"), ("17", "261231"), ("10", "L7")]) == f"{ITEM}1726123110L7"
    assert bracketed([("01", "09521234543213"), ("10", "L(7)")]) == "[01]09521234543213[10]L(7)"
    assert isinstance(element_string([]), Gs1Fault)


def test_an_sscc() -> None:
    assert sscc("7610425", 3, 2123456) == "376104250021234569"
    assert sscc("0614141", 1, 123456789) == "106141411234567897"


@given(st.text("0123456789", min_size=4, max_size=12), st.integers(0, 9), st.data())
def test_every_sscc_is_read_back(prefix: str, extension: int, data: st.DataObject) -> None:
    room = 16 - len(prefix)
    serial = data.draw(st.integers(0, 10**room - 1))
    made = sscc(prefix, extension, serial)
    assert len(made) == 18
    assert code("]C100" + made).sscc == made
    with pytest.raises(ValueError, match="does not fit"):
        sscc(prefix, extension, 10**room)


@pytest.mark.parametrize(("prefix", "extension"), [("123", 0), ("1234567890123", 0), ("12a4", 0), ("1234", 10), ("1234", -1)])
def test_no_sscc_of_a_wrong_prefix(prefix: str, extension: int) -> None:
    with pytest.raises(ValueError):
        sscc(prefix, extension, 1)


@given(st.floats(0, 999_999, allow_nan=False))
def test_a_mass_keeps_what_its_element_can_hold(kg: float) -> None:
    element = net_kg_element(kg)
    assert element is not None
    read = code(ITEM + "".join(element)).net_kg
    assert read is not None
    assert abs(read - kg) <= 0.5 * 10 ** -int(element[0][3]) + 1e-9


def test_a_mass_that_no_element_holds() -> None:
    assert net_kg_element(-1.0) is None
    assert net_kg_element(1e6) is None
    assert net_kg_element(float("nan")) is None
    assert net_kg_element(999_999.6) is None
    assert net_kg_element(12.5) == ("3103", "012500")


# The table


def test_no_identifier_begins_with_another() -> None:
    for ai in IDENTIFIERS:
        assert identifier_at(ai, 0) is IDENTIFIERS[ai]
        assert not any(ai != other and ai.startswith(other) for other in IDENTIFIERS)


def test_predefined_identifiers_have_one_length() -> None:
    lengths = {"00": 20, "01": 16, "02": 16, "11": 8, "12": 8, "13": 8, "15": 8, "16": 8, "17": 8, "20": 4, "31": 10, "32": 10,
               "33": 10, "34": 10, "35": 10, "41": 16}  # fmt: skip
    for ai, row in IDENTIFIERS.items():
        assert row.predefined == (ai[:2] in lengths), ai
        if row.predefined:
            assert len(ai) + row.lo == len(ai) + row.hi == lengths[ai[:2]], ai


def test_the_characters_of_set_82() -> None:
    assert len(SET_82) == 82
    assert not SET_82 & set("[]{}^~|\\ #$@`")
