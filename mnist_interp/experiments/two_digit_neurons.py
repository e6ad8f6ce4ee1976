"""Why a neuron answers to two digits: two features in one neuron, a stroke that both have, or a failure to tell them.

Three answers that leave different traces. Two features in superposition come by different inputs, and from different
pixels; a shared stroke comes by the same; and if the neuron failed to tell the digits apart, images that move it most
would be those that the network confuses. Every trace is measured for each pair of digits and each unit of layer 2, so
that other pairs of the same unit, and other units for the same pair, are the null. Correlations are taken between what
distinguishes a digit from the mean of the ten; for two digits at random they lie about -1/9. A network takes 0.5 s.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import ranks, selectivity
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

TOP = 0.1  # share of a digit's images that move a unit most
_PAIRS = np.array(list(combinations(range(10), 2)))


def _distinct(by_digit: np.ndarray) -> np.ndarray:
    """Take from (..., 10, n) the mean over the digits."""
    return by_digit - by_digit.mean(-2, keepdims=True)


def pair_correlations(by_digit: np.ndarray) -> np.ndarray:
    """Return the correlations of rows that belong to digits, for each of the 45 pairs.

    Parameters
    ----------
    by_digit : numpy.ndarray of shape (n_units, 10, n)
        Such as an image a digit.

    Returns
    -------
    numpy.ndarray of shape (n_units, 45)
        Pairs in the order of `itertools.combinations`; not a number where a row does not vary.
    """
    centered = by_digit - by_digit.mean(2, keepdims=True)
    lengths = np.linalg.norm(centered, axis=2, keepdims=True)
    unit = np.divide(centered, lengths, out=np.full_like(centered, np.nan), where=lengths > 0)
    first, second = _PAIRS.T
    return np.einsum("upi,upi->up", unit[:, first], unit[:, second])


def contributions(means: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return what units of layer 1 add to the input of those of layer 2 on each digit, (n_units, 10, n_inputs).

    Parameters
    ----------
    means : numpy.ndarray of shape (10, n_inputs)
        Mean activations of layer 1 by digit.
    weight : numpy.ndarray of shape (n_units, n_inputs)
        Of layer 2.
    """
    return weight[:, None] * means


def evidence(
    pixels: np.ndarray, open_gates: np.ndarray, labels: np.ndarray, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Return which pixels raise the input of each unit of layer 2 on each digit: mean of gradient times pixel.

    Parameters
    ----------
    pixels : numpy.ndarray of shape (n_images, 784)
        The images.
    open_gates : numpy.ndarray of bool, shape (n_images, n_inputs)
        Where a unit of layer 1 is above 0.
    labels : numpy.ndarray of shape (n_images,)
        The digits.
    first, second : numpy.ndarray of shape (n_inputs, 784) and (n_units, n_inputs)
        Weights of the two layers.

    Returns
    -------
    numpy.ndarray of shape (n_units, 10, 784)
        Summed over pixels it is the mean input, biases aside.
    """
    maps = []
    for digit in range(10):
        own = labels == digit
        through = open_gates[own].astype(np.float32).T @ pixels[own] / max(own.sum(), 1)
        maps.append(second @ (first * through))
    return np.stack(maps, axis=1)


def favorites(pixels: np.ndarray, values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of those tenth of a digit's images that move each unit most, less the digit's mean image.

    Returns
    -------
    numpy.ndarray of shape (n_units, 10, 784)
        In the unit of `pixels`, (n_images, 784); `values` are activations or inputs, (n_images, n_units).
    """
    found = np.zeros((values.shape[1], 10, pixels.shape[1]))
    for digit in range(10):
        own = np.flatnonzero(labels == digit)
        n = max(round(TOP * len(own)), 1)
        top = own[np.argsort(-values[own], axis=0, kind="stable")[:n]]
        for unit, images in enumerate(top.T):
            found[unit, digit] = pixels[images].mean(0) - pixels[own].mean(0)
    return found


def _rank_correlations(one: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of one variable with each column, not a number where either does not vary."""
    centered = ranks.averaged(np.column_stack([one, columns]))
    centered = centered - centered.mean(0)
    lengths = np.linalg.norm(centered, axis=0)
    products, scale = centered[:, 0] @ centered[:, 1:], lengths[0] * lengths[1:]
    return np.divide(products, scale, out=np.full(len(scale), np.nan), where=scale > 0)


def confusions(values: np.ndarray, logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return whether images of two digits that move a unit are those which the network confuses.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_images, n_units)
        Inputs of the units, whose ranks are those of their activations where these are above 0.
    logits : numpy.ndarray of shape (n_images, 10)
        What the network says.
    labels : numpy.ndarray of shape (n_images,)
        The digits.

    Returns
    -------
    confused : numpy.ndarray of shape (n_units, 45)
        How often a unit is higher on an image of the pair that is read as the other digit than on one that is not;
        0.5 if the unit does not know, not a number where no image, or every one, is read so.
    margin : numpy.ndarray of shape (n_units, 45)
        Rank correlation within a digit of the unit and of how far its logit is ahead of the other's, mean of the two.
    n_confused : numpy.ndarray of int, shape (45,)
        Images read as the other digit.
    """
    read = logits.argmax(1)
    confused, margin, counts = [], [], []
    for pair in _PAIRS:
        other = {pair[0]: pair[1], pair[1]: pair[0]}
        settled = np.flatnonzero(np.isin(labels, pair) & np.isin(read, pair))
        wrong = (read[settled] != labels[settled]).astype(int)
        counts.append(wrong.sum())
        both = 0 < wrong.sum() < len(wrong)
        confused.append(selectivity.auroc(values[settled], wrong)[1] if both else np.full(values.shape[1], np.nan))
        within = []
        for digit in pair:
            own = np.flatnonzero(labels == digit)
            ahead = logits[own, digit] - logits[own, other[digit]]
            within.append(_rank_correlations(ahead, values[own]))
        margin.append(np.mean(within, axis=0))
    return np.stack(confused, 1), np.stack(margin, 1), np.array(counts)


def _recorded(run: Run) -> dict[str, np.ndarray]:
    layers = ["relu1", "linear2", "relu2", "output"]
    found = next(sparse_forward.activations([run.model()], "test", layers))
    return {name: values.numpy() for name, values in found.items()}


@store.cached
def measured(run: Run) -> xr.Dataset:
    """Measure the traces for every unit of layer 2 and every pair of digits, on the test images.

    Parameters
    ----------
    run : Run
        A 784-32-16-10 network on plain pixels.

    Returns
    -------
    xarray.Dataset
        By ``unit`` and ``pair`` (``first`` and ``second`` are its digits): ``inputs``, the correlation over
        units of layer 1 of what they contribute on either digit; ``evidence``, over pixels, of gradient times pixel;
        ``favorites``, over pixels, of the images of either digit that move the unit most, less the digit's mean image;
        ``confused`` and ``margin``, as of `confusions`, and ``n_confused`` (pair). ``live`` (unit); ``means`` (unit,
        digit), mean activations. Maps behind them: ``evidence_map`` and ``favorite`` (unit, digit, pixel), less the
        mean over digits and less the digit's mean; ``contribution`` (unit, digit, input), less the mean over digits.
    """
    labels, pixels = mnist.load("test").labels, mnist.load("test").pixels.numpy()
    recorded = _recorded(run)
    first, second = (run.weights[f"linear{k}.weight"][-1] for k in (1, 2))
    added = _distinct(contributions(selectivity.class_means(recorded["relu1"], labels), second))
    maps = _distinct(evidence(pixels, recorded["relu1"] > 0, labels, first, second))
    liked = favorites(pixels, recorded["linear2"], labels)
    confused, margin, counts = confusions(recorded["linear2"], recorded["output"], labels)
    pairs = ("unit", "pair")
    return xr.Dataset(
        {
            "inputs": (pairs, pair_correlations(added)),
            "evidence": (pairs, pair_correlations(maps)),
            "favorites": (pairs, pair_correlations(liked)),
            "confused": (pairs, confused),
            "margin": (pairs, margin),
            "n_confused": ("pair", counts),
            "live": ("unit", (recorded["relu2"] > 0).any(0)),
            "means": (("unit", "digit"), selectivity.class_means(recorded["relu2"], labels).T),
            "contribution": (("unit", "digit", "input"), added),
            "evidence_map": (("unit", "digit", "pixel"), maps.astype(np.float32)),
            "favorite": (("unit", "digit", "pixel"), liked.astype(np.float32)),
            "first": ("pair", _PAIRS[:, 0]),
            "second": ("pair", _PAIRS[:, 1]),
        }
    )


def _shared(run: Run) -> store.Arrays:
    labels, recorded = mnist.load("test").labels, _recorded(run)
    weight = run.weights["linear2.weight"][-1]
    added = _distinct(contributions(selectivity.class_means(recorded["relu1"], labels), weight))
    found, means = pair_correlations(added), selectivity.class_means(recorded["relu2"], labels).T
    live = (recorded["relu2"] > 0).any(0)
    top = np.sort(np.argsort(-means, axis=1, kind="stable")[:, :2], axis=1)
    place = np.array([int(np.flatnonzero((pair == _PAIRS).all(1))[0]) for pair in top])
    own = np.where(live, found[np.arange(len(found)), place], np.nan)
    alive = found[live]
    others = (alive.sum(0) - found[:, :]) / max(live.sum() - 1, 1)
    return {
        "own": own,
        "other_units": np.where(live, others[np.arange(len(found)), place], np.nan),
        "other_pairs": np.where(live, (found.sum(1) - found[np.arange(len(found)), place]) / 44, np.nan),
    }


@store.cached
def shared_inputs(population: Population) -> xr.Dataset:
    """Measure whether the two digits that move a unit most come by the same inputs, over many networks.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``unit`` of layer 2: ``own``, the correlation of what units of layer 1 contribute on the two
        digits of largest mean activation; the same for this pair in the other live units (``other_units``), and in this
        unit for the other 44 pairs (``other_pairs``), means. Not a number for a dead unit.
    """
    found = parallel.each(_shared, [(run,) for run in population])
    variables = {name: (("seed", "unit"), np.stack([one[name] for one in found])) for name in found[0]}
    return xr.Dataset(variables, {"seed": population.seeds})
