"""How what a network does changes while it trains, always on the same images.

The published notebooks took layer histograms from one random batch an epoch and neuron means from a whole epoch of
moving weights; here every checkpoint sees the same 10,000 test images. One pass over a network's 31 checkpoints takes
a fifth of a second, on one processor, and is kept by the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import activations, class_sums, evaluate, projections
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

LAYERS = ("linear1", "relu1", "linear2", "relu2", "output")
GROUPS = ("all", *map(str, range(10)))
N_BINS = 40


def layers(run: Run) -> tuple[str, ...]:
    """Name the layers that are summarized, `LAYERS` in the published network: linear ones, convolutions and ReLUs."""
    kinds = (nn.Linear, nn.Conv2d, nn.ReLU)
    return tuple(name for name, module in run.model().named_children() if isinstance(module, kinds))


@store.cached
def summary(population: Population, places: Sequence[int] | None = None, per_class: int | None = None) -> store.Arrays:
    """Summarize every layer of every run at every checkpoint, on the test images.

    Parameters
    ----------
    population : Population
        Networks of one architecture; shapes below are those of the published one.
    places : sequence of int, optional
        Checkpoints; all unless told.
    per_class : int, optional
        Test images of each digit; all unless told.

    Returns
    -------
    dict of numpy.ndarray
        ``mean`` and ``std``: (n_runs, n_checkpoints, 5 layers, 11), over the values of all units for all images, then
        for each digit; ``class_means``: (n_runs, n_checkpoints, 10, 48), mean activation by digit of the 32 units of
        ``relu1`` and the 16 of ``relu2``; ``confusion``: (n_runs, n_checkpoints, 10, 10), images by true and
        predicted digit.
    """
    found = parallel.each(_of_run, [(run, places, per_class) for run in population])
    return {name: np.stack([one[name] for one in found]) for name in found[0]}


@store.cached
def _of_run(run: Run, places: Sequence[int] | None, per_class: int | None) -> store.Arrays:
    """Summarize one run, so that populations which share it share the work: as `summary`, without the first axis."""
    labels = mnist.load("test").labels[slice(None) if per_class is None else mnist.sample("test", per_class)]
    counts, rows = np.bincount(labels, minlength=10), []
    for found in _recorded(run, range(len(run.steps)) if places is None else places, per_class):
        sums = {layer: class_sums.of(values.flatten(1).numpy(), labels) for layer, values in found.items()}
        moments = np.stack([_moments(np.stack(one), counts) for one in sums.values()])
        hidden = [
            sums[layer][0].reshape(10, values.shape[1], -1).mean(2)
            for layer, values in found.items()
            if layer.startswith("relu")
        ]
        rows.append(
            {
                "mean": moments[:, 0],
                "std": moments[:, 1],
                "class_means": np.hstack(hidden) / counts[:, None],
                "confusion": evaluate.count_predictions(found["output"].numpy(), labels),
            }
        )
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _recorded(run: Run, places: Sequence[int], per_class: int | None) -> Iterator[dict[str, torch.Tensor]]:
    """Yield the layers' values on the test images, or so many of each digit, at each of some checkpoints."""
    models, names = [run.model(place) for place in places], layers(run)
    if per_class is None and run.recipe.model == "mlp":
        yield from sparse_forward.activations(models, "test", names)
        return
    pixels = mnist.load("test").pixels[slice(None) if per_class is None else mnist.sample("test", per_class)]
    yield from (activations.record(model, pixels, names) for model in models)


def _moments(sums: np.ndarray, n_images: np.ndarray) -> np.ndarray:
    """Return mean and standard deviation of all values, then of each digit's, (2, 11), from sums (2, 10, n_values)."""
    counts, by_digit = n_images * sums.shape[2], sums.sum(2)
    totals = np.column_stack([by_digit.sum(1), by_digit]) / np.append(counts.sum(), counts)
    return np.stack([totals[0], np.sqrt(totals[1] - totals[0] ** 2)])


def accuracy(summarized: store.Arrays) -> np.ndarray:
    """Return test accuracy, a fraction, from `summary`: (n_runs, n_checkpoints)."""
    confusion = summarized["confusion"]
    return np.trace(confusion, axis1=2, axis2=3) / confusion.sum((2, 3))


def below_zero(summarized: store.Arrays) -> np.ndarray:
    """Return the spread of what layer 1's ReLU cuts off, min(linear1, 0), from `summary`: (n_runs, n_checkpoints)."""
    means, squares = (summarized["mean"][..., :2, 0], summarized["std"][..., :2, 0] ** 2)
    # A value is its positive part or its negative part, so the squares of the two parts add up to its own.
    second = squares + means**2
    negative = means[..., 0] - means[..., 1]
    return np.sqrt(second[..., 0] - second[..., 1] - negative**2)


def class_accuracy(summarized: store.Arrays) -> np.ndarray:
    """Return test accuracy by digit, fractions, from `summary`: (n_runs, n_checkpoints, 10)."""
    confusion = summarized["confusion"]
    return np.diagonal(confusion, axis1=2, axis2=3) / confusion.sum(3)


def by_checkpoint(run: Run, values: np.ndarray, **names: tuple[str, ...]) -> pd.DataFrame:
    """Lay out one run's values by checkpoint as a tidy frame.

    Parameters
    ----------
    run : Run
        Whose checkpoints they are.
    values : numpy.ndarray of shape (n_checkpoints, ...)
        One axis more for each of `names`.
    **names : tuple of str
        Name of each further axis, and the names along it.

    Returns
    -------
    pandas.DataFrame
        Columns ``checkpoint``, ``epoch``, those of `names`, and ``value``.
    """
    index = pd.MultiIndex.from_product([range(len(values)), *names.values()], names=["checkpoint", *names])
    frame = pd.Series(values.ravel(), index=index, name="value").reset_index()
    frame.insert(1, "epoch", np.asarray(run.epochs)[frame["checkpoint"]])
    return frame


def milestones(run: Run) -> list[int]:
    """Choose checkpoints for a page: a few within the first epoch, then epochs ever farther apart."""
    wanted = [
        0,
        1,
        4,
        16,
        64,
        256,
        *(run.steps[-1] // run.recipe.epochs * epoch for epoch in (1, 2, 3, 4, 5, 7, 10, 15)),
    ]
    return [place for place, step in enumerate(run.steps) if step in wanted or step == run.steps[-1]]


def moment(run: Run, checkpoint: int) -> str:
    """Say in words when a checkpoint was taken."""
    step, epoch = run.steps[checkpoint], run.epochs[checkpoint]
    if step == 0:
        return "untrained"
    if epoch < 1:
        return f"{step} step{'s' if step > 1 else ''}"
    return f"epoch {epoch:.0f}"


def neuron_means(run: Run, summarized: store.Arrays) -> pd.DataFrame:
    """Lay out the mean activation of every hidden neuron at every checkpoint.

    Parameters
    ----------
    run : Run
        The first of the population that was summarized.
    summarized : dict of numpy.ndarray
        From `summary`.

    Returns
    -------
    pandas.DataFrame
        Columns ``checkpoint``, ``moment``, ``digit`` ("all", "0", ... "9"), ``layer`` (1 or 2), ``neuron``, ``value``.
    """
    means = summarized["class_means"][0]
    counts = np.bincount(mnist.load("test").labels)
    everything = np.einsum("kcn,c->kn", means, counts / counts.sum())[:, None]
    frame = by_checkpoint(
        run, np.concatenate([everything, means], axis=1), digit=GROUPS, unit=tuple(map(str, range(48)))
    )
    unit = frame.pop("unit").astype(int)
    frame["layer"] = np.where(unit < 32, 1, 2)
    frame["neuron"] = np.where(unit < 32, unit, unit - 32)
    frame["moment"] = [moment(run, checkpoint) for checkpoint in frame["checkpoint"]]
    return frame.drop(columns="epoch")


def layer2_in_plane(run: Run, checkpoints: list[int], *, per_class: int) -> pd.DataFrame:
    """Place test images by layer 2 at several checkpoints, always along the same two directions.

    The directions are the discriminants of the last checkpoint, fitted on the training images.

    Parameters
    ----------
    run : Run
        One network.
    checkpoints : list of int
        Which of its checkpoints.
    per_class : int
        Images of each digit.

    Returns
    -------
    pandas.DataFrame
        Columns ``checkpoint``, ``image`` (index in the test set), ``label``, ``predicted``, ``x``, ``y``.
    """
    fitted, digits, few = mnist.load("train"), mnist.load("test"), mnist.sample("test", per_class)
    trained = activations.record(run.model(), fitted.pixels, ["relu2"])["relu2"].numpy()
    basis = projections.discriminant_basis(trained, fitted.labels)
    frames = []
    for checkpoint in checkpoints:
        seen = activations.record(run.model(checkpoint), digits.pixels[few], ["relu2", "output"])
        x, y = basis.transform(seen["relu2"].numpy()).T
        read = seen["output"].argmax(1).numpy()
        columns = {"image": few, "label": digits.labels[few], "predicted": read, "x": x, "y": y}
        frames.append(pd.DataFrame({"checkpoint": checkpoint, **columns}))
    return pd.concat(frames, ignore_index=True)


def histograms(run: Run, layer: str) -> pd.DataFrame:
    """Count a layer's values at the milestones of training, for all test images and for each digit.

    The bins span the 0.1 to 99.9 percentiles of all checkpoints together, the outermost taking what lies beyond.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        Name of a layer.

    Returns
    -------
    pandas.DataFrame
        Columns ``checkpoint``, ``digit`` ("all", "0", ... "9"), ``low`` and ``high`` (edges of the bin) and ``share``
        (of the values of that group). Empty bins are left out.
    """
    digits = mnist.load("test")
    steps = milestones(run)
    values = [activations.record(run.model(step), digits.pixels, [layer])[layer].numpy() for step in steps]
    low, high = np.percentile(np.stack(values), [0.1, 99.9])
    edges = np.linspace(low, high, N_BINS + 1)
    rows = []
    for checkpoint, found in zip(steps, values, strict=True):
        bins = np.clip(np.searchsorted(edges, found, side="right") - 1, 0, N_BINS - 1)
        counts = np.stack([np.bincount(bins[digits.labels == d].ravel(), minlength=N_BINS) for d in range(10)])
        shares = np.vstack([counts.sum(0), counts]) / np.append(counts.sum(), counts.sum(1))[:, None]
        group, column = np.nonzero(shares)
        rows.append(
            pd.DataFrame(
                {
                    "checkpoint": checkpoint,
                    "digit": np.array(GROUPS)[group],
                    "low": edges[column],
                    "high": edges[column + 1],
                    "share": shares[group, column],
                }
            )
        )
    return pd.concat(rows, ignore_index=True)
