"""``potok user``: users of a data folder from the command line of the machine that holds it."""

from __future__ import annotations

import argparse
import getpass
import sys

from line.clock import SystemClock
from potok.exit_codes import FAILED, OK
from server.permissions import Role
from server.users import UserError, Users


def run_user(options: argparse.Namespace) -> int:
    """Add, remove or list users, or set a password; the password is asked for, never taken from the command line."""
    if options.action != "list" and not options.user:
        raise ValueError(f"name the user: potok user {options.action} USER --data {options.data}")
    role = next((r for r in Role if r.word == options.role), None)
    if role is None:
        raise ValueError(f"there is no role '{options.role}'; there are {', '.join(r.word for r in Role)}")
    if options.action != "add" and not (options.data / "users.db").is_file():
        raise ValueError(f"{options.data} is no data folder with users in it; name the folder that 'potok serve --data' names")
    users = Users(options.data / "users.db", SystemClock())
    try:
        if options.action == "list":
            for user in users.list():
                print(f"{user.user}\t{user.role.word}\t{user.name}")
            return OK
        if options.action == "remove":
            users.remove(options.user, by="command line")
        elif options.action == "add":
            users.add(options.user, options.name, role, _password(), by="command line")
        else:
            users.set_password(options.user, _password(), by="command line")
    except UserError as error:
        print(f"potok: {error}", file=sys.stderr)
        return FAILED
    finally:
        users.close()
    return OK


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("password: ")
    if getpass.getpass("again: ") != first:
        raise ValueError("the two passwords differ")
    return first
