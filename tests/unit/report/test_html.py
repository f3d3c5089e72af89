"""The report as a file: safe, whole, the same each time, small enough."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from time import perf_counter
from typing import TYPE_CHECKING

import pytest

from lineage.content import content
from lineage.report.contexts import PackContext, ToldSummary
from lineage.report.html import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lineage.report.contexts import ElementContext, ReportContext

VOID = {"meta", "link", "input", "br", "hr", "img"}
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\u202egnp.exe\u200f\x1b[31m\u2066"


class Page(HTMLParser):
    """Notes what a test wants to know about a page, and whether its tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data


def html(report: ReportContext) -> str:
    return "".join(render(report))


def test_the_page_is_well_formed_with_unique_ids_and_live_links(report: ReportContext) -> None:
    page = Page(html(report))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert sorted(ids) == sorted(set(ids))
    listed = {row.anchor for row in report.rows} - {element.anchor for element in report.elements}
    for _, attrs in page.tags:
        target = (attrs.get("href") or "").removeprefix("#")
        if (attrs.get("href") or "").startswith("#") and not any(target.startswith(str(a)) for a in listed):
            assert target in ids


def test_headings_are_in_order_and_there_is_one_title(report: ReportContext) -> None:
    levels = [int(tag[1]) for tag, _ in Page(html(report)).tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_landmarks_language_and_names_are_there(report: ReportContext) -> None:
    tags = Page(html(report)).tags
    names = [tag for tag, _ in tags]
    assert {"header", "nav", "main", "footer"} <= set(names)
    assert dict(tags)["html"]["lang"] == "en"
    for tag, attrs in tags:
        if tag == "th":
            assert attrs.get("scope") in {"row", "col"}
        if attrs.get("tabindex"):
            assert attrs["role"] == "region"
            assert attrs["aria-label"]


def test_nothing_is_loaded_and_nothing_runs_inline(report: ReportContext) -> None:
    text = html(report)
    for tag, attrs in Page(text).tags:
        assert "style" not in attrs
        assert "src" not in attrs
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert not any(name.startswith("on") for name in attrs)
        if tag == "use":
            assert (attrs["href"] or "").startswith("#")
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_the_policy_names_the_digest_of_style_and_script(report: ReportContext) -> None:
    import base64
    import hashlib

    text = html(report)
    for block in (
        re.findall(r"<style>(.*?)</style>", text, re.DOTALL),
        re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
    ):
        assert len(block) == 1
        assert base64.b64encode(hashlib.sha256(block[0].encode()).digest()).decode() in text.split("<title>")[0]


def test_hostile_text_stays_text(report: ReportContext, phone: ElementContext) -> None:
    bad = replace(
        phone, title=HOSTILE, category=HOSTILE, category_iri="javascript:alert(1)", steward=HOSTILE,
        lineage=replace(phone.lineage, nodes=tuple(replace(n, title=HOSTILE,
        subtitle=HOSTILE) for n in phone.lineage.nodes)),
    )  # fmt: skip
    text = html(replace(report, title=HOSTILE, elements=(bad,), data='"</script>\u2028"'))
    page = Page(text)
    assert not any(tag == "img" for tag, _ in page.tags)
    assert "<img src=x" in page.text, "the reader sees what was declared"
    assert not re.search("[\x00-\x08\x0b-\x1f\u061c\u200e\u200f\u2028\u202a-\u202e\u2066-\u2069]", text)
    assert "javascript:" not in text
    assert "\\u003c/script\\u003e\\u2028" in text


def test_equal_input_gives_equal_bytes(report: ReportContext) -> None:
    assert html(report) == html(replace(report, elements=iter(tuple(report.elements))))


def test_elements_are_taken_one_by_one(many: Callable[[int], ReportContext]) -> None:
    context = many(40)
    taken = 0

    def counting() -> object:
        nonlocal taken
        for element in context.elements:
            taken += 1
            yield element

    pieces = render(replace(context, elements=counting()))  # type: ignore[arg-type]
    while taken < 2:
        next(pieces)
    assert taken < 10, "the first elements are handed out before the last ones are made"


def test_a_user_may_replace_one_template(report: ReportContext, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    own = (content("templates") / "report/back.html.jinja").read_text(encoding="utf-8").replace("Sign-off", "Signed by")
    (tmp_path / "report/back.html.jinja").write_text(own, encoding="utf-8")
    assert "Signed by" in "".join(render(report, tmp_path))
    assert "Signed by" not in html(report)


def test_a_summary_leaves_the_elements_out_and_says_so(report: ReportContext) -> None:
    text = html(replace(report, detail="summary", elements=()))
    assert 'class="el"' not in text
    assert "not told one by one" in text


def test_an_empty_catalogue_is_a_whole_page(report: ReportContext) -> None:
    Page(html(replace(report, bars=(), attention=(), attention_total=0, rows=(), processes=(),
    audiences=(), told=ToldSummary(0, 0, (), 0), pilots=(), calendar=(),
                      elements=(), method=(), verify=(), packs=(), data="")))  # fmt: skip


def test_many_packs_are_folded_away_and_still_there(report: ReportContext) -> None:
    packs = tuple(PackContext(f"law-{n}", f"Law {n}", "1", f"sha256:{n:064}") for n in range(4))
    text = html(replace(report, packs=packs))
    assert "<summary>4 packs, with versions and digests</summary>" in text
    assert all(pack.digest in text for pack in packs)
    assert "packs, with versions" not in html(report)


def test_the_size_budget_holds(many: Callable[[int], ReportContext], report: ReportContext) -> None:
    empty = replace(
        report, attention=(), rows=(), processes=(), audiences=(), pilots=(), calendar=(), elements=(), data=""
    )
    shell = len(html(empty).encode())
    assert shell <= 40_000
    lean = [
        replace(
            e,
            uses=e.uses[:1],
            findings=(),
            told=(),
            gaps=(),
            inherited=(),
            consents=(),
            outcomes=(),
            insights=(),
            origins=e.origins[:1],
        )
        for e in many(20).elements
    ]
    assert (len(html(replace(empty, elements=lean)).encode()) - shell) / 20 <= 12_000


@pytest.mark.slow
def test_a_thousand_elements_are_written_in_reasonable_time(many: Callable[[int], ReportContext]) -> None:
    begin = perf_counter()
    size = sum(len(piece) for piece in render(many(1000)))
    assert size < 20_000_000
    assert perf_counter() - begin < 60
