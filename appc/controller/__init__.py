"""The path of a request, from submission to its final answer."""
