"""Networks of different kinds at equal accuracy: what their last hidden units cost and detect, through training.

A network that reads nearly everything can spare more, so kinds are compared where they are equally accurate: measures
are taken at some checkpoints, the same for all networks of a kind, and interpolated to where a network first reaches an
accuracy. The last hidden layer is recorded once at each, on 2,000 training and 5,000 test images; all else follows from
the recording. A convolutional network or a transformer takes 3 s, a perceptron a half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, signed_pushes
from mnist_interp.experiments.ablation_effects import HALF
from mnist_interp.methods import ablation, activations, detection, evaluate, references, selectivity
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training import loop
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

REFERENCES = ("zero", "mean", "optimal")
PER_CLASS: dict[mnist.Split, int] = {"train": preview.reduced(200), "test": preview.reduced(500)}
MATCHED = 0.95
ONE = 1
_RESAMPLED_BY = 0  # no reference here resamples
_LAST = 1_407
_STEPS = {  # from 85 % accuracy on, by pilots on seeds 100 and 101
    "mlp": (80, 112, 144, 208, 272, 352, 448, 512, 592, 688, 768, 864, 960, 1_072, 1_200, _LAST),
    "cnn": (96, 112, 136, 168, 200, 240, 320, 512, 1_008, _LAST),
    "transformer": (240, 320, 400, 464, 544, 624, 704, 784, 896, 1_056, _LAST),
}


def last_layer(run: Run) -> str:
    """Name the last hidden layer, which the logits read."""
    return activations.relu_layers(run.model())[-1]


def checkpoints(recipe: Recipe) -> list[int]:
    """Return at which checkpoints networks of a recipe are measured: indices, ascending, the last one's among them.

    Of a shorter training, such as the preview's, at the same shares of it.
    """
    steps = np.array(loop.checkpoint_steps(recipe))
    wanted = np.array(_STEPS[recipe.model]) * steps[-1] / _LAST
    return np.unique(np.abs(steps[:, None] - wanted).argmin(0)).tolist()


def _at(run: Run, layer: str, place: int) -> xr.Dataset:
    train, test = (
        recordings.stage(run, layer, split, checkpoint=place, per_class=count) for split, count in PER_CLASS.items()
    )
    mean = ablation.mean(train)
    whole = evaluate.accuracies(evaluate.confusion(test.untouched(), test.labels))
    counts = references.each_unit(mean, train, test, seed=_RESAMPLED_BY, names=REFERENCES)
    lost = whole - evaluate.accuracies(counts)
    learned, values = train.values.numpy(), test.values.numpy()
    class_means = selectivity.class_means(learned, train.labels)
    favorite = selectivity.class_selectivity(class_means).argmax(0)
    weight = run.weights["output.weight"][place].astype(float)
    return xr.Dataset(
        {
            "accuracy": whole[0],
            "lost": (("reference", "unit", "digit"), lost[..., 1:]),
            "lost_overall": (("reference", "unit"), lost[..., 0]),
            "auroc": ("unit", selectivity.auroc(values, test.labels).max(0)),
            "average_precision": ("unit", detection.average_precision(values, test.labels, favorite)),
            "active": ("unit", (values > 0).mean(0)),
            "mean": ("unit", mean.numpy()),
            "class_mean": (("digit", "unit"), class_means),
            "vote": (("digit", "unit"), weight - weight.mean(0)),
        },
        coords={"reference": list(REFERENCES), "unit": range(test.n_units), "digit": range(10)},
    )


def _of_run(run: Run, places: Sequence[int]) -> xr.Dataset:
    layer = last_layer(run)
    return xr.concat([_at(run, layer, place) for place in places], "checkpoint")


@store.cached
def measured(population: Population, places: list[int]) -> xr.Dataset:
    """Take out each unit of the last hidden layer at some checkpoints, and ask what it detects.

    Parameters
    ----------
    population : Population
        Networks of any kind.
    places : list of int
        Indices of checkpoints, such as `checkpoints` gives.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``checkpoint``, on test images: ``accuracy``; ``lost``, accuracy that each ``digit`` loses
        without a ``unit``, by ``reference``, and ``lost_overall``, that all lose; by unit ``auroc`` of its best digit,
        ``average_precision`` for its most selective one (chosen on training images), and ``active``, the share of
        images on which it is above 0. From training images ``mean`` and ``class_mean`` of units; ``vote``, the centered
        readout.
    """
    found = parallel.each(_of_run, [(run, places) for run in population])
    return xr.concat(found, "seed").assign_coords(seed=population.seeds, checkpoint=places)


def through_training(population: Population) -> xr.Dataset:
    """Return `measured` at a recipe's `checkpoints`."""
    return measured(population, checkpoints(population.recipe))


def in_the_end(population: Population) -> xr.Dataset:
    """Return `measured` of trained networks, without checkpoints: of `through_training` the last."""
    found = through_training(population) if population.recipe.dense else measured(population, [-1])
    return found.isel(checkpoint=-1, drop=True)


def gini(shares: np.ndarray) -> np.ndarray:
    """Return the Gini coefficient over the last axis: 0 where all have the same, toward 1 where one has all.

    Parameters
    ----------
    shares : numpy.ndarray of shape (..., n)
        What each has, of which nothing counts below 0; where none has anything, 0.
    """
    ordered = np.sort(np.maximum(shares, 0), axis=-1)
    n, whole = ordered.shape[-1], ordered.sum(-1)
    ranked = (ordered * (2 * np.arange(1, n + 1) - n - 1)).sum(-1)
    return np.divide(ranked, n * whole, out=np.zeros_like(whole), where=whole > 0)


def worst(found: xr.Dataset) -> xr.DataArray:
    """Return what each unit costs the digit that suffers most, (..., reference, unit)."""
    return found["lost"].max("digit")


def mean_worst(found: xr.Dataset) -> xr.DataArray:
    """Return `worst`, averaged over units, dead ones among them."""
    return worst(found).mean("unit")


def bottlenecks(found: xr.Dataset) -> xr.DataArray:
    """Count the units that cost some digit half of all its images."""
    return (worst(found) >= HALF).sum("unit").astype(float)


def inequality(found: xr.Dataset) -> xr.DataArray:
    """Return the Gini coefficient of `worst` over units."""
    return xr.apply_ufunc(gini, worst(found), input_core_dims=[["unit"]])


def overall(found: xr.Dataset) -> xr.DataArray:
    """Return the accuracy on all images that a unit costs, averaged over units."""
    return found["lost_overall"].mean("unit")


def ones(found: xr.Dataset) -> xr.DataArray:
    """Return the most that one unit costs the 1s."""
    return found["lost"].sel(digit=ONE).max("unit")


def _over_live(found: xr.Dataset, score: str) -> xr.DataArray:
    live = found["active"] > 0
    return found[score].where(live, 0).sum("unit") / live.sum("unit").clip(min=1)


def auroc(found: xr.Dataset) -> xr.DataArray:
    """Return the AUROC of a live unit's best digit, averaged over them."""
    return _over_live(found, "auroc")


def average_precision(found: xr.Dataset) -> xr.DataArray:
    """Return a live unit's average precision for its most selective digit, averaged over them."""
    return _over_live(found, "average_precision")


def dead(found: xr.Dataset) -> xr.DataArray:
    """Return the share of units that no test image activates."""
    return (found["active"] == 0).mean("unit")


def predicts(found: xr.Dataset, guess: xr.DataArray, reference: str) -> xr.DataArray:
    """Return the rank correlation of a guess, by digit and unit, with what digits lose, over live units."""
    parts = xr.broadcast(guess, found["lost"].sel(reference=reference), (found["mean"] > 0) & found["vote"].notnull())
    return xr.apply_ufunc(
        lambda one, other, which: signed_pushes.spearman(one[which], other[which]),
        *parts,
        input_core_dims=[["digit", "unit"]] * 3,
        vectorize=True,
    )


def push_predicts(found: xr.Dataset) -> xr.DataArray:
    """Return the rank correlation of signed pushes with what digits lose, over live units, under zero and the mean."""
    levels = {"zero": 0 * found["mean"], "mean": found["mean"]}
    pushes = {name: (found["class_mean"] - held) * found["vote"] for name, held in levels.items()}
    rows = [predicts(found, push, name) for name, push in pushes.items()]
    return xr.concat(rows, xr.Variable("reference", list(levels)))


Measure = Callable[[xr.Dataset], xr.DataArray]


def _crossing(reached: np.ndarray, accuracy: float) -> tuple[int, int, float]:
    """Return between which two checkpoints a network first reaches an accuracy, and at which share of the way.

    Where it never does, the best one; where it begins beyond, the first.
    """
    above = np.flatnonzero(reached >= accuracy)
    if not len(above):
        return (best := int(reached.argmax())), best, 0.0
    after = int(above[0])
    before = max(after - 1, 0)
    way = (accuracy - reached[before]) / (reached[after] - reached[before]) if after else 0.0
    return before, after, float(way)


def at(values: xr.DataArray, reached: xr.DataArray, accuracy: float) -> xr.DataArray:
    """Return a measure where each network first reaches an accuracy.

    Parameters
    ----------
    values : xarray.DataArray
        By ``seed``, ``checkpoint`` and whatever else.
    reached : xarray.DataArray
        Test ``accuracy`` of `measured`, by seed and checkpoint.
    accuracy : float
        A fraction.

    Returns
    -------
    xarray.DataArray
        The same without checkpoints: linear between the two that the first crossing lies between. Of a network that
        never comes so far, the value at its best checkpoint, and of one that begins beyond, at the first.
    """
    crossings = [_crossing(own, accuracy) for own in reached.transpose("seed", "checkpoint").to_numpy()]
    before, after, way = (xr.DataArray(list(one), dims="seed") for one in zip(*crossings, strict=True))
    seeds = xr.DataArray(range(reached.sizes["seed"]), dims="seed")
    ends = [values.drop_vars("checkpoint").isel(seed=seeds, checkpoint=place) for place in (before, after)]
    return (1 - way) * ends[0] + way * ends[1]


def reach(reached: xr.DataArray, accuracy: float) -> np.ndarray:
    """Return which networks pass an accuracy between two of their checkpoints, (n_seeds,)."""
    return ((reached >= accuracy).any("checkpoint") & (reached.isel(checkpoint=0) < accuracy)).to_numpy()


def matched(population: Population, measure: Measure, accuracy: float = MATCHED) -> xr.DataArray:
    """Return a measure of networks at an accuracy, `at` which each first arrives: by seed, and what else it has."""
    found = through_training(population)
    return at(measure(found), found["accuracy"], accuracy)


def nearest(population: Population, accuracy: float = MATCHED) -> list[int]:
    """Return each network's checkpoint, of those that are measured, whose accuracy is nearest: an index a run."""
    found = through_training(population)
    closest = np.abs(found["accuracy"].to_numpy() - accuracy).argmin(1)
    return found["checkpoint"].to_numpy()[closest].tolist()
