"""The decision table and the one function that answers a question from it. Standard library only, nothing of ours."""
