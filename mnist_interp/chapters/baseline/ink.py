"""How much ink the images of a digit hold."""

from __future__ import annotations

import pandas as pd

from mnist_interp.data.mnist import Digits


def by_digit(images: Digits) -> pd.DataFrame:
    """Return ``digit``, and the ``mean`` and ``std`` over its images of their mean pixel, with ``low`` and ``high``."""
    pixels = pd.DataFrame({"digit": images.labels, "ink": images.pixels.numpy().mean(axis=1)})
    ink = pixels.groupby("digit")["ink"].agg(["mean", "std"]).reset_index()
    return ink.assign(low=ink["mean"] - ink["std"], high=ink["mean"] + ink["std"])
