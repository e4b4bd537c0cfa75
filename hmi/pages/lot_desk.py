"""What people do with one lot: the dialogs of the page of a lot (hmi/pages/lot.py), and what each of them asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from hmi.context import PanelContext
from hmi.pages import loading_words as words
from hmi.rolenames import may, role_name
from hmi.saving import SavedFile
from hmi.texts import translate
from hmi.viewmodels.batches import batch_by_id
from hmi.viewmodels.stock import StockLot, lot_label, named, place_name, stock_of
from hmi.viewmodels.store import LineStore
from hmi.widgets.batchdialogs import ChoiceDialog
from hmi.widgets.dialogs import NumericPad
from hmi.widgets.dispatchdialog import DispatchDialog
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.signature import Order, SignatureDialog

LABEL_REPLY: Final = "lot.label"
DEED_ROWS: Final = (
    ("label", "move", "dispatch", "split", "merge", "document"),
    ("hold", "release", "adjust", "block", "discard"),
)
APART: Final = "block"
"""This one and what follows stand apart: they are not taken back."""
ROLES: Final = {
    "label": "operator", "move": "operator", "dispatch": "operator",
    "split": "operator", "merge": "shift_lead", "document": "operator",
    "hold": "operator", "release": "operator", "adjust": "shift_lead", "block": "technologist", "discard": "shift_lead",
}  # fmt: skip
RELEASE_ROLE: Final = "technologist"
KG_MAX: Final = 1_000_000.0
INPUTS: Final = ("received", "rework")
"""Kinds that go into batches: product keeps the number of its batch."""
MERGE_MAX: Final = 12
REASONS: Final[dict[str, tuple[Callable[[], str], ...]]] = {
    "hold": (
        lambda: translate("LotPage", "Packaging damaged"), lambda: translate("LotPage", "Smell, colour or surface"),
        lambda: translate("LotPage", "Kept too warm"),
    ),
    "release": (
        lambda: translate("LotPage", "Documents are there"), lambda: translate("LotPage", "Examined by the laboratory"),
        lambda: translate("LotPage", "Temperature checked in the middle of the piece"),
    ),
    "adjust": (
        lambda: translate("LotPage", "Stocktake"), lambda: translate("LotPage", "Loss in the store"),
        lambda: translate("LotPage", "Slip when it was entered"),
    ),
    "block": (
        lambda: translate("LotPage", "Examined by the laboratory"), lambda: translate("LotPage", "Smell, colour or surface"),
        lambda: translate("LotPage", "Back to the supplier"),
    ),
    "discard": (
        lambda: translate("LotPage", "Expired"), lambda: translate("LotPage", "Spoilt"),
        lambda: translate("LotPage", "Back to the supplier"),
    ),
    "merge": (
        lambda: translate("LotPage", "Put together in one container"), lambda: translate("LotPage", "Remainders of one delivery"),
    ),
}  # fmt: skip


def deed_names() -> dict[str, str]:
    """Captions of the buttons."""
    return {
        "label": translate("LotPage", "Label PDF"), "move": translate("LotPage", "Move…"),
        "dispatch": translate("LotPage", "Dispatch…"),
        "split": translate("LotPage", "Split…"), "merge": translate("LotPage", "Merge…"),
        "document": translate("LotPage", "Add a document…"), "hold": translate("LotPage", "Put on hold…"),
        "release": translate("LotPage", "Release…"), "adjust": translate("LotPage", "Stocktake…"),
        "block": translate("LotPage", "Block…"), "discard": translate("LotPage", "Discard…"),
    }  # fmt: skip


def barred_words(store: LineStore) -> str:
    """What the person who stands here may not do."""
    if not may(store, ROLES["adjust"]):
        told = translate("LotPage", "Merging, stocktake and discarding: from {lead} on. Blocking: from {technologist} on")
        return told.format(lead=role_name(ROLES["adjust"]), technologist=role_name(ROLES["block"]))
    if not may(store, ROLES["block"]):
        return translate("LotPage", "Blocking: from {role} on").format(role=role_name(ROLES["block"]))
    return ""


class LotDesk:
    """The deeds for ``lot``; ``changed`` is called when there is something new to show, ``host`` is what dialogs belong to."""

    def __init__(self, context: PanelContext, host: QWidget, changed: Callable[[], None]) -> None:
        self.context = context
        self.lot = ""
        self.problem = self.done = ""
        self.label = SavedFile(context, LABEL_REPLY, changed)
        self._host, self._changed = host, changed
        self._deeds: dict[str, Callable[[], QWidget | None]] = {
            "label": self.save_label, "move": self.move_to, "dispatch": self.dispatch, "split": self.split, "merge": self.merge,
            "document": self.add_document, "hold": self.hold, "release": self.release, "adjust": self.count,
            "block": self.block, "discard": self.discard,
        }  # fmt: skip

    def open(self, lot: str) -> None:
        """Another lot."""
        self.lot, self.problem, self.done = lot, "", ""
        self.label.forget()

    def do(self, deed: str) -> QWidget | None:
        """One of :data:`DEED_ROWS`."""
        self.problem = self.done = ""
        self.label.forget()
        return self._deeds[deed]()

    def stocked(self) -> StockLot | None:
        """The lot while it is in stock."""
        return stock_of(self.context.store).lot(self.lot)

    def possible(self, lot: StockLot | None, *, known: bool) -> dict[str, bool]:
        """What the state of the lot allows; the engine has the last word."""
        there = lot is not None
        status = lot.status if lot is not None else ""
        divisible = lot is not None and lot.kind in INPUTS and lot.left_kg > 0
        return {
            "label": known, "move": there,
            "dispatch": lot is not None and self.is_product(lot) and status == "available" and not lot.expired,
            "split": divisible, "merge": divisible and bool(self.alike()),
            "document": bool(self.papers()), "hold": status in ("quarantine", "available"),
            "release": status in ("quarantine", "on_hold") and lot is not None and not lot.expired,
            "adjust": there, "block": there and status != "blocked", "discard": there,
        }  # fmt: skip

    @staticmethod
    def is_product(lot: StockLot | None) -> bool:
        """Whether a customer gets it, not a batch."""
        return lot is not None and lot.kind not in INPUTS

    def alike(self) -> list[StockLot]:
        """Other lots of the same material: those of the same state and place first."""
        mine = self.stocked()
        if mine is None:
            return []
        found = [
            x for x in stock_of(self.context.store).lots
            if x.material == mine.material and x.id != mine.id and x.kind in INPUTS and x.left_kg > 0
        ]  # fmt: skip
        # what would make the whole worse stands last
        order = sorted(found, key=lambda x: (x.expired and not mine.expired, x.status != mine.status, x.place != mine.place))
        return order[:MERGE_MAX]

    def papers(self) -> dict[str, str]:
        """Documents that did not come yet; of product none."""
        lot = self.stocked()
        if lot is None or lot.kind != "received":
            return {}
        return {k: v for k, v in named(self.context.store, "documents").items() if k not in lot.documents}

    def _reason(self, what: str, title: str, action: str, send: Callable[[str], None], text: str = "") -> ReasonDialog:
        text = text or translate("LotPage", "Lot {lot}").format(lot=lot_label(self.lot))
        offered = [reason() for reason in REASONS[what]]
        look, language = self.context.look, self.context.store.language
        made = ReasonDialog(look, language, title, text, action, offered, send, self._host)
        made.open()
        return made

    def _because(self, what: str, title: str, action: str) -> ReasonDialog:
        """A command without arguments that needs a reason."""
        lot = self.lot
        return self._reason(what, title, action, lambda why: self.context.command(f"lot.{what}", lot, {}, why))

    def _choice(self, title: str, text: str, choices: list[str], take: Callable[[int], None]) -> ChoiceDialog:
        made = ChoiceDialog(self.context.look, title, text, choices, take, self._host)
        made.open()
        return made

    # ---- quality ----------------------------------------------------------------------------------------------------

    def hold(self) -> ReasonDialog:
        """Nobody may use it until a technologist releases it."""
        action = translate("LotPage", "Put lot {lot} on hold").format(lot=lot_label(self.lot))
        return self._because("hold", translate("LotPage", "Put on hold"), action)

    def release(self) -> ReasonDialog:
        """A reason, then the signature of a technologist."""
        title, action = translate("LotPage", "Release"), translate("LotPage", "Release lot {lot}").format(lot=lot_label(self.lot))
        lot = self.lot

        def sign(why: str) -> None:
            order = Order("lot.release", lot, {}, why, role=RELEASE_ROLE)
            SignatureDialog(self.context, title, action, translate("LotPage", "Sign the release"), order, self._host).open()

        return self._reason("release", title, action, sign)

    def block(self) -> ReasonDialog:
        """It is never used; that is not taken back."""
        action = translate("LotPage", "Block lot {lot} for good").format(lot=lot_label(self.lot))
        return self._because("block", translate("LotPage", "Block"), action)

    def discard(self) -> ReasonDialog:
        """What is left of it goes to waste; that is not taken back."""
        action = translate("LotPage", "Discard the rest of lot {lot}").format(lot=lot_label(self.lot))
        return self._because("discard", translate("LotPage", "Discard"), action)

    # ---- place, mass, parts -----------------------------------------------------------------------------------------

    def move_to(self) -> ChoiceDialog:
        """Another place."""
        lot = self.stocked()
        places = {k: v for k, v in named(self.context.store, "places").items() if lot is None or k != lot.place}
        keys, number = list(places), self.lot
        title, text = translate("LotPage", "Move lot {lot}").format(lot=lot_label(number)), translate("LotPage", "Where to?")
        return self._choice(
            title, text, list(places.values()), lambda at: self.context.command("lot.move", number, {"place": keys[at]})
        )

    def dispatch(self) -> DispatchDialog | None:
        """To a customer."""
        lot = self.stocked()
        if lot is None:
            return None
        made = DispatchDialog(self.context, lot, self._host)
        made.open()
        return made

    def count(self) -> NumericPad:
        """What was counted, and why it differs."""
        lot, number = self.stocked(), self.lot

        def ask(kg: float) -> None:
            action = translate("LotPage", "Set the stock to {mass}").format(mass=words.kg(self.context.store, kg, 2))
            self._reason(
                "adjust", translate("LotPage", "Stocktake"), action,
                lambda why: self.context.command("lot.adjust", number, {"kg": kg}, why),
            )  # fmt: skip

        return self._pad(translate("LotPage", "Counted mass"), lot.left_kg if lot is not None else None, KG_MAX, ask)

    def split(self) -> NumericPad:
        """A part of it gets a number of its own."""
        lot, number = self.stocked(), self.lot
        return self._pad(
            translate("LotPage", "How much is split off lot {lot}").format(lot=lot_label(number)), None,
            lot.left_kg if lot is not None else KG_MAX, lambda kg: self.context.command("lot.split", number, {"kg": kg}),
        )  # fmt: skip

    def _pad(self, title: str, value: float | None, hi: float, accept: Callable[[float], None]) -> NumericPad:
        pad = NumericPad(
            self.context.look, self.context.store.language, title, value=value, lo=0.0, hi=hi, decimals=3, eu="kg", accept=accept,
            parent=self._host,
        )  # fmt: skip
        pad.open()
        return pad

    def merge(self) -> ChoiceDialog:
        """It and another one become a new lot, as bad as the worse of them."""
        store, number, others = self.context.store, self.lot, self.alike()

        def ask(at: int) -> None:
            other = others[at].id
            told = translate(
                "LotPage", "The new lot gets the earlier date and the worse state of the two. This is not taken back."
            )
            self._reason(
                "merge", translate("LotPage", "Merge"), translate("LotPage", "Merge {a} and {b}").format(a=number, b=other),
                lambda why: self.context.command("lot.merge", "", {"lots": [number, other]}, why), told,
            )  # fmt: skip

        said = [
            " · ".join(t for t in (x.id, words.kg(store, x.left_kg, 2), words.until(x), place_name(store, x.place)) if t)
            for x in others
        ]  # fmt: skip
        title, text = (
            translate("LotPage", "Merge lot {lot}").format(lot=lot_label(number)),
            translate("LotPage", "With which lot?"),
        )
        return self._choice(title, text, said, ask)

    def add_document(self) -> ChoiceDialog:
        """A paper that came later."""
        papers, number = self.papers(), self.lot
        keys = list(papers)
        title = translate("LotPage", "Document of lot {lot}").format(lot=lot_label(number))
        return self._choice(
            title, translate("LotPage", "Which document came?"), list(papers.values()),
            lambda at: self.context.command("lot.document", number, {"document": keys[at]}),
        )  # fmt: skip

    # ---- label ------------------------------------------------------------------------------------------------------

    def save_label(self, folder: Path | None = None) -> None:
        """The label as PDF into the folder for documents."""
        lot = self.lot
        path, params = f"/api/lots/{lot.replace('/', '_')}/label.pdf", {"language": self.context.store.language}
        self.problem = ""
        self.label.save(path, params, f"label-{lot}", "pdf", folder, lambda: self._note_label(lot))

    def _note_label(self, lot: str) -> None:
        """Who made which label stands in the journal; of what the stock and the batches know no more, nobody does."""
        store = self.context.store
        stocked, batch = stock_of(store).lot(lot), batch_by_id(store, lot)
        if stocked is not None or batch is not None:
            raw = stocked is not None and stocked.kind in INPUTS
            self.context.command("lot.label", lot, {"kind": "lot" if raw else "semi"})
