"""The networks that chapter 9 compares: what readers call them, which populations they are, and their colors."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_interp import training
from mnist_interp.charts import palette
from mnist_interp.training.runs import Population

UNITS = 16  # of every last hidden layer
MLP, CNN, TRANSFORMER = "MLP", "CNN", "transformer"
DEEPER, NORMED = "deeper MLP", "MLP with a norm"
BOTH, LARGE = "deeper MLP with a norm", "CNN, large batches"


@dataclass(frozen=True)
class Kind:
    """A kind of network: the name of its population in `registry.BOOK`, and its last hidden layer, of sixteen units."""

    population: str
    layer: str


KINDS = {
    MLP: Kind("the MLP, tuned", "relu2"),
    CNN: Kind("the CNN with 16 units", "relu3"),
    TRANSFORMER: Kind("the vision transformer", "relu3"),
}
CONTROLS = {  # a perceptron with one more of what a transformer has more
    DEEPER: Kind("the deeper MLP, tuned", "relu3"),
    NORMED: Kind("the MLP with a norm, tuned", "relu2"),
}
ALL = KINDS | CONTROLS
NARROW = Kind("the narrow CNN, tuned", "relu3")  # ends about as accurate as the perceptron does
BRIEF = {  # trained by whole schedules that end at about the accuracy at which the others are compared
    MLP: Kind("the MLP, trained briefly", "relu2"),
    CNN: Kind("the CNN with 16 units, trained briefly", "relu3"),
    LARGE: Kind("the CNN with 16 units, briefly in large batches", "relu3"),
    TRANSFORMER: Kind("the vision transformer, trained briefly", "relu3"),
    BOTH: Kind("the deeper MLP with a norm, trained briefly", "relu3"),
}
NAMES = {kind.population: name for name, kind in ALL.items()}
COLORS = {  # in chapter 6 the CNN is the first of a chart's lines and the perceptron the second
    CNN: palette.SERIES[0],
    MLP: palette.SERIES[1],
    TRANSFORMER: palette.SERIES[2],
    DEEPER: palette.SERIES[4],
    NORMED: palette.SERIES[3],
    BOTH: palette.SERIES[5],
    LARGE: palette.SERIES[0],
}


def briefly() -> dict[str, Population]:
    """Return the populations of `BRIEF`, by what readers call them."""
    return {name: training.named(kind.population) for name, kind in BRIEF.items()}


def populations() -> dict[str, Population]:
    """Return the populations of `ALL`, by what readers call them."""
    return {name: training.named(kind.population) for name, kind in ALL.items()}
