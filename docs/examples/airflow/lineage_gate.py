"""A decorator for Airflow tasks: the task runs only when the catalogue allows the use of the data it names."""

from __future__ import annotations

import functools
import json
import logging
import subprocess
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
REFUSED = 1


def uses(
    *elements: str,
    process: str,
    purpose: str,
    on_error: Literal["deny", "allow"],
    timeout: float = 2.0,
    meets: Collection[str] = (),
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Ask for each element, each time before the task runs; put it below ``@task``.

    A no fails the task for good, since asking again changes nothing. Without an answer within ``timeout`` seconds,
    ``deny`` fails the task, which Airflow may retry, and ``allow`` runs it with a warning in its log.
    An allow may oblige to something: ``meets`` names the obligations that this task meets, by code (``eu-gdpr/log_use``)
    or by the part that all laws share (``log_use``). One that is not named makes the answer a no.
    LINEAGE_CATALOG says who is asked: the address of a catalogue, or the file of a bundle, and LINEAGE_KEYS whose.
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def asking(*args: P.args, **kwargs: P.kwargs) -> R:
            for element in elements:
                found = _ask(process, element, purpose, timeout, on_error)
                left = [one for one in found if not {one["code"], one["code"].rpartition("/")[2]} & set(meets)]
                if left:
                    told = "; ".join(f"{one['code']}: {one['message']}" for one in left)
                    raise AirflowFailException(f"{process} may use {element} only if it meets {told}")
            return function(*args, **kwargs)

        return asking

    return decorated


def _ask(process: str, element: str, purpose: str, timeout: float, on_error: str) -> list[dict[str, str]]:
    """Give what an allow obliges to."""
    limits = ["--timeout", f"{timeout:g}", "--on-error", on_error]
    question = ["--for", purpose, "--format", "jsonl", "--", process, element]
    done = subprocess.run(["lineage", "query", "may", *limits, *question], capture_output=True, text=True, check=False)
    if done.stderr:
        logger.warning(done.stderr.strip())
    if done.returncode == REFUSED:
        raise AirflowFailException(_reasons(done.stdout) or done.stderr.strip())
    if done.returncode:
        raise AirflowException(done.stderr.strip() or _reasons(done.stdout) or f"lineage ended with {done.returncode}")
    return list(_answer(done.stdout).get("obligations", ()))


def _answer(out: str) -> Mapping[str, Any]:
    """Give the answer that was printed; nothing where there was none, and the task runs by choice."""
    found: Mapping[str, Any] = json.loads(out) if out.strip() else {}
    return found


def _reasons(out: str) -> str:
    found = _answer(out).get("findings", ())
    return "\n".join(f"{one['severity']}[{one['code']}] {one['message']}; fix: {one['fix']}" for one in found)
