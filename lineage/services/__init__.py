"""One module per use case; the only place that commits."""
