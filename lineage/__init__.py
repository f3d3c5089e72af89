"""Data-lineage governance: a process may use an element only when its usage cycle is closed."""

__version__ = "0.1.0"
