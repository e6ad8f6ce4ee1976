"""The one exception that ends a build with a sentence instead of a traceback."""

from __future__ import annotations

from sphinx.errors import SphinxError


class BookError(SphinxError):
    """An error in the book's sources that prevents its build."""

    category = "The book cannot be built"
