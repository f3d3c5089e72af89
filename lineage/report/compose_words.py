"""Facts in words: periods, retention, bases, what a statement says, why an answer is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lineage.domain.days import PERIOD
from lineage.judge.material import Body, UseRecord
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_states import words

_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")
_THEN = {"erase": "erased", "anonymise": "anonymised", "review": "reviewed"}
_FROM = {"data_subject": "from the person", "controller": "by the organisation", "public": "from a public source"}
_MODALITY = {"will": "we will", "will_not": "we will not", "may": "we may"}


def count(number: int, word: str) -> str:
    """Give a number with its word, in the plural unless it is one."""
    if number == 1:
        return f"1 {word}"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{number} {word[:-1]}ies"
    return f"{number} {word}{'es' if word.endswith('s') else 's'}"


def period(text: str) -> str:
    """Give an ISO 8601 period in words: P24M is 24 months."""
    match = PERIOD.fullmatch(text)
    if match is None:
        return text
    parts = [count(int(part), unit) for part, unit in zip(match.groups(), _UNITS, strict=True) if part and int(part)]
    return " ".join(parts) or "no time"


def retention(body: Body) -> str:
    """Give how long something is kept, from when, and what happens then."""
    length = period(body["period"]) if body.get("period") else str(body.get("criteria") or "")
    start = f"after {body['from']}" if body.get("from") else ""
    then = _THEN.get(body.get("then") or "", "")
    kept = " ".join(part for part in (length, start) if part)
    return ", then ".join(part for part in (kept, then) if part)


def captured_how(sight: Sight, origin: Body) -> str:
    """Give the mode of an origin with its source."""
    source = origin.get("source") or ""
    whom = _FROM.get(source, "")
    if source == "data_subject" and origin.get("mode") == "provided":
        whom = "by the person"
    elif source == "third_party":
        whom = f"from {sight.party(origin['party'])}" if origin.get("party") else "from a third party that is not named"
    return ", ".join(part for part in (words(origin.get("mode") or "mode not declared"), whom) if part)


def basis(body: Body) -> str:
    """Give the legal bases of a use in words; the regimes are named where they differ."""
    declared = body.get("basis") or {}
    different = dict.fromkeys(declared.values())
    if len(different) == 1:
        return words(next(iter(different)))
    return ", ".join(f"{words(code)} ({regime})" for regime, code in declared.items())


def alternatives(sight: Sight, body: Body) -> tuple[str, ...]:
    """Give the alternatives that were looked at, each with why it was not taken."""
    declared = body.get("alternatives")
    if not isinstance(declared, list):
        return ()
    return tuple(f"{sight.title(item['element'])}: {item.get('why_not') or 'no reason given'}" for item in declared)


def says(sight: Sight, said: Body) -> str:
    """Give one sentence of a statement in words."""
    purpose = quoted(sight.purpose(said["purpose"])) if said.get("purpose") else "a purpose it does not name"
    parts = [f"{_MODALITY.get(said.get('modality') or '', 'we may or may not')} use it for {purpose}"]
    recipients = said.get("recipients")
    if said.get("modality") == "will_not":
        parts += [f"or pass it to {listed(sight.party(key) for key in recipients)}"] if recipients else []
    elif recipients:
        parts.append(f"passing it to {listed(sight.party(key) for key in recipients)}")
    elif recipients is not None:
        parts.append("passing it to nobody")
    if said.get("retention"):
        parts.append(f"keeping it for {period(said['retention'])}")
    if said.get("benefit"):
        parts.append(f"in return for {said['benefit']}")
    return ", ".join(parts)


def in_force(body: Body) -> str:
    """Give the time in which a statement is shown."""
    window = body.get("in_force") or {}
    start = f"from {window['from']}" if window.get("from") else ""
    end = f"until {window['until']}" if window.get("until") else ""
    return " ".join(part for part in (start, end) if part)


def because(sight: Sight, judged: JudgedUse) -> str:
    """Give one sentence that says why the answer is what it is."""
    said = judged.answer
    if said.effect == "allow":
        return _allowed(judged)
    speaking = [f for f in said.findings if (f.unanswered if said.effect == "undecided" else f.severity == "blocker")]
    if not speaking:
        return "The usage cycle is not closed."
    more = f", and {count(len(speaking) - 1, 'more blocker')}" if len(speaking) > 1 else ""
    return f"{sight.sentence(speaking[0].message)}{more}."


def _allowed(judged: JudgedUse) -> str:
    covers = basis(judged.record.body)
    law = f"the use rests on {covers}" if covers else "no rule stands against it"
    if judged.answer.cycle == "pilot":
        return f"A time-boxed pilot is running; {law}."
    if judged.answer.cycle == "stale":
        return f"The cycle is closed but due for a fresh look, and the grace is running; {law}."
    return f"The cycle is closed, and {law}."


def forbidden(sight: Sight, record: UseRecord) -> str:
    """Say what a declared prohibition forbids."""
    who = sight.process(record.body["process"]) if record.body.get("process") else "No process"
    may = "must not" if record.body.get("process") else "may"
    return f"{who} {may} use it for {quoted(sight.purpose(record.body['purpose']))} or anything narrower."


def quoted(text: str) -> str:
    """Set a name apart from the sentence around it."""
    return f"“{text}”"


def listed(items: Iterable[str]) -> str:
    """Join names the way a sentence does."""
    names = list(items)
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""


def shortened(names: Sequence[str], most: int = 3) -> str:
    """Join the first names and count the rest."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
