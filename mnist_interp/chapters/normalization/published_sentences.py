"""Two sentences of the read-me on what normalizing changes and what it does not, each made checkable.

"Still drift": from epoch 5 to the end the spread of a layer's pre-activations changes by more than a tenth, which is
what chapter 1 took for the smallest change that matters. "Less overconfident": with dropout, the mean probability of
the digit that is read exceeds the accuracy by less.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.chapters import sentences
from mnist_interp.chapters.sentences import Checked
from mnist_interp.claims import baseline
from mnist_interp.experiments import confidence
from mnist_interp.training.runs import Population

TENTH = 0.1
SINCE = 5
LAYERS = {"layer 1": "linear1", "layer 2": "linear2"}


def _share(true: np.ndarray) -> str:
    return f"in {true.sum()} of {len(true)}"


def _verdict(true: np.ndarray) -> str:
    return "true" if true.mean() >= 0.5 else "false"


def drift(grown: np.ndarray, before: np.ndarray, layer: str) -> Checked:
    """Check that a layer drifts, from relative growth, (n_seeds,), on standardized and on plain pixels."""
    drifting = np.abs(grown) > TENTH
    return Checked(
        f"{sentences.text('With input normalization')}: {layer}",
        _verdict(drifting),
        f"{grown.mean():+.0%}, more than a tenth {_share(drifting)}",
        f"{before.mean():+.0%}",
    )


def confident(masked: np.ndarray, unmasked: np.ndarray) -> Checked:
    """Check that dropout makes less overconfident, from overconfidence with and without it, (n_seeds,), paired."""
    less = masked < unmasked
    return Checked(
        sentences.text("Dropout makes"),
        _verdict(less),
        f"{100 * masked.mean():+.1f} points, less {_share(less)}",
        f"{100 * unmasked.mean():+.1f} points",
    )


def table(raw: Population, standardized: Population, unmasked: Population, masked: Population) -> pd.DataFrame:
    """Check the sentences on networks of the same seeds: plain or standardized pixels; without dropout or with it."""
    rows = [
        drift(baseline.growth(standardized, layer, SINCE), baseline.growth(raw, layer, SINCE), title)
        for title, layer in LAYERS.items()
    ]
    without, with_it = (confidence.overconfidence(one)["overconfidence"].to_numpy() for one in (unmasked, masked))
    return sentences.table([*rows, confident(with_it, without)], here="with it", elsewhere="without it")
