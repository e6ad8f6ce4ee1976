"""What networks that read canvases of four digits represent: how well, in how many dimensions, at whose expense.

All are scored on the same test canvases, half of whose slots are empty, whatever they were trained on. A feature's
AUROC is taken within the canvases whose slot holds some digit: empty slots are easy to tell, and would raise it.
Interference is causal: a digit is put into an empty slot, all else left as it is. A network takes 0.4 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import canvases, mnist
from mnist_interp.data.canvases import DIGITS, SLOTS
from mnist_interp.methods import selectivity, superposition
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.canvas_loop import FEATURES, CanvasRecipe
from mnist_interp.training.canvas_networks import CanvasPopulation, CanvasRun

TEST_EMPTY = 0.5
REPRESENTED = 0.9  # AUROC
STATES = ("untrained", "trained")
SLOT_OF_FEATURE = np.repeat(np.arange(SLOTS), DIGITS)
_TEST_SEED, _FIT_SEED, _PUT_SEED = 7, 8, 9


@dataclass(frozen=True, eq=False)
class Canvases:
    """Some canvases, with what stands on them.

    Attributes
    ----------
    pixels : torch.Tensor of shape (n, 784)
        Flattened, float32.
    which : torch.Tensor of int64, shape (n, 4)
        Places of the digits in their split, as `canvases.draw` gives them.
    labels : numpy.ndarray of int64, shape (n, 4)
        The digits, `canvases.BLANK` where a slot is empty.
    present : torch.Tensor of shape (n, 40)
        1 for the features that are there, float32.
    """

    pixels: torch.Tensor
    which: torch.Tensor
    labels: np.ndarray
    present: torch.Tensor


def _canvases(split: mnist.Split, which: torch.Tensor) -> Canvases:
    digits = canvases.reduced(split)
    labels, present = digits.targets[which].numpy(), canvases.targets(digits.targets, which)
    return Canvases(canvases.compose(digits.images, which), which, labels, present)


@cache
def drawn(split: mnist.Split, empty: float, seed: int, n: int) -> Canvases:
    """Return `n` canvases of a split's digits, drawn from a seed; the same object at every call."""
    generator = torch.Generator().manual_seed(seed)
    n_images = canvases.reduced(split).n_images
    return _canvases(split, canvases.draw(generator, n, empty=empty, n_images=n_images))


def test_canvases() -> Canvases:
    """Return the 10,000 canvases of test digits that all networks are scored on, half of their slots empty."""
    return drawn("test", TEST_EMPTY, _TEST_SEED, preview.reduced(10_000))


def fit_canvases(recipe: CanvasRecipe) -> Canvases:
    """Return 10,000 canvases of training digits, as empty as a recipe's own, to choose and to fit on."""
    return drawn("train", recipe.empty, _FIT_SEED, preview.reduced(10_000))


def own_canvases(recipe: CanvasRecipe) -> Canvases:
    """Return 10,000 canvases of test digits, as empty as a recipe's own: networks are at home there."""
    return drawn("test", recipe.empty, _TEST_SEED, preview.reduced(10_000))


def aurocs(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how well each unit tells each feature from the other digits in its slot.

    Parameters
    ----------
    values : numpy.ndarray of shape (n, n_units)
        Activations, logits, or any other readings of canvases.
    labels : numpy.ndarray of shape (n, 4)
        As `Canvases.labels`.

    Returns
    -------
    numpy.ndarray of shape (n_units, 4, 10)
        AUROC among the canvases whose slot holds a digit.
    """
    found = []
    for slot in range(SLOTS):
        occupied = labels[:, slot] < DIGITS
        found.append(selectivity.auroc(values[occupied], labels[occupied, slot]).T)
    return np.stack(found, axis=1)


def own_aurocs(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the AUROC of each of the 40 logits for its own feature, (4, 10); arguments as of `aurocs`."""
    by_slot = logits.reshape(-1, SLOTS, DIGITS)
    found: list[np.ndarray] = []
    for slot in range(SLOTS):
        occupied = labels[:, slot] < DIGITS
        found.append(np.diagonal(selectivity.auroc(by_slot[occupied, slot], labels[occupied, slot])))
    return np.stack(found)


def slot_accuracy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of digits whose logit is the largest of their slot's ten."""
    occupied = labels < DIGITS
    read = logits.reshape(-1, SLOTS, DIGITS).argmax(2)
    return float((read == labels)[occupied].mean())


def accuracy_by_count(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return `slot_accuracy` on canvases of one, two, three and four digits, (4,); not a number where there is none."""
    counts = (labels < DIGITS).sum(1)
    found = np.full(SLOTS, np.nan)
    for count in np.unique(counts):
        found[count - 1] = slot_accuracy(logits[counts == count], labels[counts == count])
    return found


def both_right(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return on which share of the canvases of two digits both are classified correctly; not a number if there is none.

    If reading one did nothing to the other, it would be the square of their accuracy; if a layer could say only one
    thing at a time, nearly none.
    """
    two = (labels < DIGITS).sum(1) == 2
    right = (logits[two].reshape(-1, SLOTS, DIGITS).argmax(2) == labels[two]).sum(1)
    return float((right == 2).mean()) if two.any() else float("nan")


class _Put(NamedTuple):
    """For each feature as many test canvases without and with its digit in its slot, that was empty."""

    without: torch.Tensor
    within: torch.Tensor


@cache
def put() -> _Put:
    """Put each digit into each slot of test canvases where that is empty.

    Returns
    -------
    (torch.Tensor, torch.Tensor) of int64, shapes (4, n, 4) and (4, 10, n, 4)
        `without`, places of images on the canvases, by slot; `within`, the same with a digit in that slot, by slot and
        digit: another test image each time.
    """
    digits, drawn, n = canvases.reduced("test"), test_canvases(), preview.reduced(500)
    generator = np.random.default_rng(_PUT_SEED)
    labels = digits.targets.numpy()
    without, within = [], []
    for slot in range(SLOTS):
        base = drawn.which[np.flatnonzero(drawn.labels[:, slot] == canvases.BLANK)[:n]]
        without.append(base)
        within.append(base.repeat(DIGITS, 1, 1))
        for digit in range(DIGITS):
            chosen = generator.choice(np.flatnonzero(labels == digit), len(base))
            within[-1][digit, :, slot] = torch.from_numpy(chosen)
    return _Put(torch.stack(without), torch.stack(within))


def interference(model: torch.nn.Module, logits: torch.Tensor) -> np.ndarray:
    """Return how far each logit moves when each digit is put into an empty slot.

    Parameters
    ----------
    model : torch.nn.Module
        Maps canvases, (n, 784), to logits, (n, 40).
    logits : torch.Tensor of shape (n, 40)
        Of the test canvases, whose standard deviations are the unit.

    Returns
    -------
    numpy.ndarray of shape (40, 40)
        Mean change of logit f (row) by feature g (column).
    """
    images, (without, within) = canvases.reduced("test").images, put()
    with torch.no_grad():
        before = torch.stack([model(canvases.compose(images, one)).double().mean(0) for one in without])
        after = torch.stack([model(canvases.compose(images, one)).double().mean(0) for one in within.flatten(0, 1)])
    change = after - before.repeat_interleave(DIGITS, dim=0)
    return (change / logits.double().std(0, correction=0)).T.numpy()


def _of_run(run: CanvasRun) -> store.Arrays:
    test, home = test_canvases(), own_canvases(run.recipe)
    found: list[store.Arrays] = []
    for state in range(len(STATES)):
        model = run.model(state)
        with torch.no_grad():
            logits, at_home = model(test.pixels), model(home.pixels).numpy()
        moved = interference(model, logits)
        found.append(
            {
                "auroc": own_aurocs(logits.numpy(), test.labels),
                "home_auroc": own_aurocs(at_home, home.labels),
                "home_accuracy": np.array(slot_accuracy(at_home, home.labels)),
                "accuracy": np.array(slot_accuracy(logits.numpy(), test.labels)),
                "accuracy_by_count": accuracy_by_count(logits.numpy(), test.labels),
                "both_right": np.array(both_right(logits.numpy(), test.labels)),
                "effective_dimension": superposition.effective_dimension(run.weights["output.weight"][state]),
                "interference": moved,
                "dimensionality": superposition.causal_dimensionality(moved, groups=SLOT_OF_FEATURE),
            }
        )
    return {name: np.stack([one[name] for one in found]) for name in found[0]}


@store.cached
def measured(population: CanvasPopulation) -> xr.Dataset:
    """Measure what each network of a population represents, untrained and trained.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``state``: ``auroc`` (slot, digit) of each logit within occupied slots; ``represented``, how
        many reach 0.9; ``accuracy``, the share of digits classified correctly, a tenth by chance, and
        ``accuracy_by_count`` (count), on canvases of so many digits, and ``both_right``, on those of two; the same on
        test canvases as empty as those of the training: ``home_auroc``, ``home_represented``, ``home_accuracy``.
        ``effective_dimension``
        of the readout's weights; ``psi``, represented features an effective dimension; ``interference`` (feature, put),
        the mean change of a logit, in its standard deviations over test canvases, when a digit is put into an empty
        slot; and from it ``dimensionality`` (feature).
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    axes: dict[str, tuple[str, ...]] = {"auroc": ("slot", "digit"), "home_auroc": ("slot", "digit")}
    axes["accuracy_by_count"] = ("count",)
    axes |= {"interference": ("feature", "put"), "dimensionality": ("feature",)}
    variables = {
        name: (("seed", "state", *axes.get(name, ())), np.stack([one[name] for one in found])) for name in found[0]
    }
    coords = {"seed": population.seeds, "state": list(STATES), "slot": range(SLOTS), "digit": range(DIGITS)}
    coords |= {"count": range(1, SLOTS + 1)}
    coords |= {"feature": range(FEATURES), "put": range(FEATURES)}
    data = xr.Dataset(variables, coords)
    for name in ("represented", "home_represented"):
        data[name] = (data[name.replace("represented", "auroc")] >= REPRESENTED).sum(("slot", "digit"))
    return data.assign(psi=data["represented"] / data["effective_dimension"])
