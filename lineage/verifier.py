"""Check a log of usage-cycle with nothing but Python: python3 -I -S verifier.py FILE… [--checkpoint FILE] [--key VKEY].

FILE is what `lineage log export` wrote, a catalogue in SQLite, which is only read, or a report. This file stands alone on
purpose: read it first, then trust what it says. It makes every entry's hash again, the RFC 6962 root over all of them, and
verifies the signed checkpoints (C2SP notes, Ed25519); of a report, its signature. It does not know what entries mean.
Exit codes: 0 intact, 1 broken (the first bad entry is named), 2 used wrongly, 3 the file cannot be read.
"""

# fmt: off
# Whoever reads this file before running it reads it whole: it is kept short.
import argparse
import json
import re
import sqlite3
import sys
from binascii import a2b_base64, a2b_hex, b2a_base64
from contextlib import closing
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

COLUMNS = ["sequence", "payload", "actor", "at", "command", "how_known", "key", "kind", "operation", "request", "version"]
ENTRY = re.compile(rb'\{"sequence":(\d{1,18}),"header":"([^"]+)","salt":(?:"([^"]{24})"|null),'
                   rb'"payload":(.+),"leaf":"([0-9a-f]{64})"\}\n')
HEADER = re.compile(rb'\{"actor":S,"at":S,"command":S,"format":1,"how_known":T,"key":T,"kind":S,"operation":S,"payload":S,'
                    rb'"request":(?:null|T),"sequence":(\d{1,18}),"version":\d+\}'
                    .replace(b"S", rb'"([^"\\]*)"').replace(b"T", rb'"(?:[^"\\]+|\\.)*"'))
NOTE = re.compile(r"([^\s+]+)\n(0|[1-9]\d{0,17})\n([\w+/]{43}=)\n\n((?:\u2014 [^\s+]+ [\w+/]{91}=\n)+)", re.ASCII)
REPORT = re.compile(rb"(.*</html>)\n<!-- usage-cycle report\n(.+?\n)\n(usage-cycle report\n.+?\n)\n"
                    rb"\xe2\x80\x94 \S+ ([^\n]+)\n-->\n", re.DOTALL)
BROUGHT = "note: the key comes with the file itself: compare it with the one you were told of, or name that with --key"
LONGEST, SHOWN, EVER = 1 << 28, 20, 1 << 63  # bytes of a line that are read; problems that are printed; no last size yet
WRONG = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError)
# ---- Ed25519 (RFC 8032), verifying only; points of the curve as X, Y, Z, T ----
Point = tuple[int, int, int, int]
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
def plus(a: Point, b: Point) -> Point:
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    u, v = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(a: Point, count: int) -> Point:
    found = (0, 1, 1, 0)
    for bit in f"{count:b}":
        found = plus(found, found)
        found = plus(found, a) if bit == "1" else found
    return found
def point(data: bytes) -> Point:
    y = int.from_bytes(data, "little") & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT % P
    if y >= P or x * x % P != square:
        raise ValueError("this is no public key")
    x = x if x & 1 == data[31] >> 7 else P - x
    return x, y, 1, x * y % P
BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    (x, y, z, t), s = point(public), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y, z, t = plus(times(BASE, s % ORDER), times((P - x, y, z, P - t), k))
    x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    return s < ORDER and (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]
# ---- small things ----
def decoded(text: str | bytes) -> bytes:
    found = a2b_base64(text, strict_mode=True)
    if b2a_base64(found, newline=False) != (text.encode() if isinstance(text, str) else text):
        raise ValueError("its base64 is not written in the one way there is")
    return found
def note_in(data: bytes) -> str:
    """Give the checkpoint a file holds: alone, or at the end of a report."""
    report = REPORT.fullmatch(data)
    if not NOTE.fullmatch(note := (report[2] if report else data).decode()):
        raise ValueError("it is none")
    return note
def joined(peaks: list[bytes]) -> bytes:
    """Give the RFC 6962 root over full subtrees, the largest first."""
    root = peaks[-1] if peaks else sha256(b"").digest()
    for peak in peaks[-2::-1]:
        root = sha256(b"\1" + peak + root).digest()
    return root
def strict(line: bytes) -> dict[str, Any]:
    value = json.loads(line)
    if (json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n").encode() != line:
        raise ValueError("it is not written as exports are")
    return dict(value)
class Key:
    """A public key, <name>+<8 digits>+<base64>, with the first and the last size of the log it may sign."""

    def __init__(self, text: str, first: int = 0) -> None:
        self.text, self.first, self.last = text, first, EVER
        self.name, self.digits, data = text.split("+", 2)
        raw, self.public = decoded(data), decoded(data)[1:]
        known = sha256(self.name.encode() + b"\n" + raw).hexdigest()[:8]
        if len(raw) != 33 or raw[0] != 1 or known != self.digits:
            raise ValueError("this is no public key")
class Log:
    """What was read of a log so far, and what is wrong with it: entry (or None, for the whole) and sentence."""

    def __init__(self) -> None:
        self.problems, self.keys = list[tuple[int | None, str]](), list[Key]()
        self.leaves, self.next, self.at, self.covered = bytearray(), 0, b"", 0
        self.left: dict[int, str | None] = {}  # entry without content: digest of what is left, where that is known
        self.redacted: dict[int, str] = {}  # entry: digest of what is left, as its redaction says
    def wrong(self, entry: int | None, sentence: str) -> None:
        self.problems.append((entry, sentence))
    def take(self, read: Any, header: Any, salt: Any, *rest: Any) -> None:
        """Check an entry, whatever it holds; ``read`` makes bytes of header and salt."""
        place, self.next = self.next, self.next + 1
        try:
            self.entry(place, read(header), read(salt) if salt else None, *rest)
        except WRONG as error:
            self.wrong(place, str(error) if type(error) is ValueError else f"its form is wrong: {error!r:.80}")
    def entry(self, place: int, header: bytes, salt: bytes | None, payload: bytes | None, leaf: bytes, stated: Any,
              columns: list[Any], left: str | None) -> None:
        # ``stated`` and ``columns`` stand beside the header; ``left`` is the digest of the body that is there
        hashed, match = sha256(b"\0" + header).digest(), HEADER.fullmatch(header)
        self.leaves += hashed
        if not match:
            raise ValueError("its header has another form")
        _, at, _, kind, operation, sealed, number = match.groups()
        if int(number) != place:
            self.wrong(place, f"entry {int(number)} stands there: entries are missing, added or moved")
        self.next = max(int(number), place) + 1
        if hashed != leaf or stated != int(number) or (columns and columns != [json.loads(header)[n] for n in COLUMNS]):
            self.wrong(place, "its leaf or its columns do not agree with its header")
        if at < self.at:
            self.wrong(place, "it is dated before the entry before it")
        self.at = max(at, self.at)
        if left is None and (payload is None) != (salt is None):
            raise ValueError("its content or what seals it is gone")
        if payload is None or salt is None:
            self.left[place] = left
        elif sha256(b"\2" + salt + payload).hexdigest().encode() != sealed:
            self.wrong(place, "its content is not what was sealed")
        elif kind == b"redaction" and (body := json.loads(payload)["body"])["sequence"] < place:
            self.redacted[body["sequence"]] = body["digest"]
        elif kind == b"signing_key":
            self.key(place, operation, json.loads(payload)["body"])
    def key(self, place: int, operation: bytes, body: dict[str, Any]) -> None:
        """Take a key in: it signed for itself, and so did the one before it, which may sign nothing later."""
        old = self.keys[-1] if self.keys else None
        if old and (operation == b"add" or old.digits == body["key"]):
            old.last = min(old.last, place)
        if operation == b"retire":
            return
        new = Key(body["vkey"], place + 1)
        text = f"usage-cycle signing key\n{new.name}\n{new.text}\n{new.first}\n{old.text if old else 'none'}\n"
        if (operation, body["origin"], body["from"], (old or new).name) != (b"add", new.name, new.first, new.name):
            raise ValueError("its signing key does not fit the log")
        for signer in [new, old] if old else [new]:
            if not is_signed(signer.public, decoded(body["signatures"][signer.digits]), text.encode()):
                raise ValueError(f"its signing key is not signed by {signer.digits}")
        self.keys.append(new)
    def roots(self, sizes: set[int]) -> dict[int, bytes]:
        """Give the root at each of these sizes that the log reached."""
        found, peaks = dict[int, bytes](), list[bytes]()
        for count in range(len(self.leaves) // 32 + 1):
            if count in sizes:
                found[count] = joined(peaks)
            node, rest = bytes(self.leaves[count * 32:count * 32 + 32]), count
            while rest & 1:
                node, rest = sha256(b"\1" + peaks.pop() + node).digest(), rest >> 1
            peaks.append(node)
        return found
    def checkpoint(self, note: str, roots: dict[int, bytes], fix: str = "") -> int:
        """Give the size in a signed checkpoint; ValueError when it does not hold."""
        match = NOTE.fullmatch(note)
        if not match or not self.keys or match[1] != self.keys[0].name:
            raise ValueError("is not of this log")
        size, text = int(match[2]), note[:match.end(3) + 1].encode()
        made = [(line.split(" ")[1], decoded(line.split(" ")[2])) for line in match[4].splitlines()]
        signed = [key.first <= size <= key.last and is_signed(key.public, raw[4:], text)
                  for name, raw in made for key in self.keys if (key.name, key.digits) == (name, raw[:4].hex())]
        if not signed or not all(signed):
            raise ValueError(f"of {size} entries is not signed by a key that may{fix}")
        if roots.get(size, b"") != decoded(match[3]):
            why = f"the log has only {max(roots)}" if size > max(roots) else "one of them was altered"
            raise ValueError(f"has another root over its {size} entries: {why}")
        return size
    def finish(self, notes: list[str], held: list[str], pinned: str) -> bytes:
        """Check what can be checked only at the end; give the root over all entries."""
        for place, left in self.left.items():
            if left not in {None, self.redacted.get(place, "")} or place not in self.redacted:
                self.wrong(place, "its content is gone, and no redaction accounts for what is left of it")
        count, sizes = len(self.leaves) // 32, [-1]
        roots = self.roots({count} | {int(match[2]) for note in notes + held if (match := NOTE.fullmatch(note))})
        for number, note in enumerate(notes + held):
            try:
                sizes.append(self.checkpoint(note, roots))
                if number < len(notes) and sizes[-1] <= max(sizes[:-1]):
                    raise ValueError("is not in order")
            except WRONG as error:
                self.wrong(None, f"{'your checkpoint' if number >= len(notes) else f'checkpoint {number}'} {error}")
        self.covered = max(0, *sizes)
        if pinned and (not self.covered or pinned not in [key.text for key in self.keys]):
            self.wrong(None, "your key is not one of this log, or nothing in it is signed")
        return roots[count]
# ---- where logs come from: each gives the checkpoints, the root it states, and whether the rest fits the entries ----
def read_export(path: Path, log: Log) -> tuple[list[str], bytes, bool]:
    with path.open("rb") as file:
        start = strict(file.readline(LONGEST))
        if start["format"] != "usage-cycle-log/1":
            raise ValueError("its format is not known")
        while match := ENTRY.fullmatch(line := file.readline(LONGEST)):
            sequence, header, salt, payload, leaf = match.groups()
            content = None if payload == b"null" else payload
            log.take(decoded, header, salt, content, a2b_hex(leaf), int(sequence), [], None)
        end = strict(line)
        notes, root = [str(note) for note in end["checkpoints"]], decoded(start["root"])
        newest = NOTE.fullmatch(notes[-1]) if notes else None
        tiles = sum(int(newest[2]) >> 8 * level for level in range(1, 8)) if newest else 0
        said = {"format": start["format"], "origin": log.keys[0].name if log.keys else "", "size": log.next}
        said |= {"vkeys": [key.text for key in log.keys], "root": start["root"], "checkpoint": notes[-1] if notes else None}
        return notes, root, start == said and end == {"checkpoints": notes, "tiles": tiles} and not file.read(1)
def read_catalogue(path: Path, log: Log) -> tuple[list[str], bytes, bool]:
    how = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as store:
        store.executescript("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON; BEGIN")
        rows = store.execute(
            "SELECT j.header, j.salt, j.leaf, j.reason, d.body, d.retired, d.digest, d.sys_from, j.sequence,"
            " lower(hex(j.payload_digest)), j.actor, j.at, j.command, j.how_known, j.key, j.kind, j.operation, j.request,"
            " j.version FROM journal j LEFT JOIN document d USING (kind, key, version) ORDER BY j.sequence")
        for header, salt, leaf, reason, body, retired, digest, stated, *columns in rows:
            quoted, left = json.dumps(reason, ensure_ascii=False), sha256(str(body).encode()).hexdigest()
            payload = f'{{"body":{body},"reason":{quoted},"retired":{"true" if retired else "false"}}}'.encode()
            if left != digest:
                log.wrong(log.next, "its document version does not agree with its digest, or is not there")
            log.take(bytes, header, salt, None if body is None else payload, leaf, stated, columns, left)
        head = store.execute("SELECT size, frontier, (SELECT count(*) FROM document) FROM head").fetchall()
        size, edge, versions = head[0] if head else (0, b"", 0)
        notes = store.execute("SELECT number, note FROM checkpoint ORDER BY number").fetchall()
        fits = size == versions == log.next and [number for number, _ in notes] == list(range(len(notes)))
        return [str(note) for _, note in notes], joined([edge[at:at + 32] for at in range(0, len(edge), 32)]), fits

def read_report(data: bytes, held: list[str], pinned: str) -> list[str]:
    """Check a report against the proof at its end; ValueError says what does not hold."""
    if not (match := REPORT.fullmatch(data)) or not (one := NOTE.fullmatch(match[2].decode())):
        raise ValueError("there is no proof at its end, or it has another form")
    name, size, root, signed = one.groups()
    said = dict(line.split(" ", 1) for line in match[3].decode().splitlines()[2:])
    (log := Log()).keys, made = [key := Key(said["key"])], decoded(match[4])
    # Browsers would show what hides in a proof: it is written anew from what was read, and must be the same.
    lines = "".join(f"{word} {said[word]}\n" for word in ("sha256", "at", "as_of", "entry", "revision", "digest", "key"))
    tail = (f"\n<!-- usage-cycle report\n{name}\n{size}\n{root}\n\n\u2014 {name} {signed.split()[2]}\n\n"
            f"usage-cycle report\n{name}\n{lines}\n\u2014 {name} {match[4].decode()}\n-->\n")
    if (data[match.end(1):] != tail.encode() or re.search("--|[<>]", tail[5:-4]) or made[:4].hex() != key.digits
            or not is_signed(key.public, made[4:], match[3]) or sha256(match[1]).hexdigest() != said["sha256"]):
        raise ValueError("it is not what was signed: it was changed, or the proof is not its own")
    if pinned and pinned != key.text:
        raise ValueError("it is signed with another key than yours")
    log.checkpoint(one[0], {int(size): decoded(root)})
    for other in filter(None, map(NOTE.fullmatch, held)):
        if other[1] != name or (other[2] == size and other[3] != root):
            raise ValueError("your checkpoint is of another log, or has another root over as many entries")
        # A checkpoint of before a rotation fits too, if the new key is the one its reader was told of.
        if not pinned:
            log.checkpoint(other[0], {int(other[2]): decoded(other[3])}, " (if this one took over, say so with --key)")
    return [f"report as of {said['as_of']} (journal entry {said['entry']}), sealed with {size} entries", f"key: {key.text}"]
def check(path: Path, held: list[str], pinned: str) -> tuple[int, list[str]]:
    """Check one file; give the exit code and what to say."""
    log, start, brought = Log(), b"", [] if held or pinned else [BROUGHT]
    try:
        with path.open("rb") as file:
            start = file.read(16)
            if start[:14].lower() == b"<!doctype html":
                proof = read_report(start + file.read(), held, pinned)
                return 0, [f"intact: {path}: {proof[0]}", *proof[1:], *brought]
        read = read_catalogue if start == b"SQLite format 3\0" else read_export
        notes, root, fits = read(path, log)
        if log.finish(notes, held, pinned) != root or not fits:
            log.wrong(None, "what stands beside the entries, such as their number, root and checkpoints, does not fit them")
    except (OSError, MemoryError, sqlite3.Error, *WRONG) as error:
        if not log.next:
            return (1, [f"broken: {path}: {error}"]) if start[:1] == b"<" else (3, [f"cannot read: {path}: {error}"])
        log.wrong(log.next, f"from here on it is cut or cannot be read: {error}")
    if log.problems:
        found = sorted(log.problems, key=lambda one: (one[0] is None, one[0] or 0))
        return 1, [f"broken: {path}: {'' if at is None else f'entry {at}: '}{what}" for at, what in found[:SHOWN]]
    signed = f"signed up to {log.covered} entries" if log.covered else "not signed"
    said = f"{log.next} entries, {len(log.left)} redacted, root {b2a_base64(root, newline=False).decode()}, {signed}"
    return 0, [f"intact: {path}: {said}", *(f"key: {key.text}" for key in log.keys), *(brought if log.keys else [])]
def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an exported log, or a catalogue in SQLite.")
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--checkpoint", metavar="FILE", type=Path, help="a checkpoint you hold: the log must begin so")
    parser.add_argument("--key", metavar="VKEY", type=Key, help="a public key you hold: the log must know it")
    asked = parser.parse_args(words)
    try:
        held = [note_in(asked.checkpoint.read_bytes())] if asked.checkpoint else []
    except (OSError, ValueError) as error:
        parser.error(f"the checkpoint you hold cannot be used: {error}")
    answers = [check(path, held, asked.key.text if asked.key else "") for path in asked.files]
    for line in [line for _, lines in answers for line in lines]:
        sys.stdout.write("".join(sign if sign.isprintable() else "?" for sign in line) + "\n")
    return max(code for code, _ in answers)
if __name__ == "__main__":
    sys.exit(main())
