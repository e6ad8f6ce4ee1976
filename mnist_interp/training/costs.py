"""What training a network costs, by a table: for forecasts, and so that the longest work begins first."""

from __future__ import annotations

from mnist_interp.training.recipe import Recipe

# Seconds of one processor that does RATE GFLOP/s in float32 (`commands.rate`), for one network and all training images.
RATE = 120.0
EPOCH = {
    "perceptron": 0.05,
    "normalized perceptron": 0.065,
    "perceptron by autograd": 0.3,
    "cnn": 3.0,
    "transformer": 4.6,
}
MODELS = ("mlp", "cnn", "transformer")

_SHARE = {"train": 1.0, "fit": 55 / 60, "validation": 5 / 60}


def _kind(recipe: Recipe) -> str:
    if recipe.model not in MODELS:
        raise ValueError(f"no cost is known of a {recipe.model!r}, of {', '.join(map(repr, MODELS))} only: measure it")
    options = dict(recipe.options)
    norms = options.get("norms", ())
    if recipe.model != "mlp":
        return recipe.model
    if recipe.optimizer != "sgd" or any(norm.startswith("batch") for norm in norms):
        return "perceptron by autograd"
    plain = set(norms) <= {"none"} and not any(options.get("dropout", ()))
    return "perceptron" if plain else "normalized perceptron"


def seconds(recipe: Recipe) -> float:
    """Return the seconds that one run of a recipe takes a processor of the table's rate.

    Raises
    ------
    ValueError
        If the table does not know its model.
    """
    return EPOCH[_kind(recipe)] * recipe.epochs * _SHARE[recipe.images]
