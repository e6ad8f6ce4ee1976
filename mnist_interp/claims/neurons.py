"""Chapter 2: what the neurons of a population respond to, and what the word selective hides."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from mnist_interp.claims.claim import Claim
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


BASELINE = ("the baseline population",)

CLAIMS = (
    Claim(
        id="neurons-null-is-low",
        statement="Nearly every unit of an untrained network is selective beyond the permutation null: passing it "
        "shows that digits differ, not that anything was learned.",
        measure="share of active hidden units, both layers, whose Morcos index on test images exceeds 95 of 100 "
        "permutations of the labels",
        direction="greater",
        smallest=0.90,
        null="labels permuted among the test images; a share of nine in ten",
        populations=BASELINE,
        effects=untrained_beyond_null,
        form=".1%",
    ),
    Claim(
        id="neurons-training-selects",
        statement="Training makes layer-2 neurons more selective than their untrained selves, by a tenth or more of "
        "the index.",
        declared="Training makes layer-2 neurons more selective than their untrained selves.",
        measure="mean Morcos index of a network's active layer-2 units on test images, trained less untrained",
        direction="greater",
        smallest=0.10,
        null="the same networks before training",
        populations=BASELINE,
        effects=index_gained,
        form="+.2f",
    ),
    Claim(
        id="neurons-index-overstates",
        statement="When a neuron with a strong class preference speaks up, more than a quarter of the time the image "
        "is of another digit.",
        measure="share of other digits among the test images above the threshold that best separates the favorite "
        "digit on training images, averaged over layer-2 units with a score of a half or more",
        direction="greater",
        smallest=0.25,
        null="a false share of a quarter: signs flipped about it",
        populations=BASELINE,
        effects=false_share,
        form=".1%",
    ),
    Claim(
        id="neurons-most-are-shared",
        statement="Most layer-2 neurons have a strong preference for several digits.",
        declared="Most layer-2 neurons serve several digits, not one.",
        measure="share of active layer-2 units with a score of a half or more for two digits or more",
        direction="greater",
        smallest=0.50,
        null="half of the units: signs flipped about it",
        populations=BASELINE,
        effects=shared_share,
        form=".1%",
    ),
    Claim(
        id="neurons-every-net-has-a-one",
        statement="The layer-2 neuron that is most selective for ones tells them from the rest nearly perfectly, on "
        "average over networks.",
        declared="Every such network has a layer-2 neuron that tells ones from the rest nearly perfectly.",
        measure="AUROC for ones on test images, of the layer-2 unit with the highest score for ones on training images",
        direction="greater",
        smallest=0.95,
        null="an AUROC of nineteen in twenty: signs flipped about it",
        populations=BASELINE,
        effects=ones_detector,
        form=".3f",
    ),
    Claim(
        id="neurons-gradient-is-readout",
        statement="The table of logit gradients with respect to layer 2 is the table of readout weights.",
        measure="largest absolute difference of the mean gradient of the own logit and the readout weight",
        direction="absent",
        smallest=1e-5,
        null="rounding: a hundred-thousandth either way",
        populations=BASELINE,
        effects=logit_gradient_gap,
        form=".1e",
    ),
    Claim(
        id="neurons-loss-gradient-sign",
        statement="The top of the loss-gradient table names neurons that vote against the digit.",
        measure="share of the thirty places (three a digit) of largest mean loss gradient held by units whose readout "
        "weight for the digit lies below that unit's mean weight",
        direction="greater",
        smallest=0.90,
        null="nine in ten: signs flipped about it",
        populations=BASELINE,
        effects=top_gradient_hurts,
        form=".1%",
    ),
    Claim(
        id="neurons-confusion-opposes-loss",
        statement="The more two digits are confused, the more opposed are their mean loss gradients.",
        declared="Digits that are confused have opposed loss gradients, not shared ones.",
        measure="Spearman correlation over the 45 pairs of digits between the cosine of their mean loss gradients and "
        "the number of images confused",
        direction="less",
        smallest=-0.20,
        null="a correlation of a fifth, negative: signs flipped about it",
        populations=BASELINE,
        effects=loss_gradient_likeness,
        form="+.2f",
    ),
    Claim(
        id="neurons-confusion-shares-readout",
        statement="The more two digits are confused, the more alike are their readout rows.",
        declared="Digits that are confused read from the same neurons.",
        measure="Spearman correlation over the 45 pairs of digits between the cosine of their readout rows and the "
        "number of images confused",
        direction="greater",
        smallest=0.20,
        null="a correlation of a fifth: signs flipped about it",
        populations=BASELINE,
        effects=readout_likeness,
        form="+.2f",
    ),
    Claim(
        id="neurons-cast-returns",
        statement="Matched by their tuning, other seeds' neurons resemble the published cast more than with digits "
        "renamed.",
        declared="The published network's cast returns in other seeds, under other numbers.",
        measure="mean correlation over digits of class means between matched layer-2 units of the published network "
        "and of a seed, less that with the seed's digits renamed",
        direction="greater",
        smallest=0.10,
        null="the same matching with digits renamed at random, twenty times",
        populations=("the baseline population", "the published run"),
        effects=cast_returns,
        form="+.2f",
    ),
)
