"""The figures of what shuffling does: panels, states and how they are linked. Captions are in the page."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from mnist_interp import charts
from mnist_interp.chapters.architectures import shuffled_frames
from mnist_interp.chapters.architectures.shuffled_frames import IN_PLACE, PIXELS
from mnist_interp.charts.where import equals

_STATES = {"label": "true_digit", "kind": "kind", "arrangement": "arrangement", "training": "learned"}


def _pictures(found: xr.Dataset, title: str, filters: tuple[str, ...], *arrangements: str) -> charts.Pictures:
    arrays, about = shuffled_frames.pictures(found, *arrangements)
    follow = {name: _STATES[name] for name in filters}
    return charts.Pictures(arrays, about, title=title, label="shown", filters=follow, size=168, ink=True)


def shuffled_digit(found: xr.Dataset, *, caption: str, description: str) -> charts.Figure:
    """Draw a digit, the same as networks are shown it, and what these say, from `shuffled_digits.said`."""
    said, readings, offered = shuffled_frames.said(found), shuffled_frames.readings(found), shuffled_frames.options()
    return charts.figure(
        [
            _pictures(found, "The image", ("label", "kind"), IN_PLACE),
            _pictures(found, "As the networks see it", ("label", "kind", "arrangement")),
            charts.Note(readings, text="text", filters=_STATES),
            *(
                charts.bars(
                    rows,
                    category="digit",
                    value="probability",
                    x_title="probability",
                    x_format=".0%",
                    where=[equals(name, state) for name, state in _STATES.items()],
                    title=f"what the {network} says",
                )
                for network, rows in said.groupby("network", sort=False)
            ),
        ],
        name="shuffled-digit",
        columns=3,
        wide=True,
        controls=[
            charts.Choose("true_digit", charts.digit_options(), title="Digit", initial=2),
            charts.Choose("kind", offered["kind"], title="Image", initial="hard"),
            charts.Choose("arrangement", offered["arrangement"], title="Shown", initial=PIXELS),
            charts.Choose("learned", offered["training"], title="Networks trained on images", initial="alike"),
        ],
        caption=caption,
        description=description,
    )


def shuffled_arms(arms: pd.DataFrame, swapped: pd.DataFrame, *, caption: str, description: str) -> charts.Figure:
    """Draw accuracy after training on shuffled images, and in place as patches trade places: `arms`, `swapped`."""
    return charts.figure(
        [
            charts.intervals(
                arms,
                category="arm",
                value="mean",
                lower="low",
                upper="high",
                x_title="test accuracy, trained and tested that way",
                x_format=".1%",
            ),
            charts.curve(
                swapped,
                x="moved",
                y="mean",
                series="network",
                band=("low", "high"),
                x_title="patches moved, of 16, in the test images only",
                y_title="test accuracy",
                y_format=".0%",
                height=294,
            ),
        ],
        name="shuffled",
        columns=2,
        wide=True,
        caption=caption,
        description=description,
    )
