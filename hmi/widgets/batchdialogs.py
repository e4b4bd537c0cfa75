"""Dialogs of a batch: answer by touching, the disposition of a deviation, the mode. Each says what its choice means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.widgets.alarmdialogs import Picker, ReasonPicker
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label

COMMENT_MAX: Final = 500
VERDICT_MEANS: Final[Mapping[str, Callable[[], str]]] = {
    "release": lambda: translate("BatchDialog", "The product is good all the same. The batch may be restarted and goes on."),
    "rework": lambda: translate("BatchDialog", "The step is repeated after the restart. The product stays marked as reworked."),
    "destroy": lambda: translate("BatchDialog", "The product goes to waste. The batch can only be stopped or aborted."),
}
VERDICTS: Final[Mapping[str, Callable[[], str]]] = {
    "release": lambda: translate("BatchDialog", "Release the product"),
    "rework": lambda: translate("BatchDialog", "Rework: repeat the step"),
    "destroy": lambda: translate("BatchDialog", "Destroy the product"),
}
DISPOSITION_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("BatchDialog", "Measured by hand, limit is met"),
    lambda: translate("BatchDialog", "Sensor faulty, replaced and checked"),
    lambda: translate("BatchDialog", "Limit is not met"),
)
PARAMETER_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("BatchDialog", "Raw material differs"),
    lambda: translate("BatchDialog", "Product outside of its limits"),
    lambda: translate("BatchDialog", "Told by the technologist"),
)
MANUAL_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("BatchDialog", "Equipment out of order"),
    lambda: translate("BatchDialog", "Step done by hand"),
    lambda: translate("BatchDialog", "Trial of a recipe"),
)
LOT_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("BatchDialog", "Rest of the lot"),
    lambda: translate("BatchDialog", "Material ran out"),
    lambda: translate("BatchDialog", "Agreed with the technologist"),
)


class ChoiceDialog(PanelDialog):
    """One of a few answers; ``accept`` gets the place of the chosen one. The confirm button repeats it."""

    def __init__(
        self, look: Look, title: str, text: str, choices: Sequence[str], accept: Callable[[int], None],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, title, parent)
        self._accept, self.choices = accept, tuple(choices)
        self.body.addWidget(label(text, "strong", wrap=True))
        self.picker = Picker(look, [(str(i), t) for i, t in enumerate(self.choices)], 2, lambda key: self._judge())
        self.body.addWidget(self.picker)
        self.body.addSpacing(look.px(8))
        row = QHBoxLayout()
        row.addWidget(self.cancel_button())
        row.addSpacing(look.px(60))
        row.addStretch(1)
        self.ok = button("", self.confirm, role="primary")
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(620))
        self._judge()

    def _judge(self) -> None:
        key = self.picker.picked
        chosen = self.choices[int(key)] if key is not None else ""
        said = translate("BatchDialog", "Answer: {answer}").format(answer=chosen) if chosen else ""
        self.ok.setText((said or translate("BatchDialog", "Choose an answer")).replace("&", "&&"))
        self.ok.setEnabled(bool(chosen))

    def confirm(self) -> None:
        """Hand the answer over and close."""
        key = self.picker.picked
        if key is not None:
            self.deliver(lambda: self._accept(int(key)))


class DispositionDialog(PanelDialog):
    """What becomes of a product on hold, and why; signing is the next step. ``accept`` gets verdict and reason."""

    def __init__(
        self, look: Look, language: str, title: str, facts: Sequence[str], accept: Callable[[str, str], None],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, title, parent)
        self._accept = accept
        for i, fact in enumerate(facts):
            self.body.addWidget(label(fact, "strong" if i == 0 else "label", wrap=True))
        self.body.addWidget(label(translate("BatchDialog", "What becomes of the product"), "title"))
        self.verdicts = Picker(look, [(key, text()) for key, text in VERDICTS.items()], 3, lambda key: self._judge())
        self.body.addWidget(self.verdicts)
        self.means = label("", "", wrap=True)
        self.means.setMinimumHeight(look.px(40))
        self.body.addWidget(self.means)
        self.body.addWidget(label(translate("BatchDialog", "Why"), "title"))
        self.reasons = ReasonPicker(look, language, [text() for text in DISPOSITION_REASONS], self._judge)
        self.body.addWidget(self.reasons)
        self.missing = label("", "label", wrap=True)
        self.missing.setMinimumHeight(look.px(22))
        self.body.addWidget(self.missing)
        row = QHBoxLayout()
        row.addWidget(self.cancel_button())
        row.addStretch(1)
        self.ok = button(translate("BatchDialog", "Sign…"), self.confirm, role="primary")
        self.ok.setMinimumWidth(look.px(280))
        row.addWidget(self.ok)
        self.body.addLayout(row)
        self.setMinimumWidth(look.px(820))
        self._judge()

    def _judge(self) -> None:
        verdict, reason = self.verdicts.picked, self.reasons.reason
        self.means.setText(VERDICT_MEANS[verdict]() if verdict is not None else "")
        missing = [
            translate("BatchDialog", "choose what becomes of the product") if verdict is None else "",
            translate("BatchDialog", "choose why") if not reason else "",
        ]
        told = ", ".join(m for m in missing if m)
        self.missing.setText(translate("BatchDialog", "Still missing: {what}").format(what=told) if told else "")
        self.ok.setEnabled(not told)

    def confirm(self) -> None:
        """Hand it over and close; does nothing while something is missing."""
        verdict, reason = self.verdicts.picked, self.reasons.reason
        if verdict is not None and reason:
            self.deliver(lambda: self._accept(verdict, reason))


class ModeDialog(PanelDialog):
    """The modes with what they mean; ``modes`` are (key, name, meaning, why not or ''). ``accept`` gets the chosen key."""

    def __init__(
        self, look: Look, title: str, modes: Sequence[tuple[str, str, str, str]], current: str, accept: Callable[[str], None],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(look, title, parent)
        self._accept = accept
        hint = translate("BatchDialog", "A change of mode moves nothing. Limits and interlocks hold in every mode.")
        self.body.addWidget(label(hint, "label", wrap=True))
        self.buttons = {}
        for key, name, meaning, why_not in modes:
            row = QHBoxLayout()
            row.setSpacing(look.px(14))
            made = button(f"● {name}" if key == current else name, lambda k=key: self.choose(k))
            made.setFixedWidth(look.px(250))
            made.setEnabled(key != current and not why_not)
            self.buttons[key] = made
            row.addWidget(made)
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(label(meaning, "", wrap=True))
            if why_not:
                column.addWidget(label(why_not, "label", wrap=True))
            row.addLayout(column, 1)
            self.body.addLayout(row)
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        self.body.addLayout(last)
        self.setMinimumWidth(look.px(760))

    def choose(self, key: str) -> None:
        """Hand the mode over and close."""
        self.deliver(lambda: self._accept(key))
