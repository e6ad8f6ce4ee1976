"""What in some test images moves each neuron of layer 2: weights, saliency, integrated gradients; frames and arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.experiments import randomized_maps
from mnist_interp.methods import activations, attribution
from mnist_interp.training.runs import Run

LAYER = "linear2"
N_MISCLASSIFIED = 6


def chosen(predicted: np.ndarray) -> np.ndarray:
    """Return test images to look at: an early correct one of each digit, then some that are misclassified.

    Parameters
    ----------
    predicted : numpy.ndarray of int, shape (10000,)
        What a network predicts for all test images.
    """
    labels = mnist.load("test").labels
    correct, wrong = np.flatnonzero(predicted == labels), np.flatnonzero(predicted != labels)
    early = [correct[labels[correct] == digit][:4][-1] for digit in np.unique(labels[correct])]
    return np.concatenate([early, wrong[np.linspace(0, len(wrong) - 1, N_MISCLASSIFIED).astype(int)]])


def names(images: np.ndarray, predicted: np.ndarray) -> dict[str, int]:
    """Return the images by the names that readers see: the digit, and what it was taken for."""
    labels = mnist.load("test").labels
    told = [
        f"{labels[i]}" if predicted[i] == labels[i] else f"{labels[i]} taken for {predicted[i]} (image {i})"
        for i in images
    ]
    return dict(zip(told, images.tolist(), strict=True))


def of(run: Run, images: np.ndarray) -> xr.Dataset:
    """Return what each pixel of some test images does to each neuron of layer 2, and what the neuron says.

    Returns
    -------
    xarray.Dataset
        ``maps`` (method, image, neuron, pixel); ``before`` (image, neuron), the pre-activations.
    """
    model, pixels = run.model(), mnist.load("test").pixels[images]
    before = activations.record(model, pixels, [LAYER])[LAYER].numpy()
    neurons = range(before.shape[1])
    drawn = randomized_maps.randomized(run)

    def gradual(network: nn.Module) -> np.ndarray:
        found = [attribution.integrated_gradients(network, pixels, LAYER, n, steps=50)[0] for n in neurons]
        return np.stack(found, axis=1)

    methods = {
        "weights (signed)": attribution.input_weights(model, pixels, LAYER),
        "saliency": np.stack([attribution.saliency(model, pixels, LAYER, n) for n in neurons], axis=1),
        "integrated gradients": gradual(model),
        "weights, layer 1 randomized": attribution.input_weights(drawn, pixels, LAYER),
        "integrated gradients, layer 1 randomized": gradual(drawn),
    }
    return xr.Dataset(
        {
            "maps": (("method", "image", "neuron", "pixel"), np.stack(list(methods.values()))),
            "before": (("image", "neuron"), before),
        },
        coords={"method": list(methods), "image": images, "neuron": neurons},
    )


def labels(found: xr.Dataset) -> pd.DataFrame:
    """Return ``method``, ``image``, ``neuron``, ``label`` (number and pre-activation) of each map of `of`, in order."""
    names = ["method", "image", "neuron"]
    index = pd.MultiIndex.from_product([found[name].to_numpy().tolist() for name in names], names=names)
    texts = [
        f"{n}: {value:+.1f}".replace("-", "−")
        for values in found["before"].to_numpy()
        for n, value in enumerate(values)
    ]
    return index.to_frame(index=False).assign(label=texts * found.sizes["method"])


def gaps(run: Run, images: np.ndarray, steps: Sequence[int]) -> pd.DataFrame:
    """Return how far integrated gradients miss what neurons gained over the blank image, by number of steps.

    Returns
    -------
    pandas.DataFrame
        ``steps``; ``gap`` and ``worst``, the mean and the largest gap over neurons and images, over the mean gain.
    """
    model, pixels = run.model(), mnist.load("test").pixels[images]
    before, blank = (activations.record(model, one, [LAYER])[LAYER].numpy() for one in (pixels, pixels[:1] * 0))
    gained = np.abs(before - blank).mean()
    rows = []
    for taken in steps:
        missed = [
            attribution.integrated_gradients(model, pixels, LAYER, n, steps=taken)[1] for n in range(before.shape[1])
        ]
        gap = np.abs(np.stack(missed)) / gained
        rows.append({"steps": taken, "gap": gap.mean(), "worst": gap.max()})
    return pd.DataFrame(rows)
