"""Everything that decides a run but its seed, as a value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Order = Literal["dataloader", "generator"]


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
        With torch's defaults but for the learning rate and decay.
    decay : float
        Decoupled weight decay of Adam: a step shrinks weights by this times the rate.
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
    pixels : {"in place", "shuffled", "patches shuffled"}
        Shuffled: all images permuted by one order, the same for every seed; a control that leaves no neighborhood, or,
        of patches of 7 x 7, none beyond these.
    frozen : tuple of str
        Layers that stay as they were drawn.
    dense : int
        Weights are kept after every so many steps, too; 0 for not.
    dense_epochs : int
        In how many epochs, from the first on.

    Raises
    ------
    ValueError
        If SGD is to decay.
    """

    model: str = "mlp"
    options: tuple[tuple[str, Any], ...] = ()
    optimizer: Literal["sgd", "adam"] = "sgd"
    decay: float = 0.0
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
    pixels: Literal["in place", "shuffled", "patches shuffled"] = "in place"
    frozen: tuple[str, ...] = ()
    dense: int = 0
    dense_epochs: int = 1

    def __post_init__(self) -> None:
        if self.decay and self.optimizer != "adam":
            raise ValueError(
                f"a decay of {self.decay} with {self.optimizer!r}: only Adam's is decoupled from its steps"
            )

    @property
    def standardized(self) -> bool:
        """Whether inputs differ from pixels."""
        return self.shift != 0 or self.scale != 1

    @property
    def key(self) -> dict[str, Any]:
        """The fields as JSON."""
        return asdict(self)
