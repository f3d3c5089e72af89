"""Tables of elements and what hangs under them: origins, consents, regulatory status."""

from __future__ import annotations

from lineage.domain.enumerations import (
    ConsentMethod,
    ConsentStatus,
    Identifiability,
    Kind,
    Lifecycle,
    Mode,
    RegulatoryStatus,
    RetentionAction,
    Sensitivity,
    Source,
    ValueType,
)
from lineage.store.columns import child, day, entries, flag, items, main, number, one_of, refers, said, term, text

elements = main(
    "elements", "element",
    text("title"), text("description"), one_of("kind", Kind), term("category", index=True), one_of("value", ValueType),
    one_of("identifiability", Identifiability), one_of("lifecycle", Lifecycle), text("steward"),
)  # fmt: skip
child("element_names", ("element", elements), items("also_known_as"), text("name", "", needed=True))
child("element_audiences", ("element", elements), items("audiences"), refers("audience", "audiences", ""))
child(
    "element_sensitivities",
    ("element", elements),
    entries("sensitivity"),
    one_of("sensitivity", Sensitivity, ""),
    by="regime",
)
child(
    "fields", ("element", elements), items("fields"),
    text("namespace", needed=True), text("dataset", needed=True), text("field", needed=True),
)  # fmt: skip

origins = main(
    "origins", "origin",
    text("name", "key", needed=True), one_of("mode", Mode), one_of("source", Source), refers("party", "parties"),
    refers("touchpoint", "touchpoints"), text("captured_by"), day("captured_since"),
    text("system", "stored_in.system"), term("country", "stored_in.country"), text("transfer", "stored_in.transfer"),
    said("not_told", "told", "not_told"),
    text("retention", "retention.period"), text("retention_starts", "retention.from"),
    one_of("retention_action", RetentionAction, "retention.then"), text("retention_criteria", "retention.criteria"),
    under=("element", "elements"),
)  # fmt: skip
child("origin_statements", ("origin", origins), items("told"), refers("statement", "statements", ""))
child("origin_measures", ("origin", origins), items("measures"), term("measure", "", needed=True))
child("origin_evidence", ("origin", origins), items("stored_in.evidence"), text("reference", "", needed=True))
child("derivations", ("origin", origins), items("derived_from"), refers("element", "elements"), flag("masking"))

consents = main(
    "consents", "consent",
    text("name", "key", needed=True), term("purpose", index=True), refers("audience", "audiences"),
    one_of("status", ConsentStatus), flag("explicit"), one_of("method", ConsentMethod),
    refers("statement", "statements"),
    day("given"), day("expires", index=True), text("withdraw"), day("withdrawn"),
    flag("bundled"), flag("detriment"), flag("separate_from_terms"), number("give_steps"), number("withdraw_steps"),
    text("guardian"),
    under=("element", "elements"),
)  # fmt: skip
child("consent_regimes", ("consent", consents), items("regimes"), term("regime", "", needed=True))

regulatory = main(
    "regulatory", "regulatory",
    term("regime", needed=True), one_of("status", RegulatoryStatus), day("assessed"), text("assessed_by", "by"),
    day("review_by"),
    under=("element", "elements"),
)  # fmt: skip
child("regulatory_reasons", ("regulatory", regulatory), items("reasons"), text("reason", "", needed=True))
