"""What chapter 9 says of shuffled images in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.architectures.shuffled_frames import IN_PLACE, PATCHES, PIXELS, Networks, _accuracy
from mnist_interp.experiments import blindness
from mnist_interp.methods.statistics import interval

Numbers = dict[str, Any]


def blind(found: xr.Dataset) -> Numbers:
    """Return how far runs end apart, from `blindness.missed`.

    ``renamed`` is the largest difference in logits where a renaming is known, and ``not_renamed`` the smallest where
    none is, of which ``not_renamed_answers`` is the smallest share of answers that differ; ``steps`` of training.
    """
    known = np.isfinite(found["weights"])
    return {
        "renamed": found["logits"].where(known).max().item(),
        "not_renamed": found["logits"].where(~known).min().item(),
        "not_renamed_answers": found["answers"].where(~known).min().item(),
        "n_renamed": int(known.sum()),
        "n_not_renamed": int((~known).sum()),
        "steps": blindness.STEPS,
    }


def arms(networks: Networks) -> Numbers:
    """Return accuracies of all arms, and what shuffling costs networks of the same seeds, in points.

    Keys are ``whole_NETWORK`` in place, ``acc_NETWORK_ARRANGEMENT`` and ``cost_NETWORK_ARRANGEMENT``, with ``_low`` and
    ``_high``, its 95 % interval: ``cost_cnn_patches``, ``cost_transformer_pixels``.
    """
    numbers: Numbers = {}
    for title, own in networks.items():
        whole = pd.Series(_accuracy(own[IN_PLACE]), own[IN_PLACE].seeds)
        numbers[f"whole_{title.lower()}"] = whole.mean()
        for how, short in ((PATCHES, "patches"), (PIXELS, "pixels")):
            if how not in own:
                continue
            found, key = pd.Series(_accuracy(own[how]), own[how].seeds), f"{title.lower()}_{short}"
            cost = (100 * (whole - found)).dropna().to_numpy()
            low, high = interval(cost)
            numbers |= {f"acc_{key}": found.mean(), f"cost_{key}": cost.mean()}
            numbers |= {f"cost_{key}_low": low, f"cost_{key}_high": high}
    return numbers


def swapped(rows: pd.DataFrame) -> Numbers:
    """Return accuracies with 2, 4, 8 and 16 patches moved, from `shuffled_frames.swapped`: ``swapped_cnn_4``."""
    return {f"swapped_{row.network.lower()}_{row.moved}": row.mean for row in rows.itertuples(name="Row")}


def digits(found: xr.Dataset) -> Numbers:
    """Return how many of the figure's images are classified correctly, from `shuffled_digits.said`.

    Keys are ``right_NETWORK_ARRANGEMENT`` of networks that learned from images in place, with ``_alike`` of those that
    learned from images shuffled like these; and ``n_shown``. Twenty images of one network each: an illustration.
    """
    right = (found["probability"].argmax("digit") == found["label"]).sum(("label", "kind"))
    numbers: Numbers = {"n_shown": found["image"].size}
    for how, short in ((IN_PLACE, "in_place"), (PATCHES, "patches"), (PIXELS, "pixels")):
        for network in np.atleast_1d(found["network"].to_numpy()).tolist():
            for way, ending in (("in place", ""), ("alike", "_alike")):
                one = right.sel(network=network, arrangement=how, training=way)
                numbers[f"right_{network.lower()}_{short}{ending}"] = int(one)
    return numbers
