"""A report that leaves the house proves itself: offline, byte by byte, and against what its reader holds."""

from __future__ import annotations

import random
import re
from hashlib import sha256

import pytest

from lineage import verifier
from lineage.store.keys import new_signer
from lineage.store.note import Signature, written
from tests.journeys.test_log_proofs import change, first_line, fresh, run_alone

__all__ = ["fresh"]

FILE, START = "report.html", b"\n<!-- usage-cycle report\n"


@pytest.fixture
def report(fresh):
    """A console beside a catalogue, its signed report and a checkpoint of it."""
    change(fresh)
    assert fresh("report", "-o", FILE).code == 0
    assert fresh("log", "checkpoint", "-o", "held.txt").code == 0
    return fresh


def key_of(console):
    return first_line(console)["vkeys"][-1]


def data_of(console):
    return (console.folder / FILE).read_bytes()


def says(console, data, *words):
    """What both ways of checking say of these bytes; they must agree."""
    (console.folder / "other.html").write_bytes(data)
    said = console("verify", "other.html", *words)
    held = words[words.index("--checkpoint") + 1] if "--checkpoint" in words else ""
    notes = [verifier.note_in((console.folder / held).read_bytes())] if held else []
    key = words[words.index("--key") + 1] if "--key" in words else ""
    code, lines = verifier.check(console.folder / "other.html", notes, key)
    assert said.code == code
    return code, "\n".join(lines)


def signed_anew(data, signer):
    """The report as somebody else would sign it, under the name of the log it claims to be of."""
    html, _, rest = data.partition(START)
    note, _, text = rest.decode().partition("\n\nusage-cycle report\n")
    first = "\n".join(note.splitlines()[:3]) + "\n"
    text = re.sub(r"\nkey .*\n", f"\nkey {signer.key}\n", "usage-cycle report\n" + text.partition("\n\n")[0] + "\n")
    text = re.sub(r"sha256 \S+", f"sha256 {sha256(html).hexdigest()}", text)
    return html + START + f"{signer.note(first)}\n{signer.note(text)}-->\n".encode()


def test_a_report_proves_itself_with_nothing_but_python(report):
    code, said = run_alone(report, FILE)
    assert code == 0
    assert (said.count("intact: "), said.count("the key comes with the file itself")) == (1, 1), said
    for words in (("--key", key_of(report)), ("--checkpoint", "held.txt"), ("--checkpoint", FILE)):
        code, said = run_alone(report, FILE, *words)
        assert (code, said.count("comes with")) == (0, 0), said
    assert "the key comes with the file itself" in report("verify", FILE).out


def test_a_byte_that_changed_anywhere_is_found(report):
    data, chance = data_of(report), random.Random(7)
    proof = data.index(START)
    places = [chance.randrange(low, high) for low, high in ((0, proof), (proof, len(data))) for _ in range(30)]
    for place in [*places, 0, proof, len(data) - 1]:
        other = bytes([data[place] ^ 1 << chance.randrange(7)])
        (report.folder / "other.html").write_bytes(data[:place] + other + data[place + 1 :])
        assert verifier.check(report.folder / "other.html", [], "")[0] != 0, place
        (report.folder / "other.html").write_bytes(data[:place] + data[place + 1 :])
        assert verifier.check(report.folder / "other.html", [], "")[0] != 0, place


SHOWN = "--><h1>all lawful</h1><!--"


def hidden(data, line, where):
    """The proof with a line of a signer nobody knows, behind the checkpoint or in place of the last name."""
    html, start, rest = data.partition(START)
    text = rest.decode()
    if where == "name":
        head, _, last = text.rpartition("\u2014 ")
        return html + start + f"{head}\u2014 {line.split()[1]} {last.split(' ', 1)[1]}".encode()
    return html + start + text.replace("\n\nusage-cycle report", f"\n{line}\n\nusage-cycle report", 1).encode()


HIDDEN = {
    "in another signature of the checkpoint": lambda d: hidden(
        d, f"\u2014 {SHOWN.replace(' ', '/')} {'A' * 91}=", "note"
    ),
    "in the name of the last signer": lambda d: hidden(d, f"\u2014 {SHOWN.replace(' ', '/')} x", "name"),
    "behind the proof": lambda d: d + b"<h1>all lawful</h1>\n",
    "before the proof": lambda d: d.replace(START, b"\n<h1>all lawful</h1></html>" + START),
    "as a second signature": lambda d: hidden(d, re.search("\u2014 .*", d.decode())[0], "note"),
    "as a second proof": lambda d: d + d[d.index(START) :],
    "as other line ends": lambda d: d.replace(b"\nat ", b"\r\nat "),
}


@pytest.mark.parametrize("where", HIDDEN)
def test_nothing_hides_in_the_proof(report, where):
    data = data_of(report)
    other = HIDDEN[where](data)
    assert other != data
    assert says(report, other)[0] == 1


def test_a_report_that_somebody_else_signed_is_known_by_its_key(report):
    name, _, _ = key_of(report).partition("+")
    forged = signed_anew(
        data_of(report).replace(b"</html>" + START, b"<p>all lawful</p></html>" + START), new_signer(name)
    )
    code, said = says(report, forged)
    assert code == 0
    assert "the key comes with the file itself" in said
    for words in (("--key", key_of(report)), ("--checkpoint", "held.txt")):
        assert says(report, forged, *words)[0] == 1
    other = new_signer("usage-cycle/0123456789abcdef")
    (report.folder / "other.txt").write_text(
        written(f"{other.key.name}\n1\n{'A' * 43}=\n", [Signature(other.key.name, other.key.id, bytes(64))]),
        encoding="utf-8",
    )
    assert "another log" in says(report, data_of(report), "--checkpoint", "other.txt")[1]


def test_a_report_of_after_a_rotation_fits_an_older_checkpoint_for_who_knows_the_key(report):
    assert report("log", "rotate", "--reason", "yearly").code == 0
    assert report("report", "-o", FILE).code == 0
    code, said = says(report, data_of(report), "--checkpoint", "held.txt")
    assert code == 1
    assert "--key" in said
    assert says(report, data_of(report), "--checkpoint", "held.txt", "--key", key_of(report))[0] == 0
