"""Chapter 2: what the neurons of a population respond to, and what the word selective hides."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from mnist_interp.claims.claim import Claim
from mnist_interp.experiments import training_dynamics, unit_selectivity
from mnist_interp.methods import selectivity, similarity
from mnist_interp.training.runs import Population

LAYER2 = unit_selectivity.LAYERS["layer 2"]
RENAMINGS = 20
PAIRS = np.triu_indices(10, 1)


def untrained_beyond_null(population: Population) -> np.ndarray:
    """Share of an untrained network's active units whose index exceeds 95 of 100 permutations."""
    found = unit_selectivity.summary(population)
    index = selectivity.morcos_index(found["test_means"][:, 0])
    bar = np.quantile(found["null_index"][:, 0], 0.95, axis=1)
    active = found["active"][:, 0] > 0
    return ((index > bar) & active).sum(1) / active.sum(1)


def index_gained(population: Population) -> np.ndarray:
    """Mean index of active layer-2 units, trained less untrained."""
    found = unit_selectivity.summary(population)
    index = selectivity.morcos_index(found["test_means"])[:, :, LAYER2]
    active = found["active"][:, :, LAYER2] > 0
    means = (index * active).sum(-1) / np.maximum(active.sum(-1), 1)
    return means[:, 1] - means[:, 0]


def false_share(population: Population) -> np.ndarray:
    """Return the mean false share of the reports of layer-2 units that have a score of a half or more."""
    found = unit_selectivity.summary(population)
    index = selectivity.morcos_index(found["train_means"][:, 1])[:, LAYER2]
    strong = index >= selectivity.STRONG
    wrong = found["rates"][:, 1, 2, LAYER2]
    return (wrong * strong).sum(1) / np.maximum(strong.sum(1), 1)


def shared_share(population: Population) -> np.ndarray:
    """Share of active layer-2 units that have a score of a half or more for several digits."""
    found = unit_selectivity.summary(population)
    scores = selectivity.class_selectivity(found["train_means"][:, 1])[:, :, LAYER2]
    several = (scores >= selectivity.STRONG).sum(1) > 1
    return several.sum(1) / np.maximum((found["active"][:, 1, LAYER2] > 0).sum(1), 1)


def ones_detector(population: Population) -> np.ndarray:
    """AUROC for ones of the layer-2 unit that is most selective for them on training images."""
    found = unit_selectivity.summary(population)
    scores = selectivity.class_selectivity(found["train_means"][:, 1])[:, 1, LAYER2]
    ones = found["auroc"][:, 1, 1, LAYER2]
    return ones[np.arange(len(ones)), scores.argmax(1)]


def logit_gradient_gap(population: Population) -> np.ndarray:
    """Largest difference between the table of own-logit gradients and the readout."""
    found = unit_selectivity.gradients(population)
    return np.abs(found["own"] - found["readout"]).max((1, 2))


def top_gradient_hurts(population: Population) -> np.ndarray:
    """Share of the thirty top places by mean loss gradient whose unit votes against the digit."""
    found = unit_selectivity.gradients(population)
    votes = found["readout"] - found["readout"].mean(1, keepdims=True)
    shares = []
    for loss, vote in zip(found["loss"], votes, strict=True):
        top = selectivity.top_units(loss)
        shares.append((np.take_along_axis(vote, top, axis=1) < 0).mean())
    return np.array(shares)


def _likeness(patterns: np.ndarray) -> np.ndarray:
    unit = patterns / np.maximum(np.linalg.norm(patterns, axis=1, keepdims=True), 1e-12)
    return (unit @ unit.T)[PAIRS]


def _with_confusion(population: Population, name: str) -> np.ndarray:
    confusion = training_dynamics.summary(population)["confusion"][:, -1]
    rows = []
    for patterns, counts in zip(unit_selectivity.gradients(population)[name], confusion, strict=True):
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
    cast = unit_selectivity.summary(published)["train_means"][0, 1][:, LAYER2]
    others = unit_selectivity.summary(population)["train_means"][:, 1][:, :, LAYER2]
    return np.array(
        [
            similarity.matched(cast, other).mean()
            - similarity.matched_by_chance(cast, other, repeats=RENAMINGS, seed=seed).mean()
            for seed, other in zip(population.seeds, others, strict=True)
        ]
    )


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
