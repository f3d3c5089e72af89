"""``lineage serve``."""

from __future__ import annotations

import ipaddress
import logging
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from lineage.cli.options import actor_of, with_settings
from lineage.clock import VARIABLE
from lineage.errors import CannotAnswer, CatalogueUnreadable, WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from socket import socket

    from lineage.web.callers import Callers
    from lineage.web.sealing import Sealing
    from lineage.web.serving import Plan

LOCAL = ("localhost", "127.0.0.1", "::1")


@click.command()
@click.option("--bundle", metavar="FILE", default="", help="Answer from this bundle instead of the catalogue.")
@click.option("--key", metavar="VKEY", default="", help="Public key of the bundle; default those in LINEAGE_KEYS.")
@click.option("--newest", type=click.Path(path_type=Path), help="File that remembers the newest bundle seen.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8181, show_default=True, help="0 takes a free one.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@click.option("--public-url", metavar="URL", default="", help="Address that callers know this server by; https.")
@click.option("--tokens", metavar="FILE", default="", help="Who may ask: lines `caller: SHA-256 of the token`.")
@click.option("--max-age", type=float, metavar="S", help="Seconds after which what is known is too old; default 300.")
@click.option(
    "--log-decisions", metavar="URL", default="", envvar="LINEAGE_DECISIONS",
    help="Keep every answer in this decision log, such as sqlite:///decisions.db.",
)  # fmt: skip
@click.option("--durable", is_flag=True, help="Give no answer before its record is safe; needs --log-decisions.")
@click.option(
    "--seal-every", type=float, metavar="S", default=300.0, show_default=True,
    help="Seconds between two seals of what was logged; 0 leaves that to log seal-decisions.",
)  # fmt: skip
@with_settings
def serve(settings: Settings, host: str, port: int, workers: int, **said: object) -> int:
    """Answer over HTTP, as AuthZEN has it (docs/server.md)."""
    try:
        from lineage.web import serving
    except ImportError as error:
        fix = "install it with pip install 'usage-cycle[server]'"
        raise CannotAnswer(f"the server is not installed: there is no {error.name}", fix) from None
    callers, url = _callers(str(said["tokens"])), _public(str(said["public_url"]))
    _check(settings, said)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    with _listen(host, port) as listening:
        address = _address(host, listening)
        plan = _plan(settings, said, url or address, callers)
        _tell(settings, plan, address, host)
        serving.serve(plan, listening, workers)
    return 0


def _plan(settings: Settings, said: dict[str, object], url: str, callers: Callers) -> Plan:
    from lineage.web.serving import Plan

    max_age, newest = said["max_age"], said["newest"]
    return Plan(
        settings.catalog,
        _bundle(settings, said),
        url,
        callers,
        secrets.token_bytes(32),
        float(max_age) if isinstance(max_age, float) else None,
        str(said["log_decisions"]),
        durable=bool(said["durable"]),
        newest=newest if isinstance(newest, Path) else None,
        key=str(said["key"]),
        sealing=_sealing(settings, said),
    )


def _sealing(settings: Settings, said: dict[str, object]) -> Sealing | None:
    """Tell how decisions are sealed; None where there are none, no journal to seal them in, or nobody wants it."""
    from lineage.web.sealing import Sealing

    every, log_url = said["seal_every"], str(said["log_decisions"])
    if not isinstance(every, float) or not every or not log_url or _bundle(settings, said):
        return None
    actor = actor_of(settings)
    return Sealing(settings.catalog, log_url, every, actor.name, actor.how_known)


def _check(settings: Settings, said: dict[str, object]) -> None:
    """Refuse at once what could never answer; a database that is only away may come back."""
    if os.environ.get(VARIABLE):
        click.echo(f"warning: {VARIABLE} makes the clock stand still: nothing expires while it is set", err=True)
    if settings.at:
        raise WrongUse("a server answers about the instant that a question names", "leave out --at; send context.at")
    max_age = said["max_age"]
    if isinstance(max_age, float) and not 0 < max_age < 1e9:
        raise WrongUse(f"--max-age {max_age:g} is no number of seconds", "write more than 0, such as --max-age 300")
    every = said["seal_every"]
    if isinstance(every, float) and not 0 <= every < 1e6:
        raise WrongUse(f"--seal-every {every:g} is no number of seconds", "write 0 or more, such as --seal-every 300")
    if said["durable"] and not said["log_decisions"]:
        raise WrongUse("--durable says how decisions are kept, and nothing says where", "add --log-decisions URL")
    if bundle := _bundle(settings, said):
        _check_bundle(bundle, str(said["key"]))
        return
    from lineage.store.database import Database

    try:
        Database(settings.catalog).check_version()
    except CatalogueUnreadable as error:
        click.echo(f"note: {error.sentence}; every answer is a deny until it can be read", err=True)


def _bundle(settings: Settings, said: dict[str, object]) -> str:
    """Give the bundle to answer from, which may stand where the catalogue does; nothing for a catalogue."""
    from lineage.services.asking_bundle import is_bundle

    return str(said["bundle"]) or (settings.catalog if is_bundle(settings.catalog) else "")


def _check_bundle(bundle: str, key: str) -> None:
    from lineage.gate.gate import Gate
    from lineage.web.knowledge import clocks

    try:
        Gate.load(bundle, key or None, refresh=None, clocks=clocks()).close()
    except Exception as error:
        raise CannotAnswer(getattr(error, "sentence", "") or f"{bundle}: {error}", getattr(error, "fix", "")) from None


def _listen(host: str, port: int) -> socket:
    from lineage.web.serving import listen

    try:
        return listen(host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotAnswer(
            f"nothing can listen at {host}:{port}: {reason}", "choose another --host or --port"
        ) from None


def _address(host: str, listening: socket) -> str:
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _public(url: str) -> str:
    """Check the address under which callers know the server. WrongUse for what the metadata must not hold."""
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise WrongUse(f"--public-url {url} is no address to be known by", "write https://HOST or https://HOST/PATH")
    return url.rstrip("/")


def _callers(path: str) -> Callers:
    from lineage.web.callers import Callers, read_callers

    if not path:
        return Callers()
    try:
        return read_callers(Path(path).read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(
            f"the tokens in {path} cannot be read: {error}", "name a file of lines `caller: digest`"
        ) from None


def _tell(settings: Settings, plan: Plan, address: str, host: str) -> None:
    click.echo(f"listening on {address}", err=True)
    if settings.quiet:
        return
    if plan.callers.open and not _is_local(host):
        click.echo("note: whoever reaches this address may ask; --tokens says who may", err=True)
    if not plan.public_url.startswith("https:") and not _is_local(urlsplit(plan.public_url).hostname or ""):
        click.echo("note: AuthZEN wants https: put a proxy with TLS before it, and name that by --public-url", err=True)


def _is_local(host: str) -> bool:
    try:
        return host in LOCAL or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
