"""A decorator for Airflow tasks: the task runs only when the catalogue allows the use of the data it names."""

from __future__ import annotations

import functools
import logging
import subprocess
from collections.abc import Callable
from typing import Literal, ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
REFUSED = 1


def uses(
    *elements: str, process: str, purpose: str, on_error: Literal["deny", "allow"], timeout: float = 2.0
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Ask for each element, each time before the task runs; put it below ``@task``.

    A no fails the task for good, since asking again changes nothing. Without an answer within ``timeout`` seconds,
    ``deny`` fails the task, which Airflow may retry, and ``allow`` runs it with a warning in its log.
    LINEAGE_CATALOG says who is asked: the address of a catalogue, or the file of a bundle, and LINEAGE_KEYS whose.
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def asking(*args: P.args, **kwargs: P.kwargs) -> R:
            for element in elements:
                _ask(process, element, purpose, timeout, on_error)
            return function(*args, **kwargs)

        return asking

    return decorated


def _ask(process: str, element: str, purpose: str, timeout: float, on_error: str) -> None:
    limits = ["--timeout", f"{timeout:g}", "--on-error", on_error]
    question = ["--for", purpose, "--format", "table", "--color", "never", "--", process, element]
    done = subprocess.run(["lineage", "query", "may", *limits, *question], capture_output=True, text=True, check=False)
    if done.stderr:
        logger.warning(done.stderr.strip())
    if done.returncode == REFUSED:
        raise AirflowFailException(done.stdout.strip() or done.stderr.strip())
    if done.returncode:
        raise AirflowException(done.stderr.strip() or done.stdout.strip() or f"lineage ended with {done.returncode}")
