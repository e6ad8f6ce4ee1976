"""How long the book will take on this machine: a table of seconds, scaled by the rate of its processors.

A forecast, not a promise: it knows which networks the store lacks, but not which pages have changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from mnist_interp.runtime import preview
from mnist_interp.runtime.progress import minutes
from mnist_interp.training import costs
from mnist_interp.training.recipe import Recipe

# Seconds of one processor of `costs.RATE`, all pages together.
PAGES, PREVIEW_PAGES = 1265.0, 290.0
WHOLE_PREVIEW = 300.0


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
        return seconds * costs.RATE / self.rate / self.processors

    @property
    def training(self) -> float:
        """Seconds until the networks are trained; no sooner than the longest group, which one process trains."""
        each = [costs.seconds(recipe) * len(seeds) for recipe, seeds in self.lacking]
        return max(self._shared(sum(each)), max(each, default=0.0) * costs.RATE / self.rate)

    @property
    def pages(self) -> float:
        """Seconds until all pages have run."""
        return self._shared(PREVIEW_PAGES if preview.enabled() else PAGES)

    def _begin(self) -> str:
        count = sum(len(seeds) for _, seeds in self.lacking)
        todo = f"{count} of {self.wanted} networks have to be trained" if count else "every network is already trained"
        return f"{machine(self.processors, self.rate)}; {todo}"

    def without_pages(self) -> str:
        """Say how long training takes."""
        return f"{self._begin()}: {minutes(self.training)}"

    def with_pages(self) -> str:
        """Say how long training and the pages take, and how soon the preview is there."""
        if not self.lacking:
            return f"{self._begin()}: {minutes(self.pages)} if all pages run; unchanged pages do not"
        said = f"{self._begin()}, then the pages run: {minutes(self.training + self.pages)}"
        if preview.enabled():
            return said
        return f"{said}; `make preview` shows every page in {minutes(self._shared(WHOLE_PREVIEW))}"
