"""What others show when they link to the book: a page's description, and a picture of 1200 by 630 px.

The picture is ten rows of test digits and the title. Who links asks for it by its whole address, so a page names it
only where the book has one (`address`).
"""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from sphinx.application import Sphinx

NAME = "social.png"
SIZE = (1200, 630)
GROUND, INK, ACCENT = "#14171c", "#e6e4df", "#ffa27a"
_ROWS, _COLUMNS, _TILE = 10, 9, 63

_LONGEST = 200


def description(metadata: Mapping[str, str], document: nodes.document | None) -> str:
    """Describe a page in a sentence or two: by its header's ``teaser``, else by how its text begins.

    Parameters
    ----------
    metadata : mapping of str to str
        The page's header.
    document : nodes.document or None
        Its text, if it has any.
    """
    if "teaser" in metadata:
        return metadata["teaser"]
    first = document.next_node(nodes.paragraph) if document else None
    words = " ".join(first.astext().split()) if first else ""
    return textwrap.shorten(words, _LONGEST, placeholder=" …")


def wall(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Lay out the first digits of each class in a row of its own.

    Parameters
    ----------
    images : ndarray of uint8, shape (n_images, 28, 28)
    labels : ndarray of int, shape (n_images,)

    Returns
    -------
    ndarray of uint8, shape (280, 252)
    """
    import numpy as np

    rows = [np.concatenate(images[labels == digit][:_COLUMNS], axis=1) for digit in range(_ROWS)]
    return np.concatenate(rows, axis=0)


def picture() -> bytes:
    """Draw the card as PNG, the same bytes each time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    from mnist_interp.data import mnist

    test = mnist.load("test")
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor=GROUND)
    FigureCanvasAgg(figure)
    width = _COLUMNS * _TILE / SIZE[0]
    axes = figure.add_axes((1 - width, 0, width, 1))
    axes.set_axis_off()
    ink = LinearSegmentedColormap.from_list("ink", [GROUND, INK])
    axes.imshow(wall(test.images, test.labels), cmap=ink, interpolation="lanczos", aspect="auto")
    serif: dict[str, Any] = {"family": "serif", "color": INK}
    figure.text(0.055, 0.66, "Interpreting\nMNIST", fontsize=52, va="center", linespacing=1.15, **serif)
    figure.text(
        0.058,
        0.36,
        "Is this neuron\nthe network’s “1”?",
        fontsize=24,
        va="center",
        linespacing=1.5,
        **serif,
    )
    figure.text(0.058, 0.16, "A book that computes itself", fontsize=16, family="sans-serif", color=ACCENT)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor=GROUND, metadata={"Software": None})
    return buffer.getvalue()


def _write(app: Sphinx, exception: Exception | None) -> None:
    path = Path(app.outdir, "_static", NAME)
    if exception is None and not path.is_file():
        path.write_bytes(picture())


def setup(app: Sphinx) -> None:
    """Draw the card when the site is written, unless it is there."""
    app.connect("build-finished", _write, priority=600)
