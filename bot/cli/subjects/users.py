"""`./guichet admin users …`: the accounts of agents.

The command line runs as the operator, who may do everything here; nothing shows a password again.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from bot.accounts import operations
from bot.accounts.agent_store import Account, Profile
from bot.accounts.passwords import Passwords, check_choice, strong_password
from bot.accounts.rules import Role
from bot.channels.telegram.forum import store as forum
from bot.cli.failures import CommandFailed
from bot.cli.passwords import read_password
from bot.cli.subjects.user_arguments import add_arguments
from bot.errors import Conflict, Invalid, NotFound
from bot.places.communes import Gazetteer, load_gazetteer
from bot.services.catalogue_files import load_catalogue
from bot.settings import Settings
from bot.storage.tables import utc_now
from bot.storage.transaction import Database

__all__ = ["add_arguments", "main"]


async def main(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    try:
        await _perform(settings, database, arguments)
    except NotFound as error:
        raise CommandFailed(f"no account has the login {arguments.login}") from error
    except Conflict as error:
        raise CommandFailed(f"an account has the login {arguments.login} already") from error
    except Invalid as error:
        raise CommandFailed(f"the {error.field} {error.message}") from error


async def _perform(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    match arguments.step:
        case "list":
            await _list(settings, database)
        case "add":
            await _add(settings, database, arguments)
        case "set":
            await _set(settings, database, arguments)
        case "password":
            await _set_password(database, arguments)
        case "sessions":
            await _sessions(database, arguments)
        case "second-factor":
            await _demand(database, arguments)
        case "provider":
            await _allow(database, arguments)
        case "telegram":
            await _link(database, arguments)
        case step:
            await _switch(database, step, arguments.login)


def _gazetteer(settings: Settings) -> Gazetteer:
    return load_gazetteer(settings.catalogue / "places" / "communes.yml")


def _changed(settings: Settings, profile: Profile, arguments: argparse.Namespace) -> Profile:
    """The profile with what the arguments name. Raises `Invalid` or `CommandFailed`."""
    gazetteer = _gazetteer(settings)
    if arguments.name is not None:
        profile = replace(profile, name=arguments.name)
    if arguments.role is not None:
        profile = replace(profile, role=Role(arguments.role))
    if arguments.commune:
        named = frozenset(_commune(gazetteer, text) for text in arguments.commune)
        profile = replace(profile, communes=named)
    if arguments.all_communes:
        profile = replace(profile, communes=None)
    if arguments.team or arguments.all_teams:
        profile = replace(profile, teams=frozenset(arguments.team or ()))
    known = {commune.insee for commune in gazetteer.communes}
    operations.check_profile(profile, known, set(load_catalogue(settings.catalogue).teams))
    return profile


def _commune(gazetteer: Gazetteer, text: str) -> str:
    """The INSEE code of a town by name or code. Raises `CommandFailed`."""
    if coded := gazetteer.by_code(text):
        return coded[0].insee
    named = gazetteer.named(text)
    if len(named) > 1:
        which = ", ".join(f"{town.name} ({town.insee})" for town in named)
        raise CommandFailed(f"{text} is one of several towns: {which}")
    if not named:
        raise CommandFailed(f"no town of the metropolis is called {text}")
    return named[0].insee


def _chosen(arguments: argparse.Namespace) -> str:
    if arguments.generate:
        return strong_password()
    password = read_password()
    check_choice(password, arguments.login)
    return password


async def _add(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    blank = Profile("", Role.AGENT, None)
    profile = _changed(settings, blank, arguments)  # before anybody types a password in vain
    password = _chosen(arguments)
    kept = await Passwords().hash_choice(password, arguments.login)
    async with database.transaction() as tx:
        await operations.create(tx, arguments.login, profile, kept, utc_now())
    _tell(f"{arguments.login} may sign in at /agent", arguments, password)


def _tell(done: str, arguments: argparse.Namespace, password: str) -> None:
    print(done)
    if arguments.generate:
        print(f"password: {password}")


async def _set(settings: Settings, database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        account = await operations.account(tx, arguments.login)
        profile = _changed(settings, account.profile, arguments)
        await operations.change(tx, arguments.login, profile, utc_now())
    print(_line(_gazetteer(settings), replace(account, profile=profile)))


async def _set_password(database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        await operations.account(tx, arguments.login)
    password = _chosen(arguments)
    kept = await Passwords().hash_choice(password, arguments.login)
    async with database.transaction() as tx:
        await operations.set_password(tx, arguments.login, kept, utc_now())
    _tell(f"{arguments.login} has another password and is signed out", arguments, password)


async def _switch(database: Database, step: str, login: str) -> None:
    async with database.transaction() as tx:
        if step == "reset-second-factor":
            await operations.reset_second_factor(tx, login, utc_now())
        else:
            await operations.set_active(tx, login, utc_now(), is_active=step == "enable")
    done = {
        "disable": "is disabled and signed out",
        "enable": "may sign in again",
        "reset-second-factor": "has no second factor any more and is signed out",
    }
    print(f"{login} {done[step]}")


async def _demand(database: Database, arguments: argparse.Namespace) -> None:
    if arguments.is_not and not arguments.role:
        raise CommandFailed("of which role? --role ROLE --not", 2)
    async with database.transaction() as tx:
        for role in arguments.role or ():
            is_demanded = not arguments.is_not
            await operations.demand_factor(tx, Role(role), utc_now(), is_demanded=is_demanded)
        demanded = await operations.demanded_factors(tx)
    for one in Role:
        print(f"{one:<26} {'must have a second factor' if one in demanded else 'may have one'}")


async def _allow(database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        await operations.allow_oidc(tx, arguments.login, utc_now(), is_allowed=arguments.allow)
    if arguments.allow:
        print(f"{arguments.login} may sign in with the provider")
    else:
        print(f"{arguments.login} may no longer sign in with the provider and is signed out")


async def _link(database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        account = await operations.account(tx, arguments.login)
        await forum.link(tx, account.id, arguments.number, utc_now())
    if arguments.number is None:
        print(f"{arguments.login} is nobody on Telegram: whoever it was may not act in the group")
    else:
        print(f"{arguments.login} is the user {arguments.number} on Telegram")


async def _sessions(database: Database, arguments: argparse.Namespace) -> None:
    async with database.transaction() as tx:
        if arguments.end:
            print(f"signed out: {await operations.end_sessions(tx, arguments.login)}")
            return
        sessions = await operations.sessions(tx, arguments.login, utc_now())
    for session in sessions:
        print(
            f"{session.browser:<30} since {session.created_at:%F %R}  seen {session.seen_at:%F %R}"
        )
    if not sessions:
        print("signed in nowhere")


async def _list(settings: Settings, database: Database) -> None:
    gazetteer = _gazetteer(settings)
    async with database.transaction() as tx:
        accounts = await operations.accounts(tx)
    for account in accounts:
        print(_line(gazetteer, account))
    if not accounts:
        print("no account")


def _line(gazetteer: Gazetteer, account: Account) -> str:
    profile = account.profile
    names = {commune.insee: commune.name for commune in gazetteer.communes}
    towns = (
        "every town"
        if profile.communes is None
        else ", ".join(sorted(names.get(insee, insee) for insee in profile.communes))
    )
    teams = ", ".join(sorted(profile.teams)) or "every team"
    state = "active" if account.is_active else "disabled"
    factor = ", second factor" if account.has_second_factor else ""
    if account.is_oidc_allowed:
        factor += ", provider"
    return (
        f"{account.login:<32} {profile.name:<12} {profile.role:<24} "
        f"{state}{factor}; {towns}; {teams}"
    )
