"""``potok notify``: whether the people outside can be reached, and a message to try it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from alarms.policy import Contact, EscalationPlan
from notify.contacts import FILE, Contacts, read_contacts, shown
from notify.notifier import faults, remarks, unmatched
from notify.sending import Letter, send, service_of
from potok.exit_codes import FAILED, OK, USAGE
from potok.linefolder import LoadedLine
from potok.yamlfile import read_yaml

_TEST_TITLE = {"ru": "Проверка оповещения", "en": "Test of notifications"}
_TEST_BODY = {
    "ru": "{line}: это проверочное сообщение для «{name}». Ничего делать не нужно.",
    "en": "{line}: this is a test message for {name}. Nothing needs to be done.",
}


def run_notify(options: argparse.Namespace, line: LoadedLine) -> int:
    """List contacts and addresses, or send a test message: 0 all well, 1 somebody cannot be reached, 2 a faulty file."""
    if not options.data.is_dir():
        raise ValueError(f"{options.data} is no folder; name the data folder of the line ('potok serve --data')")
    contacts = read_contacts(options.data / FILE, read_yaml)
    if options.test:
        return _test(options, line, contacts)
    for contact in line.escalation.contacts.values():
        print(_row(contact, contacts))
    unusable = _unusable(contacts)
    for text in (*remarks(contacts, _outside(line.escalation)), *unusable):
        print(text, file=sys.stderr)
    if not contacts.exists and any(c.outside for c in line.escalation.contacts.values()):
        print(
            f"{options.data / FILE} does not exist. Copy docs/howto/contacts.yaml there and put the addresses in", file=sys.stderr
        )
    if contacts.problems:
        return USAGE
    return FAILED if unusable or unmatched(contacts, _outside(line.escalation)) else OK


def warn_of_contacts(line: LoadedLine, data: Path) -> None:
    """What ``potok serve`` says before it starts: an alarm at night that reaches nobody is found out by day."""
    for text in remarks(read_contacts(data / FILE, read_yaml), _outside(line.escalation)):
        print(f"potok: warning: {text}", file=sys.stderr)


def _outside(plan: EscalationPlan) -> dict[str, bool]:
    return {c.id: c.outside for c in plan.contacts.values()}


def _row(contact: Contact, contacts: Contacts) -> str:
    addresses = contacts.of(contact.id)
    if not contact.outside and not addresses:
        return f"{contact.id}\tpanels only\t{contact.name.en}"
    kinds = f" ({', '.join(a.kind for a in addresses)})" if addresses else ""
    many = "address" if len(addresses) == 1 else "addresses"
    return f"{contact.id}\t{len(addresses)} {many}{kinds}\t{contact.name.en}"


def _unusable(contacts: Contacts) -> list[str]:
    """Addresses that no service can be made of."""
    found: list[str] = []
    for contact, addresses in contacts.addresses.items():
        for at, address in enumerate(addresses):
            if not service_of(address):
                found.append(
                    f"{FILE}: contacts.{shown(contact)}.{at}: this {address.kind} address is malformed or of an unknown kind. "
                    f"docs/howto/notifications.md shows how addresses are written"
                )
    return found


def _test(options: argparse.Namespace, line: LoadedLine, contacts: Contacts) -> int:
    known: Mapping[str, Contact] = line.escalation.contacts
    contact = known.get(options.test)
    if contact is None:
        raise ValueError(f"the line has no contact '{options.test}'; there are {', '.join(known) or 'none'}")
    for text in faults(contacts):
        print(text, file=sys.stderr)
    addresses = contacts.of(contact.id)
    if not addresses and not contact.outside:
        print(f"{contact.id} is told on the panels only; outside: true in escalation.yaml is for others", file=sys.stderr)
        return FAILED
    if not addresses:
        print(f"{contact.id}: no address. Add contacts.{contact.id} to {options.data / FILE}", file=sys.stderr)
        return FAILED
    language = contact.language
    body = _TEST_BODY[language].format(line=line.model.file.name.get(language), name=contact.name.get(language))
    delivered = 0
    for at, address in enumerate(addresses):
        outcome = send(address, Letter(_TEST_TITLE[language], body, urgent=False))
        delivered += outcome.delivered
        result = "delivered" if outcome.delivered else f"not delivered: {outcome.reason.en}"
        print(f"{contact.id}.{at}\t{address.kind}\t{result}", flush=True)
    return OK if delivered == len(addresses) else FAILED
