"""Charts: builders return Altair charts, `figure` puts them on a page with state, controls, caption and data.

    charts.figure(charts.curve(frame, x="epoch", y="accuracy", ...), name="accuracy", caption=..., description=...)

Everything the reader's hand can move is a named state: a control or a tap sets it, `charts.where` filters by it.
"""

from mnist_interp.charts import palette, where
from mnist_interp.charts.builders import (
    arrows,
    bars,
    confusion,
    curve,
    digit_arrows,
    digit_lines,
    glyphs,
    heatmap,
    histogram,
    intervals,
    landscape,
    numbered,
    outline,
    plane,
    points,
    scatter,
    shaded,
    subsets,
    token_grids,
    token_name,
)
from mnist_interp.charts.controls import Choose, ChooseMany, Scrub, Tap, digit_options, named, shared
from mnist_interp.charts.figure import Figure, figure, refuse_bare_charts
from mnist_interp.charts.follow import Note, Pictures
from mnist_interp.charts.gallery import Gallery
from mnist_interp.charts.own_subset import OwnSubset
from mnist_interp.charts.pictures import Picture, digits, weights
from mnist_interp.runtime import book_kernel

if book_kernel.here():
    refuse_bare_charts()

__all__ = [
    "Choose",
    "ChooseMany",
    "Figure",
    "Gallery",
    "Note",
    "OwnSubset",
    "Picture",
    "Pictures",
    "Scrub",
    "Tap",
    "arrows",
    "bars",
    "confusion",
    "curve",
    "digit_arrows",
    "digit_lines",
    "digit_options",
    "digits",
    "figure",
    "glyphs",
    "heatmap",
    "histogram",
    "intervals",
    "landscape",
    "named",
    "numbered",
    "outline",
    "palette",
    "plane",
    "points",
    "scatter",
    "shaded",
    "shared",
    "subsets",
    "token_grids",
    "token_name",
    "weights",
    "where",
]
