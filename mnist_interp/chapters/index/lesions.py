"""What the bench on the cover shows: neuron 0 of layer 2 whole, and taken out in three ways."""

from __future__ import annotations

import numpy as np
import xarray as xr

from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods import ablation
from mnist_interp.methods.references import REFERENCES, Lesion
from mnist_interp.runtime import preview
from mnist_interp.training.runs import Run

NEURON, DIGIT = 0, 1
UNTOUCHED = "untouched"
WAYS = (UNTOUCHED, "zero", "mean", "refit")
N_SHOWN = 8


def of_neuron0(run: Run) -> xr.Dataset:
    """Take neuron 0 of layer 2 out, and record what the network says of 1s.

    The mean is that of the training images, biases are refitted on as many of them as in chapter 3; the 1s are those of
    the test images, shown are the first few of them, whatever becomes of them.

    Parameters
    ----------
    run : Run
        A perceptron whose second hidden layer is ``"relu2"``.

    Returns
    -------
    xarray.Dataset
        ``activation`` (way, image, neuron), ``probability`` (way, image, digit) of the shown images, labeled by their
        places among the test images; ``right`` (way), the share of all 1s that are correctly classified; ``instead``
        (way), the digit that other 1s are most often taken for, and ``instead_share``, how many of them. Ways are
        `WAYS`.
    """
    test, training = (recordings.stage(run, "relu2", split) for split in ("test", "train"))
    mean = ablation.mean(training)
    few = recordings.stage(run, "relu2", "train", per_class=preview.reduced(ablation_effects.REFITTED_ON))
    lesion = Lesion(NEURON, test, few, mean, ablation.partners(len(test.labels), seed=0))
    ones = np.flatnonzero(test.labels == DIGIT)
    shown = ones[:N_SHOWN]
    held = {"mean": float(mean[NEURON])}
    found = []
    for way in WAYS:
        values = test.values.numpy()[shown]
        if way == UNTOUCHED:
            logits = test.untouched()
        else:
            logits = REFERENCES[way](lesion)
            values[:, NEURON] = held.get(way, 0.0)
        taken = np.bincount(logits[ones].argmax(1).numpy(), minlength=logits.shape[1])
        others = np.where(np.arange(len(taken)) == DIGIT, 0, taken)
        columns = {
            "activation": (("image", "neuron"), values),
            "probability": (("image", "digit"), logits[shown].softmax(1).numpy()),
            "right": taken[DIGIT] / taken.sum(),
            "instead": others.argmax(),
            "instead_share": others.max() / max(others.sum(), 1),
        }
        found.append(xr.Dataset(columns, {"image": shown, "digit": range(len(taken))}))
    return xr.concat(found, xr.Variable("way", list(WAYS)))
