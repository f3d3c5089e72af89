"""A question with a time limit: no answer is never a yes, unless somebody chose so and is told each time."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from lineage.cli.limits import Limit
from lineage.errors import CannotAnswer, Refused
from lineage.services import asking, checking
from tests.journeys.console import environment
from tests.journeys.shop import OPEN_QUESTION, SOUND_QUESTION

MAY = ("query", "may", *SOUND_QUESTION)
BOTH = pytest.mark.parametrize("words", [MAY, ("check", "--process", "parcel-dispatch")])


@pytest.fixture
def slow(monkeypatch):
    """A catalogue that takes its time."""
    for module, name in ((asking, "may"), (checking, "check")):
        asked = getattr(module, name)

        def waits(*words, asked=asked, **more):
            time.sleep(0.3)
            return asked(*words, **more)

        monkeypatch.setattr(module, name, waits)


@BOTH
@pytest.mark.parametrize("limit", [(), ("--timeout", "20"), ("--timeout", "20", "--on-error", "allow")])
def test_within_the_limit_the_answer_is_the_answer(shop, words, limit):
    assert shop(*words, *limit).out == shop(*words).out != ""


@BOTH
@pytest.mark.parametrize(("choice", "code"), [((), 3), (("--on-error", "deny"), 3), (("--on-error", "allow"), 0)])
def test_after_the_limit_the_choice_decides(shop, slow, words, choice, code):
    said = shop(*words, "--timeout", "0.05", *choice)
    assert (said.code, said.out) == (code, "")
    assert "there was no answer within 0.05 s" in said.err
    assert ("--on-error allow" in said.err) == (code == 0)


@BOTH
@pytest.mark.parametrize(("choice", "code"), [("deny", 3), ("allow", 0)])
def test_a_catalogue_that_is_not_there_is_no_answer_either(bare, words, choice, code):
    assert bare(*words, "--on-error", choice).code == code


def test_even_quiet_says_that_nothing_was_checked(bare):
    assert "not checked" in bare("-q", *MAY, "--on-error", "allow").err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("query", "may", *OPEN_QUESTION), 1),
        (("query", "may", "parcel-dispatch", "nothing.known", "--for", "DeliveryOfGoods"), 1),
        (("check",), 1),
        (("check", "nothing.known"), 1),
        (("check", "--with", "nowhere.yaml"), 2),
        (("check", "--baseline", "nowhere.json"), 2),
        (("check", "--with", "broken.yaml"), 3),
    ],
)
def test_a_no_stays_a_no_and_a_mistake_a_mistake(shop, words, code):
    shop.write("broken.yaml", b"\xff\xfe\x00")
    assert shop(*words, "--on-error", "allow").code == code


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan"])
def test_a_limit_is_a_time(shop, seconds):
    assert shop(*MAY, "--timeout", seconds).code == 2


@pytest.mark.parametrize("raised", [Refused("no"), ValueError("x"), KeyboardInterrupt()])
def test_what_asking_raises_is_raised(raised):
    def ask():
        raise raised

    with pytest.raises(type(raised)):
        Limit(5, opens=False).run(ask)


def test_a_question_that_hangs_does_not_keep_the_limit_waiting():
    began = time.monotonic()
    with pytest.raises(CannotAnswer):
        Limit(0.05, opens=False).run(lambda: time.sleep(0.5))
    assert time.monotonic() - began < 0.4


@pytest.mark.parametrize(("choice", "code"), [("deny", 3), ("allow", 0)])
def test_the_program_ends_while_the_question_still_waits(shop, choice, code):
    waits = (
        "import sys, time; from lineage.services import asking; asking.may = lambda *a, **k: time.sleep(60);"
        "from lineage.cli.main import main; main()"
    )
    command = [sys.executable, "-c", waits, *MAY, "--timeout", "0.2", "--on-error", choice]
    done = subprocess.run(
        command, cwd=shop.folder, env=environment(), capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert "there was no answer within 0.2 s" in done.stderr
