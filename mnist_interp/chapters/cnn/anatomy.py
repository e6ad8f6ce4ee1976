"""One convolutional network opened up: what becomes of an image, layer by layer, and what each channel likes.

Arrays to be drawn as small pictures, all of one size, each with a frame that says which is which. About 5 s a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
import torch
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import top_patches
from mnist_interp.methods import activations, attribution, projections, receptive_fields
from mnist_interp.methods.selectivity import class_means
from mnist_interp.training.runs import Run

SIDE = 28
METHODS = ("saliency", "integrated gradients")
_STEPS = 50
_PALE = 0.3


def _drawn(arrays: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Return square pictures, (n, size, size), in one size, each pixel a block."""
    return F.interpolate(torch.as_tensor(arrays)[:, None].float(), size=(side, side), mode="nearest")[:, 0].numpy()


def feature_maps(run: Run, images: Sequence[int], layer: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Return a layer's maps of some test images.

    Parameters
    ----------
    run : Run
        A convolutional network.
    images : sequence of int
        Indices in the test set.
    layer : str
        One of maps, such as ``"relu1"``.

    Returns
    -------
    arrays : numpy.ndarray of shape (n_images * n_channels, 28, 28)
        The maps, enlarged.
    frame : pandas.DataFrame
        Columns ``image`` and ``label``, the channel's number.
    """
    found = activations.record(run.model(), mnist.load("test").pixels[list(images)], [layer])[layer]
    channels = found.shape[1]
    frame = pd.DataFrame(
        {"image": np.repeat(list(images), channels), "label": np.tile(np.arange(channels), len(images))}
    )
    return _drawn(found.flatten(0, 1).numpy()), frame.assign(label=frame["label"].astype(str))


def evidence(runs: Mapping[str, Run], images: Sequence[int]) -> tuple[np.ndarray, pd.DataFrame]:
    """Return what each pixel contributed to what each network read, by two methods.

    Parameters
    ----------
    runs : mapping of str to Run
        Networks by name.
    images : sequence of int
        Indices in the test set.

    Returns
    -------
    arrays : numpy.ndarray of shape (n_runs * n_methods * n_images, 28, 28)
        Attributions of the logit of the digit that was read.
    frame : pandas.DataFrame
        Columns ``image``, ``method`` and ``label``: the network, and what it read.
    """
    pixels = mnist.load("test").pixels[list(images)]
    arrays, rows = [], []
    for name, run in runs.items():
        model = run.model()
        for image, one in zip(images, pixels.split(1), strict=True):
            read = int(model(one).argmax(1))
            shares, _ = attribution.integrated_gradients(model, one, "output", read, steps=_STEPS)
            for method, found in zip(METHODS, (attribution.saliency(model, one, "output", read), shares), strict=True):
                arrays.append(found.reshape(SIDE, SIDE))
                rows.append({"image": image, "method": method, "label": f"{name}: read as {read}"})
    return np.array(arrays), pd.DataFrame(rows)


def logits(runs: Mapping[str, Run], images: Sequence[int]) -> pd.DataFrame:
    """Return what each network says of some test images.

    Returns
    -------
    pandas.DataFrame
        Columns ``network``, ``image``, ``digit`` and ``logit``, less the mean of the ten.
    """
    pixels = mnist.load("test").pixels[list(images)]
    frames = []
    for name, run in runs.items():
        found = activations.logits(run.model(), pixels)
        centered = (found - found.mean(1, keepdim=True)).numpy()
        index = pd.MultiIndex.from_product([list(images), range(10)], names=["image", "digit"])
        frames.append(
            pd.Series(centered.ravel().round(2), index=index, name="logit").reset_index().assign(network=name)
        )
    return pd.concat(frames, ignore_index=True)


def _lit(cuts: np.ndarray) -> np.ndarray:
    """Return cuts, (n, width, width), with their margin, which the channel does not see, made pale."""
    shade = np.full_like(cuts, _PALE)
    inside = slice(receptive_fields.MARGIN, cuts.shape[1] - receptive_fields.MARGIN)
    shade[:, inside, inside] = 1
    return cuts * shade


def favorites(run: Run, layers: Sequence[str], *, count: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Return, cut out of the test images, what excites each channel most, with its context.

    Returns
    -------
    arrays : numpy.ndarray of shape (n_cuts, 48, 48)
        The cuts, enlarged; ink outside the receptive field pale.
    frame : pandas.DataFrame
        Columns ``channel``, as ``"LAYER.NUMBER"``, ``image`` and ``label``, the digit that the image shows.
    """
    digits = mnist.load("test")
    arrays, frames = [], []
    for layer in layers:
        found = top_patches.top(run, layer, count=count)
        cuts, frame = found["pixels"].to_numpy(), found["image"].to_dataframe().reset_index()
        arrays.append(_drawn(_lit(cuts.reshape(-1, *cuts.shape[2:])), side=48))
        names = [f"{layer[-1]}.{channel}" for channel in frame["channel"]]
        frames.append(frame[["image"]].assign(channel=names, label=digits.labels[frame["image"]]))
    return np.concatenate(arrays), pd.concat(frames, ignore_index=True)


def tuning_of_channels(run: Run, layers: Sequence[str], *, maps: Literal["mean", "max"]) -> pd.DataFrame:
    """Return how much each channel does on each digit, as shares of its greatest class mean on test images.

    Parameters
    ----------
    run : Run
        A convolutional network.
    layers : sequence of str
        Of maps, or of units.
    maps : {"mean", "max"}
        What stands for a map.

    Returns
    -------
    pandas.DataFrame
        Columns ``channel``, as ``"LAYER.NUMBER"``, ``layer``, ``number``, ``digit`` and ``value``.
    """
    digits = mnist.load("test")
    found = activations.record_per_unit(run.model(), digits.pixels, list(layers), maps=maps)
    frames = []
    for layer, values in found.items():
        means = class_means(values, digits.labels)
        shares = (means / np.maximum(means.max(0), 1e-9)).T.round(3)
        index = pd.MultiIndex.from_product([range(len(shares)), range(10)], names=["number", "digit"])
        frame = pd.Series(shares.ravel(), index=index, name="value").reset_index()
        frames.append(frame.assign(layer=layer, channel=[f"{layer[-1]}.{number}" for number in frame["number"]]))
    return pd.concat(frames, ignore_index=True)


def tuning_both_ways(run: Run, layers: Sequence[str]) -> pd.DataFrame:
    """Return `tuning_of_channels` by the mean and by the largest value of a map: its columns, and ``kind``."""
    kinds: tuple[Literal["mean", "max"], ...] = ("mean", "max")
    return pd.concat(
        [tuning_of_channels(run, layers, maps=kind).assign(kind=kind) for kind in kinds], ignore_index=True
    )


def placed(spaces: Mapping[str, tuple[Run, str]], images: Sequence[int], *, most: int) -> pd.DataFrame:
    """Return test images placed by UMAP of layers, each layer on its own.

    Parameters
    ----------
    spaces : mapping of str to (Run, str)
        A network and a layer, by name.
    images : sequence of int
        Indices in the test set; all of them are placed.
    most : int
        How many of each digit are returned.

    Returns
    -------
    pandas.DataFrame
        Columns ``space``, ``image``, ``label``, ``predicted``, ``x`` and ``y``.
    """
    digits, frames = mnist.load("test"), []
    pixels = digits.pixels[list(images)]
    for name, (run, layer) in spaces.items():
        found = activations.record(run.model(), pixels, [layer])[layer].flatten(1).numpy()
        x, y = projections.on_grid(projections.umap(found, neighbors=15, seed=0)["map"]).T
        frame = pd.DataFrame({"space": name, "image": images, "label": digits.labels[images]})
        frame["predicted"] = activations.logits(run.model(), pixels).argmax(1).numpy()
        frames.append(frame.assign(x=x, y=y).groupby("label").head(most))
    return pd.concat(frames, ignore_index=True)
