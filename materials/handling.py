"""``lot.*``: what people do with lots. Accepted or refused with every reason, never half."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from line.documents import Text
from line.jsontools import child, finite, objects
from line.messages import Command, CommandKind, CommandStatus, Json, Write
from line.roles import may
from line.tags import TagTable
from materials import parts, parts_texts, receive, stock, texts
from materials.catalogue import NO_TAG, MaterialKind
from materials.dispatch import dispatch
from materials.lot import GONE, MASS_KG, Lot, LotKind, LotStatus, LotStep, allowed, rounded, said_date
from materials.state import Weighing
from materials.weighing import weigh
from materials.work import LOTS_MAX, StockWork

RELEASE_ROLE: Final = "technologist"
WRITTEN_MAX: Final = 500

Handler = Callable[[StockWork, Command, TagTable], None]


def take_in(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.receive``: a delivery; its temperature typed in, or read from a probe of the line (``temperature_tag``)."""
    args = dict(command.args)
    reasons: list[Text] = []
    kg = _mass(work, args, reasons)
    _temperature(work, args, tags, reasons)
    delivery, wrong = receive.read_delivery(args, kg, work.catalogue)
    if args.get("scale") is not None and kg is None:
        wrong = [w for w in wrong if w != texts.wrong_argument("kg")]  # the scale has said why
    reasons += wrong
    lot_id = command.target.strip()
    if lot_id:
        reasons += receive.check_id(lot_id, {**work.lots, **work.making})
    if delivery is not None:
        reasons += receive.against(delivery, work.today)
    if len(work.lots) >= LOTS_MAX:
        reasons.append(texts.TOO_MANY_LOTS)
    if reasons or delivery is None:
        work.refuse(command, reasons)
        return
    lot = work.put(receive.new_lot(lot_id or work.next_id(), delivery, work.catalogue, work.today, work.now_ns))
    work.scan.answer(command, CommandStatus.ACCEPTED, {"lot": lot.id, "state": lot.status.value})
    data: dict[str, Json] = {
        "material": lot.material, "kg": lot.received_kg, "supplier": lot.supplier, "supplier_lot": lot.supplier_lot,
        "produced": said_date(lot.produced), "expires": said_date(lot.expires), "temperature_c": lot.temperature_c,
        "documents": list(lot.documents), "place": lot.place, "gtin": lot.gtin or None, "status": lot.status.value,
        "reasons": [r.to_json() for r in lot.reasons], "user": command.user,
    }  # fmt: skip
    work.event(lot.id, "received", data)
    if lot.status is LotStatus.ON_HOLD:
        work.event(lot.id, "hold", {"reasons": [r.to_json() for r in lot.reasons], "user": command.user})


def _mass(work: StockWork, args: Mapping[str, Json], reasons: list[Text]) -> float | None:
    scale = args.get("scale")
    if scale is None:
        return finite(args.get("kg"))
    found = work.catalogue.scales.get(str(scale))
    if found is None:
        reasons.append(texts.no_scale(str(scale)[:40]))
        return None
    tare_kg = finite(args.get("tare_kg"))
    if tare_kg is None and args.get("tare_kg") is not None:  # a tare that cannot be read is not the same as none
        reasons.append(texts.wrong_argument("tare_kg"))
        return None
    mass, wrong = weigh(found, work.scan.image, tare_kg)
    reasons += wrong
    return mass.kg if mass is not None else None


def _temperature(work: StockWork, args: dict[str, Json], tags: TagTable, reasons: list[Text]) -> None:
    """A probe that is not Good has measured nothing: the lot is taken in on hold."""
    name = args.get("temperature_tag")
    if name is None:
        return
    tag = tags.find(name) if isinstance(name, str) else None
    if tag is None or tag.eu != "°C":
        reasons.append(texts.wrong_argument("temperature_tag"))
        return
    value = work.scan.image.number(tag.handle)
    args["temperature_c"] = None if value is None else round(value, 2)


def _found(work: StockWork, command: Command) -> tuple[Lot | None, list[Text]]:
    lot = work.lots.get(command.target)
    return lot, [] if lot is not None else [texts.unknown_lot(command.target[:40])]


def _reason(command: Command) -> list[Text]:
    return [] if command.reason.strip() else [texts.REASON_NEEDED]


def _step(work: StockWork, command: Command, step: LotStep) -> Lot | None:
    """The lot, when the table allows the step and a reason is given; else the command is refused."""
    lot, reasons = _found(work, command)
    reasons += _reason(command)
    if lot is not None and not allowed(lot.status, step):
        reasons.append(texts.step_refused(lot.id, lot.status))
    if reasons or lot is None:
        work.refuse(command, reasons)
        return None
    work.scan.answer(command, CommandStatus.ACCEPTED)
    return lot


def hold(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.hold``: nobody may use it before a release."""
    del tags
    lot = _step(work, command, LotStep.HOLD)
    if lot is not None:
        why = Text(ru=command.reason.strip(), en=command.reason.strip())
        lot = work.move(lot, LotStep.HOLD, (*lot.reasons, why)[-10:])
        work.put(replace(lot, released=False))
        work.event(lot.id, "hold", {"reasons": [why.to_json()], "user": command.user})


def block(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.block``: it is never to be used; what is left to do is to discard it or send it back."""
    del tags
    lot = _step(work, command, LotStep.BLOCK)
    if lot is not None:
        why = Text(ru=command.reason.strip(), en=command.reason.strip())
        work.move(lot, LotStep.BLOCK, (*lot.reasons, why)[-10:])
        work.event(lot.id, "blocked", {"kg": lot.left_kg, "reason": command.reason.strip(), "user": command.user})


def release(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.release``: signed by a technologist; an expired lot is released by nobody."""
    del tags
    lot, reasons = _found(work, command)
    reasons += _reason(command)
    signature = child(command.args, "signature")
    if not signature.get("user"):
        reasons.append(texts.NOT_SIGNED)
    elif not may(str(signature.get("role")), RELEASE_ROLE):
        reasons.append(texts.signer_may_not(str(signature.get("role")), RELEASE_ROLE))
    if lot is not None and not allowed(lot.status, LotStep.RELEASE):
        reasons.append(texts.step_refused(lot.id, lot.status))
    if lot is not None and lot.expires is not None and lot.expired(work.today):
        reasons.append(texts.expired(lot.id, lot.expires))
    if lot is not None and _waits_for_batch(work, lot):
        reasons.append(texts.PRODUCT_ON_HOLD)
    if reasons or lot is None:
        work.refuse(command, reasons)
        return
    work.scan.answer(command, CommandStatus.ACCEPTED)
    work.put(replace(work.move(lot, LotStep.RELEASE), released=True))
    data: dict[str, Json] = {"user": signature.get("user"), "reason": command.reason.strip(), "signature": signature}
    work.event(lot.id, "released", data)


def _waits_for_batch(work: StockWork, lot: Lot) -> bool:
    """The product of a batch with a deviation of a critical limit is freed by the disposition of the batch alone."""
    batches = objects(work.scan.views.get("batches", {}).get("batches"))
    return bool(lot.batch) and any(b.get("id") == lot.batch and b.get("product") == "on_hold" for b in batches)


def move(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.move``: the whole lot to another place."""
    del tags
    lot, reasons = _found(work, command)
    place = command.args.get("place")
    if not isinstance(place, str) or place not in work.catalogue.places:
        reasons.append(texts.unknown_place(str(place)[:40]))
    if lot is not None and lot.status in GONE:
        reasons.append(texts.step_refused(lot.id, lot.status))
    if reasons or lot is None:
        work.refuse(command, reasons)
        return
    work.scan.answer(command, CommandStatus.ACCEPTED)
    work.put(replace(lot, place=str(place)))
    work.event(lot.id, "moved", {"from": lot.place, "to": str(place), "kg": None, "user": command.user})


def adjust(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.adjust``: what a stocktake counted, kg."""
    del tags
    lot, reasons = _found(work, command)
    kg = finite(command.args.get("kg"))
    reasons += _reason(command)
    if kg is None or not 0.0 <= kg <= receive.KG_MAX:
        reasons.append(texts.wrong_argument("kg"))
    elif lot is not None and kg > MASS_KG and not allowed(lot.status, LotStep.FILL):
        reasons.append(texts.step_refused(lot.id, lot.status))
    elif lot is not None and kg <= MASS_KG and not allowed(lot.status, LotStep.EMPTY):
        reasons.append(texts.mass_in_hold(lot.id, lot.status))
    if reasons or lot is None or kg is None:
        work.refuse(command, reasons)
        return
    work.scan.answer(command, CommandStatus.ACCEPTED)
    work.adjust(lot, kg, command.reason.strip(), command.user)


def discard(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.discard``: the whole of it is waste, or went back to the supplier."""
    del tags
    lot = _step(work, command, LotStep.DISCARD)
    if lot is not None:
        lot = work.move(lot, LotStep.DISCARD, lot.reasons)
        work.event(lot.id, "discarded", {"kg": lot.left_kg, "reason": command.reason.strip(), "user": command.user})
        work.put(replace(lot, left_kg=0.0))


def label(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.label``: a label was printed, of a lot or of the product of a batch that is still being made."""
    del tags
    made = command.target in work.lots or command.target in work.making or _is_batch(work, command.target)
    reasons = [] if made else [texts.unknown_lot(command.target[:40])]
    kind = command.args.get("kind")
    if not isinstance(kind, str) or not 0 < len(kind.strip()) <= WRITTEN_MAX:
        reasons.append(texts.wrong_argument("kind"))
    if reasons:
        work.refuse(command, reasons)
        return
    work.scan.answer(command, CommandStatus.ACCEPTED)
    work.event(command.target, "label", {"kind": str(kind).strip(), "user": command.user})


def _is_batch(work: StockWork, target: str) -> bool:
    return any(b.get("id") == target for b in objects(work.scan.views.get("batches", {}).get("batches")))


def add_document(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.document``: a paper came after the goods. Whether they may be used now is a technologist's to say."""
    del tags
    lot, reasons = _found(work, command)
    given = command.args.get("document")
    paper = work.catalogue.documents.get(given) if isinstance(given, str) else None
    if paper is None:
        reasons.append(texts.unknown_document(str(given)[:40]))
    elif lot is not None and paper.id in lot.documents:
        reasons.append(parts_texts.document_there(lot.id, paper.name))
    if lot is not None and lot.status in GONE:
        reasons.append(texts.step_refused(lot.id, lot.status))
    if reasons or lot is None or paper is None:
        work.refuse(command, reasons)
        return
    work.scan.answer(command, CommandStatus.ACCEPTED)
    before = stock.missing_documents(lot, work.catalogue)
    lot = replace(lot, documents=(*lot.documents, paper.id))
    missing = stock.missing_documents(lot, work.catalogue)
    told = texts.papers_missing(missing) if missing else parts_texts.PAPERS_COMPLETE
    replaced = tuple(told if before and r == texts.papers_missing(before) else r for r in lot.reasons)
    work.put(replace(lot, reasons=replaced))
    left: list[Json] = [m.to_json() for m in missing]
    work.event(lot.id, "document", {"document": paper.id, "missing": left, "user": command.user})


def rework(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.rework``: ``kg`` of a product lot become a lot of a rework material, or more of the one named ``into``."""
    del tags
    lot, reasons = _found(work, command)
    reasons += _reason(command)
    kg, wanted, into = finite(command.args.get("kg")), command.args.get("material"), command.args.get("into")
    material = work.catalogue.materials.get(wanted) if isinstance(wanted, str) else None
    if material is None or material.kind is not MaterialKind.REWORK:
        reasons.append(texts.no_rework(str(wanted)[:40]))
    if kg is None or not MASS_KG < kg <= receive.KG_MAX:
        reasons.append(texts.wrong_argument("kg"))
    reasons += _against_rework(work, lot, kg)
    target = work.lots.get(into) if isinstance(into, str) else None
    if into is not None and (target is None or material is None or target.material != material.id or not target.usable):
        reasons.append(texts.unknown_lot(str(into)[:40]))
    if reasons or lot is None or kg is None or material is None:
        work.refuse(command, reasons)
        return
    work.scan.answer(command, CommandStatus.ACCEPTED)
    kg = rounded(min(kg, lot.left_kg))
    target = target or Lot(
        work.next_id(), material.id, LotKind.REWORK, work.now_ns, 0.0, 0.0, LotStatus.AVAILABLE, produced=work.today,
        expires=material.expiry(work.today), place=material.place, allergens=material.allergens,
    )  # fmt: skip
    # nothing lives longer for being worked in
    expires = min((d for d in (target.expires, lot.expires) if d is not None), default=None)
    said = {"reason": command.reason.strip(), "user": command.user}
    work.event(lot.id, "rework", {"kg": kg, "into": target.id, "left_kg": rounded(lot.left_kg - kg), **said})
    work.mass(lot, lot.left_kg - kg)
    allergens = tuple(dict.fromkeys((*target.allergens, *lot.allergens)))
    received_kg, left_kg = rounded(target.received_kg + kg), rounded(target.left_kg + kg)
    more = replace(target, received_kg=received_kg, left_kg=left_kg, allergens=allergens, expires=expires)
    work.put(more)
    made: dict[str, Json] = {"material": material.id, "kg": kg, "kind": "semi", "from": [lot.id]}
    work.event(more.id, "produced", {**made, "expires": said_date(more.expires), "place": more.place})


def _against_rework(work: StockWork, lot: Lot | None, kg: float | None) -> list[Text]:
    if lot is None:
        return []
    reasons: list[Text] = []
    if lot.kind not in (LotKind.SEMI, LotKind.PACKED):
        reasons.append(texts.rework_from(lot.id))
    if lot.status is not LotStatus.AVAILABLE:
        reasons.append(texts.not_available(lot.id, lot.status, lot.reasons[0] if lot.reasons else None))
    if lot.expires is not None and lot.expired(work.today):
        reasons.append(texts.expired(lot.id, lot.expires))
    if kg is not None and not stock.fits(kg, lot):
        reasons.append(texts.too_much(lot.id, kg, lot.left_kg))
    return reasons


def begin_weighing(work: StockWork, command: Command, tags: TagTable) -> None:
    """``lot.weigh``: the terminal of a scale shows what a batch still wants of an ingredient, of a ``lot`` that has
    less only that; without ``batch`` nothing."""
    scale = work.catalogue.scales.get(command.target)
    batch, material = command.args.get("batch"), command.args.get("material")
    reasons: list[Text] = []
    target_kg = 0.0
    if scale is None:
        reasons.append(texts.no_scale(command.target[:40]))
    elif scale.target == NO_TAG or scale.unit:  # the target of a unit's own scale is a setpoint of its phases
        reasons.append(texts.no_target(scale.name))
    elif batch is not None:
        missing = next((_missing(n, str(material)) for n in work.before.needs if n.get("batch") == batch), None)
        lot = work.lots.get(str(command.args.get("lot")))
        other = work.weighing.get(scale.id)
        if missing is None:
            reasons.append(texts.nothing_to_weigh(str(batch)[:40]))
        elif other is not None and other.batch != batch:
            reasons.append(texts.scale_taken(scale.name, other.batch))
        target_kg = min(missing or 0.0, tags[scale.target].hi, lot.left_kg if lot is not None else missing or 0.0)
    if reasons or scale is None:
        work.refuse(command, reasons)
        return
    work.scan.answer(command, CommandStatus.ACCEPTED)
    work.weighing.pop(scale.id, None)
    if batch is not None:
        begun = Weighing(scale.id, str(batch), str(material), target_kg, command.user, work.now_ns)
        work.weighing[scale.id] = begun
    work.scan.writes.append(Write(scale.target, target_kg, command.id))


def _missing(need: Mapping[str, Json], material: str) -> float | None:
    """What a batch still wants of an ingredient, kg; None when it wants none of it."""
    for row in objects(need.get("ingredients")):
        if row.get("material") == material:
            missing_kg = finite(row.get("missing_kg")) or 0.0
            return missing_kg if missing_kg > MASS_KG else None
    return None


HANDLERS: Final[Mapping[str, Handler]] = {
    CommandKind.LOT_RECEIVE: take_in,
    CommandKind.LOT_HOLD: hold,
    CommandKind.LOT_BLOCK: block,
    CommandKind.LOT_RELEASE: release,
    CommandKind.LOT_MOVE: move,
    CommandKind.LOT_ADJUST: adjust,
    CommandKind.LOT_DISCARD: discard,
    CommandKind.LOT_LABEL: label,
    CommandKind.LOT_SPLIT: parts.split,
    CommandKind.LOT_MERGE: parts.merge,
    CommandKind.LOT_DOCUMENT: add_document,
    CommandKind.LOT_REWORK: rework,
    CommandKind.LOT_DISPATCH: dispatch,
    CommandKind.LOT_WEIGH: begin_weighing,
}
"""What each command does; a refused one changes nothing."""
