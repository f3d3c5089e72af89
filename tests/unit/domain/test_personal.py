"""What looks like somebody's data or a secret is found, and what does not is left alone. All numbers are invented or reserved."""

from __future__ import annotations

import ast
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.content import content
from lineage.domain.canonical import canonical
from lineage.domain.documents import STORED
from lineage.domain.free_text import free_texts
from lineage.domain.personal import CARD, E_MAIL, PHONE, looks, may_hold
from lineage.domain.secret_text import secrets
from lineage.intake.yaml_text import read_yaml
from tests.house.trees import ROOT

PERSONAL = {
    E_MAIL: [
        "ask anna.schmidt@nord.example", 'or "anna schmidt"@nord.example', "mailto:anna@nord.example", "a_b+c@x.nord.example.",
        "anna＠nord.example", "https://shop.example/?for=anna@nord.example", "anna.info@nord.example",
    ],
    PHONE: [
        "+1 202 555 0143", "call +44 7700 900123 now", "030 23125 123", "(030) 23125-123", "0049 30 23125123",
        "+49 (0)30 23125 123", "0170/1234567", "Tel:0170/1234567", "phone=+493023125123", "01 99 00 12 34",
        "0812-3456-7890", "(202) 555-0143", "202-555-0143", "202.555.0143", "+65 9123 4567", "tel. 9123 4567",
        "(11) 98765-4321", "telefon: 612345678", "０３０ ２３１２５ １２３", "030\u200b23125\u200b123",
        "on 2026-03-01 call 030 23125 123",
    ],
    CARD: ["4111 1111 1111 1111", "4111111111111111", "3782 822463 10005", "paid with 5555-5555-5555-4444", "6011000990139424"],
    "the United States": ["123-45-6789", "SSN 536904399"],
    "the United Kingdom": ["AB 12 34 56 C", "AB123456C"],
    "Germany": ["36 574 261 809", "36574261809"],
    "Brazil": ["390.533.447-05", "39053344705"],
    "Indonesia": ["3171011708450001"],
    "Singapore": ["S1234567D"],
    "France": ["2 95 10 99 126 111 93", "295109912611193"],
    "Spain": ["54362315K", "X-2482300W"],
    "the Netherlands": ["BSN 111222333", "burgerservicenummer: 1112.22.333"],
    "Italy": ["RCCMNL83S18D969H", "rccmnl83s18d969h"],
}  # fmt: skip

NOBODYS = [
    "97 % at first attempt", "2.1 % failed", "< 3 %", "1,234,567 orders", "1 234 567 orders", "12 345 678 rows", "8 000 000 000",
    "1.234.567,89 EUR", "EUR 1.234.567,89", "+1 234 567 EUR", "Rp 10.000.000", "Q2 2026: 1500000 of 2000000", "0.1234567",
    "2026-03-01 until 2026-05-30", "2026-03-01/2026-05-30", "2026-03-01T12:30:00.123456Z", "20260301T120000Z", "P24M",
    "01.03.2026 12:30 - 31.03.2026 14:00", "03/31/2026 and 31/03/2026", "open 0800-1600", "2020-2021-2022-2023", "2026-W12",
    "v1.2.3 on 10.20.30.40:5432", "192.168.100.200", "1788264000", "1788264000000000", "20260301120000", "3.14159265358979",
    "Article 6(1)(b) and 9(2)(a)", "§ 25 TDDDG", "BGB 433", "Regulation (EU) 2016/679, Directive 2002/58/EC", "32016R0679",
    "02016R0679-20160504", "Lei 13.709/2018, UU 27/2022", "Cal. Civ. Code § 1798.100-1798.199.100", "OJ L 119 4.5.2016 p. 1-88",
    "ISO/IEC 27001:2022", "ISBN 978-3-16-148410-0", "10.1234/abc.5678901", "CVE-2024-34715", "A46-2-c", "13-17",
    "dashboards/2025550143.pdf", "https://tickets.example/4155552671?x=0301234567", "postgres://crm:5432", "logo@2x.png",
    "550e8400-e29b-41d4-a716-446655440000", "12345678-1234-1234-1234-123456789012", "1234567890123456789012345678901234567890",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "customer_id_0123456789", "00012345678",
    "ticket-2025550143", "JIRA-1234567", "INC0012345678", "AVV-2026-04-123456", "#0812345678", "2026-Q2-000123",
    "dpv:ServiceProvision", "pd:TelephoneNumber", "@handle and user@localhost", "postgres@crm", "git@forge.example:x/y.git",
    "kafka://user@broker.example:9092/topic", "postgresql://user:***@db.nord.example/x", "postgresql://user:${PW}@db.nord.example",
    "privacy@nord.example", "write to DPO@nord.example or info@nord.example", "data-protection.de@nord.example",
]  # fmt: skip

SECRETS = [
    "postgresql://crm:p@ss/w:rd@db.nord.example/crm", "redis://:geheim99@host", "mysql://crm:1234@localhost/x",
    "host=db password=hunter user=x", "password: hunter2!", "Passwort: Sommer2026", "api_key = abcd1234efgh",
    "-----BEGIN PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "Authorization: Bearer abcdefghij0123456789",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "AKIAIOSFODNN7EXAMPLE", "ghp_abcdefghijklmnopqrst1234",
    "https://x.example/?token=abc123def", "aws_secret_access_key=wJalrXUtnFEMIxK7MDENG", "Basic dXNlcjpwYXNzd29yZA==",
]  # fmt: skip

NO_SECRETS = [
    "postgres://crm:5432", "postgres://crm:5432/db?user=x@y", "https://x.example:8080/p@2x", "postgresql://user@host/database",
    "postgresql://user:***@host/db", "postgresql://user:<password>@host", "postgresql://user:${PASSWORD}@host", "password=***",
    "password: chosen at registration", "Password: hashed with argon2id", "password: argon2id", "password: SHA-256",
    "password: 12 characters at least", "token: session token of the login", "token: JWT-RS256", "secret: kept", "token: P30D",
    "the bearer of the card", "basic information", "risk-based-assessment-of-x2 token", "pd:Password",
]  # fmt: skip


@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in PERSONAL.items() for text in texts])
def test_what_looks_like_somebody_s_is_named(what, text):
    found = [one.what for one in looks(text)]
    assert any(name.endswith(what) for name in found), found


@pytest.mark.parametrize("text", NOBODYS)
def test_what_is_nobody_s_is_left_alone(text):
    assert looks(text) == []
    assert secrets(text) == []


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_named(text):
    assert secrets(text)
    assert secrets(f"why: {text} (see there)")


@pytest.mark.parametrize("text", NO_SECRETS)
def test_what_only_speaks_of_secrets_is_left_alone(text):
    assert secrets(text) == []
    assert looks(text) == []


def test_no_text_of_ours_looks_like_anybody_s():
    wrong, seen = [], 0
    samples = sorted((content("catalog") / "sample").rglob("*.yaml"))
    for text in (*(line for path in samples for line in _strings(path)), *_literals(ROOT / "tests/journeys/shop.py")):
        seen += 1
        wrong += [text for _ in (*looks(text), *secrets(text))]
    assert seen > 1_500
    assert not wrong


def _strings(path):
    def walk(node):
        if isinstance(node, dict):
            for name, value in node.items():
                yield str(name)
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)
        else:
            yield str(node)

    data, problems = read_yaml(path.read_text(encoding="utf-8"), path.name)
    assert not problems
    return walk(data)


def _literals(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.splitlines()


PLANTED = [text for texts in PERSONAL.values() for text in texts if text.isascii()]


@given(
    st.sampled_from(PLANTED),
    st.sampled_from(["", "Ask for it: ", "2026-03-01 said (", "see §25; "]),
    st.text(max_size=20),
)
def test_a_document_that_holds_something_is_always_looked_at(planted, before, other):
    body = canonical({"key": "x", "title": other, "why": f"{before}{planted}) and so on", "review_by": "2027-03-01"})
    assert may_hold(body)


def test_texts_without_digits_load_no_library():
    program = "import sys; from lineage.domain.personal import looks; looks('typed at checkout'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"phonenumbers", "stdnum", "pydantic"}


HOSTILE = {
    "digits": "7" * 20_000, "pairs": "01 " * 6_000, "plus": "+1 2 " * 4_000, "at": "a@" * 10_000, "urls": "://a:" * 4_000,
    "keys": "sk-" * 6_000, "passwords": "password" * 2_500, "brackets": "(" * 20_000, "lines": "0171 1234567\n" * 1_400,
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_long_to_look_at(text):
    start = time.process_time()
    looks(text)
    secrets(text)
    assert time.process_time() - start < 2


def test_free_text_is_found_in_every_kind_and_no_key_is_one():
    assert (
        sum(1 for kind in STORED if [*free_texts(kind, {"title": "x", "evidence": ["y"], "by": "z", "name": "n"})]) > 8
    )
    body = {
        "key": "a",
        "title": "T",
        "also_known_as": ["b"],
        "audiences": ["c"],
        "category": "pd:D",
        "kind": "identity",
    }
    assert [text for _, text in free_texts("element", body)] == ["T", "b", "pd:D"]
    use = {"expects": {"subject": {"target": "t", "measure": 3}}, "alternatives": [{"element": "e", "why_not": "w"}],
           "pilot": {"from": "2026-03-01", "hypothesis": "h"}, "special_condition": {"eu-gdpr": "A9"}}  # fmt: skip
    assert dict(free_texts("use", use)) == {
        ("expects", "subject", "target"): "t",
        ("alternatives", 0, "why_not"): "w",
        ("pilot", "hypothesis"): "h",
        ("special_condition", "eu-gdpr"): "A9",
    }
    assert [*free_texts("redaction", {"sequence": 3, "ground": "g", "digest": "d"})] == [(("ground",), "g")]
