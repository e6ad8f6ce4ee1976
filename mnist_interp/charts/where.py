"""Conditions on rows for the `where` argument of builders, in terms of a figure's state: the names its controls set.

Each returns an expression of Vega; a list of them must all hold.
"""

from __future__ import annotations

import json
import re

_CHOSEN = re.compile(r'indexof\((\w+), datum\[("[^"]+")\]\) >= 0')
_NAMED = re.compile(r'datum\["([^"]+)"\]')


def _field(name: str) -> str:
    return f"datum[{json.dumps(name)}]"


def fields(expression: str) -> set[str]:
    """Return the fields that an expression made here compares."""
    return set(_NAMED.findall(expression))


def chosen(expression: str, field: str) -> str | None:
    """Return the state whose list chooses among the values of `field`, if `expression` is made by `among`."""
    found = _CHOSEN.fullmatch(expression)
    return found[1] if found and json.loads(found[2]) == field else None


def equals(field: str, state: str) -> str:
    """Keep rows whose `field` is the value of `state`."""
    return f"{_field(field)} === {state}"


def equals_or_all(field: str, state: str) -> str:
    """Keep rows whose `field` is the value of `state`; all rows while `state` is None."""
    return f"({state} === null || {_field(field)} === {state})"


def among(field: str, state: str) -> str:
    """Keep rows whose `field` is in the list `state`."""
    return f"indexof({state}, {_field(field)}) >= 0"
