"""What it costs a population of networks to lose each of its units, under each reference, and what foretells it.

Costs are measured on test images; references, and whatever predicts the costs, come from training images. A
population of 24 takes some seconds a layer, and is kept by the store.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr

from mnist_interp.experiments import recordings, training_moments
from mnist_interp.methods import ablation, evaluate, references
from mnist_interp.methods.ablation import Stage
from mnist_interp.methods.references import REFERENCES
from mnist_interp.methods.selectivity import class_means, class_selectivity
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run, is_perceptron

ORDERS = ("most selective first", "most active first", "largest readout first", "most harmful first")
N_RANDOM = 100
REFITTED_ON = 1_000  # training images of each digit
HALF = 0.5
OF_SETS = ("zero", "mean")  # references of sets: the others are drawn, or fitted, for one unit alone
_RESAMPLED_BY = 31416


def under_each(mean: torch.Tensor, fitted: Stage, test: Stage) -> np.ndarray:
    """Ablate every unit under every reference: confusion counts, as of `references.each_unit`."""
    return references.each_unit(mean, fitted, test, seed=_RESAMPLED_BY)


def _replacements(training: Stage, test: Stage) -> dict[str, torch.Tensor]:
    """Return what `ablation.intervene` takes under the references that are known for all units without a search."""
    return {
        "zero": ablation.zero(test),
        "mean": ablation.mean(training),
        "resample": ablation.resample(test, seed=_RESAMPLED_BY),
    }


def orders(training: Stage) -> np.ndarray:
    """Order units by what training images say of them, (4 of `ORDERS`, n_units).

    Harm is the accuracy that mean ablation costs on the training images.
    """
    means = class_means(training.levels, training.labels)
    harm = -evaluate.accuracies(ablation.each_unit(training, ablation.mean(training)))[:, 0]
    scores = (class_selectivity(means).max(0), means.mean(0), ablation.readout_norms(training), harm)
    return np.stack([np.argsort(-score, kind="stable") for score in scores])


def _per_class(run: Run, layer: str) -> tuple[int, int | None]:
    """Return how many training images of each digit biases are refitted on, and how many test images are scored.

    Maps of 60,000 images take gigabytes, and a first convolution's channels go through a convolution each time one is
    replaced, so those are measured on 2,000 training and 2,000 test images.
    """
    if not is_perceptron(run.recipe) and layer == "relu1":
        return preview.reduced(200), preview.reduced(200)
    return preview.reduced(REFITTED_ON), 200 if preview.enabled() else None


def _whole(run: Run) -> bool:
    """Whether references come from all training images: of convolutional networks, and in the preview, from some."""
    return is_perceptron(run.recipe) and not preview.enabled()


def recorded(run: Run, layer: str, checkpoint: int = -1) -> tuple[Stage, Stage]:
    """Record a layer on the training images, of convolutional networks on as many as `costs` takes, and on the test."""
    fitted = None if _whole(run) else _per_class(run, layer)[0]
    training = recordings.stage(run, layer, "train", checkpoint=checkpoint, per_class=fitted)
    return training, scored(run, layer, checkpoint)


def scored(run: Run, layer: str, checkpoint: int = -1) -> Stage:
    """Record a layer on the test images that `costs` scores."""
    return recordings.stage(run, layer, checkpoint=checkpoint, per_class=_per_class(run, layer)[1])


def _together(run: Run, layer: str) -> list[str]:
    """Return the layers that are measured along with one: those of a convolutional network on as many images."""
    if is_perceptron(run.recipe):
        return [layer]
    return [name for name in ablation.read_layers(run.model()) if _per_class(run, name) == _per_class(run, layer)]


def _selectivity(means: np.ndarray) -> np.ndarray:
    """Return class selectivity, (10, n_units), which of a normalized layer, with its signs, is not a number."""
    return class_selectivity(means) if (means >= 0).all() else np.full(means.shape, np.nan)


@store.cached
def _measured(run: Run, layers: list[str], checkpoint: int) -> store.Arrays:
    """Measure layers of one network from one pass: arrays of `costs` without their first axis, after the layer's name.

    Kept by the network, so that populations which share it share the work.
    """
    n_fitted, n_scored = _per_class(run, layers[0])
    training = recordings.stages(run, layers, "train", checkpoint=checkpoint, per_class=n_fitted)
    test = recordings.stages(run, layers, checkpoint=checkpoint, per_class=n_scored)
    found: store.Arrays = {}
    for layer in layers:
        few, seen = training[layer], test[layer]
        moments = (
            training_moments.of_run(run, layer, checkpoint)
            if _whole(run)
            else training_moments.of_values(few.values, few.labels)
        )
        ablated = evaluate.accuracies(under_each(torch.from_numpy(moments["mean"]), few, seen))
        untouched = evaluate.accuracies(evaluate.confusion(seen.finish(seen.read), seen.labels))
        found |= {
            f"{layer} mean": moments["mean"],
            f"{layer} untouched": untouched,
            f"{layer} ablated": ablated,
            f"{layer} selectivity": _selectivity(moments["class_means"]),
            f"{layer} spread": moments["std"] * ablation.readout_norms(few),
            f"{layer} std": moments["std"],
            f"{layer} activity": moments["mean"].reshape(ablated.shape[1], -1).mean(1, dtype=float),
        }
    return found


def mean(run: Run, layer: str) -> torch.Tensor:
    """Return the mean over training images that a layer's units are held at, (n_units, ...), as `costs` takes it."""
    return torch.from_numpy(_measured(run, _together(run, layer), -1)[f"{layer} mean"])


def _costs(run: Run, layer: str, checkpoint: int) -> xr.Dataset:
    found = _measured(run, _together(run, layer), checkpoint)
    untouched, ablated = found[f"{layer} untouched"], found[f"{layer} ablated"]
    return xr.Dataset(
        {
            "untouched": ("digit", untouched[1:]),
            "untouched_overall": ((), untouched[0]),
            "accuracy": (("reference", "unit", "digit"), ablated[..., 1:]),
            "overall": (("reference", "unit"), ablated[..., 0]),
            "selectivity": (("digit", "unit"), found[f"{layer} selectivity"]),
            "spread": ("unit", found[f"{layer} spread"]),
            "std": ("unit", found[f"{layer} std"]),
            "activity": ("unit", found[f"{layer} activity"]),
        },
        coords={"reference": list(REFERENCES), "unit": range(ablated.shape[1]), "digit": range(10)},
    )


def _sets(run: Run, layer: str) -> xr.Dataset:
    training, test = recorded(run, layer)
    shuffled = np.stack([np.random.default_rng(seed).permutation(test.n_units) for seed in range(N_RANDOM)])
    lines = np.concatenate([orders(training), shuffled])
    constants = {name: _replacements(training, test)[name] for name in OF_SETS}
    pairs = np.stack([evaluate.accuracies(ablation.pairs(test, one)) for one in constants.values()])
    return xr.Dataset(
        {
            "cumulative": (
                ("reference", "order", "gone"),
                np.stack([ablation.cumulative(test, lines, one) for one in constants.values()]),
            ),
            "pairs": (("reference", "unit", "other", "digit"), pairs[..., 1:]),
            "pairs_overall": (("reference", "unit", "other"), pairs[..., 0]),
        },
        coords={
            "reference": list(constants),
            "order": [*ORDERS, *(f"random {seed}" for seed in range(N_RANDOM))],
            "digit": range(10),
        },
    )


def _by_seed(population: Population, found: list[xr.Dataset]) -> xr.Dataset:
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)


@store.cached
def costs(population: Population, layer: str = "relu2", checkpoint: int | Sequence[int] = -1) -> xr.Dataset:
    """Measure what each unit alone costs every network of a population.

    Parameters
    ----------
    population : Population
        Networks of one architecture.
    layer : str
        One that `ablation.stage` takes, such as ``"relu2"``.
    checkpoint : int or sequence of int
        Index into the runs' checkpoints, or one for each run; 0 is untrained.

    Returns
    -------
    xarray.Dataset
        Accuracies, fractions of test images: ``untouched`` (seed, digit) and ``accuracy`` (seed, reference, unit,
        digit), with the unit ablated; ``untouched_overall`` and ``overall``, of all digits. From training images:
        ``selectivity`` (seed, digit, unit); ``spread``, the standard deviation of each unit times the norm of its
        centered outgoing weights, ``std`` alone, and ``activity``, its mean, all (seed, unit).
    """
    places = [checkpoint] * len(population) if isinstance(checkpoint, int) else checkpoint
    jobs = [(run, layer, place) for run, place in zip(population, places, strict=True)]
    return _by_seed(population, parallel.each(_costs, jobs))


@store.cached
def sets(population: Population, layer: str = "relu2") -> xr.Dataset:
    """Measure what sets of units cost every network, under zero and under mean ablation.

    Returns
    -------
    xarray.Dataset
        ``cumulative``, test accuracy as units go, in the `ORDERS` and in 100 random ones (seed, reference, order,
        gone); ``pairs``, test accuracy without two units (seed, reference, unit, other, digit), single units where
        both are one; ``pairs_overall``, of all digits.
    """
    return _by_seed(population, parallel.each(_sets, [(run, layer) for run in population]))


@store.cached
def every_subset(run: Run, layer: str, per_class: int) -> xr.Dataset:
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
    xarray.Dataset
        ``kept`` (subset, unit), whether a unit is; ``accuracy`` (subset), a fraction.
    """
    training = recordings.stage(run, layer, "train", per_class=preview.reduced(1_000))
    test = recordings.stage(run, layer, per_class=per_class)
    changes = [test.change(ablation.mean(training), unit) for unit in range(test.n_units)]
    kept = np.array(list(np.ndindex(*[2] * test.n_units)), dtype=bool)
    right = np.zeros(len(kept))
    for part in torch.arange(len(test.labels)).split(50):  # as many images as the processor's cache holds
        read, parts = test.read[part], [change[part] for change in changes]
        for place, subset in enumerate(kept):
            silenced = [change for change, stays in zip(parts, subset, strict=True) if not stays]
            right[place] += (test.finish(sum(silenced, read)).argmax(1).numpy() == test.labels[part.numpy()]).sum()
    return xr.Dataset({"kept": (("subset", "unit"), kept), "accuracy": ("subset", right / len(test.labels))})


def rereadings(run: Run, layer: str, unit: int) -> xr.DataArray:
    """Return what the loss of a unit makes of each digit's images: the change of the confusion matrix.

    Parameters
    ----------
    run : Run
        One network.
    layer : str
        One that `ablation.stage` takes, such as ``"relu2"``.
    unit : int
        Its number in the layer.

    Returns
    -------
    xarray.DataArray
        By ``reference`` (zero, mean and resample), ``true`` digit and digit ``predicted``, as shares of the digit's
        test images; rows sum to 0.
    """
    training, test = recorded(run, layer)
    before = evaluate.confusion(test.finish(test.read), test.labels)
    replacements = _replacements(training, test)
    after = [evaluate.confusion(ablation.intervene(test, [unit], one), test.labels) for one in replacements.values()]
    return xr.DataArray(
        (np.stack(after) - before) / before.sum(1, keepdims=True),
        dims=("reference", "true", "predicted"),
        coords={"reference": list(replacements)},
    )


def lost(measured: xr.Dataset) -> xr.DataArray:
    """Return what each unit's ablation takes from each digit's accuracy, (seed, reference, unit, digit)."""
    return (measured["untouched"] - measured["accuracy"]).transpose(*measured["accuracy"].dims)


def lost_overall(measured: xr.Dataset) -> xr.DataArray:
    """Return what each unit's ablation takes from accuracy on all images, (seed, reference, unit)."""
    return (measured["untouched_overall"] - measured["overall"]).transpose(*measured["overall"].dims)


def bottlenecks(
    population: Population, reference: str, layer: str = "relu2", checkpoint: int | Sequence[int] = -1
) -> np.ndarray:
    """Count the units of each network whose ablation costs some digit half of all its images, (n_runs,)."""
    harm = lost(costs(population, layer, checkpoint)).sel(reference=reference)
    return (harm.max("digit") >= HALF).sum("unit").to_numpy()


def worst_for_ones(
    population: Population, reference: str, layer: str = "relu2", checkpoint: int | Sequence[int] = -1
) -> np.ndarray:
    """Most that the loss of one unit of a layer costs the 1s, (n_runs,)."""
    return lost(costs(population, layer, checkpoint)).sel(reference=reference, digit=1).max("unit").to_numpy()
