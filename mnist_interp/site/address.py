"""The book's public address: a setting, empty until somebody publishes it.

It stands in ``_config.yml`` (``html: baseurl``), or in the environment as ``MNIST_INTERP_ADDRESS``, by which the
workflow that publishes gives its own. What needs it is left out where it is empty.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from sphinx.config import Config

VARIABLE = "MNIST_INTERP_ADDRESS"


def of(config: Config) -> str:
    """Return the address at which the site will stand, with a slash at its end; empty if it has none.

    Raises
    ------
    BookError
        If what is given is no address of the web.
    """
    given = (os.environ.get(VARIABLE) or config.html_baseurl or "").strip()
    parts = urlsplit(given)
    if given and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise BookError(
            f"the book's public address is {given!r}: expected one such as https://example.org/book/, in _config.yml "
            f"(html: baseurl) or as {VARIABLE}; leave it empty if there is none"
        )
    return f"{given.rstrip('/')}/" if given else ""
