"""What the hidden units of a population respond to: one pass over its first and last checkpoints.

Units are those of all ReLUs, side by side as a dimension ``neuron`` with the labels ``layer`` and ``unit``: the 32 of
``relu1`` and the 16 of ``relu2`` in the published network. What is chosen (a unit's digit, its threshold) is chosen on
the training images and scored on the test images; nulls permute the test labels. Half a second a network.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, training_dynamics
from mnist_interp.experiments.states import STATES
from mnist_interp.methods import activations, permutation_null, selectivity, similarity
from mnist_interp.runtime import labeled, parallel, store
from mnist_interp.training.runs import Population, Run

LAYERS = {"layer 1": "relu1", "layer 2": "relu2"}
STATUSES = ("selective", "shared", "broad", "always on", "sparse", "dead")
PERMUTATIONS = 100
RENAMINGS = 20
_BY_DIGIT = ("train_means", "test_means", "auroc")


def _describe(run: Run, checkpoint: int) -> store.Arrays:
    train, test = (recordings.hidden_units(run, split, checkpoint) for split in ("train", "test"))
    learned, labels = mnist.load("train").labels, mnist.load("test").labels
    train_means = selectivity.class_means(train, learned)
    digits = train_means.argmax(0)
    thresholds = selectivity.best_thresholds(train, learned, digits)
    null = selectivity.permuted_means(test, labels, repeats=PERMUTATIONS, seed=run.seed)
    permuted = {"repeats": PERMUTATIONS, "seed": run.seed}
    hits, false_alarms, false_share = selectivity.rates(test, labels, digits, thresholds)
    null_rates = permutation_null.rates(test, labels, digits, thresholds, **permuted)
    return {
        "train_means": train_means,
        "test_means": selectivity.class_means(test, labels),
        "active": (train > 0).mean(0),
        "favorite": digits,
        "auroc": selectivity.auroc(test, labels),
        "hits": hits,
        "false_alarms": false_alarms,
        "false_share": false_share,
        "null_index": selectivity.morcos_index(null),
        "null_auroc": permutation_null.auroc(test, labels, **permuted).max(1),
        "null_hits": null_rates[:, 0],
        "null_false_alarms": null_rates[:, 1],
    }


@store.cached
def summary(population: Population) -> xr.Dataset:
    """Return what every hidden unit of every run responds to, untrained and trained.

    Parameters
    ----------
    population : Population
        Networks of one architecture.

    Returns
    -------
    xarray.Dataset
        By ``seed``, ``state`` ("untrained", "trained") and ``neuron`` (``layer`` and ``unit``). ``train_means``,
        ``test_means`` and ``auroc``, by ``digit`` too; ``active``, the share of training images above 0; ``favorite``,
        the favorite digit on training images; ``hits``, ``false_alarms`` and ``false_share``, the rates of
        `selectivity.rates` at the threshold chosen on training images. Under labels permuted a hundred times
        (``permutation``): ``null_index``, Morcos's index, ``null_auroc``, the best AUROC of the ten digits,
        ``null_hits`` and ``null_false_alarms``.
    """
    found = parallel.each(_describe, [(run, checkpoint) for run in population for checkpoint in (0, -1)])
    variables = {}
    for name, one in found[0].items():
        further = ("digit",) if name in _BY_DIGIT else ("permutation",) if name.startswith("null_") else ()
        values = np.stack([row[name] for row in found]).reshape(len(population), len(STATES), *one.shape)
        variables[name] = (("seed", "state", *further, "neuron"), values)
    coordinates = recordings.neuron_labels(recordings.hidden_sizes(population[0]))
    return xr.Dataset(variables, coordinates.assign(seed=population.seeds, state=list(STATES), digit=range(10)))


def scores(means: xr.DataArray) -> xr.DataArray:
    """Return the published per-class score of labeled class means, with their dimensions (..., digit, unit)."""
    if means.dims[-2] != "digit":
        raise ValueError(
            f"class means with the dimensions {', '.join(map(str, means.dims))}: expected (..., digit, unit)"
        )
    return means.copy(data=selectivity.class_selectivity(means.to_numpy()))


def index(means: xr.DataArray) -> xr.DataArray:
    """Return Morcos's index of labeled class means, without their dimension ``digit``."""
    return scores(means).max("digit")


def statuses(means: xr.DataArray, active: xr.DataArray) -> xr.DataArray:
    """Return in a word what kind of unit each is, by `selectivity.status`, with the dimensions of `active`."""
    aligned = means.transpose(*active.dims[:-1], "digit", active.dims[-1])
    return active.copy(data=selectivity.status(aligned.to_numpy(), active.to_numpy()))


@store.cached
def active_shares(population: Population) -> xr.Dataset:
    """Return ``active``, the share of test images on which a unit is above 0, at the milestones of training.

    Returns
    -------
    xarray.Dataset
        ``active`` (seed, checkpoint, neuron).
    """
    checkpoints = training_dynamics.milestones(population[0])
    shares = [[(recordings.hidden_units(run, "test", one) > 0).mean(0) for one in checkpoints] for run in population]
    return xr.Dataset(
        {"active": (("seed", "checkpoint", "neuron"), np.array(shares))},
        recordings.neuron_labels(recordings.hidden_sizes(population[0])).assign(
            seed=population.seeds, checkpoint=checkpoints
        ),
    )


def statuses_over_training(population: Population) -> pd.DataFrame:
    """Count units by status at the milestones of training, on test images.

    Returns
    -------
    pandas.DataFrame
        Columns ``seed``, ``epoch``, ``layer``, ``status``, ``units``.
    """
    active = active_shares(population)["active"]
    means = training_dynamics.class_means(population).sel(checkpoint=active["checkpoint"])
    words = statuses(means, active)
    counts = xr.concat(
        [
            xr.concat([(words.sel(layer=layer) == name).sum("unit") for name in STATUSES], "status")
            for layer in LAYERS.values()
        ],
        "layer",
    ).assign_coords(layer=list(LAYERS), status=list(STATUSES))
    frame = labeled.tidy(counts.transpose("seed", "checkpoint", "layer", "status")).rename(columns={"value": "units"})
    frame.insert(1, "epoch", np.array(population[0].epochs)[frame.pop("checkpoint")])
    return frame


@store.cached
def gradients(population: Population) -> xr.Dataset:
    """Return gradients with respect to the last hidden layer, averaged over the test images of each digit.

    Returns
    -------
    xarray.Dataset
        By ``seed``, ``digit`` and ``unit`` of that layer: ``loss``, the gradient of each image's cross-entropy;
        ``own``, of the logit of its own digit; ``readout``, the weights of the output layer.
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
    variables = {name: (("seed", "digit", "unit"), np.stack([row[name] for row in rows])) for name in rows[0]}
    n_units = rows[0]["loss"].shape[1]
    return xr.Dataset(variables, {"seed": population.seeds, "digit": range(10), "unit": range(n_units)})


def distributions(population: Population) -> pd.DataFrame:
    """Describe how scores are spread over the active units of a population, beside both nulls.

    Returns
    -------
    pandas.DataFrame
        Columns ``layer``, ``network`` ("trained", "untrained", "permuted labels"), ``share`` of units, and at which
        value of ``index`` (Morcos's) and ``auroc`` (the best of the ten digits) that share is reached.
    """
    found = summary(population)
    scored = xr.Dataset({"index": index(found["test_means"]), "auroc": found["auroc"].max("digit")})
    null = xr.Dataset({"index": found["null_index"], "auroc": found["null_auroc"]}).sel(state="trained")
    networks = {state: scored.sel(state=state) for state in STATES} | {"permuted labels": null}
    share, rows = np.linspace(0, 1, 51), []
    for layer, name in LAYERS.items():
        for network, values in networks.items():
            active = found["active"].sel(layer=name, state="untrained" if network == "untrained" else "trained") > 0
            alive = values.sel(layer=name).where(active)
            columns = {column: np.nanquantile(alive[column].to_numpy(), share) for column in ("index", "auroc")}
            rows.append(pd.DataFrame({"layer": layer, "network": network, "share": share, **columns}))
    return pd.concat(rows, ignore_index=True)


def matches(published: Population, population: Population, *, repeats: int = RENAMINGS) -> xr.Dataset:
    """Return how well each unit of the published network's layer 2 is matched by one of each seed's.

    Returns
    -------
    xarray.Dataset
        By ``seed`` and ``unit``, the correlation of the unit's class means with its partner's: ``trained``;
        ``untrained``, before the seed was trained; means of `repeats` draws: ``renamed``, with the seed's digits
        renamed, and ``rotated``, with its class means rotated over its units, which keeps which digits are alike.
    """
    own = summary(published)["train_means"].sel(layer="relu2", state="trained").isel(seed=0)
    others = summary(population)["train_means"].sel(layer="relu2")
    tables = {state: others.sel(state=state).to_numpy() for state in STATES}
    found = {state: [similarity.matched(own.to_numpy(), table) for table in tables[state]] for state in STATES}
    found["renamed"] = [
        similarity.matched_by_chance(own.to_numpy(), table, repeats=repeats, seed=seed)
        for seed, table in zip(population.seeds, tables["trained"], strict=True)
    ]
    found["rotated"] = [
        similarity.matched_when_rotated(own.to_numpy(), table, repeats=repeats, seed=seed)
        for seed, table in zip(population.seeds, tables["trained"], strict=True)
    ]
    variables = {name: (("seed", "unit"), np.array(rows)) for name, rows in found.items()}
    return xr.Dataset(variables, {"seed": population.seeds, "unit": own["unit"].to_numpy()})
