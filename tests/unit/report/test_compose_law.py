from __future__ import annotations

import pytest

from lineage.report.compose import compose
from lineage.report.contexts import ElementContext
from tests.unit.report.compose_catalogues import SHOP, view

COMPATIBLE = (
    "- {key: compat, type: compatibility, covers: {elements: [customer.taste], purposes: [TargetedAdvertising]},\n"
    "   result: compatible, requested_by: rina, approved_by: dewi, approved: 2026-02-01}\n"
)
WITHDRAWN = SHOP.replace("given: 2026-02-01, expires: 2026-12-05", "given: 2026-02-01, withdrawn: 2026-10-01").replace(
    "status: given, explicit", "status: withdrawn, explicit"
)
HEALTH = SHOP.replace("category: pd:Purchase", "category: pd:Health")


def taste(text: str = SHOP, day: str = "2026-11-22") -> ElementContext:
    return next(element for element in compose(view(text, day)).elements if element.key == "customer.taste")


def basket(text: str) -> ElementContext:
    return next(element for element in compose(view(text)).elements if element.key == "customer.basket")


def brought(element: ElementContext) -> list[tuple[str, str]]:
    return [(one.what, one.effect) for one in element.inherited]


def test_a_regime_says_why_it_applies_and_how_sensitive_it_takes_the_element_to_be():
    (law,) = basket(SHOP).regulatory
    assert law.regime == "General Data Protection Regulation (EU and EEA)"
    assert law.why == "the catalogue lists it; it is stored in DE"
    assert (law.sensitivity, law.status, law.state) == ("ordinary", "compliant", "complete")


@pytest.mark.parametrize(("country", "word"), [("ID", "specific"), ("BR", "sensitive")])
def test_sensitivity_is_in_the_word_of_the_regime(country, word):
    abroad = HEALTH.replace("measure: repeat orders}", f"measure: repeat orders, countries: [{country}]}}", 1)
    laws = {law.regime: law for law in basket(abroad).regulatory}
    here = next(law for name, law in laws.items() if name.startswith("General Data Protection Regulation"))
    there = next(law for law in laws.values() if law.why == f"Customers are in {country}")
    assert here.sensitivity == "special category"
    assert there.sensitivity == word
    assert (there.status, there.state) == ("", "not_assessed")


def test_a_regime_that_is_declared_and_does_not_apply_says_so():
    more = SHOP.replace(
        "  regulatory:\n  - {regime: eu-gdpr, status: compliant, assessed: 2026-02-01, by: dewi}\n",
        "  regulatory:\n  - {regime: sg-pdpa, status: compliant, assessed: 2026-02-01, by: dewi}\n",
    )
    assert [(law.why != "", law.status) for law in taste(more).regulatory] == [(True, ""), (False, "compliant")]


def test_an_approved_assessment_answers_for_a_purpose_the_source_does_not_serve():
    assert ("Is itself not used for “Targeted advertising”", "Stops a use") in brought(taste())
    assert ("Is itself not used for “Targeted advertising”", "Assessed") in brought(taste(SHOP + COMPATIBLE))


def test_a_consent_withdrawn_at_the_source_stops_what_derives_from_it():
    same = WITHDRAWN.replace(
        "purpose: TargetedAdvertising\n  effect: allow", "purpose: DirectMarketing\n  effect: allow"
    )
    assert ("Consent for “Direct marketing” is withdrawn", "Stops a use") in brought(taste(same))
    # A newer consent that stands outweighs one that was withdrawn before.
    standing = SHOP.replace(
        "purpose: TargetedAdvertising\n  effect: allow", "purpose: DirectMarketing\n  effect: allow"
    )
    assert not [what for what, _ in brought(taste(standing)) if what.startswith("Consent")]


def test_sensitivity_is_inherited_with_the_way_it_came():
    element = taste(HEALTH)
    (law,) = element.regulatory
    assert law.sensitivity == "special category"
    (level,) = [one for one in element.inherited if "takes it as" in one.what]
    assert level.what == "General Data Protection Regulation (EU and EEA) takes it as “special category”"
    assert (level.source, level.anchor, level.effect) == ("Basket", "el-customer.basket", "Binds")
    assert level.path == "customer.basket → customer.taste"


def test_an_element_that_derives_from_nothing_inherits_nothing():
    assert basket(SHOP).inherited == ()
