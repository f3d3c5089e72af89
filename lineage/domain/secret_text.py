"""Text that looks like a password, a key or a token. Nobody's permission lets one in: it would stay in the journal."""

from __future__ import annotations

import re

from lineage.domain.personal import Suspicion

PASSWORD_IN_URL = "a connection string with a password"  # noqa: S105 - says what was found
_PLACEHOLDER = re.compile(
    r"\*+|x{3,}|\.{3}|…|<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}|\$\{?\w+\}?|%\(?\w+\)?s?|(?i:none|null|true|false|yes|no|required|"
    r"optional|hidden|redacted|masked|hashed|encrypted|secret|password|passwort|token)"
)
_METHODS = re.compile(
    r"(?i:argon2\w*|bcrypt|scrypt|pbkdf2\w*|sha-?\d[\w-]*|md5|hmac\w*|[a-z]{2}\d{3}|jwt[\w-]*|oauth-?2?\S*|aes-?\d\S*|p\d+[dwmy])"
)
_URL = re.compile(r"://[^\s/:@\"'<>?#]{0,200}:(?!\d{1,5}(?:[/?#\s\"']|$))(?P<value>[^\s\"'<>]{1,500})@")
_NAME = (
    r"(?:passwor[dt]|passwd|passphrase|kennwort|pwd|contraseña|senha|kata sandi|secret(?:[_ -]?(?:access[_ -]?)?key)?|"
    r"(?:api|access|auth|account)[_-]?key|token|credentials?)"
)
_TIGHT = re.compile(rf"(?i:{_NAME}[\"']?=[\"']?)(?P<value>[^\s\"'&;,]{{3,500}})")
_LOOSE = re.compile(rf"(?i:{_NAME}[\"']?(?:\s?:\s{{0,3}}|\s=\s?)[\"']?)(?P<value>[^\s\"'&;,]{{6,500}})")
_KEY, _ACCESS = (
    re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|AGE-SECRET-KEY-1|PuTTY-User-Key-File"),
    re.compile(r"(?<![A-Za-z0-9])A(?:KI|SI)A[0-9A-Z]{16}(?![0-9A-Za-z])"),
)
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|"
    r"[rs]k_live_\w{16,}|AIza[\w-]{35}|sk-(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Z])[\w-]{20,}|npm_\w{30,}|hvs\.[\w-]{20,})"
)
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")
_BEARER = re.compile(r"(?i:\bbearer)\s{1,3}(?=[^\s]{0,200}\d)[\w.~+/-]{16,}")
_BASIC = re.compile(r"(?i:\bbasic)\s(?=[A-Za-z0-9+/]{0,99}[A-Z0-9])[A-Za-z0-9+/]{10,}={1,2}")
_SHAPES: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    *((word, "a private key", _KEY) for word in ("private key", "secret", "putty-user")),
    *((word, "an access key", _ACCESS) for word in ("akia", "asia")),
    *((word, "a token", _TOKEN) for word in (
        "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "k_live_", "aiza", "sk-", "npm_", "hvs.",
    )),
    ("eyj", "a token (JWT)", _JWT),
    ("bearer", "a bearer token", _BEARER),
    ("basic ", "credentials for HTTP", _BASIC),
)  # fmt: skip
"""A word in lower case without which nobody needs to look, what it is then called, and its shape."""
_NAMED = ("pass", "secret", "token", "pwd", "kennwort", "contrase", "senha", "sandi", "credential")


def secrets(text: str) -> list[Suspicion]:
    """Tell which secrets a text seems to hold, each once; placeholders such as *** or <password> are none.

    The JSON of a document may be given as well: what is found in it may then lie in any of its texts.
    """
    if len(text) < 8:
        return []
    found: list[str] = []
    if "://" in text and any(not _PLACEHOLDER.fullmatch(url["value"]) for url in _URL.finditer(text)):
        found.append(PASSWORD_IN_URL)
    lower = text.lower()
    for word, what, shape in _SHAPES:
        if word in lower and what not in found and shape.search(text):
            found.append(what)
    # Every document has a key of its own, which is none to a door.
    named = lower.count("key") > lower.count('"key":') or any(word in lower for word in _NAMED)
    if named and _assigned(text):
        found.append("a password or key")
    return [Suspicion(what) for what in found]


def _assigned(text: str) -> bool:
    """Tell whether a password is set somewhere: ``password=…``, or ``password: …`` where what follows is no word."""
    if any(not _PLACEHOLDER.fullmatch(found["value"]) for found in _TIGHT.finditer(text)):
        return True
    return any(_is_odd(found["value"].rstrip(".)")) for found in _LOOSE.finditer(text))


def _is_odd(value: str) -> bool:
    """Tell whether text is no word that people would write behind a colon: it has a digit, or more signs than a word has."""
    if len(value) < 6 or _PLACEHOLDER.fullmatch(value) or _METHODS.fullmatch(value):
        return False
    return bool(re.search(r"\d|[^\w\s'’()./:+-]|[a-z][A-Z]", value))
