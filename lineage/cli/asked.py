"""Whom a question goes to: the catalogue, or a bundle of it. Both answer alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from lineage.cli.options import database_of, times_of
from lineage.cli.output import form_of
from lineage.clock import default_clock
from lineage.errors import WrongUse
from lineage.gate.shapes import answer_data
from lineage.settings import Settings

if TYPE_CHECKING:
    from typing import Protocol

    from lineage.gate.answer import Answer, Question
    from lineage.services.asking_bundle import Carried
    from lineage.services.views import View
    from lineage.store.keys import Signer

    class Asked(Protocol):
        """Answers, with the times and the catalogue's state they were given for."""

        @property
        def view(self) -> View: ...
        @property
        def answers(self) -> tuple[Answer, ...]: ...
        @property
        def unknown(self) -> str: ...

    class Asker(Protocol):
        """Answers questions, and tells findings their places."""

        def may(self, question: Question) -> Asked: ...
        def purposes(self, element: str, process: str) -> Asked: ...
        def elements(self, process: str, purpose: str) -> Asked: ...
        def processes(self, element: str, purpose: str) -> Asked: ...
        def results(self, asked: Asked) -> list[dict[str, Any]]:
            """Give the answers as plain data."""
            ...

        def signer(self) -> Signer:
            """Give the key that signs for the catalogue."""
            ...


F = TypeVar("F", bound=Callable[..., Any])
KEY = "The public key it must be signed with; default those in LINEAGE_KEYS."


def bundle_options(function: F) -> F:
    """Give a command the options that send its question to a bundle."""
    function = click.option("--key", metavar="VKEY", default="", help=f"With --bundle. {KEY}")(function)
    file = click.Path(path_type=Path, dir_okay=False)
    return click.option("--bundle", metavar="FILE", type=file, help="Ask this bundle instead of the catalogue.")(
        function
    )


def asker_of(settings: Settings, bundle: Path | None, key: str, *, digest: bool = False) -> Asker:
    """Give who answers; ``digest`` has the catalogue's digest told in any form. WrongUse for options that do not fit."""
    from lineage.services.asking_bundle import Carried, is_bundle, require_there

    if bundle is None and is_bundle(settings.catalog):
        bundle = Path(settings.catalog)
    if bundle is None:
        if key:
            raise WrongUse(
                "--key checks the signature of a bundle", "name the bundle with --bundle, or leave out --key"
            )
        return OfCatalogue(settings, digest=digest)
    require_there(bundle)
    if settings.as_of is not None:
        raise WrongUse("a bundle knows the catalogue of one instant", "leave out --as-of, or ask the catalogue")
    return cast("Asker", OfBundle(Carried(bundle, key, default_clock().now(), settings.at)))


class OfBundle:
    """Asks a bundle, without loading anything of the catalogue."""

    def __init__(self, carried: Carried) -> None:
        self._carried = carried
        self.may, self.purposes = carried.may, carried.purposes
        self.elements, self.processes = carried.elements, carried.processes

    def results(self, asked: Any) -> list[dict[str, Any]]:
        return [answer_data(answered, asked.where) for answered in asked.answers]

    def signer(self) -> Signer:
        from lineage.services.bundling import signer_named

        return signer_named(self._carried.bundle.head.key)


class OfCatalogue:
    """Asks the catalogue."""

    def __init__(self, settings: Settings, *, digest: bool) -> None:
        self._settings = settings
        self._digest = digest or form_of(settings) == "json"

    def may(self, question: Question) -> Asked:
        from lineage.services import asking_kept

        if self._settings.as_of is None:
            settings = self._settings
            kept = asking_kept.may(settings.catalog, default_clock().now(), settings.at, question)
            if kept is not None:
                return cast("Asked", kept)
        from lineage.services import asking

        return asking.may(database_of(self._settings), times_of(self._settings), question, digest=self._digest)

    def purposes(self, element: str, process: str) -> Asked:
        return self._ask("purposes", element, process)

    def elements(self, process: str, purpose: str) -> Asked:
        return self._ask("elements", process, purpose)

    def processes(self, element: str, purpose: str) -> Asked:
        return self._ask("processes", element, purpose)

    def _ask(self, name: str, *words: str) -> Asked:
        from lineage.services import asking

        ask: Callable[..., Asked] = getattr(asking, name)
        return ask(database_of(self._settings), times_of(self._settings), *words, digest=self._digest)

    def results(self, asked: Asked) -> list[dict[str, Any]]:
        where = getattr(asked, "where", None)
        if where is not None:
            return [answer_data(answered, where) for answered in asked.answers]
        from lineage.services.places import locate

        findings = (finding for answered in asked.answers for finding in answered.findings)
        where = locate(database_of(self._settings), findings)
        return [answer_data(answered, where) for answered in asked.answers]

    def signer(self) -> Signer:
        from lineage.services.bundling import catalogue_signer

        return catalogue_signer(database_of(self._settings))
