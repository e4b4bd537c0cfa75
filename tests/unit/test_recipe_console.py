"""What the console says of a dry run to somebody who is about to sign."""

from __future__ import annotations

from typing import Any

import pytest

from potok.recipe_library import print_evidence


def limit(**values: Any) -> dict[str, Any]:
    row = {"node": "smokehouse.cook", "name": {"ru": "Батон", "en": "Core"}, "tag": "S401.CoreTemp", "eu": "°C"}
    return {**row, "lo": None, "hi": None, "value": None, "passed": True, **values}


def test_every_critical_limit_is_told_with_what_it_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [limit(), limit(hi=4), limit(lo=70, value=70.515), limit(lo=70, hi=80, value=60.0, passed=False, name={}, eu=None)]
    print_evidence({"hash": "a" * 64, "ok": False, "by": "anna", "report": {"duration_s": 7200, "ccp": rows}})
    assert capsys.readouterr().out.splitlines() == [
        "dry run aaaaaaaaaaaa by anna: FAILED, 2.00 h",
        "  CCP Core of smokehouse.cook: of good quality throughout: met",
        "  CCP Core of smokehouse.cook: throughout at most 4 °C: met",
        "  CCP Core of smokehouse.cook: 70.515, at least 70 °C: met",
        "  CCP S401.CoreTemp of smokehouse.cook: 60, at least 70 and at most 80: NOT MET",
    ]


def test_a_version_without_a_dry_run_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_evidence({})
    assert capsys.readouterr().out == "there is no dry run of this version\n"
