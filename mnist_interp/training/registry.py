"""The book's recipes by name, with the seeds of each population.

A recipe enters the key of a stored run by its fields, so adding one here retrains nothing. With
``MNIST_INTERP_PREVIEW=1`` every run is cut to one epoch and every population to three seeds: enough to build all
pages in minutes, too little to conclude anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mnist_interp.runtime import preview
from mnist_interp.training.recipe import Recipe

PROTAGONIST = 31416
FIRST_SEED = 24  # of the second edition, which is judged on networks that the first had not trained


def _sized(recipe: Recipe) -> Recipe:
    return replace(recipe, epochs=1) if preview.enabled() else recipe


def _seeds(count: int) -> tuple[int, ...]:
    return tuple(range(FIRST_SEED, FIRST_SEED + (min(count, 3) if preview.enabled() else count)))


MLP_SEEDS = _seeds(24)
CONTROL_SEEDS = _seeds(12)
PILOT_SEEDS = tuple(range(100, 110))

PUBLISHED = _sized(Recipe(order="dataloader"))
BASELINE = _sized(Recipe())
SHUFFLED = _sized(Recipe(labels="shuffled"))

PIXEL_MEAN, PIXEL_STD = 0.1307, 0.3081  # of the training images, as the published notebooks round them
STANDARDIZED = _sized(Recipe(shift=PIXEL_MEAN, scale=PIXEL_STD))


def normalized(norms: tuple[str, str], *, dropout: float = 0.0) -> Recipe:
    """Return the standardized recipe with normalized hidden layers, and dropout at the end of the first.

    Parameters
    ----------
    norms : tuple of str
        Of layers 1 and 2, as `models.mlp` names them.
    dropout : float
        Share of layer 1's units masked while training.
    """
    options = (("norms", norms), ("dropout", (dropout, 0.0)))
    return replace(STANDARDIZED, options=options)


NORMALIZED = normalized(("layer-after", "layer-before"), dropout=0.2)
_LONG = 1 if preview.enabled() else 40
_STRETCH = 1 / PIXEL_STD

LADDER: dict[str, tuple[Recipe, tuple[int, ...]]] = {
    "the baseline population": (BASELINE, MLP_SEEDS),
    "standardized inputs": (STANDARDIZED, MLP_SEEDS),
    "LayerNorm after both ReLUs": (normalized(("layer-after", "layer-after")), MLP_SEEDS),
    "the same, trained long": (replace(normalized(("layer-after", "layer-after")), epochs=_LONG), CONTROL_SEEDS),
    "LayerNorm before both ReLUs": (normalized(("layer-before", "layer-before")), MLP_SEEDS),
    "LayerNorm after layer 1 only": (normalized(("layer-after", "none")), CONTROL_SEEDS),
    "LayerNorm after both, dropout": (normalized(("layer-after", "layer-after"), dropout=0.2), MLP_SEEDS),
    "the normalized population": (NORMALIZED, MLP_SEEDS),
}
ARMS: dict[str, tuple[Recipe, tuple[int, ...]]] = {
    "the rate of scaled inputs": (replace(BASELINE, first_rate=_STRETCH**2), MLP_SEEDS),
    "the start of scaled inputs": (replace(BASELINE, first_weights=_STRETCH), MLP_SEEDS),
    "rate and start of scaled inputs": (
        replace(BASELINE, first_weights=_STRETCH, first_rate=_STRETCH**2),
        CONTROL_SEEDS,
    ),
    "scaled inputs": (replace(BASELINE, scale=PIXEL_STD), CONTROL_SEEDS),
    "centered inputs": (replace(BASELINE, shift=PIXEL_MEAN), MLP_SEEDS),
    "pixels at their best rate": (replace(BASELINE, learning_rate=0.1), MLP_SEEDS),
    "standardized inputs at their best rate": (replace(STANDARDIZED, learning_rate=0.03), MLP_SEEDS),
}
CNN_SEEDS = _seeds(12)
CNN = _sized(
    Recipe(model="cnn", optimizer="adam", schedule="one-cycle", learning_rate=0.003, batch_size=128, epochs=3, dense=8)
)
if preview.enabled():  # nineteen of them would train as long as all other networks together
    CNN = replace(CNN, images="validation")
_ALIKE = replace(CNN, model="mlp", dense=0)
TUNED: dict[str, Recipe] = {  # each at the best of seven peak rates, by pilots on validation images (`tuning`)
    "the CNN with 16 units": replace(CNN, options=(("hidden", 16),), learning_rate=0.02, dense_epochs=3),
    "the MLP, tuned": replace(_ALIKE, learning_rate=0.02, dense=16, dense_epochs=3),
    "the wider MLP, tuned": replace(_ALIKE, options=(("hidden", (32, 32)),), learning_rate=0.01),
}
_DEEPER = (("hidden", (32, 32, 16)), ("norms", ("none",) * 3), ("dropout", (0.0,) * 3))
TRANSFORMER = replace(CNN, model="transformer", learning_rate=0.01, dense=16, dense_epochs=3)
ARCHITECTURES: dict[str, Recipe] = {  # tuned like those
    "the deeper MLP, tuned": replace(_ALIKE, options=_DEEPER, learning_rate=0.02, dense=16, dense_epochs=3),
    "the MLP with a norm, tuned": replace(  # in front of its last hidden layer, where the transformer has one
        _ALIKE, options=(("norms", ("layer-after", "none")),), learning_rate=0.03, dense=16, dense_epochs=3
    ),
    "the vision transformer": TRANSFORMER,
    "the narrow CNN, tuned": replace(CNN, options=(("channels", (2, 2)), ("hidden", 16)), learning_rate=0.02, dense=0),
}
_BOTH = replace(  # one more layer and the norm, at the rate of the deeper
    ARCHITECTURES["the deeper MLP, tuned"],
    options=(("hidden", (32, 32, 16)), ("norms", ("none", "layer-after", "none")), ("dropout", (0.0,) * 3)),
)


def _brief(recipe: Recipe, **changes: Any) -> Recipe:
    return _sized(replace(recipe, **{"epochs": 1, "dense": 0, "dense_epochs": 1, **changes}))


BRIEF: dict[str, Recipe] = {  # whole schedules that end at about 95 %, by pilots on seeds 100 to 102
    "the MLP, trained briefly": _brief(TUNED["the MLP, tuned"]),
    "the CNN with 16 units, trained briefly": _brief(TUNED["the CNN with 16 units"], images="validation", epochs=3),
    "the CNN with 16 units, briefly in large batches": _brief(TUNED["the CNN with 16 units"], batch_size=1_024),
    "the vision transformer, trained briefly": _brief(TRANSFORMER),
    "the deeper MLP with a norm, trained briefly": _brief(_BOTH),
}
CONVOLUTIONAL: dict[str, tuple[Recipe, tuple[int, ...]]] = {
    "the CNN": (CNN, CNN_SEEDS),
    "the CNN without padding": (replace(CNN, options=(("padding", 0),), dense=0), CNN_SEEDS[:6]),
    "the CNN with frozen convolutions": (replace(CNN, frozen=("conv1", "conv2"), dense=0), CNN_SEEDS),
    "the CNN on shuffled pixels": (replace(CNN, pixels="shuffled", dense=0), CNN_SEEDS),
    "the MLP, trained as the CNN": (_ALIKE, CNN_SEEDS),
    "the MLP on shuffled pixels": (replace(_ALIKE, pixels="shuffled"), CNN_SEEDS),
}


def narrow(width: int) -> Recipe:
    """Return the baseline's recipe with so many units in layer 2, of which the baseline has sixteen."""
    return replace(BASELINE, options=(("hidden", (32, width)),))


NARROW: dict[str, tuple[Recipe, tuple[int, ...]]] = {
    "the layer of two": (narrow(2), CONTROL_SEEDS),
    "the layer of four": (narrow(4), CONTROL_SEEDS),
    "the layer of eight": (narrow(8), CONTROL_SEEDS),
    "the layer of sixty-four": (narrow(64), CONTROL_SEEDS),
}
OF_EIGHT = _sized(replace(narrow(8), learning_rate=0.3, epochs=25))  # its best rate, by pilots (`pruning_tuning`)
BOOK: dict[str, tuple[Recipe, tuple[int, ...]]] = {
    "the published run": (PUBLISHED, (PROTAGONIST,)),
    "the normalized protagonist": (NORMALIZED, (PROTAGONIST,)),
    "twelve of the baseline": (BASELINE, CONTROL_SEEDS),
    "twelve of the normalized population": (NORMALIZED, CONTROL_SEEDS),
    "shuffled labels": (SHUFFLED, CONTROL_SEEDS),
    "the convolutional protagonist": (CNN, (PROTAGONIST,)),
    **LADDER,
    **ARMS,
    **CONVOLUTIONAL,
    **NARROW,
    "the layer of two, published seed": (narrow(2), (PROTAGONIST,)),
    **{name: (recipe, CNN_SEEDS) for name, recipe in {**TUNED, **ARCHITECTURES, **BRIEF}.items()},
    "the vision transformer on shuffled pixels": (replace(TRANSFORMER, pixels="shuffled", dense=0), CNN_SEEDS),
    "the CNN on shuffled patches": (replace(CNN, pixels="patches shuffled", dense=0), CNN_SEEDS[:6]),
    "the transformer of the published seed": (TRANSFORMER, (PROTAGONIST,)),
    "the small CNN of the published seed": (TUNED["the CNN with 16 units"], (PROTAGONIST,)),
    "eight units from scratch": (OF_EIGHT, CONTROL_SEEDS),
}
