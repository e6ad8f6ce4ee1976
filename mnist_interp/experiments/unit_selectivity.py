"""What the hidden units of a population respond to: one pass over its first and last checkpoints.

Units are those of all ReLUs in order: the 32 of ``relu1`` and then the 16 of ``relu2`` in the published network, 8
channels, 16 channels and 32 units in the convolutional one. What is chosen (a unit's digit, its threshold) is chosen on
the training images and scored on the test images; nulls deal the test labels out at random. Half a second a network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, training_dynamics
from mnist_interp.methods import activations, permutation_null, selectivity, similarity
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

LAYERS = {"layer 1": slice(0, 32), "layer 2": slice(32, 48)}
STATES = ("untrained", "trained")
STATUSES = ("selective", "shared", "broad", "always on", "sparse", "dead")
PERMUTATIONS = 100


def _describe(run: Run, checkpoint: int) -> store.Arrays:
    train, test = (recordings.hidden_units(run, split, checkpoint) for split in ("train", "test"))
    learned, labels = mnist.load("train").labels, mnist.load("test").labels
    train_means = selectivity.class_means(train, learned)
    digits = train_means.argmax(0)
    thresholds = selectivity.best_thresholds(train, learned, digits)
    null = selectivity.permuted_means(test, labels, repeats=PERMUTATIONS, seed=run.seed)
    dealt = {"repeats": PERMUTATIONS, "seed": run.seed}
    return {
        "train_means": train_means,
        "test_means": selectivity.class_means(test, labels),
        "active": (train > 0).mean(0),
        "digit": digits,
        "auroc": selectivity.auroc(test, labels),
        "rates": selectivity.rates(test, labels, digits, thresholds),
        "null_index": selectivity.morcos_index(null),
        "null_auroc": permutation_null.auroc(test, labels, **dealt).max(1),
        "null_rates": permutation_null.rates(test, labels, digits, thresholds, **dealt),
    }


@store.cached
def summary(population: Population) -> store.Arrays:
    """Describe every hidden unit of every run, untrained and trained.

    Parameters
    ----------
    population : Population
        Networks of 48 hidden units, or of another number that then stands for it below.

    Returns
    -------
    dict of numpy.ndarray
        Each (n_runs, 2, ..., 48), untrained first. ``train_means`` and ``test_means``: (10, 48) class means;
        ``active``: share of training images above 0; ``digit``: the favorite digit on training images; ``auroc``:
        (10, 48); ``rates``: (3, 48), hit rate, false-alarm rate and false share at the threshold chosen on training
        images; ``null_index``: (100, 48), Morcos's index under permuted labels; ``null_auroc``: (100, 48), the
        best AUROC of the ten digits, and ``null_rates``: (100, 2, 48), hit and false-alarm rate, under the same.
    """
    jobs = [(run, checkpoint) for run in population for checkpoint in (0, -1)]
    found = parallel.each(_describe, jobs)
    shape = (len(population), 2)
    return {name: np.stack([row[name] for row in found]).reshape(*shape, *found[0][name].shape) for name in found[0]}


@store.cached
def active_shares(population: Population) -> store.Arrays:
    """Return the share of test images on which each unit is above 0, at the milestones of training.

    Returns
    -------
    dict of numpy.ndarray
        ``active``: (n_runs, n_milestones, 48).
    """
    places = training_dynamics.milestones(population[0])
    shares = [[(recordings.hidden_units(run, "test", place) > 0).mean(0) for place in places] for run in population]
    return {"active": np.array(shares)}


def statuses_over_training(population: Population) -> pd.DataFrame:
    """Count units by status at the milestones of training, on test images.

    Returns
    -------
    pandas.DataFrame
        Columns ``seed``, ``epoch``, ``layer``, ``status``, ``units``.
    """
    run = population[0]
    active, places = active_shares(population)["active"], training_dynamics.milestones(run)
    means = training_dynamics.summary(population)["class_means"][:, places]
    rows = [
        {"seed": one.seed, "epoch": run.epochs[place], "layer": layer, "status": name, "units": int(count)}
        for i, one in enumerate(population)
        for k, place in enumerate(places)
        for layer, units in LAYERS.items()
        for name, count in zip(
            STATUSES,
            [(selectivity.status(means[i, k], active[i, k])[units] == name).sum() for name in STATUSES],
            strict=True,
        )
    ]
    return pd.DataFrame(rows)


@store.cached
def gradients(population: Population) -> store.Arrays:
    """Return gradients with respect to the last hidden layer, averaged over the test images of each digit.

    Returns
    -------
    dict of numpy.ndarray
        ``loss``: (n_runs, 10, n_units), of each image's cross-entropy; ``own``: (n_runs, 10, n_units), of the logit of
        its own digit; ``readout``: (n_runs, 10, n_units), the weights of the output layer.
    """
    digits = mnist.load("test")
    last = activations.relu_layers(population[0].model())[-1]
    labels = digits.targets
    rows = []
    for run in population:
        model = run.model()
        by_loss = activations.gradients(
            model, digits.pixels, [last], lambda z: F.cross_entropy(z, labels, reduction="sum")
        ).gradients[last]
        by_logit = activations.gradients(
            model, digits.pixels, [last], lambda z: z.gather(1, labels[:, None]).sum()
        ).gradients[last]
        loss, own = (selectivity.class_means(found.double().numpy(), digits.labels) for found in (by_loss, by_logit))
        rows.append({"loss": loss, "own": own, "readout": run.weights["output.weight"][-1]})
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def tidy(values: np.ndarray, **axes: Sequence[object]) -> pd.DataFrame:
    """Lay out an array as a tidy frame.

    Parameters
    ----------
    values : numpy.ndarray
        One axis for each of `axes`.
    **axes : sequence
        Name of each axis, and the names along it.

    Returns
    -------
    pandas.DataFrame
        A column for each axis, and ``value``.
    """
    index = pd.MultiIndex.from_product(axes.values(), names=list(axes))
    return pd.Series(values.ravel(), index=index, name="value").reset_index()


def distributions(population: Population) -> pd.DataFrame:
    """Describe how scores are spread over the active units of a population, beside both nulls.

    Returns
    -------
    pandas.DataFrame
        Columns ``layer``, ``network`` ("trained", "untrained", "permuted labels"), ``share`` of units, and at which
        value of ``index`` (Morcos's) and ``auroc`` (the best of the ten digits) that share is reached.
    """
    found = summary(population)
    index, area = selectivity.morcos_index(found["test_means"]), found["auroc"].max(2)
    active = found["active"] > 0
    share, rows = np.linspace(0, 1, 51), []
    for layer, units in LAYERS.items():
        alive = active[:, :, units]
        null = found["null_index"][:, 1, :, units], found["null_auroc"][:, 1, :, units]
        sets = {
            name: (index[:, k, units][alive[:, k]], area[:, k, units][alive[:, k]]) for k, name in enumerate(STATES)
        }
        dealt = [part.swapaxes(1, 2)[alive[:, 1]].ravel() for part in null]
        sets["permuted labels"] = (dealt[0], dealt[1])
        for name, (indices, areas) in sets.items():
            columns = {"index": np.quantile(indices, share), "auroc": np.quantile(areas, share)}
            rows.append(pd.DataFrame({"layer": layer, "network": name, "share": share, **columns}))
    return pd.concat(rows, ignore_index=True)


def cast_matches(published: Population, population: Population, *, repeats: int) -> store.Arrays:
    """Match the published network's layer 2 with each seed's.

    Returns
    -------
    dict of numpy.ndarray of shape (n_seeds, 16)
        Correlation of each published unit's class means with its partner's: ``trained``; ``untrained``, before the
        seed was trained; ``renamed``, with the seed's digits renamed, the mean of `repeats`.
    """
    units = LAYERS["layer 2"]
    cast = summary(published)["train_means"][0, 1][:, units]
    others = summary(population)["train_means"][:, :, :, units]
    chance = [
        similarity.matched_by_chance(cast, other[1], repeats=repeats, seed=seed)
        for seed, other in zip(population.seeds, others, strict=True)
    ]
    return {
        "untrained": np.array([similarity.matched(cast, other[0]) for other in others]),
        "trained": np.array([similarity.matched(cast, other[1]) for other in others]),
        "renamed": np.array(chance),
    }
