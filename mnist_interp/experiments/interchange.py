"""Interchange interventions between a 4 and a 9: give one image a neuron, or a direction, of the other.

Of each pair both images are read correctly; an intervention succeeds if the base is then read as the source's digit
(Geiger et al. 2021). The best of sixteen neurons is held against one direction of layer 2 fitted on training pairs, the
smallest case of distributed alignment search (Geiger et al. 2024). Since logits are linear in layer 2, a direction
along the difference of two readout rows moves their difference all the way: so the same is asked of hidden layers that
were never trained, under a readout fitted to them. A perceptron takes a second; other networks, of which only the last
hidden layer is asked, see only 4s and 9s and take a fifth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings
from mnist_interp.methods import activations, readout_spaces
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

DIGITS = (4, 9)
PAIRS = 50 if preview.enabled() else 500
NAMES = (
    *("neuron", "unit", "direction", "direction_of_all", "both_correct", "readout"),
    *("silent", "dormant", "sum"),
)
_STEPS = 150
_FITTED = preview.reduced(1_000)  # training images of each digit


@dataclass(frozen=True, eq=False)
class Pairs:
    """Bases and sources, each (n_pairs, n_units), and the sources' digits, (n_pairs,)."""

    base: torch.Tensor
    source: torch.Tensor
    wanted: torch.Tensor


Layer = tuple[torch.Tensor, np.ndarray]  # values, (n_images, n_units), and labels, (n_images,)


@dataclass(frozen=True, eq=False)
class Readout:
    """What is made of a layer: weights (10, n_units) and biases (10,)."""

    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Return logits, (n, 10)."""
        return values @ self.weight.T + self.bias


def pairs(
    values: torch.Tensor, labels: np.ndarray, readout: Readout, *, count: int, seed: int, both_correct: bool = True
) -> Pairs:
    """Draw pairs of a 4 and a 9, half of them in each direction; unless told otherwise, both read correctly.

    Raises
    ------
    ValueError
        If the network reads no image of one of the two digits correctly.
    """
    correct = readout(values).argmax(1).numpy() == labels if both_correct else np.ones(len(labels), bool)
    generator = np.random.default_rng(seed)
    own = [np.flatnonzero(correct & (labels == digit)) for digit in DIGITS]
    if min(map(len, own)) == 0:
        raise ValueError(f"no correctly read image of one of {DIGITS}")
    first, second = (generator.choice(places, count) for places in own)
    swap = np.arange(count) % 2 == 1
    base, source = np.where(swap, second, first), np.where(swap, first, second)
    return Pairs(values[base], values[source], torch.from_numpy(labels[source]).long())


def success(readout: Readout, found: Pairs, direction: torch.Tensor) -> float:
    """Return the share of pairs in which a direction, (n_units,), taken from the source changes the answer to it."""
    along = (found.source - found.base) @ direction / direction.norm() ** 2
    changed = readout(found.base + along[:, None] * direction)
    return float((changed.argmax(1) == found.wanted).double().mean())


def fitted_direction(readout: Readout, found: Pairs) -> torch.Tensor:
    """Return the direction that best changes answers on some pairs, (n_units,), by Adam on the cross-entropy.

    It begins as the difference of the two digits' means.
    """
    sign = torch.where(found.wanted == DIGITS[1], 1.0, -1.0)
    direction = (sign[:, None] * (found.source - found.base)).mean(0)
    direction = (direction / direction.norm()).requires_grad_()
    optimizer = torch.optim.Adam([direction], lr=0.05)
    for _ in range(_STEPS):
        unit = direction / direction.norm()
        changed = readout(found.base + ((found.source - found.base) @ unit)[:, None] * unit)
        optimizer.zero_grad()
        F.cross_entropy(changed, found.wanted).backward()
        optimizer.step()
    return direction.detach() / direction.detach().norm()


def illusion(readout: Readout, found: Pairs, silent: torch.Tensor) -> dict[str, float]:
    """Build a direction that works only through what the readout cannot hear (Makelov et al. 2024).

    One half of it is where the two digits differ in the readout's null space: swapped alone it changes nothing. The
    other half moves the two logits apart but does not vary between the digits: swapped alone it hardly does. Their
    sum carries the difference of the first over into the second.

    Parameters
    ----------
    readout, found
        As of `success`.
    silent : torch.Tensor of shape (n_units, n_directions)
        Orthonormal directions that the readout cannot hear, as of `readout_spaces.null_space`.

    Returns
    -------
    dict of float
        Shares of pairs whose answer changes to the source's: ``silent`` half, ``dormant`` half, and their ``sum``.
    """
    sign = torch.where(found.wanted == DIGITS[1], 1.0, -1.0)
    change = sign[:, None] * (found.source - found.base)
    heard = change - change @ silent @ silent.T
    away = silent @ (silent.T @ change.mean(0))
    vote = readout.weight[DIGITS[1]] - readout.weight[DIGITS[0]]
    vote = vote - silent @ (silent.T @ vote)
    along = heard.mean(0) / heard.mean(0).norm()
    dormant = vote - (vote @ along) * along
    halves = {"silent": away / away.norm(), "dormant": dormant / dormant.norm()}
    halves["sum"] = halves["silent"] + halves["dormant"]
    return {name: success(readout, found, direction) for name, direction in halves.items()}


def _refitted(values: np.ndarray, labels: np.ndarray) -> Readout:
    scale = values.std(0) + 1e-6
    model = LogisticRegression(max_iter=300, tol=1e-3).fit(values / scale, labels)
    return Readout(*(torch.from_numpy(array).float() for array in (model.coef_ / scale, model.intercept_)))


def _outcome(train: Layer, test: Layer, readout: Readout, seed: int) -> dict[str, float]:
    learned = pairs(*train, readout, count=PAIRS, seed=seed)
    scored = pairs(*test, readout, count=PAIRS, seed=seed + 1)
    anything = pairs(*test, readout, count=PAIRS, seed=seed + 2, both_correct=False)
    values, labels = test
    correct = readout(values).argmax(1).numpy() == labels
    direction, axes = fitted_direction(readout, learned), torch.eye(values.shape[1])
    silent = torch.from_numpy(readout_spaces.null_space(readout.weight.numpy())).float()
    best = max(range(len(axes)), key=lambda unit: success(readout, learned, axes[unit]))
    return {
        "neuron": success(readout, scored, axes[best]),
        "unit": float(best),
        "direction": success(readout, scored, direction),
        "direction_of_all": success(readout, anything, direction),
        "both_correct": float(np.prod([correct[labels == digit].mean() for digit in DIGITS])),
        "readout": success(readout, scored, readout.weight[DIGITS[1]] - readout.weight[DIGITS[0]]),
        **illusion(readout, scored, silent),
    }


def _own_readout(model: nn.Sequential) -> Readout:
    return Readout(model.get_parameter("output.weight"), model.get_parameter("output.bias"))


def _of_run(run: Run) -> dict[str, dict[str, float]]:
    found = {}
    for state, checkpoint in (("trained", -1), ("untrained", 0)):
        model = run.model(checkpoint)
        train = torch.from_numpy(recordings.points(run, "relu2", "train", per_class=_FITTED, checkpoint=checkpoint))
        test = recordings.stage(run, "relu2", checkpoint=checkpoint)
        labels = recordings.labels("train", per_class=_FITTED)
        readout = _refitted(train.numpy(), labels) if state == "untrained" else _own_readout(model)
        found[state] = _outcome((train, labels), (test.values, test.labels), readout, run.seed)
    return found


@store.cached
def successes(population: Population) -> xr.Dataset:
    """Return how often swapping one thing between a 4 and a 9 changes the answer.

    Returns
    -------
    xarray.Dataset
        Shares of test pairs by ``seed`` and ``state`` ("trained"; "untrained", under a fitted readout): ``neuron``, the
        best one on training pairs, which ``unit`` names; ``direction``, fitted on training pairs, and
        ``direction_of_all`` pairs, read correctly or not; ``both_correct``, how many are; ``readout``, the
        direction between the two digits' readout rows; and of `illusion` ``silent``, ``dormant`` and ``sum``.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    states, names = list(found[0]), list(found[0]["trained"])
    variables = {name: (("seed", "state"), [[row[state][name] for state in states] for row in found]) for name in names}
    return xr.Dataset(variables, {"seed": population.seeds, "state": states})


def _seen(model: nn.Sequential, layer: str, split: mnist.Split, per_class: int | None) -> Layer:
    """Return a layer on the images of both digits: all of a split, or so many of each."""
    digits = mnist.load(split)
    chosen = np.arange(len(digits)) if per_class is None else mnist.sample(split, per_class)
    chosen = chosen[np.isin(digits.labels[chosen], DIGITS)]
    return activations.record(model, digits.pixels[chosen], [layer])[layer], digits.labels[chosen]


def _reads_both(readout: Readout, seen: Layer) -> bool:
    values, labels = seen
    correct = readout(values).argmax(1).numpy() == labels
    return set(labels[correct]) == set(DIGITS)


def _outcome_at(run: Run, layer: str, checkpoint: int) -> dict[str, float]:
    model = run.model(checkpoint)
    readout = _own_readout(model)
    train, test = _seen(model, layer, "train", _FITTED), _seen(model, layer, "test", None)
    if not all(_reads_both(readout, seen) for seen in (train, test)):
        return dict.fromkeys(NAMES, 0.0)
    return _outcome(train, test, readout, run.seed)


@store.cached
def at(population: Population, layer: str, checkpoint: int | Sequence[int] = -1) -> xr.Dataset:
    """Return what `successes` does, of the last hidden layer of networks of any kind at a checkpoint.

    Parameters
    ----------
    population : Population
        Networks whose layer is read by ``output``.
    layer : str
        That layer.
    checkpoint : int or sequence of int
        Index into the runs' checkpoints, or one for each run.

    Returns
    -------
    xarray.Dataset
        By ``seed``; of a network that reads no 4, or no 9, correctly, all shares are 0.
    """
    places = [checkpoint] * len(population) if isinstance(checkpoint, int) else checkpoint
    found = parallel.each(_outcome_at, [(run, layer, place) for run, place in zip(population, places, strict=True)])
    return xr.Dataset({name: ("seed", [row[name] for row in found]) for name in found[0]}, {"seed": population.seeds})
