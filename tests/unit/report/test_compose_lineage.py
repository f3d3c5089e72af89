from __future__ import annotations

from lineage.report.compose import compose
from lineage.report.contexts import LineagePicture
from tests.unit.report.compose_catalogues import EXAMPLE, SHOP, view


def picture(key: str, text: str = SHOP, day: str = "2026-11-22", **more) -> LineagePicture:
    return next(e.lineage for e in compose(view(text, day, **more)).elements if e.key == key)


def column(found: LineagePicture, name: str) -> list[tuple[str, str, str]]:
    return [(node.title, node.subtitle, node.state) for node in found.nodes if node.column == name]


def test_the_example_goes_all_the_way_round():
    found = picture("customer.phone_number", EXAMPLE)
    assert column(found, "touchpoint") == [("Web checkout", "digital, notice-7", "holds")]
    assert column(found, "store") == [("crm-db", "DE, 24 months", "holds")]
    assert column(found, "element") == [("Phone number", "identity", "holds")]
    assert column(found, "purpose") == [("Delivery of goods", "Parcel dispatch · contract performance", "holds")]
    assert column(found, "outcome") == [("2.1 % failed", "both sides", "holds")]
    assert column(found, "insight") == [("calls before noon work best", "applied 2026-07-20", "holds")]
    assert [link.feedback for link in found.links].count(True) == 1
    assert {link.state for link in found.links} == {"holds"}


def test_an_insight_not_yet_applied_does_not_lead_back():
    found = picture("customer.phone_number", EXAMPLE, "2026-07-10")
    assert not any(link.feedback for link in found.links)
    assert column(found, "insight") == [("calls before noon work best", "to be applied 2026-07-20", "problem")]


def test_holes_are_boxes_and_a_pilot_may_have_them():
    found = picture("customer.basket")
    assert ("No outcome yet", "", "problem") in column(found, "outcome")
    assert ("No outcome yet", "the pilot is running", "partial") in column(found, "outcome")
    assert ("No insight yet", "", "partial") in column(found, "insight")
    states = {title: state for title, _, state in column(found, "purpose")}
    assert states == {"Delivery of goods": "holds", "Agree a delivery slot": "partial", "Direct marketing": "problem"}


def test_a_derived_element_begins_with_its_sources():
    found = picture("customer.taste")
    assert column(found, "touchpoint") == [("Basket", "source element", "holds")]
    assert next(node.anchor for node in found.nodes if node.id == "source/customer.basket") == "el-customer.basket"
    link = next(link for link in found.links if link.source == "source/customer.basket")
    assert link.state == "problem"
    assert "“Sell data to third parties” and “Targeted advertising”" in link.label


def test_an_origin_that_is_not_told_is_a_broken_link():
    found = picture("customer.basket", SHOP.replace("told: [notice-1],\n     retention", "retention"))
    assert column(found, "touchpoint") == [("Shop till", "paper, nobody is told", "problem")]
    link = next(link for link in found.links if link.source == "touchpoint/till")
    assert link.state == "problem"
    assert link.label == "people were told nothing at origin till of customer.basket, or nothing says what"


def test_where_nothing_is_known_only_the_element_stands():
    found = picture("customer.email")
    assert [node.id for node in found.nodes] == ["element"]
    assert found.links == ()


def test_without_pictures_nothing_is_drawn():
    assert picture("customer.basket", pictures=False) == LineagePicture((), ())


def test_origins_without_a_touchpoint_name_where_they_begin():
    third = SHOP.replace("source: data_subject, touchpoint: till", "source: third_party, party: kurier")
    assert column(picture("customer.basket", third), "touchpoint") == [("Kurier GmbH", "third party", "holds")]
    public = SHOP.replace("source: data_subject, touchpoint: till", "source: public")
    assert column(picture("customer.basket", public), "touchpoint")[0][0] == "Public source"
    nowhere = SHOP.replace("stored_in: {system: shop-db, country: DE}, ", "")
    assert column(picture("customer.basket", nowhere), "store") == [("Store not declared", "", "problem")]
