"""The ten logits of 1s without neuron 0, while one number is added to the logit for 1: frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters.index.lesions import DIGIT, NEURON
from mnist_interp.experiments import recordings
from mnist_interp.methods import ablation
from mnist_interp.training.runs import Run

BIASES = np.arange(0, 8.5, 0.5)


def _logits(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits of the test images with the neuron at zero, (n_images, 10), and the digits."""
    stage = recordings.stage(run, "relu2")
    return ablation.intervene(stage, [NEURON], ablation.zero(stage)).numpy(), np.asarray(stage.labels)


def right(run: Run) -> xr.Dataset:
    """Count correct answers without neuron 0 for every number added to the logit for 1.

    Parameters
    ----------
    run : Run
        A perceptron whose last hidden layer is ``"relu2"``.

    Returns
    -------
    xarray.Dataset
        By ``bias``: shares of the 1s (``ones``), of all other test images (``rest``) and of ``all`` that are correctly
        classified; ``precision``, the share of 1s among the images that are called 1 (not a number where none is).
    """
    logits, labels = _logits(run)
    ones = labels == DIGIT
    shares = []
    for bias in BIASES:
        said = (logits + bias * (np.arange(logits.shape[1]) == DIGIT)).argmax(1)
        correct, called = said == labels, said == DIGIT
        precision = ones[called].mean() if called.any() else np.nan
        shares.append((correct[ones].mean(), correct[~ones].mean(), correct.mean(), precision))
    columns = zip(("ones", "rest", "all", "precision"), np.array(shares).T, strict=True)
    return xr.Dataset({name: ("bias", column) for name, column in columns}, {"bias": BIASES})


def mean_logits(run: Run) -> pd.DataFrame:
    """Lay out the mean logits of 1s without neuron 0.

    Returns
    -------
    pandas.DataFrame
        Columns ``bias``, ``digit`` and ``logit``.
    """
    logits, labels = _logits(run)
    mean = logits[labels == DIGIT].mean(0)
    digits = np.arange(len(mean))
    return pd.concat(
        [pd.DataFrame({"bias": bias, "digit": digits, "logit": mean + bias * (digits == DIGIT)}) for bias in BIASES],
        ignore_index=True,
    )


def says(run: Run) -> pd.DataFrame:
    """Say how many images are correctly classified for each number added: columns ``bias`` and ``text``."""
    found, stage = right(run), recordings.stage(run, "relu2")
    correct, ones_too = stage.untouched().argmax(1).numpy() == stage.labels, np.asarray(stage.labels) == DIGIT
    before = f"with neuron 0, {correct[ones_too].mean():.0%} and {correct[~ones_too].mean():.0%}"
    texts = [
        f"Correctly classified: **{ones:.0%}** of the 1s, **{rest:.0%}** of all other digits ({before}). "
        + (f"Of the images called 1, **{precision:.0%}** are." if precision == precision else "No image is called 1.")
        for ones, rest, precision in np.transpose([found[name] for name in ("ones", "rest", "precision")])
    ]
    return pd.DataFrame({"bias": BIASES, "text": texts})
