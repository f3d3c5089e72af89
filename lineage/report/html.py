"""The report as one HTML file, in pieces: equal contexts give equal bytes, one element is held at a time."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from lineage.content import content
from lineage.report.contexts import STAGES, MethodRule, ReportContext
from lineage.report.cycle_picture import cycle_defs, cycle_svg
from lineage.report.lineage_picture import lineage_defs, lineage_omitted, lineage_svg
from lineage.report.palette import MARKS, TONES
from lineage.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 32_768
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_UNSAFE = re.compile(r"[^A-Za-z0-9_./-]+")
# What could end the script element early, or be read as a line end by an old parser.
_JSON_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(context: ReportContext, folder: Path | None = None) -> Iterator[str]:
    """Yield the report piece by piece.

    Templates are looked for in ``folder`` first, if one is given, then among our own; so that a user may replace a
    single template. ``context.elements`` is walked once.
    """
    own = content("templates")
    env = environment(own if folder is None else folder, own)
    style, script = _asset(env, "report/style.css"), _asset(env, "report/filter.js")
    pieces = env.get_template("report/frame.html.jinja").generate(
        report=context,
        style=Markup(style),  # noqa: S704  a file of ours or of whoever runs this
        script=Markup(script),  # noqa: S704  the same
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
        rule_ids=_rule_ids(context.method),
        data=Markup(_json_block(context.data)),  # noqa: S704  escaped for where it stands
    )
    return _in_chunks(pieces)


@lru_cache(maxsize=8)
def environment(*folders: Path) -> Environment:
    """Jinja2 as all our pages use it: escaping on, unknown names are errors, hostile characters dropped."""
    env = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    env.filters["days"] = _whole_days
    env.globals.update(
        marks=MARKS,
        tones=TONES,
        all_stages=STAGES,
        cycle_svg=cycle_svg,
        cycle_defs=cycle_defs,
        lineage_svg=lineage_svg,
        lineage_defs=lineage_defs,
        lineage_omitted=lineage_omitted,
    )
    return env


def _whole_days(text: str) -> Markup:
    """``text`` escaped, with its ISO days kept on one line: browsers break at hyphens."""
    return Markup(_DAY.sub(r'<span class="d">\g<0></span>', str(escape(clean(text)))))  # noqa: S704  escaped before


def _finalize(value: Any) -> Any:
    return clean(value) if type(value) is str else value


def _asset(env: Environment, name: str) -> str:
    """A style or script file without comments and indentation; nothing in it may end the element it stands in."""
    assert env.loader is not None  # environment() always sets one
    source, _, _ = env.loader.get_source(env, name)
    lines = (line.strip() for line in _COMMENT.sub("", source).splitlines())
    text = "\n".join(line for line in lines if line)
    return text.replace("</", "<\\/")


def _csp_hash(text: str) -> str:
    """What a content security policy names to let exactly this text through."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _rule_ids(rules: tuple[MethodRule, ...]) -> dict[str, str]:
    """Rule code → id of its line in the method section."""
    # A code holds a "/", which no other id of the page does.
    return {rule.code: _UNSAFE.sub("-", rule.code if "/" in rule.code else f"rule/{rule.code}") for rule in rules}


def _json_block(data: str) -> str:
    return "".join(_JSON_ESCAPES.get(char, char) for char in data)


def _in_chunks(pieces: Iterator[str]) -> Iterator[str]:
    """Join small pieces, so that a file is not written word by word."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)
