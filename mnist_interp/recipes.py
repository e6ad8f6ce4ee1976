"""Everything that decides a run, as a value; and the book's recipes by name.

A recipe enters the key of a stored run by its fields, so adding a recipe here retrains nothing. With
``MNIST_INTERP_PREVIEW=1`` every run is cut to one epoch and every population to three seeds: enough to build all
pages in minutes, too little to conclude anything.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Order = Literal["dataloader", "generator"]
PROTAGONIST = 31416


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What decides a training run, apart from its seed.

    Attributes
    ----------
    model : str
        Name of a builder in `models.BUILDERS`.
    options : tuple of (str, value)
        Keyword arguments of the builder.
    optimizer : {"sgd", "adam"}
        With torch's defaults but for the learning rate.
    learning_rate : float
        Constant, or the peak of the schedule.
    schedule : {"constant", "one-cycle"}
        How the rate moves over the steps.
    batch_size, epochs : int
        Images a step; passes over the training images.
    order : {"dataloader", "generator"}
        Minibatches as `torch.utils.data.DataLoader` draws them from the stream that also initialized the weights
        (the published run), or from a generator of their own, so that recipes which differ in anything random see
        the same batches.
    images : {"train", "fit", "validation"}
        All 60,000 training images, the 55,000 that leave a validation split, or the 5,000 of that.
    shift, scale : float
        Inputs are ``(pixels - shift) / scale``.
    labels : {"true", "shuffled"}
        Shuffled: the training labels permuted once, by the seed; a control that can only be memorized.
    first_weights, first_rate : float
        Factors on the first layer's initial weights, and on the learning rate of these weights (not of its biases).
    pixels : {"in place", "shuffled"}
        Shuffled: all images permuted by one order, the same for every seed; a control that leaves no neighborhood.
    frozen : tuple of str
        Layers that stay as they were drawn.
    dense : int
        Weights are kept after every so many steps of the first epoch, too; 0 for not.
    """

    model: str = "mlp"
    options: tuple[tuple[str, Any], ...] = ()
    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = 0.01
    schedule: Literal["constant", "one-cycle"] = "constant"
    batch_size: int = 64
    epochs: int = 20
    order: Order = "generator"
    images: Literal["train", "fit", "validation"] = "train"
    shift: float = 0.0
    scale: float = 1.0
    labels: Literal["true", "shuffled"] = "true"
    first_weights: float = 1.0
    first_rate: float = 1.0
    pixels: Literal["in place", "shuffled"] = "in place"
    frozen: tuple[str, ...] = ()
    dense: int = 0

    @property
    def standardized(self) -> bool:
        """Whether inputs differ from pixels."""
        return self.shift != 0 or self.scale != 1

    @property
    def key(self) -> dict[str, Any]:
        """The fields as JSON."""
        return asdict(self)


def preview() -> bool:
    """Whether the book is being built small: three seeds, one epoch, and that of 5,000 images where there are maps."""
    return os.environ.get("MNIST_INTERP_PREVIEW", "") not in ("", "0")


def few_in_preview(count: int) -> int:
    """Return a number of images or of iterations: a fifth of it in the preview, which shows the way, not the result."""
    return count // 5 if preview() else count


def _sized(recipe: Recipe) -> Recipe:
    return replace(recipe, epochs=1) if preview() else recipe


def _seeds(count: int) -> tuple[int, ...]:
    return tuple(range(min(count, 3) if preview() else count))


MLP_SEEDS = _seeds(24)
CONTROL_SEEDS = _seeds(12)

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
_LONG = 1 if preview() else 40
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
if preview():  # nineteen of them would train as long as all other networks together
    CNN = replace(CNN, images="validation")
_ALIKE = replace(CNN, model="mlp", dense=0)
CONVOLUTIONAL: dict[str, tuple[Recipe, tuple[int, ...]]] = {
    "the CNN": (CNN, CNN_SEEDS),
    "the CNN without padding": (replace(CNN, options=(("padding", 0),), dense=0), CNN_SEEDS[:6]),
    "the CNN with frozen convolutions": (replace(CNN, frozen=("conv1", "conv2"), dense=0), CNN_SEEDS),
    "the CNN on shuffled pixels": (replace(CNN, pixels="shuffled", dense=0), CNN_SEEDS),
    "the MLP, trained as the CNN": (_ALIKE, CNN_SEEDS),
    "the MLP on shuffled pixels": (replace(_ALIKE, pixels="shuffled"), CNN_SEEDS),
}
BOOK: dict[str, tuple[Recipe, tuple[int, ...]]] = {
    "the published run": (PUBLISHED, (PROTAGONIST,)),
    "the normalized protagonist": (NORMALIZED, (PROTAGONIST,)),
    "the baseline, seeds 0-11": (BASELINE, CONTROL_SEEDS),
    "shuffled labels": (SHUFFLED, CONTROL_SEEDS),
    "the convolutional protagonist": (CNN, (PROTAGONIST,)),
    **LADDER,
    **ARMS,
    **CONVOLUTIONAL,
}
