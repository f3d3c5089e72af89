"""Hand-written contexts of an invented shop: one element with everything, one without anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lineage.report.contexts import (
    AttentionContext,
    AudienceLabel,
    AudienceRow,
    CalendarRow,
    CatalogueContext,
    ConsentContext,
    CountsContext,
    CyclePicture,
    ElementContext,
    ElementLink,
    ElementRow,
    FindingContext,
    FixContext,
    GapContext,
    GapCount,
    InheritedContext,
    InsightContext,
    KindBar,
    LineageLink,
    LineageNode,
    LineagePicture,
    MethodRule,
    OriginContext,
    OutcomeContext,
    PackContext,
    PilotRow,
    ProcessRow,
    ProcessUse,
    RegimeStatus,
    RegulatoryContext,
    ReportContext,
    ScopeContext,
    StageCell,
    StageRow,
    StageState,
    StampContext,
    ToldContext,
    ToldSummary,
    UseContext,
    UseStage,
    VerdictContext,
    VerifyLine,
    anchor_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "customer.phone_number"
ANCHOR = anchor_of(KEY)
DIGEST = "sha256:5f2b1c0e9a7d4c36b8e1f0a2d9c4b7e6135f8a0c2e4d6b8f9a1c3e5d7f902b4c"

NO_NOTICE = FindingContext(
    "usage-cycle/origin-told", "origin", "blocker", "Call centre captures the phone number, and nobody is told",
    "attach the notice to the origin call-centre, or close it", "GDPR Art. 13(1)", "elements.yaml:48",
)  # fmt: skip
NO_INSIGHT = FindingContext(
    "usage-cycle/insight-missing", "insight", "blocker", "Nothing was learned from 2 of 4 outcomes since 2026-03-11",
    "record an insight, or retire the use", "", "elements.yaml:97",
)  # fmt: skip
EXPIRING = FindingContext(
    "eu-gdpr/consent-near-end", "consent", "warning", "The consent sms-2026 ends on 2026-12-05",
    "ask again before it ends", "GDPR Art. 7", "elements.yaml:71",
)  # fmt: skip


def picture() -> LineagePicture:
    """Fifteen boxes: three touchpoints, two stores, four purposes, three outcomes, two insights."""
    node, link = LineageNode, LineageLink
    return LineagePicture(
        (
            node("t1", "touchpoint", "Sign-up form", "web, notice 7", "holds", f"{ANCHOR}-origin"),
            node("t2", "touchpoint", "Call centre", "no notice on file", "problem", f"{ANCHOR}-origin"),
            node("t3", "touchpoint", "Shop till", "paper slip, notice 3", "expiring", f"{ANCHOR}-origin"),
            node("s1", "store", "crm.contact.phone", "DE, 24 months", "holds"),
            node("s2", "store", "loyalty.member.telephone", "DE, 24 months", "holds"),
            node("e", "element", "Phone number", "identity", "partial", ANCHOR),
            node("p1", "purpose", "Agree a delivery slot", "contract", "holds", f"{ANCHOR}-purpose"),
            node("p2", "purpose", "Call back", "consent", "holds", f"{ANCHOR}-purpose"),
            node("p3", "purpose", "Fraud check", "legitimate interest", "holds", f"{ANCHOR}-purpose"),
            node("p4", "purpose", "Direct marketing", "consent", "expiring", f"{ANCHOR}-purpose"),
            node("o1", "outcome", "2.1 % failed deliveries", "both sides", "holds", f"{ANCHOR}-outcome"),
            node("o2", "outcome", "Blocked fraud", "us only", "holds", f"{ANCHOR}-outcome"),
            node("o3", "outcome", "Campaign replies", "person: nothing", "partial", f"{ANCHOR}-outcome"),
            node("i1", "insight", "Calls before noon work best", "2026-09-30", "holds", f"{ANCHOR}-insight"),
            node("i2", "insight", "No insight yet", "last: 2026-03-11", "problem", f"{ANCHOR}-insight"),
        ),
        (
            link("t1", "s1", "holds"), link("t2", "s1", "problem", "nobody is told"), link("t3", "s2", "expiring"),
            link("s1", "e", "holds"), link("s2", "e", "holds"),
            link("e", "p1", "holds"), link("e", "p2", "holds"), link("e", "p3", "holds"), link("e", "p4", "expiring"),
            link("p1", "o1", "holds"), link("p2", "o1", "holds"), link("p3", "o2", "holds"),
            link("p4", "o3", "partial"),
            link("o1", "i1", "holds"), link("o2", "i2", "problem"), link("o3", "i2", "problem"),
            link("i1", "p1", "holds", "", True),
        ),
    )  # fmt: skip


def a_use(**changed: object) -> UseContext:
    use = UseContext(
        "Parcel dispatch", "Agree a delivery slot", "Customers", "allow", "complete",
        (UseStage("origin", "complete"), UseStage("purpose", "complete"), UseStage("outcome", "complete"),
         UseStage("insight", "complete")),
        "contract", "not_required", (RegimeStatus("eu-gdpr", "compliant", "complete"),), (), (), "2027-03-01",
        "The cycle is closed and the contract covers it.",
        "The courier calls from the street; an e-mail is read too late",
        ("E-mail address: read hours later",),
    )  # fmt: skip
    return replace(use, **changed)  # type: ignore[arg-type]


def uses() -> tuple[UseContext, ...]:
    learned = UseStage("insight", "missing")
    return (
        a_use(),
        a_use(process="Call-back desk", purpose="Answer a question", basis="consent", consent="complete", why="",
              alternatives=(), because="", obligations=("Ask at the start of the call whether it may be recorded",)),
        a_use(process="Fraud desk", purpose="Fraud check", effect="deny", cycle="incomplete",
        basis="legitimate interest",
              stages=(*a_use().stages[:3], learned), findings=(NO_INSIGHT,), holds_until="", why="", alternatives=(),
              because="The loop is open: nothing was learned from its outcomes."),
        a_use(process="Campaigns", purpose="Direct marketing", effect="undecided", cycle="stale", basis="consent",
              consent="expiring", stages=(*a_use().stages[:2], UseStage("outcome", "partial"), learned),
              findings=(EXPIRING,), holds_until="2026-12-05", why="", alternatives=(), because=""),
    )  # fmt: skip


def element(key: str = KEY, title: str = "Phone number", number: int = 1, of: int = 2) -> ElementContext:
    return ElementContext(
        anchor=anchor_of(key), number=number, of=of, key=key, title=title,
        description="Mobile number typed at checkout, at the call centre or at the till.",
        also_known_as=("mobile", "nomor HP", "Handy"), kind="identity", category="Telephone Number",
        category_iri="https://w3id.org/dpv/pd#TelephoneNumber", audiences=(AudienceLabel("Customers", 1),),
        steward="Rina Wijaya", lifecycle="active",
        verdict=VerdictContext("not_ready", "", (
            FixContext("Call centre captures it without a notice: attach the notice or close the touchpoint.",
                       "usage-cycle/origin-told"),
            FixContext("No insight since 2026-03-11: record one, or retire the outcome.",
            "usage-cycle/insight-missing"),
        )),
        cycle=CyclePicture("partial", "complete", "partial", "missing", False, True, False, False, "incomplete"),
        stages=(
            StageRow("origin", "partial", "3 touchpoints, 2 stores; notice missing for the call centre", "2026-10-02"),
            StageRow("purpose", "complete", "4 processes; the courier calls from the street", "2026-10-02"),
            StageRow("outcome", "partial", "value to us 4 of 4, to the person 3 of 4", "2026-10-02"),
            StageRow("insight", "missing", "1 of 3 outcomes has one; the oldest waits 256 days", "2026-11-22"),
        ),
        lineage=picture(), uses=uses(),
        origins=(
            OriginContext("sign-up", "Sign-up form (before)", "provided, by the person", "web-shop since 2026-03-01",
                          "crm-db, DE", "24 months after the last order, then erased",
                          ("encryption at rest", "access control"), ("Privacy notice, version 7",), "complete"),
            OriginContext("call-centre", "Call centre (after)", "provided, by the person", "desk since 2026-04-01",
                          "crm-db, DE", "", (), (), "missing"),
        ),
        outcomes=(OutcomeContext("Parcel dispatch", "2026-04-01 to 2026-06-30", "benefit: 2.1 % failed",
                                 "benefit: 97 % at first attempt", "2026-07-05", ("dashboards/q2.pdf",), "complete"),),
        insights=(InsightContext("Parcel dispatch", "calls before noon work best", "confirm", "2026-07-20",
                                 ("reviews/2026-07.md",), "complete"),),
        consents=(ConsentContext("Direct marketing", "Customers", "given", "expiring", "ticked box; account page",
                                 "2026-03-05", "2026-12-05", ("eu-gdpr", "eu-eprivacy")),),
        regulatory=(RegulatoryContext("eu-gdpr", "the catalogue lists it", "compliant", "complete", "ordinary",
                                      "2026-03-10 by Dewi Sari", "2027-03-10"),
                    RegulatoryContext("id-pdp", "", "", "not_assessed", "specific", "", "")),
        told=(ToldContext("Privacy notice, version 7, from 2026-03-01", "will not sell it to third parties", "no sale",
                          "complete"),),
        gaps=(GapContext("eu-gdpr/told", "blocker", False, "", "Campaigns", "Direct marketing",
                         "People were not told of it since 2026-03-01", "tell them, or stop"),
              GapContext("eu-gdpr/told", "warning", True, "Privacy notice, version 7", "Parcel dispatch", "Delivery",
                         "It is kept for longer than was said", "keep it for 24 months"),
              GapContext("eu-gdpr/idle", "note", False, "Privacy notice, version 7", "", "",
                         "People are told of a use nobody makes", "")),
        inherited=(InheritedContext("Must not be used for “Sell data”", "Area code", anchor_of("customer.area"),
                                    "customer.area → customer.phone_number", "missing", "Stops a use"),
                   InheritedContext("Is itself not used for “Delivery”", "Street", None,
                                    "customer.street → customer.phone_number", "complete", "Assessed")),
        derived_from=(), feeds=(ElementLink("customer.area", "Area code", anchor_of("customer.area"), "masked"),),
        findings=(NO_NOTICE,),
    )  # fmt: skip


def bare_element() -> ElementContext:
    """What a declaration with a key and nothing else looks like."""
    nothing: StageState = "not_assessed"
    return ElementContext(
        anchor_of("customer.area"), 2, 2, "customer.area", "Area code", "", (), "", "", "", (), "", "draft",
        VerdictContext("not_assessed"),
        CyclePicture("missing", nothing, nothing, nothing, False, False, False, False, "incomplete"),
        (StageRow("origin", "missing", ""), StageRow("purpose", nothing, ""), StageRow("outcome", nothing, ""),
         StageRow("insight", nothing, "")),
        LineagePicture((LineageNode("e", "element", "Area code", "", "not_assessed"),), ()),
        (), (), (), (), (), (), (), (), (), (ElementLink(KEY, "Phone number", ANCHOR),), (), (),
    )  # fmt: skip


def row(key: str, title: str, kind: str, states: tuple[StageState, ...], ready: str) -> ElementRow:
    cells = (StageCell(s, "" if s != "partial" else "1 of 3 open", anchor_of(key) + "-origin") for s in states)
    return ElementRow(key, title, kind, anchor_of(key), *cells, ready)  # type: ignore[arg-type]


@pytest.fixture
def report() -> ReportContext:
    return make_report()


@pytest.fixture
def phone() -> ElementContext:
    return element()


@pytest.fixture
def many() -> Callable[[int], ReportContext]:
    """A report with as many elements as asked for, made one by one while it is written."""

    def of(n: int) -> ReportContext:
        rows = tuple(row(f"customer.e{i}", f"Element {i}", "identity", ("complete",) * 6, "ready") for i in range(n))
        return replace(
            make_report(), rows=rows, elements=(element(f"customer.e{i}", f"Element {i}", i + 1, n) for i in range(n))
        )

    return of


def make_report() -> ReportContext:
    ok: StageState = "complete"
    return ReportContext(
        title="Data lineage report",
        catalogue=CatalogueContext("Kaufhaus Nord", "Customer data of a shop in Germany", "Kaufhaus Nord GmbH"),
        stamp=StampContext("2026-11-22 09:00 UTC+01:00", "2026-11-22T08:00:00Z", "2026-11-22 09:00 UTC+01:00",
                           "2026-11-22T08:00:00Z", "usage-cycle 0.1.0", 41, DIGEST),
        packs=(PackContext("usage-cycle", "The usage cycle", "2026-11-01", "sha256:07aa41c2"),
               PackContext("eu-gdpr", "GDPR", "as of 2026-10-01", "sha256:99b1f3d0")),
        scope=ScopeContext("All active elements of the catalogue", ("3 drafts", "1 retired element")),
        counts=CountsContext(5, 2, 1, 1, 1, 9, 6, 2, 2, 1, 1),
        headline="2 of 5 elements do not complete the usage cycle; 3 of 9 uses may not go ahead.",
        bars=(KindBar("identity", 3, 2, 3, 2, 1), KindBar("behavioural", 1, 1, 1, 0, 0), KindBar("", 1, 0, 0, 0, 0)),
        attention=(
            AttentionContext(NO_NOTICE, "Phone number", ANCHOR, "", "", "Rina Wijaya"),
            AttentionContext(NO_INSIGHT, "Phone number", ANCHOR, "Fraud desk", "", "Budi Santoso"),
            AttentionContext(replace(EXPIRING, severity="note", fix="", where=""), "", None, "", "Audience Fans"),
        ),
        attention_total=7,
        rows=(
            row(KEY, "Phone number", "identity", ("partial", ok, "partial", "missing", "expiring", ok), "not_ready"),
            row("customer.email", "E-mail address", "identity", (ok,) * 6, "ready"),
            row("customer.address", "Postal address", "identity", (*(ok,) * 4, "not_required", ok), "ready"),
            row("customer.basket", "Basket history", "behavioural", (ok, ok, "partial", "partial",
            ok, ok), "with_limits"),
            row("customer.area", "Area code", "", ("missing", *("not_assessed",) * 5), "not_assessed"),
        ),
        processes=(
            ProcessRow("parcel-dispatch", "Parcel dispatch", "Budi Santoso", (
                ProcessUse("Phone number", ANCHOR, "Agree a delivery slot", "allow"),
                ProcessUse("Postal address", None, "Delivery of goods", "allow"))),
            ProcessRow("campaigns", "Campaigns", "", (
                ProcessUse("Phone number", ANCHOR, "Direct marketing", "undecided"),
                ProcessUse("Basket history", None, "Sell data to third parties", "prohibited"))),
        ),
        audiences=(AudienceRow("customer", "Customers", 1, "head-of-crm", "customer-care", "repeat orders", 4),
                   AudienceRow("fan", "Fans", None, "", "", "", 1)),
        told=ToldSummary(9, 7, (GapCount("eu-gdpr/told", "People are told", "blocker", 1),
                                GapCount("eu-gdpr/idle", "Nothing is told that is not done", "note", 1)), 1),
        pilots=(PilotRow("Phone number", ANCHOR, "Campaigns", "Direct marketing", True, "2026-12-31", 180, 141,
                         ("outcome", "insight"), "allow", "Rina Wijaya"),
                PilotRow("Postal address", None, "Slot desk", "Agree a slot", False, "2027-01-31", 90, 0, (), "deny", "")),
        calendar=(CalendarRow("2026-12-05", "Consent sms-2026", "Phone number", ANCHOR, "Direct marketing is denied"),),
        elements=(element(), bare_element()),
        method=(MethodRule("usage-cycle/origin-told",
        "People are told at the place where it is captured", "blocker", ""),
                MethodRule("usage-cycle/insight-missing", "Something was learned from each outcome", "blocker", ""),
                MethodRule("eu-gdpr/consent-near-end",
                "A consent that ends soon is asked for again", "warning", "Art. 7")),
        verify=(VerifyLine("Catalogue digest", DIGEST), VerifyLine("Command",
        "lineage report --as-of 2026-11-22T08:00:00Z")),
        draft=True, data='{"elements": ["</script>"]}',
    )  # fmt: skip
