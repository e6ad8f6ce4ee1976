"""A neuron's dossier: what is known of each of a network's 48 hidden units, as frames for one figure.

A figure shares one state among its panels, so the frames' column ``unit`` numbers all hidden units through
(`shared_numbers`). Activations of units of very different reach share one axis, so they
are given as shares of a unit's greatest activation on the test images. Costs about 3 s a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, training_dynamics, unit_selectivity
from mnist_interp.methods import activations, attribution, selectivity
from mnist_interp.runtime import labeled
from mnist_interp.training.runs import Population, Run

SHOWN = 18
BINS = 10
MAPPED_PER_CLASS = 50


def shared_numbers(run: Run) -> dict[tuple[str, int], int]:
    """Return the number that the chapter's figures share for each hidden unit, by its layer and its number there."""
    index = recordings.neuron_labels(recordings.hidden_sizes(run)).to_index()
    return {neuron: number for number, neuron in enumerate(index)}


def names(run: Run) -> dict[str, int]:
    """Return `shared_numbers` by the names a reader knows the units by, layer 2 first."""
    numbers = shared_numbers(run)
    titles = {layer: title for title, layer in unit_selectivity.LAYERS.items()}
    second_first = sorted(numbers, key=lambda neuron: (neuron[0] != "relu2", neuron))
    return {f"{titles[layer]}, neuron {unit}": numbers[layer, unit] for layer, unit in second_first}


def addresses(run: Run) -> dict[str, int]:
    """Return `shared_numbers` by the address fragment of each unit, such as ``neuron=2:14``: layer and number."""
    return {
        f"neuron={layer.removeprefix('relu')}:{unit}": number for (layer, unit), number in shared_numbers(run).items()
    }


def _tidy(values: np.ndarray, **axes: Sequence[int]) -> pd.DataFrame:
    """Return ``unit``, a column for each further axis, and ``value``, of an array whose first axis is all units."""
    labels = {"unit": range(len(values)), **axes}
    return labeled.tidy(xr.DataArray(values, labels, tuple(labels)))


def _reach(values: np.ndarray) -> np.ndarray:
    return np.maximum(values.max(0), 1e-9)


@dataclass(frozen=True)
class Dossier:
    """Frames of one network's hidden units, each with a column ``unit``.

    Attributes
    ----------
    names : dict of str to int
        The values of ``unit`` by name.
    addresses : dict of str to int
        The same by the units' addresses on the page, such as ``neuron=2:14``.
    words : pandas.DataFrame
        ``text``: what the unit is, in a few sentences.
    spread : pandas.DataFrame
        ``digit``, ``mean``, ``low``, ``high`` (tenth and ninetieth percentile over test images), as shares of reach.
    counts : pandas.DataFrame
        ``digit``, ``bin``, ``value``: share of the digit's test images in that tenth of the unit's reach.
    votes : pandas.DataFrame
        ``digit``, ``value``: the mean gradient of each logit with respect to the unit, which for layer 2 is its
        readout row.
    history : pandas.DataFrame
        ``checkpoint``, ``digit``, ``value``: class means on test images, over the greatest of them.
    images : pandas.DataFrame
        ``end`` ("most", "least"), ``image``, ``label``, ``predicted``: the test images of greatest and least
        pre-activation.
    maps : numpy.ndarray of shape (48, 28, 28)
        Weights over the pixels; for layer 2 averaged over test images.
    """

    names: dict[str, int]
    addresses: dict[str, int]
    words: pd.DataFrame
    spread: pd.DataFrame
    counts: pd.DataFrame
    votes: pd.DataFrame
    history: pd.DataFrame
    images: pd.DataFrame
    maps: np.ndarray


def _sentence(name: str, one: xr.Dataset) -> str:
    """Say what a unit is, from its part of `unit_selectivity.summary`, with its ``word`` and its ``scores``."""
    word, digit = str(one["word"].item()), int(one["favorite"])
    head = f"**{name[0].upper()}{name[1:]}: {word}.** "
    if word == "dead":
        return head + "Never above zero on any training image: it has nothing to say."
    second = int(one["scores"].to_numpy().argsort()[-2])
    bar = float(one["null_index"].quantile(0.95))
    lean = f"{float(one['scores'].sel(digit=second)):.2f}".replace("-", "−")
    active, hits, alarms, wrong = (float(one[rate]) for rate in ("active", "hits", "false_alarms", "false_share"))
    return (
        f"{head}Above zero on {active:.1%} of the training images. Its favorite digit is {digit}, with a score of "
        f"{float(one['scores'].sel(digit=digit)):.2f} (permuted labels: up to {bar:.2f}); next comes {second}, with "
        f"{lean}. AUROC for {digit}: {float(one['auroc'].sel(digit=digit)):.3f}. At its best threshold it reports "
        f"{hits:.0%} of the {digit}s and {alarms:.0%} of the rest; {wrong:.0%} of its reports are wrong."
    )


def _words(run: Run, found: xr.Dataset) -> pd.DataFrame:
    """Return ``unit`` and ``text``, from `unit_selectivity.summary` of one trained network."""
    told = found.assign(
        word=unit_selectivity.statuses(found["train_means"], found["active"]).variable,
        scores=unit_selectivity.scores(found["train_means"]).variable,
    )
    neurons = list(shared_numbers(run))
    return pd.DataFrame(
        [{"unit": unit, "text": _sentence(name, told.sel(neuron=neurons[unit]))} for name, unit in names(run).items()]
    )


def _votes(run: Run, active: xr.DataArray) -> np.ndarray:
    readout, second = run.weights["output.weight"][-1], run.weights["linear2.weight"][-1]
    passed = active.sel(layer="relu2").to_numpy()[:, None] * second
    return np.vstack([(readout @ passed).T, readout.T])


def _images(run: Run) -> pd.DataFrame:
    test = mnist.load("test")
    seen = activations.record(run.model(), test.pixels, ["linear1", "linear2", "output"])
    order = np.argsort(np.hstack([seen["linear1"].numpy(), seen["linear2"].numpy()]), axis=0, kind="stable")
    read = seen["output"].argmax(1).numpy()
    rows = [
        pd.DataFrame(
            {"unit": unit, "end": end, "image": chosen, "label": test.labels[chosen], "predicted": read[chosen]}
        )
        for unit in range(order.shape[1])
        for end, chosen in (("most", order[::-1][:SHOWN, unit]), ("least", order[:SHOWN, unit]))
    ]
    return pd.concat(rows, ignore_index=True)


def _maps(run: Run) -> np.ndarray:
    pixels = mnist.load("test").pixels[mnist.sample("test", MAPPED_PER_CLASS)]
    second = attribution.input_weights(run.model(), pixels, "linear2").mean(0)
    return np.vstack([run.weights["linear1.weight"][-1], second]).reshape(-1, 28, 28)


def of(run: Run) -> Dossier:
    """Gather the dossiers of a network's 48 hidden units.

    Parameters
    ----------
    run : Run
        A 784-32-16-10 network.
    """
    population = Population(run.recipe, (run,))
    found = unit_selectivity.summary(population).sel(seed=run.seed, state="trained")
    labels = mnist.load("test").labels
    values = recordings.hidden_units(run, "test")
    shares = values / _reach(values)
    groups = [shares[labels == digit] for digit in range(10)]
    spread = _tidy(selectivity.class_means(shares, labels).T, digit=range(10)).rename(columns={"value": "mean"})
    spread["low"], spread["high"] = (
        np.stack([np.quantile(rows, q, axis=0) for rows in groups]).T.ravel() for q in (0.1, 0.9)
    )
    tenth = np.ceil(shares * BINS).astype(int)
    counts = np.stack([[(tenth[labels == d] == b).mean(0) for b in range(BINS + 1)] for d in range(10)])
    checkpoints = training_dynamics.milestones(run)
    means = training_dynamics.class_means(population).sel(seed=run.seed, checkpoint=checkpoints)
    history = means / np.maximum(means.max(["checkpoint", "digit"]), 1e-9)
    active = xr.DataArray((values > 0).mean(0), found["active"].coords, found["active"].dims)
    return Dossier(
        names=names(run),
        addresses=addresses(run),
        words=_words(run, found),
        spread=spread,
        counts=_tidy(counts.transpose(2, 0, 1), digit=range(10), bin=range(BINS + 1)),
        votes=_tidy(_votes(run, active), digit=range(10)),
        history=_tidy(
            history.transpose("neuron", "checkpoint", "digit").to_numpy(), checkpoint=checkpoints, digit=range(10)
        ),
        images=_images(run),
        maps=_maps(run),
    )
