"""Whether the book is being built small, and how much smaller: what ``MNIST_INTERP_PREVIEW=1`` changes."""

from __future__ import annotations

import os


def enabled() -> bool:
    """Whether the book is being built small: three seeds, one epoch, and that of 5,000 images where there are maps."""
    return os.environ.get("MNIST_INTERP_PREVIEW", "") not in ("", "0")


def reduced(count: int) -> int:
    """Return a number of images or of iterations: a fifth of it in the preview, which shows the way, not the result."""
    return count // 5 if enabled() else count
