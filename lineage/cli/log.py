"""``lineage log``: the group; its commands stand in modules of their own."""

from __future__ import annotations

import click

from lineage.cli.log_decisions import decisions, seal_decisions
from lineage.cli.log_proofs import checkpoint, export, rotate
from lineage.cli.log_reading import list_, show
from lineage.cli.log_redaction import redact


@click.group()
def log() -> None:
    """Read the journal, and take its proofs out."""


for command in (list_, show, export, checkpoint, rotate, redact, decisions, seal_decisions):
    log.add_command(command)
