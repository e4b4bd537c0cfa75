"""Contrast of both palettes (WCAG 2.2): text 4.5, large text and graphics 3; shapes back up weak colours."""

from __future__ import annotations

import pytest

from hmi.theme import DAY, NIGHT, Look, Palette, contrast, scale_for, style_sheet

PALETTES = pytest.mark.parametrize("palette", [DAY, NIGHT], ids=lambda p: p.name)


@PALETTES
@pytest.mark.parametrize("role", ["ink", "label", "value", "setpoint"])
def test_text_is_readable_on_every_ground(palette: Palette, role: str) -> None:
    for ground in (palette.background, palette.pane, palette.strip):
        assert contrast(getattr(palette, role), ground) >= 4.5


@PALETTES
def test_words_on_filled_grounds_are_readable(palette: Palette) -> None:
    assert contrast(palette.running_ink, palette.running) >= 4.5
    assert contrast(palette.stopped_ink, palette.stopped) >= 4.5
    assert contrast(palette.field_ink, palette.field) >= 4.5
    assert contrast(palette.notice_ink, palette.notice) >= 4.5
    assert contrast(palette.ink, palette.track) >= 4.5
    assert contrast(palette.manual, palette.pane) >= 4.5


@PALETTES
def test_lines_and_alarm_shapes_stand_out(palette: Palette) -> None:
    for ground in (palette.background, palette.pane):
        assert contrast(palette.line, ground) >= 3.0
        assert contrast(palette.p1, ground) >= 3.0
        assert contrast(palette.p4, ground) >= 3.0
        for weak in (palette.p2, palette.p3):  # these lean on their dark border and digit
            assert contrast(weak, ground) >= 3.0 or contrast(palette.symbol_edge, ground) >= 3.0
            assert contrast(palette.symbol_edge, weak) >= 4.5


@PALETTES
def test_alarm_colours_are_used_for_nothing_else(palette: Palette) -> None:
    alarms = {palette.p1, palette.p2, palette.p3, palette.p4}
    others = {v for k, v in vars(palette).items() if k not in ("p1", "p2", "p3", "p4", "name")}
    assert not alarms & others


def test_known_ratios() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#2B2B2B", "#D9D9D9") == pytest.approx(10.0, abs=0.1)


def test_scale_and_sheet(app: object) -> None:
    assert scale_for(1280, 800) == 1.0
    assert scale_for(1920, 1080) == pytest.approx(1.35)
    assert scale_for(800, 480) == 1.0
    assert scale_for(7680, 4320) == 1.6
    assert "{" in style_sheet(Look(NIGHT))
    (at_night,) = [row for row in style_sheet(Look(NIGHT)).splitlines() if row.startswith("QPlainTextEdit {")]
    assert NIGHT.background in at_night, "a page of text does not dazzle"
    assert NIGHT.field not in at_night
    assert NIGHT.p1 not in style_sheet(Look(NIGHT)), "a priority colour in a standard widget"
