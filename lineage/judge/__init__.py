"""Facts, findings and the cycle into timelines of uses (docs/deciding.md). Reads stored documents only."""
