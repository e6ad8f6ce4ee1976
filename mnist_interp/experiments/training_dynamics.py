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
import xarray as xr
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, sparse_forward
from mnist_interp.methods import activations, class_sums, evaluate, projections
from mnist_interp.runtime import labeled, parallel, store
from mnist_interp.training.runs import Population, Run, is_perceptron

LAYERS = ("linear1", "relu1", "linear2", "relu2", "output")
GROUPS = ("all", *map(str, range(10)))
N_BINS = 40


def layers(run: Run) -> tuple[str, ...]:
    """Name the layers that are summarized, `LAYERS` in the published network: linear ones, convolutions and ReLUs."""
    kinds = (nn.Linear, nn.Conv2d, nn.ReLU)
    return tuple(name for name, module in run.model().named_children() if isinstance(module, kinds))


@store.cached
def summary(
    population: Population, checkpoints: Sequence[int] | None = None, per_class: int | None = None
) -> xr.Dataset:
    """Return how the values of every layer are spread, and what is predicted, on the test images.

    Parameters
    ----------
    population : Population
        Networks of one architecture.
    checkpoints : sequence of int, optional
        Indices into the runs' checkpoints; all unless told.
    per_class : int, optional
        Test images of each digit; all unless told.

    Returns
    -------
    xarray.Dataset
        ``mean`` and ``std`` (seed, checkpoint, layer, digit), over the values of all units of a layer for the images of
        a digit; ``mean_overall`` and ``std_overall`` (seed, checkpoint, layer), for all images; ``confusion`` (seed,
        checkpoint, true, predicted), numbers of images.
    """
    found, coordinates = _by_seed(population, checkpoints, per_class)
    axes = ("seed", "checkpoint", "layer")
    return xr.Dataset(
        {
            "mean": ((*axes, "digit"), found["mean"][..., 1:]),
            "std": ((*axes, "digit"), found["std"][..., 1:]),
            "mean_overall": (axes, found["mean"][..., 0]),
            "std_overall": (axes, found["std"][..., 0]),
            "confusion": (("seed", "checkpoint", "true", "predicted"), found["confusion"]),
        },
        coords={
            **coordinates,
            "layer": list(layers(population[0])),
            "digit": range(10),
            "true": range(10),
            "predicted": range(10),
        },
    )


def class_means(
    population: Population, checkpoints: Sequence[int] | None = None, per_class: int | None = None
) -> xr.DataArray:
    """Return the mean activation of every hidden unit for each digit, (seed, checkpoint, digit, neuron).

    Parameters as of `summary`; a ``neuron`` is a ``layer`` ("relu1", ...) and a ``unit`` of it.
    """
    return _class_means(population, checkpoints, per_class)["class_means"]


@store.cached
def _class_means(population: Population, checkpoints: Sequence[int] | None, per_class: int | None) -> xr.Dataset:
    found, coordinates = _by_seed(population, checkpoints, per_class)
    return xr.Dataset(
        {"class_means": (("seed", "checkpoint", "digit", "neuron"), found["class_means"])},
        coords=recordings.neuron_labels(recordings.hidden_sizes(population[0])).assign(
            {**coordinates, "digit": range(10)}
        ),
    )


def _by_seed(
    population: Population, checkpoints: Sequence[int] | None, per_class: int | None
) -> tuple[store.Arrays, dict[str, list[int]]]:
    """Return what `_of_run` returns of every run, with one axis more in front, and the labels of the first two axes."""
    found = parallel.each(_of_run, [(run, checkpoints, per_class) for run in population])
    taken = range(len(population[0].steps)) if checkpoints is None else checkpoints
    stacked = {name: np.stack([one[name] for one in found]) for name in found[0]}
    return stacked, {"seed": population.seeds, "checkpoint": list(taken)}


@store.cached
def _of_run(run: Run, checkpoints: Sequence[int] | None, per_class: int | None) -> store.Arrays:
    """Measure one run, so that populations which share it share the work.

    Returns
    -------
    dict of numpy.ndarray
        ``mean`` and ``std``: (n_checkpoints, n_layers, 11), for all images and then for those of each digit;
        ``class_means``: (n_checkpoints, 10, n_hidden_units); ``confusion``: (n_checkpoints, 10, 10).
    """
    labels = mnist.load("test").labels[slice(None) if per_class is None else mnist.sample("test", per_class)]
    counts, rows = np.bincount(labels, minlength=10), []
    for found in _recorded(run, range(len(run.steps)) if checkpoints is None else checkpoints, per_class):
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


def _recorded(run: Run, checkpoints: Sequence[int], per_class: int | None) -> Iterator[dict[str, torch.Tensor]]:
    """Yield the layers' values on the test images, or so many of each digit, at each of some checkpoints."""
    models, names = [run.model(checkpoint) for checkpoint in checkpoints], layers(run)
    if per_class is None and is_perceptron(run.recipe):
        yield from sparse_forward.activations(models, "test", names)
        return
    pixels = mnist.load("test").pixels[slice(None) if per_class is None else mnist.sample("test", per_class)]
    yield from (activations.record(model, pixels, names) for model in models)


def _moments(sums: np.ndarray, n_images: np.ndarray) -> np.ndarray:
    """Return mean and standard deviation of all values, then of each digit's, (2, 11), from sums (2, 10, n_values)."""
    counts, by_digit = n_images * sums.shape[2], sums.sum(2)
    totals = np.column_stack([by_digit.sum(1), by_digit]) / np.append(counts.sum(), counts)
    return np.stack([totals[0], np.sqrt(totals[1] - totals[0] ** 2)])


def grouped(summarized: xr.Dataset, name: str) -> xr.DataArray:
    """Return ``mean`` or ``std`` of `summary` for all images and for each digit, with the labels `GROUPS`."""
    by_digit = summarized[name].assign_coords(digit=list(GROUPS[1:]))
    return xr.concat([summarized[f"{name}_overall"].expand_dims(digit=[GROUPS[0]]), by_digit], "digit").transpose(
        *by_digit.dims
    )


def _correct(summarized: xr.Dataset) -> xr.DataArray:
    digits = xr.DataArray(range(10), dims="digit", coords={"digit": range(10)})
    return summarized["confusion"].sel(true=digits, predicted=digits).drop_vars(["true", "predicted"])


def accuracy(summarized: xr.Dataset) -> xr.DataArray:
    """Return test accuracy, a fraction, from `summary`: (seed, checkpoint)."""
    return _correct(summarized).sum("digit") / summarized["confusion"].sum(["true", "predicted"])


def class_accuracy(summarized: xr.Dataset) -> xr.DataArray:
    """Return test accuracy by digit, fractions, from `summary`: (seed, checkpoint, digit)."""
    return _correct(summarized) / summarized["confusion"].sum("predicted").rename(true="digit")


def below_zero(summarized: xr.Dataset) -> xr.DataArray:
    """Return the spread of what layer 1's ReLU cuts off, min(linear1, 0), from `summary`: (seed, checkpoint)."""
    means, squares = summarized["mean_overall"], summarized["std_overall"] ** 2
    # A value is its positive part or its negative part, so the squares of the two parts add up to its own.
    second = squares + means**2
    both = [values.sel(layer="linear1", drop=True) - values.sel(layer="relu1", drop=True) for values in (means, second)]
    return (both[1] - both[0] ** 2) ** 0.5


def by_checkpoint(run: Run, values: xr.DataArray) -> pd.DataFrame:
    """Return one run's values as a tidy frame: a column for each label, ``epoch`` after ``checkpoint``, ``value``.

    Parameters
    ----------
    run : Run
        Whose checkpoints they are.
    values : xarray.DataArray
        With a first dimension ``checkpoint``.
    """
    frame = labeled.tidy(values)
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
