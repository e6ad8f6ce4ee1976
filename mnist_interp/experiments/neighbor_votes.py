"""How often neighbors among the training images vote for an image's digit, in the pixels and in a layer.

Neighbors of 2,000 test images are sought among all 60,000 training images: about 5 s.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from sklearn.neighbors import KNeighborsClassifier

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.runtime import preview, store
from mnist_interp.training.runs import Run

NEIGHBORS, PER_CLASS = 10, 200


@store.cached
def of_training_images(run: Run, layer: str = "relu2") -> xr.Dataset:
    """Return the accuracy of a vote of ten neighbors.

    Parameters
    ----------
    run : Run
        A multilayer network.
    layer : str
        The layer that is held against the pixels.

    Returns
    -------
    xarray.Dataset
        ``accuracy`` (space), a fraction of 200 test images a digit; ``space`` is "pixels" or the layer.
    """
    train, test = mnist.load("train"), mnist.load("test")
    chosen, among = mnist.sample("test", PER_CLASS), slice(preview.reduced(len(train)))
    splits: tuple[mnist.Split, ...] = ("train", "test")
    values = [next(sparse_forward.activations([run.model()], split, [layer]))[layer].numpy() for split in splits]
    spaces = {"pixels": [one.images.reshape(len(one), -1) / np.float32(255) for one in (train, test)], layer: values}
    found = [
        KNeighborsClassifier(NEIGHBORS, algorithm="brute")
        .fit(known[among], train.labels[among])
        .score(asked[chosen], test.labels[chosen])
        for known, asked in spaces.values()
    ]
    return xr.Dataset({"accuracy": ("space", found)}, {"space": list(spaces)})
