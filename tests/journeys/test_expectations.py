"""An auditor compares what people were told with what is done."""

from __future__ import annotations

import csv
import io
import json

import pytest

from lineage.cli.main import run
from tests.journeys.shop import FILES

DAY = "2026-11-22"
ABOUT = "elements: [customer.phone_number], purpose: DeliveryOfGoods, recipients: [kurier], retention: P24M"
TOLD = f"  - {{modality: will, {ABOUT}}}\n"
NEXT_NOTICE = f"""\
- key: notice-8
  touchpoints: [web-checkout]
  audiences: [customer]
  in_force: {{from: 2026-08-01}}
  says:
{TOLD}purposes:
"""


@pytest.fixture
def told(empty):
    """Declare the shop with changed texts, and give the audit as JSON."""

    def ask(*words, waivers="", changes=(), at="2026-09-01"):
        texts = dict(FILES)
        for name, old, new in changes:
            assert old in texts[name]
            texts[name] = texts[name].replace(old, new)
        empty.declare(texts | {"waivers.yaml": waivers or "waivers: []"})
        assert empty("apply", "catalog", "--yes", "-q").code == 0
        said = empty.json("--at", at, "expectations", *words)
        assert said.code == 0
        return said.data

    return ask


def codes(data):
    return {gap["code"].rpartition("/")[2] for row in data["results"] for gap in row["gaps"]}


def row_of(data, process):
    (row,) = [row for row in data["results"] if row["process"] == process]
    return row


def test_told_and_done_stand_side_by_side(told):
    data = told()
    assert data["schema"] == "lineage.expectations/1"
    row = row_of(data, "parcel-dispatch")
    assert (row["touchpoint"], row["gap"], row["expected"], row["gaps"]) == ("web-checkout", "none", True, [])
    assert row["told"] == ["notice-7: will be used for DeliveryOfGoods, given to kurier, kept for P24M"]
    assert row["done"] == {"recipients": ["kurier"], "retention": "P24M", "countries": ["DE"]}
    assert data["summary"] == {
        "flows": 2, "told": 2, "share_told": 1.0, "gaps": {},
        "touchpoints": {"web-checkout": {"flows": 2, "told": 2, "share_told": 1.0}},
    }  # fmt: skip


RECIPIENTS = ("surroundings.yaml", "recipients: [kurier], retention", "recipients: [], retention")


@pytest.mark.parametrize(
    ("change", "code", "level", "expected"),
    [
        (("surroundings.yaml", TOLD, ""), "G1", "high", False),
        (("surroundings.yaml", "SellDataToThirdParties", "DeliveryOfGoods"), "G2", "high", False),
        (RECIPIENTS, "G3", "high", False),
        (("surroundings.yaml", "retention: P24M}", "retention: P6M}"), "G3", "high", False),
        (("surroundings.yaml", "recipients: [kurier], retention: P24M}", "recipients: [kurier]}"), "G4", "low", True),
        (("elements.yaml", "    captured_since: 2026-03-01\n", ""), "G4-undated", "high", False),
        (("uses.yaml", "97 % at first attempt", "97 %"), "", "none", True),
    ],
)
def test_each_gap_has_its_code_and_weight(told, change, code, level, expected):
    row = row_of(told(changes=[change]), "parcel-dispatch")
    assert (row["gap"], row["expected"]) == (level, expected)
    assert code in {gap["code"].rpartition("/")[2] for gap in row["gaps"]} or not code
    assert all(gap["message"] and gap["fix"] for gap in row["gaps"])


def test_people_whose_data_came_before_the_notice_were_not_told(told):
    changes = [("surroundings.yaml", TOLD, ""), ("surroundings.yaml", "purposes:\n", NEXT_NOTICE),
               ("uses.yaml", "told: [notice-7]", "told: [notice-7, notice-8]")]  # fmt: skip
    before = told(changes=changes, at="2026-07-31")
    gaps = {process: row_of(before, process)["gaps"][0]["code"] for process in ("parcel-dispatch", "slot-planning")}
    assert gaps == {"parcel-dispatch": "usage-cycle/G1", "slot-planning": "usage-cycle/G1-medium"}
    assert (before["summary"]["told"], before["summary"]["share_told"]) == (0, 0.0)
    assert codes(told(changes=changes, at="2026-08-01")) == {"G5"}


def test_a_promised_benefit_that_did_not_come_asks_for_an_answer(told):
    promised = [("surroundings.yaml", "retention: P24M}", "retention: P24M, benefit: it arrives at once}"),
                ("uses.yaml", 'subject: {value: benefit, observed: "97', 'subject: {value: none, observed: "57')]  # fmt: skip
    assert "G6" in codes(told(changes=promised))
    answered = [*promised, ("uses.yaml", "decision: confirm", "decision: amend")]
    assert "G6" not in codes(told(changes=answered))


def test_what_people_were_told_of_and_nobody_does_has_a_row_of_its_own(told):
    more = TOLD + TOLD.replace("DeliveryOfGoods", "CustomerCare")
    changes = [("surroundings.yaml", TOLD, more)]
    assert codes(told(changes=changes, at="2026-08-27")) == set()
    data = told(changes=changes, at="2026-08-28")
    idle = row_of(data, None)
    assert (idle["gap"], idle["element"], idle["purpose"], idle["done"]) == (
        "low",
        "customer.phone_number",
        "CustomerCare",
        None,
    )
    assert "notice-7" in idle["gaps"][0]["message"]
    assert (data["summary"]["flows"], data["summary"]["gaps"]) == (2, {"usage-cycle/G7": 1})
    assert codes(told("--process", "parcel-dispatch", changes=changes, at="2026-08-28")) == set()


def test_an_accepted_gap_is_shown_and_is_open_no_longer(told):
    waiver = """\
waivers:
- {finding: usage-cycle/G3, covers: {processes: [parcel-dispatch]}, reason: the notice is being printed,
   requested_by: rina, approved_by: dewi, until: 2026-09-30}
"""
    data = told(changes=[RECIPIENTS], waivers=waiver)
    row = row_of(data, "parcel-dispatch")
    assert (row["gap"], row["gaps"][0]["accepted"], row["expected"]) == ("none", True, False)
    assert data["summary"]["gaps"] == {}
    assert row_of(told(changes=[RECIPIENTS], waivers=waiver, at="2026-10-01"), "parcel-dispatch")["gap"] == "high"


def test_data_about_nobody_is_no_flow(told):
    data = told(changes=[("elements.yaml", "identifiability: identifying", "identifiability: non_personal")])
    assert (data["results"], data["summary"]["share_told"]) == ([], None)


@pytest.mark.parametrize("words", [("--touchpoint", "web-chekout"), ("--process", "parcel-dispach")])
def test_a_typing_slip_is_a_no_with_the_right_key(shop, words):
    said = shop("expectations", *words)
    assert (said.code, said.out) == (1, "")
    assert {"web-chekout": "web-checkout", "parcel-dispach": "parcel-dispatch"}[words[1]] in said.err


def test_only_one_process_or_touchpoint(shop):
    both = shop.json("expectations")
    assert {row["process"] for row in both.results} == {"parcel-dispatch", "slot-planning"}
    one = shop.json("expectations", "--process", "slot-planning", "--touchpoint", "web-checkout")
    assert [row["process"] for row in one.results] == ["slot-planning"]
    assert one.data["summary"]["flows"] == 1


def test_every_form_says_the_same(shop):
    (first, *_) = rows = shop.json("expectations").results
    assert [json.loads(line) for line in shop("expectations", "--format", "jsonl").out.splitlines()] == rows
    table = list(csv.DictReader(io.StringIO(shop("expectations", "--format", "csv").out)))
    assert [row["process"] for row in table] == [row["process"] for row in rows]
    assert shop("expectations").rows[0][:4] == ["web-checkout", first["gap"], first["element"], first["process"]]
    human = shop("expectations", "--format", "table").out
    assert "2 flows, people were told of 2 (100%)" in human
    assert "Web checkout (web-checkout)" in human
    assert "told  notice-7: will be used for DeliveryOfGoods" in human
    assert "done  given to kurier, kept for P24M, in DE" in human


def test_no_catalogue_is_no_answer(bare):
    assert bare("expectations").code == 3


def test_the_sample_shows_the_promise_that_travelled(tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'lineage.db'}"
    assert run(["-C", url, "-q", "init", str(tmp_path / "made"), "--sample"]) == 0
    capsys.readouterr()
    assert run(["-C", url, "--at", DAY, "--format", "json", "expectations"]) == 0
    data = json.loads(capsys.readouterr().out)
    (gap,) = [gap for row in data["results"] for gap in row["gaps"] if row["element"] == "discount.customer_email"]
    assert (gap["code"], gap["level"]) == ("usage-cycle/G2", "high")
    assert "notice-4" in gap["message"]
    assert data["results"][0]["gap"] == "high"
    assert data["summary"]["gaps"].keys() >= {"usage-cycle/G2", "usage-cycle/G6", "usage-cycle/G7"}
    assert 0.5 < data["summary"]["share_told"] < 1
