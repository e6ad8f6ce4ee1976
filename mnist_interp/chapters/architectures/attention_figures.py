"""The figures of attention: who reads a patch, and rollout against deletion, from `attention_frames`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mnist_interp import charts
from mnist_interp.charts import where
from mnist_interp.data import mnist

_HEAD = "'head ' + (datum.row + 1) + '.' + datum.column"
_TOKENS = range(17)  # the class token first
_MOST = 45  # percent, above which shades are alike
_BY_IMAGE = where.equals("image", "image")
INTERVAL: dict[str, Any] = {"value": "mean", "lower": "low", "upper": "high"}


def _images(images: list[int], *, initial: int) -> charts.Choose:
    labels = mnist.load("test").labels
    return charts.Choose(
        "image", {str(labels[image]): image for image in images}, title="Image", initial=images[initial]
    )


def _place(token: int) -> str:
    return charts.token_name(token).removeprefix("patch in ")  # short, for phones


def _when(step: int, per_epoch: float) -> str:
    epochs = step / per_epoch
    if step == 0:
        return "untrained"
    if epochs < 1:
        return f"{step} {'step' if step == 1 else 'steps'}"
    return (
        f"{round(epochs)} {'epoch' if round(epochs) == 1 else 'epochs'}"
        if epochs % 1 < 0.01
        else f"{epochs:.1f} epochs"
    )


def who_reads(
    tokens: pd.DataFrame,
    readings: pd.DataFrame,
    outlines: pd.DataFrame,
    *,
    per_epoch: float,
    initial: int = 4,
    token: int = 7,
    caption: str,
    description: str,
) -> charts.Figure:
    """Return the figure of who reads a patch, head by head, over training.

    Parameters
    ----------
    tokens, readings, outlines
        As of `attention_frames.tokens`, `readings` and `outlines`.
    per_epoch : float
        Steps of an epoch.
    initial, token : int
        The digit and the token that are chosen at first.
    """
    steps, images = (readings[name].drop_duplicates().tolist() for name in ("step", "image"))
    return charts.figure(
        [
            charts.token_grids(tokens, outlines, selected="token", aspect=0.68, digit_where=_BY_IMAGE),
            charts.token_grids(
                readings,
                outlines,
                reading=("token", "way"),
                value_title="% of the reader’s attention",
                domain=(0, _MOST),
                named=_HEAD,
                where=[where.equals("step", "step"), _BY_IMAGE],
                digit_where=_BY_IMAGE,
            ),
        ],
        name="who-reads",
        columns=2,
        wide=True,
        controls=[
            _images(images, initial=initial),
            charts.Scrub("token", _TOKENS, [_place(token) for token in _TOKENS], title="Token", initial=token),
            charts.Choose("way", {"Who reads it": "readers", "What it reads": "read"}, title="Show"),
            charts.Scrub("step", steps, [_when(step, per_epoch) for step in steps], title="Training"),
        ],
        taps=[charts.Tap(panel, {"token": "token"}) for panel in (0, 1)],
        caption=caption,
        description=description,
    )


def looks(
    by_digit: pd.DataFrame, outlines: pd.DataFrame, over_training: pd.DataFrame, *, caption: str, description: str
) -> charts.Figure:
    """Return where the class token looks, by digit and over training, from `attention_frames` of the same names."""
    by_choice = where.equals("digit", "digit")

    return charts.figure(
        [
            charts.token_grids(
                by_digit,
                outlines,
                value="share",
                value_title="% of the class token’s attention",
                value_format=".1f",
                domain=(0, _MOST),
                named=_HEAD,
                where=by_choice,
                digit_where=by_choice,
            ),
            charts.curve(
                over_training,
                x="epoch",
                y="mean",
                series="block",
                band=("low", "high"),
                x_title="epochs of training",
                y_title="tokens the class token looks at",
                y_format=".0f",
                log_x=True,
                height=300,
            ),
        ],
        name="looks",
        columns=2,
        wide=True,
        controls=[charts.Choose("digit", charts.digit_options(), title="Digit in A", initial=4)],
        caption=caption,
        description=description,
    )


def rollout(
    patches: pd.DataFrame,
    said: pd.DataFrame,
    outlines: pd.DataFrame,
    controls: pd.DataFrame,
    *,
    initial: int = 4,
    caption: str,
    description: str,
) -> charts.Figure:
    """Return rollout against deletion.

    Parameters
    ----------
    patches, said
        As of `attention_frames.rolled`.
    outlines, controls : pandas.DataFrame
        As of `attention_frames`.
    initial : int
        The digit that is chosen at first.
    """
    maps = {"rollout_rank": "by rollout", "drop_rank": "by cost of deletion"}
    return charts.figure(
        [
            *(
                charts.token_grids(
                    patches,
                    outlines,
                    value=value,
                    value_title="rank among sixteen patches",
                    domain=(1, 16),
                    aspect=0.75,
                    where=_BY_IMAGE,
                    digit_where=_BY_IMAGE,
                    title=title,
                )
                for value, title in maps.items()
            ),
            charts.Note(said, "text", {"image": "image"}),
            charts.intervals(
                controls,
                category="map",
                **INTERVAL,
                x_title="rank correlation with deletion",
                x_format=".1f",
                reference=0.5,
                highlight="rollout",
            ),
        ],
        name="rollout",
        columns=2,
        wide=True,
        controls=[_images(patches["image"].drop_duplicates().tolist(), initial=initial)],
        caption=caption,
        description=description,
    )
