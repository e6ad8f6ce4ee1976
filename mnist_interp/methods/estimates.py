"""What is estimated over networks: a mean, a share of them, a ratio of two means, or a standard deviation.

Each kind knows its value, its interval, and how improbable its effects are if the true value lies at or short of some
number. `verdicts` needs nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, get_args

import numpy as np
from scipy import optimize, stats

from mnist_interp.methods import statistics
from mnist_interp.methods.statistics import Direction

Estimand = Literal["mean", "share", "ratio", "deviation"]


class Estimate(Protocol):
    """What a claim is judged by."""

    @property
    def effects(self) -> np.ndarray:
        """One effect per network, (n_seeds,)."""

    @property
    def value(self) -> float:
        """The estimate."""

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return lower and upper end."""

    def tail(self, beyond: float, direction: Direction) -> float:
        """Return the one-sided p-value of the true value lying beyond a number."""


@dataclass(frozen=True, eq=False)
class Mean:
    """The mean over networks of an effect, (n_seeds,), or of one on each image, (n_seeds, n_images).

    With images, these count as sampled too, as they must where an effect of some images in 10,000 matters.
    """

    samples: np.ndarray

    @cached_property
    def effects(self) -> np.ndarray:
        """One effect per network, (n_seeds,)."""
        values = np.asarray(self.samples, dtype=float)
        return statistics.checked(values.mean(1) if values.ndim == 2 else values)

    @cached_property
    def _error(self) -> float | None:
        return statistics.crossed_error(np.asarray(self.samples, dtype=float)) if self.samples.ndim == 2 else None

    @property
    def value(self) -> float:
        """Their mean."""
        return float(self.effects.mean())

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return lower and upper end, by Hall's t."""
        return statistics.interval(self.effects, confidence=confidence, error=self._error)

    def tail(self, beyond: float, direction: Direction) -> float:
        """Return the one-sided p-value of the mean lying beyond a number, by Hall's t."""
        return statistics.tail(self.effects, beyond=beyond, direction=direction, error=self._error)


@dataclass(frozen=True, eq=False)
class Share:
    """The share of networks for which something is true, (n_seeds,) of 0 and 1, with Clopper-Pearson intervals."""

    samples: np.ndarray

    @cached_property
    def effects(self) -> np.ndarray:
        """The flags, (n_seeds,)."""
        flags = statistics.checked(self.samples)
        if not np.isin(flags, (0, 1)).all():
            raise ValueError("effects of a share are 0 or 1, one a network")
        return flags

    @property
    def value(self) -> float:
        """The share that is 1."""
        return float(self.effects.mean())

    @property
    def _hits(self) -> int:
        return int(self.effects.sum())

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return lower and upper end, exact."""
        found = stats.binomtest(self._hits, len(self.effects)).proportion_ci(confidence, method="exact")
        return float(found.low), float(found.high)

    def tail(self, beyond: float, direction: Direction) -> float:
        """Return the one-sided p-value of the share lying beyond a number, exact."""
        return float(stats.binomtest(self._hits, len(self.effects), beyond, alternative=direction).pvalue)


@dataclass(frozen=True, eq=False)
class Ratio:
    """The ratio of two means over networks, (n_seeds, 2): numerators and denominators.

    Whether it lies beyond r is whether the mean of numerator less r times denominator lies beyond 0 (Fieller 1954); the
    interval is made of the r that are not rejected. One network of a small denominator counts as what it is.
    """

    samples: np.ndarray

    @cached_property
    def _pairs(self) -> np.ndarray:
        pairs = np.asarray(self.samples, dtype=float)
        if pairs.ndim != 2 or pairs.shape[1] != 2:
            raise ValueError(f"effects of a ratio are of shape {pairs.shape}: expected (n_seeds, 2)")
        return pairs * np.sign(statistics.checked(pairs[:, 1]).mean())

    @cached_property
    def effects(self) -> np.ndarray:
        """Each network's own ratio, (n_seeds,)."""
        over, under = self._pairs.T
        return over / np.where(under == 0, np.nan, under)

    @property
    def value(self) -> float:
        """The ratio of the means."""
        over, under = self._pairs.mean(0)
        return float(over / under)

    def _less(self, ratio: float) -> np.ndarray:
        return self._pairs[:, 0] - ratio * self._pairs[:, 1]

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return lower and upper end; infinite where the denominator may be 0."""
        if statistics.tail(self._pairs[:, 1], beyond=0, direction="greater") > (1 - confidence) / 2:
            return -np.inf, np.inf

        def end(direction: Direction, sign: int) -> float:
            def rejected(ratio: float) -> float:
                return self.tail(ratio, direction) - (1 - confidence) / 2

            width = abs(self.value) + 1e-12
            while rejected(self.value + sign * width) > 0 and width < 1e12:
                width *= 2
            return float(optimize.brentq(rejected, self.value, self.value + sign * width, xtol=1e-12))

        if np.ptp(self._less(self.value)) <= 1e-12 * np.abs(self._pairs).max():
            return self.value, self.value
        return end("greater", -1), end("less", 1)

    def tail(self, beyond: float, direction: Direction) -> float:
        """Return the one-sided p-value of the ratio lying beyond a number."""
        return statistics.tail(self._less(beyond), beyond=0, direction=direction)


@dataclass(frozen=True, eq=False)
class Deviation:
    """The standard deviation over networks of a mean over images, (n_seeds, n_images), beyond what images add to it.

    Networks of one quality differ on a finite test set, since they err on different images. What that adds, the
    interaction of seed and image over the number of images, is taken off; the variance may so come out below 0, and
    its root is then given as 0.
    """

    samples: np.ndarray

    @cached_property
    def effects(self) -> np.ndarray:
        """Each network's contribution to the variance, (n_seeds,)."""
        values = np.asarray(self.samples, dtype=float)
        if values.ndim != 2 or len(values) < 2:
            raise ValueError(f"effects of a deviation are of shape {values.shape}: expected (n_seeds, n_images)")
        n_seeds, n_images = values.shape
        by_seed = values.mean(1)
        both = values - by_seed[:, None] - values.mean(0) + values.mean()
        of_images = (both**2).sum(1) / ((n_images - 1) * n_images)
        return statistics.checked(((by_seed - by_seed.mean()) ** 2 - of_images) * n_seeds / (n_seeds - 1))

    @property
    def value(self) -> float:
        """The root of the mean contribution, 0 where that is below 0."""
        return float(np.sqrt(max(self.effects.mean(), 0.0)))

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return lower and upper end: roots of those of the variance."""
        low, high = statistics.interval(self.effects, confidence=confidence)
        return float(np.sqrt(max(low, 0.0))), float(np.sqrt(max(high, 0.0)))

    def tail(self, beyond: float, direction: Direction) -> float:
        """Return the one-sided p-value of the deviation lying beyond a number of 0 or more."""
        return statistics.tail(self.effects, beyond=beyond**2, direction=direction)


KINDS: dict[Estimand, Callable[[np.ndarray], Estimate]] = {
    "mean": Mean,
    "share": Share,
    "ratio": Ratio,
    "deviation": Deviation,
}


def estimate(samples: np.ndarray, estimand: Estimand = "mean") -> Estimate:
    """Return an estimate of a kind.

    Parameters
    ----------
    samples : numpy.ndarray
        As the class of the kind takes it, networks first.
    estimand : {"mean", "share", "ratio", "deviation"}
        Which.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if estimand not in KINDS:
        raise ValueError(f"unknown estimand {estimand!r}: expected one of {', '.join(get_args(Estimand))}")
    return KINDS[estimand](np.asarray(samples))
