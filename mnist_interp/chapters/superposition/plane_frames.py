"""Frames for the plane of a layer of two units: regions, images, arrows, in whole numbers that a page can carry.

Axes are what the two units take, before their ReLU, on the same scale, so that angles are as they are. At each
checkpoint the square is as large as the drawn images need; the words around it say how large that is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mnist_interp.chapters.intervals import with_interval
from mnist_interp.charts.builders.plane import SIDE
from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, narrow_layers, sparse_forward, training_dynamics
from mnist_interp.methods import decision_regions
from mnist_interp.methods.readout_spaces import centered
from mnist_interp.runtime import preview
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(40)
MEASURES = {
    "test accuracy": ".0%",
    "recall of the worst digit": ".0%",
    "bottlenecks under zero, of units": ".0%",
    "bottlenecks at the best constant, of units": ".0%",
}
_MARGIN = 0.03
_TICKS = 4


def ticks(low: float, high: float) -> list[float]:
    """Return a few round numbers between two, multiples of 1, 2 or 5 times a power of ten, 0 among them."""
    power = 10.0 ** math.floor(math.log10(max(high, -low)))
    step = next(unit * power for unit in (0.1, 0.2, 0.5, 1, 2, 5) if max(high, -low) <= _TICKS * unit * power)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


class _Square:
    """Maps what two units take onto whole numbers from 0 to `SIDE`, the same scale along both axes."""

    def __init__(self, values: np.ndarray) -> None:
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        margin = _MARGIN * (high - low or 1.0)
        self.low, self.high = low - margin, high + margin

    def __call__(self, values: np.ndarray | float) -> np.ndarray:
        return np.rint((np.asarray(values) - self.low) / (self.high - self.low) * SIDE).astype(int)


def _outlines(pieces: list[tuple[int, bool, np.ndarray]], square: _Square) -> pd.DataFrame:
    rows = []
    for number, (digit, beyond, polygon) in enumerate(pieces):
        x, y = square(polygon).T
        about = {"digit": digit, "beyond": int(beyond), "piece": number}
        rows.append(pd.DataFrame({"x": x, "y": y, "order": range(len(x)), **about}))
    return pd.concat(rows, ignore_index=True)


def _names(
    pieces: list[tuple[int, bool, np.ndarray]], square: _Square, taken: np.ndarray, shares: np.ndarray
) -> pd.DataFrame:
    """Place each region's digit where there is most room between its edges and the drawn images."""
    rows = []
    for digit in sorted({digit for digit, _, _ in pieces}):
        circles = [decision_regions.roomiest(polygon, taken) for own, _, polygon in pieces if own == digit]
        middle, radius = max(circles, key=lambda circle: circle[1])
        x, y = square(middle).tolist()
        scaled = round(radius / (square.high - square.low) * SIDE)
        rows.append({"x": x, "y": y, "radius": scaled, "predicted": digit, "share": round(float(shares[digit]), 4)})
    return pd.DataFrame(rows).assign(image=None, region=lambda frame: frame["predicted"])


def _words(square: _Square, accuracy: float) -> pd.DataFrame:
    numbers = [(f"{tick:g}".replace("-", "−"), int(square(tick))) for tick in ticks(square.low, square.high)]
    beside = {"align": "right", "baseline": "middle", "x": -12}
    below = {"align": "center", "baseline": "top", "y": -14}
    above = {"baseline": "bottom", "y": SIDE + 14}
    return pd.DataFrame(
        [
            *({"text": text, "y": place, **beside} for text, place in numbers),
            *({"text": text, "x": place, **below} for text, place in numbers),
            {"text": "↑ unit 1, before its ReLU", "align": "left", "x": 0, **above},
            {"text": f"{accuracy:.1%} classified correctly", "align": "right", "x": SIDE, **above},
            {"text": "unit 0, before its ReLU →", "align": "right", "baseline": "top", "x": SIDE, "y": -56},
        ]
    )


def arrows(weight: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay out the readout's rows less their mean, the longest of length `SIDE`, and the corners among them."""
    rows, corner = centered(weight), decision_regions.extreme(weight)
    rows = rows / (np.linalg.norm(rows, axis=1).max() or 1.0)
    around = np.arctan2(rows[:, 1], rows[:, 0])
    beyond = rows + 0.1 * np.stack([np.cos(around), np.sin(around)], axis=1)
    tips, named = (np.rint(SIDE * places).astype(int) for places in (rows, beyond))
    frame = pd.DataFrame({"x": tips[:, 0], "y": tips[:, 1], "name_x": named[:, 0], "name_y": named[:, 1]})
    frame["angle"] = np.rint(90 - np.degrees(around)).astype(int)
    frame["predicted"] = np.arange(10)
    frame["corner"] = np.where(corner, "a corner: its region is unbounded", "not a corner: its region is bounded")
    frame = frame.assign(image=None, region=frame["predicted"])
    hull = frame[corner].iloc[np.argsort(around[corner])]  # the mean of all rows lies within
    return frame, hull[["x", "y"]].assign(order=range(int(corner.sum())))


def frames(runs: Sequence[Run], checkpoints: Sequence[int]) -> dict[str, pd.DataFrame]:
    """Lay out planes of several networks at several checkpoints.

    Parameters
    ----------
    runs : sequence of Run
        Networks with two units in layer 2.
    checkpoints : sequence of int
        Which of their checkpoints.

    Returns
    -------
    dict of pandas.DataFrame
        What `charts.plane` and `charts.digit_arrows` take: ``points``, ``outlines``, ``names``, ``words``, ``zero``;
        ``arrows``, ``hull``. All with columns ``network``, the place among `runs`, and ``checkpoint``.
    """
    images, labels = mnist.sample("test", PER_CLASS), mnist.load("test").labels
    found: dict[str, list[pd.DataFrame]] = {}
    for network, run in enumerate(runs):
        models = [run.model(checkpoint) for checkpoint in checkpoints]
        recorded = sparse_forward.activations(models, "test", ["linear2", "output"])
        for checkpoint, layers in zip(checkpoints, recorded, strict=True):
            taken, read = layers["linear2"].double().numpy()[images], layers["output"].argmax(1).numpy()
            square, (weight, bias) = _Square(taken), narrow_layers.readout(run, checkpoint)
            corners = np.full(2, square.low), np.full(2, square.high)
            pieces = decision_regions.before_relu(weight, bias, *corners)
            x, y = square(taken).T
            dots = pd.DataFrame({"image": images, "label": labels[images], "predicted": read[images], "x": x, "y": y})
            directions, hull = arrows(weight)
            made = {
                "points": dots.assign(region=None),
                "outlines": _outlines(pieces, square),
                "names": _names(pieces, square, taken, np.bincount(read, minlength=10) / len(read)),
                "words": _words(square, float((read == labels).mean())),
                "zero": pd.DataFrame({"x": [int(square(0.0))], "y": [int(square(0.0))]}),
                "arrows": directions,
                "hull": hull,
            }
            for name, frame in made.items():
                found.setdefault(name, []).append(frame.assign(network=network, checkpoint=checkpoint))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in found.items()}


def moments(run: Run) -> dict[int, str]:
    """Return the checkpoints that are drawn, and what to call them."""
    return {place: training_dynamics.moment(run, place) for place in training_dynamics.milestones(run)}


def others(population: Population) -> list[Run]:
    """Choose two networks to show beside another: the most accurate that lost a digit, and the least accurate of all.

    A digit is lost where no more than half of its images are classified correctly. Where none lost one, the first is
    the most accurate.
    """
    found = narrow_layers.measured(population)
    order = np.argsort(-found["accuracy"].to_numpy(), kind="stable")
    lost = [place for place in order if found["recalled"].to_numpy()[place] < 10]
    return [population[int((lost or order)[0])], population[int(order[-1])]]


def measures(population: Population) -> dict[str, np.ndarray]:
    """Return each of `MEASURES` by network of one width."""
    found, width = narrow_layers.measured(population), population[0].weights["linear2.bias"].shape[1]
    values = [
        found["accuracy"],
        found["recall"].min("digit"),
        *(ablation_effects.bottlenecks(population, reference) / width for reference in ("zero", "optimal")),
    ]
    return {name: np.asarray(value, dtype=float) for name, value in zip(MEASURES, values, strict=True)}


def by_width(populations: Mapping[int, Population]) -> pd.DataFrame:
    """Return a row for each width and each of `MEASURES`: ``mean`` over networks, ``low`` and ``high``."""
    rows = [
        ({"width": f"{width} units", "measure": name}, values)
        for width, population in populations.items()
        for name, values in measures(population).items()
    ]
    return with_interval(rows)
