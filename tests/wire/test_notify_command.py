"""``potok notify``: who can be reached, and a test message that really arrives; what ``potok serve`` says at its start."""

from __future__ import annotations

from pathlib import Path

import pytest

from potok.cli import main
from potok.linefolder import find_folder, load_line
from potok.notify import warn_of_contacts
from tests.mailboxes import PASSWORD, USER, mail_server, refused_url, web_hook

ROOT = Path(__file__).parents[2]
OUTSIDE = ("technologist", "maintenance", "production_head")


def contacts(folder: Path, **urls: str) -> None:
    file = folder / "contacts.yaml"
    text = "".join(f"  {contact}: {url}\n" for contact, url in urls.items())
    file.write_text(f"contacts:\n{text}", encoding="utf-8")
    file.chmod(0o600)


def notify(folder: Path, *arguments: str) -> int:
    return main(["notify", "sausage", "--data", str(folder), *arguments])


def test_everybody_can_be_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"mailto://{USER}:hidden-word@mail.plant.test?to=a@plant.test"
    contacts(tmp_path, technologist=f"'{url}'", maintenance=f"['{url}', 'json://hook.plant.test/x']", production_head=f"'{url}'")
    assert notify(tmp_path) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.splitlines() == [
        "shift_lead\tpanels only\tShift lead",
        "technologist\t1 address (mailto)\tTechnologist",
        "maintenance\t2 addresses (mailto, json)\tMaintenance on duty",
        "production_head\t1 address (mailto)\tHead of production",
    ]


def test_the_example_of_the_documents_fits_the_shipped_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "contacts.yaml"
    file.write_text((ROOT / "docs/howto/contacts.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    file.chmod(0o600)
    assert notify(tmp_path) == 0
    assert capsys.readouterr().err == ""


def test_without_a_file_everybody_outside_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert notify(tmp_path) == 1
    told = capsys.readouterr()
    assert "maintenance\t0 addresses\tMaintenance on duty" in told.out
    for contact in OUTSIDE:
        assert f"the contact '{contact}' is told outside the panels and has no address. Add contacts.{contact}" in told.err
    assert f"{tmp_path / 'contacts.yaml'} does not exist. Copy docs/howto/contacts.yaml there" in told.err


def test_a_data_folder_that_is_not_there_is_no_folder_without_addresses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert notify(tmp_path / "dta") == 2
    assert "dta is no folder; name the data folder of the line" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "maintenance: x", "contacts: {maintenance: '"])
def test_a_file_that_cannot_be_read_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (tmp_path / "contacts.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "contacts.yaml").chmod(0o600)
    assert notify(tmp_path) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_address_of_an_unknown_kind_and_a_contact_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contacts(tmp_path, maintenance="'pigeon://hidden-word'", mechanic="'json://hook.plant.test/x'")
    assert notify(tmp_path) == 1
    told = capsys.readouterr()
    assert "contacts.maintenance.0: this pigeon address is malformed or of an unknown kind" in told.err
    assert "the line has no contact 'mechanic'" in told.err
    assert "hidden-word" not in told.err + told.out


def test_a_faulty_file_is_told_with_line_and_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contacts(tmp_path, maintenance="hidden-word")
    assert notify(tmp_path) == 2
    told = capsys.readouterr()
    assert "contacts.yaml:2: contacts.maintenance.0: this is no address" in told.err
    assert "'maintenance' is told outside" not in told.err  # one cause once
    assert "'technologist' is told outside" in told.err
    assert "hidden-word" not in told.err + told.out


def test_a_test_message_arrives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with mail_server() as server, web_hook() as hook:
        contacts(tmp_path, maintenance=f"['{server.url}', '{hook.url}']")
        assert notify(tmp_path, "--test", "maintenance") == 0
        [mail], [post] = server.mails, hook.posts
    assert mail.subject == post["title"] == "Проверка оповещения"
    assert (
        mail.body
        == post["message"]
        == "Линия варёных колбас: это проверочное сообщение для «Дежурный механик». Ничего делать не нужно."
    )
    assert post["type"] == "warning"
    assert capsys.readouterr().out == "maintenance.0\tmailto\tdelivered\nmaintenance.1\tjson\tdelivered\n"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_test_message_says_what_each_address_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with mail_server(login=True) as server:
        wrong = server.url_of(USER, "hidden-word")
        contacts(tmp_path, maintenance=f"['{server.url_of(USER, PASSWORD)}', '{wrong}', '{refused_url()}']")
        assert notify(tmp_path, "--test", "maintenance") == 1
        assert len(server.mails) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "maintenance.0\tmailto\tdelivered",
        "maintenance.1\tmailto\tnot delivered: authentication failed: check name and password",
        "maintenance.2\tmailto\tnot delivered: connection refused",
    ]
    assert "hidden-word" not in told.err + told.out


def test_a_test_of_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert notify(tmp_path, "--test", "mechanic") == 2
    assert "the line has no contact 'mechanic'; there are shift_lead, technologist, maintenance" in capsys.readouterr().err
    assert notify(tmp_path, "--test", "maintenance") == 1
    assert "maintenance: no address. Add contacts.maintenance to" in capsys.readouterr().err
    assert notify(tmp_path, "--test", "shift_lead") == 1
    assert "shift_lead is told on the panels only" in capsys.readouterr().err


def test_serve_warns_of_people_who_cannot_be_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = load_line(find_folder("sausage"))
    warn_of_contacts(line, tmp_path)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert all(s.startswith("potok: warning: contacts.yaml: the contact '") for s in said)
    contacts(tmp_path, **dict.fromkeys(OUTSIDE, "'json://hook.plant.test/x'"))
    warn_of_contacts(line, tmp_path)
    assert capsys.readouterr().err == ""
