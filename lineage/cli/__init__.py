"""The command line: it translates, it does not think."""
