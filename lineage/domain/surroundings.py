"""The catalogue itself and what its elements live among: parties, audiences, touchpoints, statements, purposes."""

from __future__ import annotations

from typing import Annotated

from lineage.domain.base import Day, Document, Key, Lax, Period, PurposeKey, Text, Zone, needed, said
from lineage.domain.enumerations import Journey, Modality, NoticeItem, PartyRole, RetentionAction, Review


class Retention(Document):
    """How long data is kept (GDPR Article 30(1)(f))."""

    period: Period | None = said("How long, ISO 8601, counted from the start event")
    from_: Text | None = said("The event the period is counted from, such as last order", alias="from")
    then: Annotated[RetentionAction, Lax] | None = said("What happens when the period is over")
    criteria: Text | None = said("What decides the period where it is no fixed time")


class Defaults(Document):
    """What fills in for a missing fact; nothing else does."""

    review: Period | None = said("How long after the last applied insight a use is due for review")
    pilot: Period | None = said("How long a declared pilot may run at most; it never starts one")
    retention: Retention | None = said("Retention of origins that declare none")
    measures: list[Key] | None = said("Security measures of origins that declare none")


class Catalogue(Document):
    """One organisation's catalogue: who keeps it, under which regimes, in which time zone."""

    name: Text | None = said("Name of the organisation or catalogue")
    description: Text | None = said("What the catalogue covers")
    publisher: Key | None = said("The party that answers for the catalogue")
    home_jurisdiction: Text | None = said("Country of the main establishment, ISO 3166")
    regimes: list[Key] | None = said("Regimes that apply to every use, whatever the countries say")
    time_zone: Zone | None = said("IANA time zone in which days begin and end; default UTC")
    review: Annotated[Review, Lax] | None = said(
        "none, or four_eyes: nothing goes live until somebody else approved it"
    )
    defaults: Defaults | None = said("What fills in for missing facts")


class Party(Document):
    """An organisation or office that has to do with the data (GDPR Article 30(1)(a))."""

    key: Key = needed("Key of the party")
    name: Text | None = said("Full name")
    role: Annotated[PartyRole, Lax] | None = said("What the party is to the data")
    country: Text | None = said("Country, ISO 3166")
    contact: Text | None = said("How people reach it")
    address: Text | None = said("Postal address")
    email: Text | None = said("E-mail address of the office")
    phone: Text | None = said("Telephone number of the office")
    contract: Text | None = said("Reference of the contract with a processor (GDPR Article 28)")
    transfer: Text | None = said("Mechanism for a transfer to it, such as A46-2-c")
    evidence: list[Text] | None = said("References that prove it")


class Audience(Document):
    """People the data is about, ranked, with an owner, a process and a way of measuring."""

    key: Key = needed("Key of the audience")
    title: Text | None = said("Name of the audience")
    rank: int | None = said("How important it is, 1 first", ge=1)
    owner: Text | None = said("Who answers for it")
    process: Text | None = said("The work through which it is served; a free reference")
    measure: Text | None = said("How the relation is measured")
    countries: list[Text] | None = said("Countries the people are in, ISO 3166")
    subject: Text | None = said("DPV term for the people, such as dpv:Customer")
    vulnerable: bool | None = said("Whether the people need special protection")
    minor: bool | None = said("Whether they may be under age")
    age_band: Text | None = said("Ages covered, such as 13-17")


class Touchpoint(Document):
    """Where people meet the organisation."""

    key: Key = needed("Key of the touchpoint")
    title: Text | None = said("Name of the touchpoint")
    journey: Annotated[Journey, Lax] | None = said("Before, during or after a purchase")
    channel: Text | None = said("Channel, such as digital, paper, voice")


class InForce(Document):
    """From when until when something holds."""

    from_: Day | None = said("First day", alias="from")
    until: Day | None = said("Last day")


class Says(Document):
    """One sentence of a statement in the parameters of contextual integrity (Nissenbaum 2010)."""

    modality: Annotated[Modality, Lax] | None = said("will, will_not or may")
    elements: list[Key] | None = said("Which elements it speaks of")
    purpose: PurposeKey | None = said("For which purpose")
    recipients: list[Key] | None = said("To whom; an empty list says nobody")
    retention: Period | None = said("For how long")
    benefit: Text | None = said("What people were promised in return")


class Statement(Document):
    """What people were told, in one version of one notice."""

    key: Key = needed("Key of the statement")
    title: Text | None = said("Name and version of the notice")
    touchpoints: list[Key] | None = said("Where people see it")
    audiences: list[Key] | None = said("Whom it addresses")
    language: Text | None = said("Language, BCP 47")
    in_force: InForce | None = said("From when until when it is shown")
    evidence: list[Text] | None = said("Where the wording is kept")
    items: list[Annotated[NoticeItem, Lax]] | None = said("Notice items it covers (GDPR Articles 13 and 14)")
    says: list[Says] | None = said("What it promises, sentence by sentence")


class Purpose(Document):
    """An own purpose under one or more terms of the DPV purpose vocabulary."""

    key: PurposeKey = needed("Name, in the style of DPV terms")
    title: Text | None = said("Name for people")
    description: Text | None = said("What it is for")
    broader: list[PurposeKey] | None = said("The terms it is narrower than")
