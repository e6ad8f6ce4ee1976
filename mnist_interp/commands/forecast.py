"""How long the book will take on this machine: a table of seconds, scaled by the rate of its processors.

A forecast, not a promise: it knows which networks the store lacks, but not which pages have changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from mnist_interp import recipes
from mnist_interp.recipes import Recipe

# The table to calibrate: seconds of one processor that does RATE GFLOP/s in float32 (`rate.processor_rate`).
RATE = 120.0
EPOCH = {"perceptron": 1.5 / 20, "normalized perceptron": 2.5 / 20, "cnn": 9 / 3}  # one run, all training images
PAGES, PREVIEW_PAGES = 750.0, 450.0
WHOLE_PREVIEW = 480.0

_SHARE = {"train": 1.0, "fit": 55 / 60, "validation": 5 / 60}


def seconds(recipe: Recipe) -> float:
    """Return the seconds that one run of a recipe takes a processor of the table's rate."""
    options = dict(recipe.options)
    plain = set(options.get("norms", ())) <= {"none"} and not any(options.get("dropout", ()))
    kind = "cnn" if recipe.model == "cnn" else "perceptron" if plain else "normalized perceptron"
    return EPOCH[kind] * recipe.epochs * _SHARE[recipe.images]


def minutes(seconds: float) -> str:
    """Say a duration in words, to the minute."""
    whole = round(seconds / 60)
    return "less than a minute" if whole < 1 else f"about {whole} minute{'s' if whole > 1 else ''}"


def machine(processors: int, rate: float) -> str:
    """Say how many processors work, and how fast each is (GFLOP/s)."""
    return f"{processors} processor{'s' if processors > 1 else ''} of {rate:.0f} GFLOP/s (float32, one thread)"


@dataclass(frozen=True)
class Forecast:
    """What is to be done, and how fast it goes here.

    Attributes
    ----------
    lacking : tuple of (Recipe, seeds)
        Groups of seeds to train.
    wanted : int
        Networks there will be.
    processors : int
        Processes side by side.
    rate : float
        GFLOP/s of each, float32.
    """

    lacking: tuple[tuple[Recipe, tuple[int, ...]], ...]
    wanted: int
    processors: int
    rate: float

    def _shared(self, seconds: float) -> float:
        return seconds * RATE / self.rate / self.processors

    @property
    def training(self) -> float:
        """Seconds until the networks are trained; no sooner than the longest group, which one process trains."""
        each = [seconds(recipe) * len(seeds) for recipe, seeds in self.lacking]
        return max(self._shared(sum(each)), max(each, default=0.0) * RATE / self.rate)

    @property
    def pages(self) -> float:
        """Seconds until all pages have run."""
        return self._shared(PREVIEW_PAGES if recipes.preview() else PAGES)

    def _begin(self) -> str:
        count = sum(len(seeds) for _, seeds in self.lacking)
        todo = f"{count} of {self.wanted} networks are to be trained" if count else "every network is there"
        return f"{machine(self.processors, self.rate)}; {todo}"

    def without_pages(self) -> str:
        """Say how long training takes."""
        return f"{self._begin()}: {minutes(self.training)}"

    def with_pages(self) -> str:
        """Say how long training and the pages take, and how soon the preview is there."""
        if not self.lacking:
            return f"{self._begin()}: {minutes(self.pages)} if all pages run; those that have not changed do not"
        said = f"{self._begin()}, then the pages run: {minutes(self.training + self.pages)}"
        if recipes.preview():
            return said
        return f"{said}; `make preview` shows every page in {minutes(self._shared(WHOLE_PREVIEW))}"
