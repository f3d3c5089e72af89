"""Gives DuckDB the function ``lineage_why_not``, with which a dbt run asks the catalogue before it starts."""

from __future__ import annotations

import json
import logging
import subprocess

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

logger = logging.getLogger("lineage")


def why_not(process: str, element: str, purpose: str, timeout: float, on_error: str, meets: str = "") -> str:
    """Say why the process may not use the element for the purpose; nothing when it may.

    An allow may oblige to something: ``meets`` names the obligations that the model meets, with commas between them, by
    code (``eu-gdpr/log_use``) or by the part that all laws share (``log_use``). One that is not named is a reason.
    LINEAGE_CATALOG says who is asked: the address of a catalogue, or the file of a bundle, and LINEAGE_KEYS whose.
    """
    limits = ["--timeout", f"{timeout:g}", "--on-error", on_error]
    question = ["--for", purpose, "--format", "jsonl", "--", process, element]
    done = subprocess.run(["lineage", "query", "may", *limits, *question], capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout) if done.stdout.strip() else {}
    if done.returncode == 0:
        if done.stderr:
            logger.warning(done.stderr.strip())  # it goes on without an answer, by choice
        known = {name.strip() for name in meets.split(",")}
        left = [one for one in answer.get("obligations", ()) if not {one["code"], one["code"].split("/")[-1]} & known]
        return "\n".join(f"obligation {one['code']} is not met: {one['message']}" for one in left)
    told = [
        f"{one['severity']}[{one['code']}] {one['message']}; fix: {one['fix']}" for one in answer.get("findings", ())
    ]
    return "\n".join(told) or done.stderr.strip() or f"lineage ended with {done.returncode}"


class Plugin(BasePlugin):
    """dbt-duckdb calls this for each connection."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        words = ["VARCHAR", "VARCHAR", "VARCHAR", "DOUBLE", "VARCHAR", "VARCHAR"]
        # The catalogue changes while dbt runs: an answer is not to be kept.
        conn.create_function("lineage_why_not", why_not, words, "VARCHAR", side_effects=True)
