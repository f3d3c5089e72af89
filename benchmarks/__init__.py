"""Benchmarks: what the product costs, measured and printed; run by ``python3 dev.py bench``."""
