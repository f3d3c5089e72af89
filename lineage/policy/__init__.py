"""Packs in, findings out. CEL lives only here."""
