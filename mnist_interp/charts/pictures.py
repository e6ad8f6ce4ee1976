"""Pictures of digits, filters and weights, drawn by matplotlib: a grid of small images, as a PNG with alternative text.

Grays are drawn as ink on a transparent ground and inverted by the dark theme; signed arrays (weights) take the
diverging scale's colors, which read on both. The bytes are the same for the same arrays.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas

from mnist_interp.charts.palette import DIVERGING, MUTED
from mnist_interp.charts.sprite import data_address
from mnist_interp.charts.theme import FONT

_INK = LinearSegmentedColormap.from_list("ink", [(0, 0, 0, 0), (0, 0, 0, 1)])
_SIGNED = LinearSegmentedColormap.from_list("signed", [color.light for color in DIVERGING])
_TILE, _DPI = 0.62, 200


@dataclass(frozen=True)
class Picture:
    """A picture ready for a page; made by `digits` and `weights`.

    Attributes
    ----------
    png : bytes
        The picture.
    description : str
        What it shows, for readers who cannot see it.
    signed : bool
        Whether it is in colors (else ink, which the dark theme inverts).
    width, height : int
        In CSS pixels.
    titles : sequence of str
        Those that stand outside the picture, whose gray would be faint in one theme or the other.
    columns : int
        Images in a row.
    """

    png: bytes
    description: str
    signed: bool
    width: int
    height: int
    titles: Sequence[str] = ()
    columns: int = 1

    def _titled(self, source: str) -> str:
        across, down = self.width / self.columns, self.height / -(-len(self.titles) // self.columns)
        words = "".join(
            f'<text x="{(number % self.columns + 0.47) * across:.1f}" y="{number // self.columns * down + 17:.1f}" '
            f'text-anchor="middle" font-size="12" fill="{MUTED.css}">{escape(title)}</text>'
            for number, title in enumerate(self.titles)
        )
        return (
            f'<svg class="mi-picture" role="img" aria-label="{escape(self.description)}" width="{self.width}" '
            f'height="{self.height}" viewBox="0 0 {self.width} {self.height}" font-family="{FONT}">'
            f'<image width="{self.width}" height="{self.height}" href="{source}"></image>{words}</svg>'
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        source = data_address(self.png)
        html = (
            self._titled(source)
            if self.titles
            else (
                f'<img class="mi-picture{"" if self.signed else " mi-inked"}" alt="{escape(self.description)}" '
                f'width="{self.width}" height="{self.height}" src="{source}">'
            )
        )
        return {"text/html": html, "text/plain": f"<Picture: {self.description}>"}


def _grid(
    images: np.ndarray, titles: Sequence[str], columns: int, description: str, cmap: Any, reach: tuple[float, float]
) -> Picture:
    if images.ndim != 3 or not len(images):
        raise ValueError(f"cannot draw an array of shape {images.shape}: expected (n_images, rows, columns)")
    if titles and len(titles) != len(images):
        raise ValueError(f"{len(images)} images but {len(titles)} titles: give one each")
    if not description.strip():
        raise ValueError("the picture has no description: say what it shows for readers who cannot see it")
    down, line = -(-len(images) // columns), 0.25 if titles else 0.0
    size = (columns * _TILE, down * (_TILE + line))
    canvas = Canvas(figsize=size, dpi=_DPI)
    FigureCanvasAgg(canvas)
    canvas.patch.set_alpha(0)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        bottom = 1 - (row * (_TILE + line) + line + _TILE) / size[1]
        axes = canvas.add_axes((column / columns, bottom, 0.94 / columns, 0.94 * _TILE / size[1]))
        axes.imshow(image, cmap=cmap, vmin=reach[0], vmax=reach[1], interpolation="nearest")
        axes.axis("off")
        if titles and cmap is _INK:
            axes.set_title(titles[number], fontsize=9, pad=3, color="black")
    out = io.BytesIO()
    canvas.savefig(out, format="png", metadata={"Software": None})
    width, height = round(size[0] * 96), round(size[1] * 96)
    outside = () if cmap is _INK else titles
    return Picture(out.getvalue(), description, cmap is _SIGNED, width, height, outside, columns)


def digits(images: np.ndarray, *, description: str, titles: Sequence[str] = (), columns: int = 10) -> Picture:
    """Draw images in gray.

    Parameters
    ----------
    images : numpy.ndarray, shape (n_images, rows, columns)
        Bytes, or floats in [0, 1]; the greatest possible value is ink.
    description : str
        What they show.
    titles : sequence of str
        One for each image, or none.
    columns : int
        Images in a row.

    Raises
    ------
    ValueError
        If shapes or titles don't fit, the description is empty, or floats leave [0, 1].
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 and len(images) and (images.min() < 0 or images.max() > 1):
        raise ValueError(
            f"pixels reach from {images.min():.3g} to {images.max():.3g}: expected bytes (uint8) or floats in [0, 1]; "
            "for signed values use charts.weights"
        )
    return _grid(images, titles, columns, description, _INK, (0, 255 if images.dtype == np.uint8 else 1))


def weights(arrays: np.ndarray, *, description: str, titles: Sequence[str] = (), columns: int = 8) -> Picture:
    """Draw signed arrays, such as a layer's weights, on one scale symmetric about 0; parameters as of `digits`."""
    arrays = np.asarray(arrays, dtype=float)
    reach = float(np.abs(arrays).max()) if arrays.size else 0.0
    return _grid(arrays, titles, columns, description, _SIGNED, (-(reach or 1.0), reach or 1.0))
