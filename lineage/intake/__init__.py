"""Outside formats in, declared documents or problems out."""
