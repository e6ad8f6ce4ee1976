"""The one exception that ends a build with a sentence instead of a traceback."""

from __future__ import annotations

from sphinx.errors import SphinxError


class BookError(SphinxError):
    """Something in the book's sources keeps it from being built."""

    category = "The book cannot be built"
