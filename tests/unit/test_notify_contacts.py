"""contacts.yaml: what is right is used, what is wrong is told with its place, and nothing of an address ever shows."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.messages import Json, JsonObject
from notify.contacts import Address, Contacts, ContactsFile, read_contacts
from notify.notifier import faults, remarks, told_outside
from potok.yamlfile import read_yaml

SECRET = "pa55-w0rd"
MAIL = f"mailtos://potok:{SECRET}@mail.plant.test?to=a@plant.test"
HOOK = f"jsons://hooks.plant.test/{SECRET}/alarm"


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    file = path / "contacts.yaml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def kinds(contacts: Contacts) -> dict[str, list[str]]:
    return {c: [a.kind for a in addresses] for c, addresses in contacts.addresses.items()}


def test_one_address_several_and_none(tmp_path: Path) -> None:
    file = write(tmp_path, f'contacts:\n  maintenance: ["{MAIL}", "{HOOK}"]\n  quality: "{MAIL}"\n  supply:\n')
    contacts = read_contacts(file, read_yaml)
    assert kinds(contacts) == {"maintenance": ["mailtos", "jsons"], "quality": ["mailtos"], "supply": []}
    assert contacts.of("maintenance")[0].url == MAIL
    assert contacts.of("nobody") == ()
    assert (contacts.exists, contacts.problems, contacts.remarks) == (True, (), ())


def test_without_the_file_nobody_has_an_address_and_nothing_is_wrong(tmp_path: Path) -> None:
    assert read_contacts(tmp_path / "contacts.yaml", read_yaml) == Contacts()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("people: {}\n", "contacts.yaml:1: the key contacts is missing or holds no contacts. Add it"),
        ("[]\n", "contacts.yaml:1: the key contacts is missing or holds no contacts. Add it"),
        ("", "contacts.yaml:1: the file is empty"),
        ("contacts: [\n", "contacts.yaml:2: not valid YAML"),
        ("contacts: {}\nphone: 1\n", "contacts.yaml:2: phone: unknown key"),
        ("contacts:\n  a:\n    b: c\n", "contacts.yaml:2: contacts.a: this is no list of addresses"),
        ("contacts:\n  a:\n    - 1\n", "contacts.yaml:3: contacts.a.0: an address is a text"),
        (f"contacts:\n  a:\n    - x://y\n    - {SECRET}@plant.test\n", "contacts.yaml:4: contacts.a.1: this is no address"),
        (f"contacts:\n  a: '{MAIL}'\n  a: '{HOOK}'\n", "contacts.yaml:3: contacts.a: the key '****' stands twice"),
        (f"contacts:\n  {MAIL}: {{}}\n", "contacts.yaml:2: contacts: this is no list of addresses"),
        (f"contacts:\n  a: !!{SECRET} x\n", "contacts.yaml:2"),
        (f'contacts:\n  a: !!int "x://it\'s{SECRET}"\n', "contacts.yaml:2: contacts.a: '****'"),
        (f"contacts:\n  a: !x'{SECRET} y\n", "contacts.yaml:2: contacts.a"),
        (f"contacts:\n  potok:{SECRET}@plant.test: 5\n", "contacts.yaml:2: contacts: this is no list of addresses"),
        (f"contacts: {{}}\npotok:{SECRET}@plant.test: 5\n", "contacts.yaml:2: unknown key"),
        (f'contacts:\n  ? "x\'s{SECRET}"\n  : {HOOK}\n  ? "x\'s{SECRET}"\n  : {HOOK}\n', "the key '****' stands twice"),
    ],
)
def test_a_fault_is_told_with_its_place_and_without_secrets(tmp_path: Path, text: str, told: str) -> None:
    contacts = read_contacts(write(tmp_path, text), read_yaml)
    said = "\n".join(faults(contacts))
    assert told in said
    assert SECRET not in said
    assert SECRET not in repr(contacts.problems)


def test_a_contact_with_a_fault_keeps_its_addresses_and_the_others_change(tmp_path: Path) -> None:
    before = read_contacts(write(tmp_path, f"contacts:\n  a: '{MAIL}'\n  b: '{MAIL}'\n  c: '{MAIL}'\n"), read_yaml)
    after = read_contacts(write(tmp_path, f"contacts:\n  a: ['{HOOK}', 'nonsense']\n  b: '{HOOK}'\n"), read_yaml, before)
    assert kinds(after) == {"a": ["mailtos"], "b": ["jsons"]}
    broken = read_contacts(write(tmp_path, "contacts: [\n"), read_yaml, after)
    assert broken.addresses == after.addresses
    assert broken.problems


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True)])
def test_a_file_that_others_can_read_is_remarked(tmp_path: Path, mode: int, warned: bool) -> None:
    contacts = read_contacts(write(tmp_path, f"contacts:\n  a: '{MAIL}'\n", mode), read_yaml)
    assert any("chmod 600" in r for r in contacts.remarks) is warned
    assert contacts.of("a")


def test_what_cannot_be_read_is_a_fault_and_changes_nothing(tmp_path: Path) -> None:
    before = read_contacts(write(tmp_path, f"contacts:\n  a: '{MAIL}'\n"), read_yaml)
    (tmp_path / "contacts.yaml").unlink()
    (tmp_path / "contacts.yaml").mkdir()
    after = read_contacts(tmp_path / "contacts.yaml", read_yaml, before)
    assert "the file cannot be read" in faults(after)[0]
    assert after.addresses == before.addresses


def test_the_file_is_read_when_it_has_changed_and_only_then(tmp_path: Path) -> None:
    reads: list[Contacts] = []
    file = ContactsFile(tmp_path / "contacts.yaml", read_yaml)
    file.on_read = reads.append
    assert file.current() == Contacts()
    write(tmp_path, f"contacts:\n  a: '{MAIL}'\n")
    assert kinds(file.current()) == {"a": ["mailtos"]}
    assert file.current() is file.current()
    write(tmp_path, f"contacts:\n  a: '{HOOK}-longer'\n")
    assert kinds(file.current()) == {"a": ["jsons"]}
    (tmp_path / "contacts.yaml").unlink()
    assert file.current() == Contacts()
    assert len(reads) == 4


def test_contacts_of_line_and_file_are_compared(tmp_path: Path) -> None:
    contacts = read_contacts(write(tmp_path, f"contacts:\n  quality: '{MAIL}'\n  mechanic: '{MAIL}'\n"), read_yaml)
    told: dict[str, Json] = {"quality": True, "maintenance": True, "shift_lead": False}
    described: JsonObject = {"escalation": {"contacts": [{"id": c, "outside": out} for c, out in told.items()]}}
    outside = told_outside(described)
    assert outside == told
    missing, unknown = remarks(contacts, outside)
    assert (
        missing
        == "contacts.yaml: the contact 'maintenance' is told outside the panels and has no address. Add contacts.maintenance"
    )
    assert "the line has no contact 'mechanic'" in unknown
    assert told_outside({}) == {}


def test_an_address_in_the_place_of_a_contact_is_not_shown(tmp_path: Path) -> None:
    contacts = read_contacts(write(tmp_path, f"contacts:\n  {MAIL}: {HOOK}\n"), read_yaml)
    [remark] = remarks(contacts, {})
    assert remark.startswith("contacts.yaml: the line has no contact '****'")


def test_an_address_prints_as_its_kind() -> None:
    address = Address(MAIL)
    for text in (str(address), repr(address), f"{address}", repr(Contacts({"a": (address,)}))):
        assert SECRET not in text
        assert "plant.test" not in text
    assert str(address) == "mailtos://****"


@given(st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=3), st.text(min_size=0, max_size=20))
def test_no_password_survives_hiding(password: str, around: str) -> None:
    from urllib.parse import quote

    address = Address(f"mailtos://user:{quote(password, safe='')}@host.test/x?to=b@c.test")
    assert password not in address.hide(f"{around}{password}{around}")
    assert quote(password, safe="") not in address.hide(f"535 {quote(password, safe='')} is wrong")
    for login in (password, f"\0user\0{password}", f"user:{password}"):
        sent = b64encode(login.encode()).decode()
        assert sent not in address.hide(f"421 AUTH {sent}")
