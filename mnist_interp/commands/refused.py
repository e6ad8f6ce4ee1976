"""The one exception that ends a command with a sentence instead of a traceback."""

from __future__ import annotations


class Refused(Exception):
    """A command cannot begin; the message, one line, says what is wrong, what was expected and what to do."""
