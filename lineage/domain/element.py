"""An element and the documents that hang under it: origins, consents, regulatory status."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lineage.domain.base import Day, Document, Key, Lax, PurposeKey, Text, needed, said
from lineage.domain.enumerations import (
    ConsentMethod,
    ConsentStatus,
    Identifiability,
    Kind,
    Lifecycle,
    Mode,
    RegulatoryStatus,
    Sensitivity,
    Source,
    ValueType,
)
from lineage.domain.surroundings import Retention


class StoredIn(Document):
    """Where data rests."""

    system: Text | None = said("System that holds it")
    country: Text | None = said("Country it rests in, ISO 3166")
    transfer: Text | None = said("Mechanism where the country lies abroad, such as A46-2-c")
    evidence: list[Text] | None = said("References that prove the mechanism")


class DerivedFrom(Document):
    """One source of a derived element (PROV wasDerivedFrom)."""

    element: Key = needed("The element it is derived from")
    masking: bool | None = said("Whether the derivation masks the person")


class Origin(Document):
    """One way an element is captured."""

    key: Key = needed("Key within the element")
    mode: Annotated[Mode, Lax] | None = said("How it is captured")
    source: Annotated[Source, Lax] | None = said("Who it comes from")
    party: Key | None = said("The party it comes from, where the source is a third party")
    touchpoint: Key | None = said("Where people give it")
    captured_by: Text | None = said("System that captures it")
    captured_since: Day | None = said("First day of capture")
    stored_in: StoredIn | None = said("System and country it rests in")
    told: list[Key] | Literal["not_told"] | None = said("Statements people saw, or not_told")
    retention: Retention | None = said("How long it is kept")
    measures: list[Key] | None = said("Security measures")
    derived_from: list[DerivedFrom] | None = said("Sources, for a derived or inferred element")


class DataField(Document):
    """A column that holds the element (OpenLineage dataset and field)."""

    namespace: Text = needed("OpenLineage namespace of the dataset")
    dataset: Text = needed("Name of the dataset")
    field: Text = needed("Name of the column")


class Consent(Document):
    """A consent for one purpose and audience (GDPR Articles 4(11) and 7; ISO/IEC TS 27560)."""

    key: Key = needed("Key within the element")
    purpose: PurposeKey | None = said("The purpose consented to")
    audience: Key | None = said("Whose consent; absent: everybody's")
    regimes: list[Key] | None = said("Regimes under which it was collected")
    status: Annotated[ConsentStatus, Lax] | None = said("Its state")
    explicit: bool | None = said("Whether it was express")
    method: Annotated[ConsentMethod, Lax] | None = said("How it was indicated")
    statement: Key | None = said("The statement people saw")
    given: Day | None = said("Day it was given")
    expires: Day | None = said("Last day it holds")
    withdraw: Text | None = said("How to withdraw it")
    bundled: bool | None = said("Whether a service depended on it although it does not need it (GDPR Article 7(4))")
    detriment: bool | None = said("Whether refusing brings a disadvantage")
    separate_from_terms: bool | None = said("Whether it was asked for apart from other terms (GDPR Article 7(2))")
    give_steps: int | None = said("Steps it takes to give it", ge=1)
    withdraw_steps: int | None = said("Steps it takes to withdraw it", ge=1)
    guardian: Text | None = said("Reference of a guardian's consent and how it was verified (GDPR Article 8)")
    withdrawn: Day | None = said("Day it was withdrawn")


class Regulatory(Document):
    """The status of an element under one regime."""

    regime: Key = needed("The regime")
    status: Annotated[RegulatoryStatus, Lax] | None = said("The status found")
    assessed: Day | None = said("Day of the assessment")
    by: Text | None = said("Who assessed it")
    review_by: Day | None = said("Last day the assessment counts")
    reasons: list[Text] | None = said("Reasons for the status")


class Element(Document):
    """One kind of customer data: facts about it, never anybody's values."""

    key: Key = needed("Key of the element")
    title: Text | None = said("Name people use")
    description: Text | None = said("What it is")
    also_known_as: list[Text] | None = said("Other names, in any language")
    kind: Annotated[Kind, Lax] | None = said("Identity, descriptive, attitudinal or behavioural")
    category: Text | None = said("DPV personal-data category, such as pd:TelephoneNumber")
    value: Annotated[ValueType, Lax] | None = said("Form of its values")
    identifiability: Annotated[Identifiability, Lax] | None = said(
        "How closely it points at a person; default indirect"
    )
    sensitivity: dict[Key, Annotated[Sensitivity, Lax]] | None = said("Sensitivity raised by the officer, per regime")
    lifecycle: Annotated[Lifecycle, Lax] | None = said("draft, active or retired; default active")
    audiences: list[Key] | None = said("Whose data it is")
    steward: Text | None = said("Who answers for it")
    fields: list[DataField] | None = said("Columns that hold it")


class DeclaredElement(Element):
    """An element as it is written in a file, with the documents that hang under it."""

    origins: list[Origin] | None = Field(default=None, description="Ways it is captured")
    consents: list[Consent] | None = Field(default=None, description="Consents")
    regulatory: list[Regulatory] | None = Field(default=None, description="Status per regime")
