"""Gives DuckDB the function ``lineage_why_not``, with which a dbt run asks the catalogue before it starts."""

from __future__ import annotations

import logging
import subprocess

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

logger = logging.getLogger("lineage")


def why_not(process: str, element: str, purpose: str, timeout: float, on_error: str) -> str:
    """Say why the process may not use the element for the purpose; nothing when it may.

    LINEAGE_CATALOG says who is asked: the address of a catalogue, or the file of a bundle, and LINEAGE_KEYS whose.
    """
    limits = ["--timeout", f"{timeout:g}", "--on-error", on_error]
    question = ["--for", purpose, "--format", "table", "--color", "never", "--", process, element]
    done = subprocess.run(["lineage", "query", "may", *limits, *question], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        if done.stderr:
            logger.warning(done.stderr.strip())  # it goes on without an answer, by choice
        return ""
    return (done.stdout or done.stderr).strip() or f"lineage ended with {done.returncode}"


class Plugin(BasePlugin):
    """dbt-duckdb calls this for each connection."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        words = ["VARCHAR", "VARCHAR", "VARCHAR", "DOUBLE", "VARCHAR"]
        # The catalogue changes while dbt runs: an answer is not to be kept.
        conn.create_function("lineage_why_not", why_not, words, "VARCHAR", side_effects=True)
