"""Free text that looks like somebody's data, or like a secret. A catalogue holds facts about data, never the values.

Everything errs towards silence, since a false alarm stops somebody's work: numbers count only in the shapes people write
telephone numbers, cards and ids in, with their check digits where they have any. Dates, amounts, counts, citations, file
names and identifiers are taken out before anybody looks. The libraries that know the numbers of the world are loaded for
the rare text that reaches them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

E_MAIL = "an e-mail address"
PHONE = "a telephone number"
CARD = "the number of a payment card"

REGIONS = ("DE", "GB", "FR", "ES", "NL", "IT", "BR", "ID", "SG", "US")
"""Where numbers without a country code may belong: the countries of the regimes that come with the program."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a text seems to hold, in words that fit behind "looks like". The value itself is never kept."""

    what: str


_NEAR = (
    r"\d(?:(?<!\d\d)(?!\d{3}-\d\d(?:-\d\d)?(?!\d))(?:[\W_]{0,3}\d){5}"
    r"|\d[A-Za-z]\d\d ?[A-Za-z]\d{3}[A-Za-z])"
)
"""Six digits that follow each other closely, unless they begin as a day or month does (ISO 8601); or the end of an Italian id."""
_DIGITS, _ASCII_DIGITS = re.compile(_NEAR), re.compile(_NEAR, re.ASCII)
_UNSEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF])
"""What takes no room on paper: it could stand between the digits of a number."""


def may_hold(text: str) -> bool:
    """Tell whether a text, or the JSON of a document, is worth a look: no for nearly all, in a microsecond or two."""
    if text.isascii():
        return "@" in text or _ASCII_DIGITS.search(text) is not None
    return any(sign in text for sign in "@＠﹫") or _DIGITS.search(text) is not None


def looks(text: str) -> list[Suspicion]:
    """Tell which personal data a text seems to hold: e-mail, telephone, card, national id; each once.

    Mailboxes of an office (privacy@, dpo@, info@ …) are nobody's.
    """
    if len(text) < 6 or not may_hold(text):
        return []
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_UNSEEN))
    found = [E_MAIL] if any(map(_somebodys, _MAIL.finditer(text))) else []
    if any(character.isdigit() for character in text):
        plain = _without_harmless(text)
        found += [CARD] if _holds_card(plain) else []
        ids = list(_ids(plain))
        found += ids
        # An id is often a possible telephone number too: one name for it is enough.
        found += [PHONE] if not ids and CARD not in found and _holds_phone(plain) else []
    return [Suspicion(what) for what in found]


# --- E-mail ---

_MAIL = re.compile(
    r"(?<![\w.!#$%&'*+=?^`{|}~-])(?P<local>[\w!#$%&'*+=?^`{|}~-][\w.!#$%&'*+=?^`{|}~-]{0,63}|\"[^\"@\s][^\"@]{0,62}\")"
    r"@(?P<domain>(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?P<top>[^\W\d_]{2,24}|xn--[a-z0-9-]{2,59}))(?![\w@-])"
)
_ROLES = frozenset({
    "abuse", "accessibility", "accounts", "admin", "billing", "booking", "bookings", "care", "careers", "compliance",
    "contact", "contacto", "contato", "contract", "contracts", "customer", "customercare", "customerservice", "dados",
    "data", "dataprotection", "daten", "datenschutz", "datos", "dpd", "dpo", "encarregado", "enquiries", "erasure",
    "feedback", "finance", "gdpr", "git", "hello", "help", "helpdesk", "hg", "hr", "impressum", "info", "infos", "it",
    "jobs", "kontakt", "layanan", "legal", "lgpd", "mail", "mailbox", "marketing", "media", "mysql", "newsletter",
    "no", "noreply", "notifications", "objection", "office", "officer", "opt", "optin", "optout", "orders", "out",
    "partner", "partners", "postgres", "postmaster", "press", "presse", "privacidad", "privacidade", "privacy",
    "privasi", "protection", "protezionedati", "returns", "rgpd", "root", "sales", "security", "service", "services",
    "shop", "ssh", "stop", "subscribe", "support", "svn", "team", "unsubscribe", "vertrag", "webmaster",
    "widerspruch", "withdraw", "www",
})  # fmt: skip
"""Words that addresses of offices and machines are made of."""
_FILES = frozenset({
    "avif", "css", "csv", "doc", "docx", "gif", "gz", "html", "ico", "jpeg", "jpg", "js", "json", "md", "pdf", "png",
    "svg", "txt", "webp", "xls", "xlsx", "xml", "yaml", "yml", "zip",
})  # fmt: skip


_USER = re.compile(r"://[^\s/?#]*\Z")


def _somebodys(mail: re.Match[str]) -> bool:
    """Tell whether an address is a person's: no office's mailbox, no user in a URL, no file such as logo@2x.png."""
    start = mail.start()
    if mail["top"].lower() in _FILES or _USER.search(mail.string, max(0, start - 300), start):
        return False
    words = re.split(r"[.\-_+]", mail["local"].lower())
    return not all(word in _ROLES or len(word) == 2 for word in words) or not any(word in _ROLES for word in words)


# --- What numbers are when they are nobody's ---

_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_MONEY = r"(?:[€$£¥]|\b(?:EUR|USD|GBP|IDR|SGD|BRL|CHF|Rp|R\$))"
_HARMLESS = re.compile(
    r"(?i:\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b)"
    r"|(?<!\d)(?:1[89]|2[01])\d\d-[01]\d-[0-3]\d(?!\d)"
    rf"|(?<!\d)(?:{_DAY}[./-]{_MONTH}|{_MONTH}[./-]{_DAY})[./-](?:19|20)\d\d(?!\d)"
    rf"|(?<!\d[./-])(?<!\d){_DAY}[./-]{_MONTH}[./-]\d\d(?![./-]?\d)"
    rf"|(?<!\d)(?:19|20)\d\d[./]{_MONTH}[./]{_DAY}(?!\d)"
    rf"|(?<!\d){_MONTH}[./-](?:19|20)\d\d(?!\d)"
    r"|(?<!\d)(?:[01]\d|2[0-3])[0-5]\d\s?[-–]\s?(?:[01]\d|2[0-3])[0-5]\d(?!\d)"
    r"|(?<!\d)\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?!\d)"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]\d)"
    r"|(?<![\d.,])0[.,]\d{1,30}(?![\d/-])"
    rf"|{_MONEY}\s?[+-]?\d[\d.,' ]{{0,30}}"
    rf"|(?<!\d)[+-]?\d[\d.,' ]{{0,30}}\s?(?:[%‰]|{_MONEY})"
)
"""UUIDs, days and months in the ways people write them, opening hours, times, IPv4, decimals, amounts and shares."""
_TOKEN = re.compile(r"\S+")
_PATH = re.compile(r"[\w.\-~@+%]*[^\W\d][\w.\-~@+%]*")
_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}[.,;:)\"']*$")


def _without_harmless(text: str) -> str:
    """Put a stroke for every URL, path, file name, day, amount and the like."""
    return _HARMLESS.sub("|", _TOKEN.sub(_token, text))


def _token(found: re.Match[str]) -> str:
    token = found[0]
    if "://" in token or _FILE.search(token):
        return "|"
    return "|" if "/" in token and any(_PATH.fullmatch(part) for part in token.split("/")) else token


# --- Numbers ---

_LEFT, _RIGHT = r"(?<![\w#])(?<!\w[-_./])", r"(?!\w)(?![-_./]\w)"
_GAP = r"[\s()./–-]{0,3}"
_TRUNK = re.compile(rf"{_LEFT}\(?0[1-9](?:{_GAP}\d){{7,12}}{_RIGHT}")
_ABROAD = re.compile(rf"{_LEFT}00([1-9](?:{_GAP}\d){{7,13}}){_RIGHT}")
_SHAPED = re.compile(
    rf"{_LEFT}(?:(?:1[ .-])?(?:\([2-9]\d\d\)\s?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{{4}}"
    rf"|\(\d{{2,4}}\)\s?\d{{3,5}}[ .-]?\d{{4}}){_RIGHT}"
)
"""Three, three and four digits as in North America; or an area code in brackets."""
_CALLED = re.compile(
    r"\b(?:tel|telef[oó]n[eo]?|t[eé]l[eé]phone|telepon|telp|phone|mobile|mobil|mobiel|handy|handphone|nomor hp|hp|cell|"
    r"celular|m[oó]vil|fax|whatsapp|gsm|sms to|call(?: me| us)?(?: on| at)?)\b\.?"
    r"(?:\s?(?:number|nummer|n[uú]mero|no\.?|nr\.?|is|:|=|#)){0,3}\s{0,2}"
    rf"([+(]?\d(?:{_GAP}\d){{6,14}}){_RIGHT}",
    re.IGNORECASE,
)
_CARDS = (
    re.compile(r"(?<!\w)\d{13,19}(?!\w)"),
    re.compile(r"(?<!\w)\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\w)"),
    re.compile(r"(?<!\w)\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{1,3}(?!\w)"),
    re.compile(r"(?<!\w)3\d{3}([ -])\d{6}\1\d{4,5}(?!\w)"),
)
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d|9\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}|220[0-4]\d{12,15}"
)
"""Numbers cards are issued under: Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay, Maestro, Mir."""


def _holds_card(text: str) -> bool:
    return any(_is_card(re.sub(r"\D", "", found[0])) for shape in _CARDS for found in shape.finditer(text))


def _is_card(digits: str) -> bool:
    return bool(_ISSUED.fullmatch(digits)) and len(set(digits)) > 1 and _valid("luhn", digits)


def _holds_phone(text: str) -> bool:
    if "+" in text and _holds_international(text):
        return True
    numbers = [found[0] for shape in (_TRUNK, _SHAPED) for found in shape.finditer(text)]
    numbers += [f"+{found[1]}" for found in _ABROAD.finditer(text)]
    numbers += [found[1] for found in _CALLED.finditer(text)]
    return any(_possible(number) for number in numbers)


def _holds_international(text: str) -> bool:
    import phonenumbers

    matches = phonenumbers.PhoneNumberMatcher(text, None, leniency=phonenumbers.Leniency.POSSIBLE)
    return any(_fits(found.number) and not text[max(0, found.start - 1) : found.start].isalnum() for found in matches)


def _possible(number: str) -> bool:
    import phonenumbers

    for region in REGIONS:
        try:
            if _fits(phonenumbers.parse(number, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def _fits(number: Any) -> bool:
    """Tell whether somebody may have this number: reserved ones for stories and films count too."""
    import phonenumbers

    possible = phonenumbers.ValidationResult.IS_POSSIBLE
    return bool(phonenumbers.is_possible_number_with_reason(number) == possible)


_Check = Callable[[str], bool]


def _valid(module: str, text: str) -> bool:
    return bool(import_module(f"stdnum.{module}").is_valid(text))


def _of(module: str) -> _Check:
    return lambda text: _valid(module, text)


def _is_nric(text: str) -> bool:
    """Check the last letter of a Singapore NRIC or FIN; python-stdnum knows only companies there."""
    added = {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    weighed = sum(int(digit) * weight for digit, weight in zip(text[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "XWUTRQPNJLK"}.get(text[0], "XWUTRQPNMLK")
    return letters[(weighed + added) % 11] == text[8]


def _is_nir(text: str) -> bool:
    digits = text.replace(" ", "")
    month = int(digits[3:5])
    return (1 <= month <= 12 or month == 20 or month >= 30) and _valid("fr.nir", digits)


_IDS: tuple[tuple[str, str, _Check], ...] = (
    ("the United States", r"\d{3}-\d\d-\d{4}", lambda text: _valid("us.ssn", text) or _valid("us.itin", text)),
    (
        "the United States",
        r"(?i:\b(?:ssn|social security(?: number| no\.?)?)\W{1,3})(\d{3}[- ]?\d\d[- ]?\d{4})",
        _of("us.ssn"),
    ),
    ("Germany", r"\d{11}|\d\d \d{3} \d{3} \d{3}", _of("de.idnr")),
    ("Brazil", r"\d{3}\.\d{3}\.\d{3}-\d\d|\d{11}", _of("br.cpf")),
    ("Indonesia", r"\d{6}[ .]?\d{6}[ .]?\d{4}", _of("id.nik")),
    ("Singapore", r"[STFGM]\d{7}[A-Z]", _is_nric),
    ("France", r"[12378] ?\d\d ?\d\d ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", _is_nir),
    ("Spain", r"\d{8}-?[A-Z]", lambda text: _valid("es.dni", text)),
    ("Spain", r"[XYZ]-?\d{7}-?[A-Z]", lambda text: _valid("es.nie", text)),
    (
        "the Netherlands",
        r"(?i:\b(?:bsn|burgerservicenummer|sofinummer)\W{1,3})(\d{9}|\d{4}\.\d\d\.\d{3})",
        _of("nl.bsn"),
    ),
    ("Italy", r"(?i:[A-Z]{3} ?[A-Z]{3} ?\d\d[A-EHLMPR-T]\d\d ?[A-Z]\d{3}[A-Z])", _of("it.codicefiscale")),
    (
        "the United Kingdom",
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]",
        bool,
    ),
)
"""Country, shape and check of the ids of people; where a number without a check is too common, a word must precede it."""


@cache
def _id_shapes() -> tuple[tuple[str, re.Pattern[str], _Check], ...]:
    return tuple(
        (country, re.compile(rf"(?<![\w#])(?<!\w[-_./])(?:{shape})(?!\w)(?![-_./]\w)"), check)
        for country, shape, check in _IDS
    )


def _ids(text: str) -> Iterator[str]:
    """Name the countries of whose people an id seems to be there."""
    told: set[str] = set()
    for country, shape, check in _id_shapes():
        if country not in told and any(check(found[found.lastindex or 0]) for found in shape.finditer(text)):
            told.add(country)
            yield f"the national id of a person in {country}"
