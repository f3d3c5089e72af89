"""Facts, findings and the cycle into timelines of uses (DESIGN section 4). Reads stored documents only."""
