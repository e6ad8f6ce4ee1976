"""What it costs a population of networks to lose each of its units, under each reference, and what foretells it.

Costs are measured on test images; references, and whatever foretells the costs, come from training images. A
population of 24 takes some seconds a layer, and is kept by the store.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from mnist_interp import intervention, pool, refit, store, training_moments
from mnist_interp.intervention import Stage
from mnist_interp.recipes import few_in_preview, preview
from mnist_interp.selectivity import class_means, class_selectivity
from mnist_interp.training import Population, Run

REFERENCES = ("zero", "mean", "resample", "zero, biases refitted")
ORDERS = ("most selective first", "most active first", "largest readout first", "most harmful first")
N_RANDOM = 100
REFITTED_ON = 1_000  # training images of each digit
_RESAMPLED_BY = 31416


def under_each(mean: torch.Tensor, fitted: Stage, test: Stage) -> np.ndarray:
    """Ablate every unit under every reference.

    What a unit passes on is worked out once and serves all references: the layer that reads it is linear.

    Parameters
    ----------
    mean : torch.Tensor of shape (n_units, ...)
        Over training images, as `intervention.mean` gives it.
    fitted : Stage
        The layer on the training images that biases are refitted on.
    test : Stage
        The layer on the images that are scored.

    Returns
    -------
    numpy.ndarray of int64, shape (4 of `REFERENCES`, n_units, 10, 10)
        Confusion counts.
    """
    partner = intervention.partners(len(test.values), seed=_RESAMPLED_BY)
    counts = np.empty((len(REFERENCES), test.n_units, 10, 10), np.int64)
    for unit in range(test.n_units):
        own = test.passed_on(test.values[:, unit], unit)
        silent = test.read - own
        zeroed = test.finish(silent)
        learned = fitted.finish(fitted.read - fitted.passed_on(fitted.values[:, unit], unit))
        logits = (
            zeroed,
            test.finish(silent + test.passed_on(mean[None, unit], unit)),
            test.finish(silent + own[partner]),
            zeroed + refit.output_biases(learned, fitted.labels),
        )
        counts[:, unit] = [intervention.confusion(one, test.labels) for one in logits]
    return counts


def orders(training: Stage) -> np.ndarray:
    """Order units by what training images say of them, (4 of `ORDERS`, n_units).

    Harm is the accuracy that mean ablation costs on the training images.
    """
    means = class_means(training.levels, training.labels)
    harm = -intervention.accuracies(intervention.each(training, intervention.mean(training)))[:, 0]
    scores = (class_selectivity(means).max(0), means.mean(0), readout(training), harm)
    return np.stack([np.argsort(-score, kind="stable") for score in scores])


def readout(stage: Stage) -> np.ndarray:
    """Return the norm of each unit's outgoing weights, centered over what they reach, (n_units,)."""
    weight = stage.linear.weight.double().unflatten(1, (stage.n_units, -1)).flatten(2)  # all that reads a unit's map
    return (weight - weight.mean(0)).norm(dim=(0, 2)).numpy()


def _per_class(run: Run, layer: str) -> tuple[int, int | None]:
    """Return how many training images of each digit biases are refitted on, and how many test images are scored.

    Maps of 60,000 images take gigabytes, and a first convolution's channels go through a convolution each time one is
    replaced, so those are measured on 2,000 training and 2,000 test images.
    """
    if run.recipe.model == "cnn" and layer == "relu1":
        return few_in_preview(200), few_in_preview(200)
    return few_in_preview(REFITTED_ON), 200 if preview() else None


def _whole(run: Run) -> bool:
    """Whether references come from all training images: of convolutional networks, and in the preview, from some."""
    return run.recipe.model != "cnn" and not preview()


def recorded(run: Run, layer: str, checkpoint: int = -1) -> tuple[Stage, Stage]:
    """Record a layer on the training images, of convolutional networks on as many as `costs` takes, and on the test."""
    fitted = None if _whole(run) else _per_class(run, layer)[0]
    training = intervention.record(run, layer, "train", checkpoint=checkpoint, per_class=fitted)
    return training, scored(run, layer, checkpoint)


def scored(run: Run, layer: str, checkpoint: int = -1) -> Stage:
    """Record a layer on the test images that `costs` scores."""
    return intervention.record(run, layer, checkpoint=checkpoint, per_class=_per_class(run, layer)[1])


def _together(run: Run, layer: str) -> list[str]:
    """Return the layers that are measured along with one: those of a convolutional network on as many images."""
    if run.recipe.model != "cnn":
        return [layer]
    return [name for name in intervention.read_layers(run.model()) if _per_class(run, name) == _per_class(run, layer)]


@store.cached
def _measured(run: Run, layers: list[str], checkpoint: int) -> store.Arrays:
    """Measure layers of one network from one pass: arrays of `costs` without their first axis, after the layer's name.

    Kept by the network, so that populations which share it share the work.
    """
    n_fitted, n_scored = _per_class(run, layers[0])
    training = intervention.record_layers(run, layers, "train", checkpoint=checkpoint, per_class=n_fitted)
    test = intervention.record_layers(run, layers, checkpoint=checkpoint, per_class=n_scored)
    found: store.Arrays = {}
    for layer in layers:
        few, seen = training[layer], test[layer]
        moments = (
            training_moments.of_run(run, layer, checkpoint)
            if _whole(run)
            else training_moments.of_values(few.values, few.labels)
        )
        ablated = intervention.accuracies(under_each(torch.from_numpy(moments["mean"]), few, seen))
        found |= {
            f"{layer} mean": moments["mean"],
            f"{layer} untouched": intervention.accuracies(intervention.confusion(seen.finish(seen.read), seen.labels)),
            f"{layer} ablated": ablated,
            f"{layer} selectivity": class_selectivity(moments["class_means"]),
            f"{layer} spread": moments["std"] * readout(few),
            f"{layer} activity": moments["mean"].reshape(len(ablated[0]), -1).mean(1, dtype=float),
        }
    return found


def mean(run: Run, layer: str) -> torch.Tensor:
    """Return the mean over training images that a layer's units are held at, (n_units, ...), as `costs` takes it."""
    return torch.from_numpy(_measured(run, _together(run, layer), -1)[f"{layer} mean"])


def _costs(run: Run, layer: str, checkpoint: int) -> store.Arrays:
    found = _measured(run, _together(run, layer), checkpoint)
    names = ("untouched", "ablated", "selectivity", "spread", "activity")
    return {name: found[f"{layer} {name}"] for name in names}


def _sets(run: Run, layer: str) -> store.Arrays:
    training, test = recorded(run, layer)
    shuffled = np.stack([np.random.default_rng(seed).permutation(test.n_units) for seed in range(N_RANDOM)])
    lines = np.concatenate([orders(training), shuffled])
    replacements = (intervention.zero(test), intervention.mean(training))
    return {
        "cumulative": np.stack([intervention.cumulative(test, lines, one) for one in replacements]),
        "pairs": np.stack([intervention.accuracies(intervention.pairs(test, one)) for one in replacements]),
    }


def _stacked(rows: list[store.Arrays]) -> store.Arrays:
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


@store.cached
def costs(population: Population, layer: str = "relu2", checkpoint: int | Sequence[int] = -1) -> store.Arrays:
    """Measure what each unit alone costs every network of a population.

    Parameters
    ----------
    population : Population
        Networks of one architecture.
    layer : str
        One that `intervention.stage` takes, such as ``"relu2"``.
    checkpoint : int or sequence of int
        Index into the runs' checkpoints, or one for each run; 0 is untrained.

    Returns
    -------
    dict of numpy.ndarray
        Accuracies, fractions of test images, of all and of each digit: ``untouched`` (n_runs, 11) and ``ablated``
        (n_runs, 4 of `REFERENCES`, n_units, 11). From training images: ``selectivity`` (n_runs, 10, n_units);
        ``spread``, the standard deviation of each unit times the norm of its centered outgoing weights, and
        ``activity``, its mean, both (n_runs, n_units).
    """
    places = [checkpoint] * len(population) if isinstance(checkpoint, int) else checkpoint
    jobs = [(run, layer, place) for run, place in zip(population, places, strict=True)]
    return _stacked(pool.each(_costs, jobs))


@store.cached
def sets(population: Population, layer: str = "relu2") -> store.Arrays:
    """Measure what sets of units cost every network, under zero and under mean ablation.

    Returns
    -------
    dict of numpy.ndarray
        ``cumulative``, test accuracy as units go in the four `ORDERS` and then in 100 random ones (n_runs, 2, 104,
        n_units + 1); ``pairs``, test accuracy without two units, of all images and of each digit (n_runs, 2, n_units,
        n_units, 11), single units on the diagonal.
    """
    return _stacked(pool.each(_sets, [(run, layer) for run in population]))


@store.cached
def every_subset(run: Run, layer: str, per_class: int) -> store.Arrays:
    """Keep every subset of a layer's units, the others at their means.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        Of few units: there are 2 to their number of subsets, 256 of the 8 channels of a first convolution.
    per_class : int
        Test images of each digit.

    Returns
    -------
    dict of numpy.ndarray
        ``kept``: (2 ** n_units, n_units), whether a unit is; ``accuracy``: (2 ** n_units,), a fraction.
    """
    training = intervention.record(run, layer, "train", per_class=few_in_preview(1_000))
    test = intervention.record(run, layer, per_class=per_class)
    changes = [test.change(intervention.mean(training), unit) for unit in range(test.n_units)]
    kept = np.array(list(np.ndindex(*[2] * test.n_units)), dtype=bool)
    right = np.zeros(len(kept))
    for part in torch.arange(len(test.labels)).split(50):  # as many images as the processor's cache holds
        read, parts = test.read[part], [change[part] for change in changes]
        for place, subset in enumerate(kept):
            silenced = [change for change, stays in zip(parts, subset, strict=True) if not stays]
            right[place] += (test.finish(sum(silenced, read)).argmax(1).numpy() == test.labels[part.numpy()]).sum()
    return {"kept": kept, "accuracy": right / len(test.labels)}


def rereadings(run: Run, layer: str, unit: int) -> np.ndarray:
    """Return what the loss of a unit makes of each digit's images: the change of the confusion matrix.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        One that `intervention.stage` takes, such as ``"relu2"``.
    unit : int
        Its number in the layer.

    Returns
    -------
    numpy.ndarray of shape (3 of `REFERENCES`, 10, 10)
        By true digit and digit read, as shares of the digit's test images; rows sum to 0.
    """
    training, test = recorded(run, layer)
    before = intervention.confusion(test.finish(test.read), test.labels)
    after = [
        intervention.confusion(intervention.intervene(test, [unit], replacement), test.labels)
        for replacement in (
            intervention.zero(test),
            intervention.mean(training),
            intervention.resample(test, seed=_RESAMPLED_BY),
        )
    ]
    return (np.stack(after) - before) / before.sum(1, keepdims=True)


def lost(measured: store.Arrays) -> np.ndarray:
    """Return what each unit's ablation takes from accuracy, (n_runs, 4 references, n_units, 11), from `costs`."""
    return measured["untouched"][:, None, None] - measured["ablated"]


def synergy(untouched: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return what a pair costs beyond its two units alone.

    Above 0 the two cover for each other (redundancy): one is fully missed only once the other is gone. Below 0 they
    share their harm.

    Parameters
    ----------
    untouched : numpy.ndarray, broadcastable to (...)
        Accuracy of the whole network.
    pairs : numpy.ndarray of shape (..., n_units, n_units)
        Accuracy without two units, without one on the diagonal.

    Returns
    -------
    numpy.ndarray of shape (..., n_units, n_units)
        In accuracy; 0 on the diagonal.
    """
    harm = np.asarray(untouched)[..., None, None] - pairs
    alone = np.diagonal(harm, axis1=-2, axis2=-1)
    both = harm - alone[..., :, None] - alone[..., None, :]
    same = np.arange(both.shape[-1])
    both[..., same, same] = 0
    return both
