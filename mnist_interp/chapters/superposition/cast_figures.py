"""The figures of the published run's neurons: which digits each loss costs, and the pixels that favor two digits."""

from __future__ import annotations

import pandas as pd

from mnist_interp import charts
from mnist_interp.chapters.superposition import cast
from mnist_interp.training.runs import Run

_REACH = 15.0  # points at which colors end: a few neurons cost some digit three times as much


def costs(frame: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Return what losing each neuron costs each digit, from `cast.costs`."""
    return charts.figure(
        charts.heatmap(
            frame.assign(points=100 * frame["cost"]),
            x="digit",
            y="neuron",
            value="points",
            x_title="digit",
            y_title="neuron",
            value_title="accuracy lost, points",
            value_format=".1f",
            spread="harm",
            domain=(-_REACH, _REACH),
            height=380,
        ),
        name="cast",
        columns=1,
        caption=caption,
        description=description,
    )


def evidence(run: Run, neuron: int, digits: tuple[int, ...], *, description: str) -> charts.Picture:
    """Draw which pixels raise a neuron's input on each of some digits: blue raises it, orange lowers it."""
    maps = cast.maps(run, neuron, digits)["evidence"]
    titles = [f"its {digit}s" for digit in digits]
    return charts.weights(maps, titles=titles, columns=len(digits), description=description)
