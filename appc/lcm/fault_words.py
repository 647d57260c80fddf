"""What is wrong with a value, in words for whoever wrote it."""

from collections.abc import Mapping

from pydantic_core import ErrorDetails

#: By pydantic's names of faults.
_WORDS = {
    "missing": "is missing",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
}


def fault_words(fault: ErrorDetails, own: Mapping[str, str] | None = None) -> str:
    """One fault of a ValidationError, to go on after the name of the field. `own`: words that go before ours."""
    plain = fault["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return {**_WORDS, **(own or {})}.get(fault["type"], plain)
