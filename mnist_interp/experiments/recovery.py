"""What a network gets back that keeps eight of layer 2's sixteen units, and what it takes.

A pruned network is a 784-32-8-10 network cut out of the whole one, the units that go held at their means by the output
biases. It learns on, as the whole one had learned, at the rate that is best for each way on pilots (`pruning_tuning`).
A network and epoch takes 0.05 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import (
    further_training,
    pruned_biases,
    pruning_oracle,
    pruning_plans,
    recordings,
    sparse_forward,
    survivors,
    training_moments,
)
from mnist_interp.experiments.further_training import State
from mnist_interp.experiments.pruning_plans import KEPT, PLANS, RANDOM, SHAPLEY
from mnist_interp.methods import evaluate, probes
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

LAYER = pruning_oracle.LAYER
FINE_TUNED, REWOUND, FIRST_WEIGHTS = "fine-tuned", "rewound to epoch 1", "survivors' first weights"
SCRATCH, LIKE_PARENT, WHOLE = (
    "from scratch",
    "from scratch, trained as the whole one was",
    "the whole network, trained on",
)
RATES = {FINE_TUNED: 0.1, REWOUND: 0.03, FIRST_WEIGHTS: 0.1, LIKE_PARENT: 0.03}  # the best of `pruning_tuning`'s table
EPOCHS = 1 if preview.enabled() else 5
N_RANDOM = preview.reduced(5)
STATES = ("before", "after")


def _draws() -> list[str]:
    """Name the random eights."""
    return [RANDOM, *(f"{RANDOM} {draw}" for draw in range(1, N_RANDOM))]


def chosen(run: Run) -> dict[str, np.ndarray]:
    """Return the eight units that each plan keeps, and further random eights: ascending, by name."""
    orders = pruning_plans.ranked(pruning_plans.scores(run, "mean"))
    found = {plan: np.sort(order[:KEPT]) for plan, order in zip(PLANS, orders, strict=True)}
    n_units, names = orders.shape[1], _draws()
    further = pruned_biases.drawn(n_units, KEPT, seed=run.seed, count=len(names) - 1)
    return found | dict(zip(names[1:], further, strict=True))


def accuracies(runs: Sequence[Run], checkpoints: Sequence[int]) -> np.ndarray:
    """Return test accuracies, (n_runs, n_checkpoints), of multilayer networks."""
    labels = mnist.load("test").labels
    models = [run.model(checkpoint) for run in runs for checkpoint in checkpoints]
    read = sparse_forward.activations(models, "test", ["output"])
    return np.array([evaluate.accuracy(one["output"], labels) for one in read]).reshape(len(runs), -1)


def pruned(run: Run, units: np.ndarray, checkpoint: int = -1) -> State:
    """Return the weights of the network that keeps some units of layer 2, the others held at their means."""
    means = training_moments.of_run(run, LAYER, checkpoint)["mean"]
    return further_training.cut(further_training.state(run, checkpoint), units, means)


def fine_tuned(run: Run, kept: Sequence[np.ndarray], *, rate: float) -> list[Run]:
    """Return the networks that keep eight units each, trained on, with a checkpoint before and after each epoch."""
    recipe = replace(further_training.of_width(run.recipe, len(kept[0])), learning_rate=rate)
    starts = [pruned(run, units) for units in kept]
    return further_training.trained_on(recipe, run.seed, starts, epochs=EPOCHS, skipped=run.recipe.epochs)


def rewound(run: Run, units: np.ndarray, *, rate: float) -> Run:
    """Return the network that keeps some units as they were after epoch 1, trained as long in all as if fine-tuned."""
    recipe = replace(further_training.of_width(run.recipe, len(units)), learning_rate=rate)
    start = pruned(run, units, run.epochs.index(1))
    epochs = run.recipe.epochs + EPOCHS - 1
    return further_training.trained_on(recipe, run.seed, [start], epochs=epochs, skipped=1)[0]


def from_first_weights(run: Run, units: np.ndarray, *, rate: float) -> Run:
    """Return the network that keeps some units as they were drawn, trained as long in all as if fine-tuned."""
    recipe = replace(further_training.of_width(run.recipe, len(units)), learning_rate=rate)
    start = further_training.cut(further_training.state(run, 0), units)
    return further_training.trained_on(recipe, run.seed, [start], epochs=run.recipe.epochs + EPOCHS)[0]


def _others(population: Population) -> list[survivors.Layers]:
    """Return `survivors.layers` of all networks but one, for each of them."""
    fitted, test = survivors.layers(population)
    return [(np.delete(fitted, place, 0), np.delete(test, place, 0)) for place in range(len(population))]


def _by_plan(run: Run, others: survivors.Layers) -> xr.Dataset:
    kept = chosen(run)
    networks = fine_tuned(run, list(kept.values()), rate=RATES[FINE_TUNED])
    scored = [survivors.scores(network, (0, -1), others) for network in networks]
    necks = [[survivors.bottlenecks(network, one).sum() for one in (0, -1)] for network in networks]
    return xr.Dataset(
        {
            "kept": (("plan", "place"), np.stack(list(kept.values()))),
            "accuracy": (("plan", "epoch"), accuracies(networks, range(EPOCHS + 1))),
            "bottlenecks": (("plan", "state"), np.array(necks)),
            **{
                name: (("plan", "state", "place"), np.stack([one[name] for one in scored])) for name in survivors.SCORES
            },
        },
        coords={"plan": list(kept), "epoch": range(EPOCHS + 1), "state": list(STATES), "place": range(KEPT)},
    )


@store.cached
def by_plan(population: Population) -> xr.Dataset:
    """Fine-tune the eights that all plans keep, and random ones.

    Parameters
    ----------
    population : Population
        Of a recipe of plain perceptrons on pixels.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``plan``, those of `pruning_plans.PLANS` and further draws, "random 1" to "random 4": ``kept``
        (place), the eight units; ``accuracy`` (epoch), of test images, 0 for none. Before and after (``state``):
        ``bottlenecks``, how many units are; of each unit (``place``) ``auroc``, ``selectivity``,
        ``signed_selectivity``, ``partner`` (among the population's other networks) and ``live``, as of
        `survivors.scores`.
    """
    found = parallel.each(_by_plan, list(zip(population, _others(population), strict=True)))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)


def random(found: xr.Dataset) -> xr.Dataset:
    """Return what `by_plan` found of the random eights, by ``plan``."""
    return found.sel(plan=_draws())


def _arms(run: Run, others: survivors.Layers, scratch: Run, like_parent: Run) -> xr.Dataset:
    units, mean = chosen(run)[SHAPLEY], training_moments.of_run(run, LAYER)["mean"]
    training, test = pruning_oracle.chosen_on(run), recordings.stage(run, LAYER)
    none, biases = pruned_biases.with_biases(training, test, training.values.new_tensor(mean), units)
    readout = probes.logistic_accuracy(training.levels[:, units], training.labels, test.levels[:, units], test.labels)
    (tuned,) = fine_tuned(run, [units], rate=RATES[FINE_TUNED])
    whole = trained_longer(run, rate=RATES[FINE_TUNED])
    narrow = trained_longer(like_parent, rate=RATES[LIKE_PARENT])
    lasting = rewound(run, units, rate=RATES[REWOUND]), from_first_weights(run, units, rate=RATES[FIRST_WEIGHTS])
    ends = accuracies([tuned, *lasting, scratch, whole, narrow], [-1])[:, 0]
    names = (FINE_TUNED, REWOUND, FIRST_WEIGHTS, SCRATCH, WHOLE, LIKE_PARENT)
    found = {"none": none, "ten biases": biases, "refitted readout": readout, **dict(zip(names, ends, strict=True))}
    compared = {FINE_TUNED: tuned, SCRATCH: scratch, LIKE_PARENT: narrow}
    scored = {name: survivors.scores(one, (-1,), others) for name, one in compared.items()}
    unpruned = survivors.scores(whole, (0, -1), others)
    necks = [survivors.bottlenecks(one, -1).sum() for one in compared.values()]
    return xr.Dataset(
        {
            "accuracy": ("arm", np.array(list(found.values()))),
            "bottlenecks": ("network", np.array(necks)),
            **{f"unpruned_{name}": (("state", "unit"), unpruned[name]) for name in survivors.SCORES},
            **{
                name: (("network", "place"), np.stack([one[name][0] for one in scored.values()]))
                for name in survivors.SCORES
            },
        },
        coords={
            "arm": list(found),
            "network": list(compared),
            "place": range(KEPT),
            "state": list(STATES),
            "unit": range(test.n_units),
        },
    )


def trained_longer(run: Run, *, rate: float) -> Run:
    """Return a network trained on for as long as a pruned one is, nothing pruned."""
    recipe = replace(run.recipe, learning_rate=rate)
    start = further_training.state(run)
    return further_training.trained_on(recipe, run.seed, [start], epochs=EPOCHS, skipped=run.recipe.epochs)[0]


@store.cached
def arms(population: Population, scratch: Population, like_parent: Population) -> xr.Dataset:
    """Return what each way of recovery gives the eight of largest Shapley value, beside networks of eight from scratch.

    Parameters
    ----------
    population : Population
        Of a recipe of plain perceptrons on pixels.
    scratch : Population
        Of the same seeds with eight units, trained for as many epochs as the pruned ones in all, at their best rate.
    like_parent : Population
        Of the same seeds with eight units, trained as `population` was; they are then trained on as the pruned are.

    Returns
    -------
    xarray.Dataset
        By ``seed``: ``accuracy`` (arm), of test images. Of networks of eight at the end (``network``): ``auroc``,
        ``selectivity``, ``signed_selectivity``, ``partner`` and ``live`` (place), as of `by_plan`, and ``bottlenecks``,
        how many units are. Of the whole network, trained on with nothing pruned, the same scores before and after,
        ``unpruned_auroc`` (state, unit) and so on.
    """
    found = parallel.each(_arms, list(zip(population, _others(population), scratch, like_parent, strict=True)))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)
