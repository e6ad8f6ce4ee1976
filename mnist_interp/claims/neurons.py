"""Chapter 2: what the neurons of a population respond to, and what the word selective hides."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from mnist_interp.claims.claim import measured
from mnist_interp.experiments import training_dynamics, unit_selectivity
from mnist_interp.methods import selectivity
from mnist_interp.training.runs import Population

PAIRS = np.triu_indices(10, 1)


def _layer2(population: Population) -> xr.Dataset:
    return unit_selectivity.summary(population).sel(state="trained", layer="relu2")


def _share(which: xr.DataArray, among: xr.DataArray) -> np.ndarray:
    """Return the share of the units of each network that are so, among those that are something, 0 where none is."""
    return (which.sum("unit") / np.maximum(among.sum("unit"), 1)).to_numpy()


def untrained_beyond_null(population: Population) -> np.ndarray:
    """Share of an untrained network's active units whose index exceeds 95 of 100 permutations."""
    found = unit_selectivity.summary(population).sel(state="untrained")
    bar = found["null_index"].quantile(0.95, "permutation")
    active = found["active"] > 0
    beyond = (unit_selectivity.index(found["test_means"]) > bar) & active
    return (beyond.sum("neuron") / active.sum("neuron")).to_numpy()


def index_gained(population: Population) -> np.ndarray:
    """Mean index of active layer-2 units, trained less untrained."""
    found = unit_selectivity.summary(population).sel(layer="relu2")
    active = found["active"] > 0
    index = unit_selectivity.index(found["test_means"])
    means = (index * active).sum("unit") / np.maximum(active.sum("unit"), 1)
    return (means.sel(state="trained") - means.sel(state="untrained")).to_numpy()


def false_share(population: Population) -> np.ndarray:
    """Return the mean false share of the reports of layer-2 units that have a score of a half or more."""
    found = _layer2(population)
    strong = unit_selectivity.index(found["train_means"]) >= selectivity.STRONG
    return _share(found["false_share"] * strong, strong)


def shared_share(population: Population) -> np.ndarray:
    """Share of active layer-2 units that have a score of a half or more for several digits."""
    found = _layer2(population)
    several = (unit_selectivity.scores(found["train_means"]) >= selectivity.STRONG).sum("digit") > 1
    return _share(several, found["active"] > 0)


def ones_detector(population: Population) -> np.ndarray:
    """AUROC for ones of the layer-2 unit that is most selective for them on training images."""
    found = _layer2(population)
    most = unit_selectivity.scores(found["train_means"]).sel(digit=1).argmax("unit")
    return found["auroc"].sel(digit=1).isel(unit=most).to_numpy()


def logit_gradient_gap(population: Population) -> np.ndarray:
    """Largest difference between the table of own-logit gradients and the readout."""
    found = unit_selectivity.gradients(population)
    return abs(found["own"] - found["readout"]).max(["digit", "unit"]).to_numpy()


def top_gradient_hurts(population: Population) -> np.ndarray:
    """Share of the thirty top places by mean loss gradient whose unit votes against the digit."""
    found = unit_selectivity.gradients(population)
    votes = found["readout"] - found["readout"].mean("digit")
    shares = []
    for loss, vote in zip(found["loss"].to_numpy(), votes.to_numpy(), strict=True):
        top = selectivity.top_units(loss)
        shares.append((np.take_along_axis(vote, top, axis=1) < 0).mean())
    return np.array(shares)


def _likeness(patterns: np.ndarray) -> np.ndarray:
    unit = patterns / np.maximum(np.linalg.norm(patterns, axis=1, keepdims=True), 1e-12)
    return (unit @ unit.T)[PAIRS]


def _with_confusion(population: Population, name: str) -> np.ndarray:
    confusion = training_dynamics.summary(population)["confusion"].isel(checkpoint=-1).to_numpy()
    rows = []
    for patterns, counts in zip(unit_selectivity.gradients(population)[name].to_numpy(), confusion, strict=True):
        rho = spearmanr(_likeness(patterns), (counts + counts.T)[PAIRS]).statistic
        rows.append(float(np.nan_to_num(rho)))
    return np.array(rows)


def loss_gradient_likeness(population: Population) -> np.ndarray:
    """Rank correlation over 45 pairs of digits: likeness of their mean loss gradients with their confusion."""
    return _with_confusion(population, "loss")


def readout_likeness(population: Population) -> np.ndarray:
    """Rank correlation over 45 pairs of digits: likeness of their readout rows with their confusion."""
    return _with_confusion(population, "readout")


def cast_returns(population: Population, published: Population) -> np.ndarray:
    """Mean matched correlation of the published network's layer 2 with each seed's, beyond renamed digits."""
    found = unit_selectivity.matches(published, population)
    return (found["trained"].mean("unit") - found["renamed"].mean("unit")).to_numpy()


CLAIMS = measured(
    {
        "neurons-null-is-low": (untrained_beyond_null, ".1%"),
        "neurons-training-selects": (index_gained, "+.2f"),
        "neurons-most-are-shared": (shared_share, ".1%"),
        "neurons-every-net-has-a-one": (ones_detector, ".3f"),
        "neurons-loss-gradient-sign": (top_gradient_hurts, ".1%"),
        "neurons-confusion-shares-readout": (readout_likeness, "+.2f"),
    }
)
