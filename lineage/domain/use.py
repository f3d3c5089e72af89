"""Processes, their uses of elements, and what came of them: outcomes, insights, assessments, waivers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lineage.domain.base import Day, Document, Key, Lax, Measured, PurposeKey, Text, needed, said
from lineage.domain.enumerations import (
    AssessmentResult,
    AssessmentType,
    Automation,
    Basis,
    Decision,
    Effect,
    Necessity,
    Scale,
    Value,
)
from lineage.domain.surroundings import InForce


class Process(Document):
    """An activity that uses data (GDPR: processing activity)."""

    key: Key = needed("Key of the process")
    title: Text | None = said("Name of the process")
    description: Text | None = said("What it does")
    owner: Text | None = said("Who answers for it")
    operations: list[Text] | None = said("DPV processing operations, such as Use or Disclose")
    recipients: list[Key] | None = said("Parties that receive data")
    automation: Annotated[Automation, Lax] | None = said("How far it decides by itself")
    scale: Annotated[Scale, Lax] | None = said("How much data it handles: small, medium or large")
    system: Text | None = said("System it runs in")


class Alternative(Document):
    """Another element that was considered (GDPR Article 5(1)(c))."""

    element: Key = needed("The element considered instead")
    why_not: Text | None = said("Why it was not chosen")


class Expectation(Document):
    """What one side is to gain, and how that is measured."""

    benefit: Text | None = said("What is gained")
    measure: Text | None = said("How it is measured")
    target: Measured | None = said("What counts as reached")


class Expects(Document):
    """What a use is to do, for the organisation and for the person."""

    organisation: Expectation | None = said("What it is to do for the organisation")
    subject: Expectation | None = said("What it is to do for the person")


class Pilot(Document):
    """A time-boxed trial of a use that cannot have outcomes yet."""

    from_: Day | None = said("First day", alias="from")
    until: Day | None = said("Last day; default: from plus the catalogue's default pilot")
    hypothesis: Text | None = said("What is to be shown")
    measure: Text | None = said("How it is measured")
    target: Measured | None = said("What counts as shown")
    owner: Text | None = said("Who answers for the pilot")
    requested_by: Text | None = said("Who asked for it")
    approved_by: Text | None = said("Who approved it; somebody else than who asked")
    legacy: bool | None = said(
        "Whether the use existed before the catalogue and is being moved into it; at most 180 days"
    )


class Side(Document):
    """What an outcome was for one side."""

    value: Annotated[Value, Lax] | None = said("benefit, none or harm")
    observed: Measured | None = said("What was observed, in the measure that was expected")


class Outcome(Document):
    """What a use did in one period, for the organisation and for the person."""

    key: Key = needed("Key within the use")
    period: InForce | None = said("The period observed")
    organisation: Side | None = said("What it did for the organisation")
    subject: Side | None = said("What it did for the person")
    evidence: list[Text] | None = said("References that prove it")
    recorded: Day | None = said("Day it was recorded; it counts from then on")
    by: Text | None = said("Who recorded it")


class Insight(Document):
    """What was learned, and the decision that leads back to the purpose."""

    key: Key = needed("Key within the use")
    outcomes: list[Key] | None = said("Outcomes it is drawn from")
    learned: Text | None = said("What was learned")
    decision: Annotated[Decision, Lax] | None = said("What it changes about the purpose")
    applied: Day | None = said("Day the decision was applied; without it the loop is open")
    evidence: list[Text] | None = said("References that prove it")
    by: Text | None = said("Who drew it")


class Use(Document):
    """Element × process × purpose (× audience): the thing that is allowed or not."""

    element: Key = needed("The element used")
    process: Key | None = said("The process that uses it; a prohibition without one binds every process")
    purpose: PurposeKey = needed("The purpose it is used for")
    audience: Key | None = said("Whose data; absent: every audience of the element")
    effect: Annotated[Effect, Lax] = needed("allow or prohibit")
    basis: dict[Key, Annotated[Basis, Lax]] | None = said("Legal basis per regime")
    special_condition: dict[Key, Text] | None = said("Condition for special data per regime, such as A9-2-a")
    law: Text | None = said("Citation, where the basis is a law")
    objection: Text | None = said("How to object")
    opt_out: Text | None = said("How to opt out")
    evidence: list[Text] | None = said("References that prove the basis, such as the contract")
    why: Text | None = said(
        "Why this element rather than another, in 20 characters or more", json_schema_extra={"minLength": 20}
    )
    alternatives: list[Alternative] | Literal["none"] | None = said("Elements considered instead, or none")
    necessity: Annotated[Necessity, Lax] | None = said("Whether the purpose can be reached without it")
    told: list[Key] | Literal["not_told"] | None = said("Statements that tell people, or not_told")
    expects: Expects | None = said("What it is to do, for both sides")
    review_by: Day | None = said("Last day before it must be reviewed")
    changed: Day | None = said("Day its terms changed; the earlier cycle carries over for 90 days")
    pilot: Pilot | None = said("A time-boxed trial")

    @model_validator(mode="after")
    def _allow_names_a_process(self) -> Self:
        if self.effect is Effect.ALLOW and not self.process:
            raise ValueError("a use with effect: allow needs a process; only a prohibition may bind every process")
        return self


class DeclaredUse(Use):
    """A use as it is written in a file, with its outcomes and insights."""

    outcomes: list[Outcome] | None = Field(default=None, description="What it did")
    insights: list[Insight] | None = Field(default=None, description="What was learned")


class Covers(Document):
    """What an assessment or waiver speaks of: OR within a key, AND across keys."""

    elements: list[Key] | None = said("Elements covered")
    processes: list[Key] | None = said("Processes covered")
    purposes: list[PurposeKey] | None = said("Purposes covered")
    regimes: list[Key] | None = said("Regimes covered")


class Assessment(Document):
    """A DPIA, legitimate-interest, transfer, compatibility or other assessment."""

    key: Key = needed("Key of the assessment")
    title: Text | None = said("Name of the assessment")
    type: Annotated[AssessmentType, Lax] | None = said("What kind it is")
    covers: Covers | None = said("What it speaks of")
    result: Annotated[AssessmentResult, Lax] | None = said("What it found")
    requested_by: Text | None = said("Who asked for it")
    approved_by: Text | None = said("Who approved it")
    approved: Day | None = said("Day it was approved")
    valid_until: Day | None = said("Last day it counts")
    evidence: list[Text] | None = said("Where it is kept")


class Waiver(Document):
    """A finding accepted for a time, by somebody else than who asked."""

    finding: Text = needed("Code of the finding, or a pattern with *")
    covers: Covers | None = said("Where it is accepted; absent: nowhere")
    reason: Text | None = said("Why it is accepted")
    requested_by: Text | None = said("Who asked")
    approved_by: Text | None = said("Who approved; somebody else")
    until: Day | None = said("Last day it is accepted")
