"""One builder for each kind of chart; each takes a tidy frame and returns an Altair chart for `charts.figure`.

Scales are fixed over all rows, not over those a state lets through, so that scrubbing moves the data and not the axes.
"""

from mnist_interp.charts.builders.arrows import arrows
from mnist_interp.charts.builders.curve import curve
from mnist_interp.charts.builders.digit_lines import digit_lines
from mnist_interp.charts.builders.heatmap import confusion, heatmap
from mnist_interp.charts.builders.histogram import histogram
from mnist_interp.charts.builders.intervals import bars, intervals
from mnist_interp.charts.builders.landscape import landscape
from mnist_interp.charts.builders.numbered import numbered
from mnist_interp.charts.builders.plane import digit_arrows, plane
from mnist_interp.charts.builders.points import points
from mnist_interp.charts.builders.scatter import glyphs, scatter, shaded
from mnist_interp.charts.builders.subsets import subsets
from mnist_interp.charts.builders.token_grids import outline, token_grids, token_name

__all__ = [
    "arrows",
    "bars",
    "confusion",
    "curve",
    "digit_arrows",
    "digit_lines",
    "glyphs",
    "heatmap",
    "histogram",
    "intervals",
    "landscape",
    "numbered",
    "outline",
    "plane",
    "points",
    "scatter",
    "shaded",
    "subsets",
    "token_grids",
    "token_name",
]
