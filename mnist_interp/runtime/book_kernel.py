"""Whether this process runs the cells of a page for the book: the build says so to the kernels that it starts."""

from __future__ import annotations

import os

VARIABLE = "MNIST_INTERP_PAGE"


def here() -> bool:
    """Whether what cells show goes on a page of the book, with its style and scripts, and not into a notebook."""
    return bool(os.environ.get(VARIABLE))
