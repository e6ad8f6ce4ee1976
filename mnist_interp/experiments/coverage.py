"""How often an interval of a mean covers it, on made-up effects of known mean: which interval the book should use.

Four intervals, nominally 95 %: the bias-corrected and accelerated bootstrap that the first edition used (Efron 1987),
Student's t, the bootstrap-t, and Hall's skewness-corrected t (`statistics`). Eight shapes such as effects over seeds
have: normal, skewed, heavy-tailed, near a limit, counts, mostly zero, in two humps. Ten seconds, and kept.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from mnist_interp.methods import statistics
from mnist_interp.runtime import parallel, preview, store

SIZES = (12, 24)
DRAWS = 100 if preview.enabled() else 1_000
RESAMPLES = 999
Ends = np.ndarray
Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


def _two_humps(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    upper, lower = generator.normal(0.9, 0.05, shape), generator.normal(0.2, 0.1, shape)
    return np.where(generator.random(shape) < 0.8, upper, lower)


SHAPES: dict[str, tuple[Draw, float]] = {
    "normal": (lambda generator, shape: generator.normal(size=shape), 0.0),
    "skewed": (lambda generator, shape: generator.gamma(2.0, size=shape), 2.0),
    "strongly skewed": (lambda generator, shape: generator.exponential(size=shape), 1.0),
    "heavy tails": (lambda generator, shape: generator.standard_t(4, size=shape), 0.0),
    "near a limit": (lambda generator, shape: generator.beta(0.5, 2.0, size=shape), 0.2),
    "counts": (lambda generator, shape: generator.poisson(3.0, size=shape).astype(float), 3.0),
    "mostly zero": (lambda generator, shape: generator.poisson(0.3, size=shape).astype(float), 0.3),
    "two humps": (_two_humps, 0.8 * 0.9 + 0.2 * 0.2),
}


def _bca(effects: np.ndarray, generator: np.random.Generator) -> Ends:
    if np.ptp(effects) == 0:
        return np.repeat(effects[0], 2)
    found = stats.bootstrap((effects,), np.mean, n_resamples=RESAMPLES, method="BCa", rng=generator)
    return np.array(found.confidence_interval)


def _bootstrap_t(effects: np.ndarray, generator: np.random.Generator) -> Ends:
    drawn = generator.choice(effects, (RESAMPLES, len(effects)))
    error, errors = stats.sem(effects), stats.sem(drawn, axis=1)
    away = drawn.mean(1) - effects.mean()
    far = np.where(away == 0, 0.0, np.copysign(np.inf, away))
    t = np.divide(away, errors, out=far, where=errors > 0)
    high, low = np.quantile(t, [0.975, 0.025], method="nearest")
    return effects.mean() - np.array([high, low]) * error


def _student(effects: np.ndarray, _: np.random.Generator) -> Ends:
    half = stats.t.ppf(0.975, len(effects) - 1) * stats.sem(effects)
    return effects.mean() + np.array([-half, half])


def _hall(effects: np.ndarray, _: np.random.Generator) -> Ends:
    return np.array(statistics.interval(effects))


METHODS = {"BCa bootstrap": _bca, "Student's t": _student, "bootstrap-t": _bootstrap_t, "Hall's t": _hall}


def _covered(shape: str, size: int) -> np.ndarray:
    draw, mean = SHAPES[shape]
    generator = np.random.default_rng([size, list(SHAPES).index(shape)])
    effects = draw(generator, (DRAWS, size))
    rows = []
    for method in METHODS.values():
        ends = np.array([method(one, generator) for one in effects])
        rows.append(((ends[:, 0] <= mean) & (mean <= ends[:, 1])).mean())
    return np.array(rows)


@store.cached
def simulated() -> xr.Dataset:
    """Return ``coverage`` (size, shape, interval): how often each interval held the true mean, of 1,000 draws."""
    jobs = [(shape, size) for size in SIZES for shape in SHAPES]
    found = np.array(parallel.each(_covered, jobs)).reshape(len(SIZES), len(SHAPES), len(METHODS))
    coordinates = {"size": list(SIZES), "shape": list(SHAPES), "interval": list(METHODS)}
    return xr.Dataset({"coverage": (("size", "shape", "interval"), found)}, coordinates)


def table() -> pd.DataFrame:
    """Return coverage by number of networks and shape, a column for each interval, in percent."""
    found = simulated()["coverage"]
    frame = found.rename(size="networks", shape="effects").to_series().unstack("interval")[list(METHODS)]  # noqa: PD010
    return (100 * frame.reindex(list(SHAPES), level="effects")).round(1)
