"""Frames of a transformer's attention: which token reads which, and rollout, from the experiments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
import xarray as xr

from mnist_interp import charts
from mnist_interp.chapters.intervals import with_interval
from mnist_interp.data import mnist
from mnist_interp.experiments import attention_patterns, rollout
from mnist_interp.experiments.randomized_maps import rank_correlations
from mnist_interp.methods import activations
from mnist_interp.training.runs import Population, Run

TITLES = {
    "correlation": "rollout",
    "average": "one rollout for all images",
    "rollout_untrained": "rollout, untrained weights",
    "last_attention": "attention of block 2",
    "weighted_attention": "the same, weighted by its output",
    "gradient": "gradient × input",
    "ink": "ink of the patch",
    "variance": "variance of the patch",
    "other_network": "deletion in another network",
}


def shown() -> list[int]:
    """Return the test images that figures show: the first of each digit."""
    first = mnist.sample("test", 1)
    return first[np.argsort(mnist.load("test").labels[first])].tolist()


def outlines(images: Sequence[int]) -> pd.DataFrame:
    """Return the ink of test images as charts draw it: columns ``image`` and ``ink``."""
    pixels = mnist.load("test").pixels[list(images)].view(-1, 28, 28).numpy()
    return pd.DataFrame({"image": list(images), "ink": [charts.outline(one) for one in pixels]})


def mean_outlines() -> pd.DataFrame:
    """Return the ink of the mean test image of each digit: columns ``digit`` and ``ink``."""
    digits = mnist.load("test")
    means = [digits.pixels[digits.targets == digit].mean(0).view(28, 28).numpy() for digit in range(10)]
    return pd.DataFrame({"digit": range(10), "ink": [charts.outline(mean) for mean in means]})


def tokens() -> pd.DataFrame:
    """Return an empty grid of tokens, as `charts.token_grids` takes it."""
    return pd.DataFrame({"row": 0, "column": 0, "token": range(17)})


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Put heads, ``"BLOCK.HEAD"``, in grids: one row per block."""
    parts = frame["head"].str.split(".", expand=True).astype(int)
    return frame.drop(columns="head").assign(row=parts[0] - 1, column=parts[1])


def readings(population: Population, images: Sequence[int], count: int) -> pd.DataFrame:
    """Return who reads whom in the first network of a population, over training.

    Parameters
    ----------
    population : Population
        Of transformers.
    images : sequence of int
        Indices in the test set.
    count : int
        How many checkpoints.

    Returns
    -------
    pandas.DataFrame
        One row for each reading token: ``image``, ``step``, ``row``, ``column``, ``token``, and in columns ``"0"``,
        ``"1"``, ... what share it takes of each token, in whole percent.
    """
    share = attention_patterns.of_images(population, images, count)["share"]
    percent = (100 * share).round().astype(int)
    columns = {str(token): percent.isel(read=token, drop=True) for token in range(percent.sizes["read"])}
    frame = xr.Dataset(columns).to_dataframe().reset_index()
    return _placed(frame.rename(columns={"reader": "token"}))


def by_digit(population: Population) -> pd.DataFrame:
    """Return where the class token of the first network looks at the end, by digit, in percent.

    Returns
    -------
    pandas.DataFrame
        Columns ``digit``, ``row``, ``column``, ``token`` and ``share``.
    """
    share = attention_patterns.of_class_token(population)["share"].isel(seed=0, step=-1, drop=True)
    frame = (100 * share).round(1).rename("share").to_dataframe().reset_index()
    return _placed(frame)


def looks(population: Population) -> pd.DataFrame:
    """Return how many tokens the class token looks at over training, mean over networks and heads, with intervals.

    Returns
    -------
    pandas.DataFrame
        Columns ``block``, ``epoch``, ``mean``, ``low`` and ``high``.
    """
    found = by_block(attention_patterns.of_class_token(population)["looked_at"])
    per_epoch = population[0].steps[-1] / population.recipe.epochs
    return with_interval(
        (
            {"block": f"block {block}", "epoch": float(step / per_epoch)},
            found.sel(block=block, step=step).to_numpy(),
        )
        for block in found["block"].to_numpy()
        for step in found["step"].to_numpy()
    )


def by_block(values: xr.DataArray) -> xr.DataArray:
    """Return values of heads, named ``"BLOCK.HEAD"``, as means over the heads of each ``block``."""
    blocks = [head.split(".")[0] for head in values["head"].to_numpy()]
    return values.assign_coords(block=("head", blocks)).groupby("block").mean()


def _ranks(values: np.ndarray) -> np.ndarray:
    return pd.DataFrame(values).rank(axis=1).to_numpy()


def rolled(run: Run, images: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return each patch's rollout and the cost of deleting it, for some images.

    Returns
    -------
    patches : pandas.DataFrame
        As `charts.token_grids` takes it, with ``image``; ``rollout`` and ``drop`` (nats), and of both their ranks among
        an image's sixteen, ``rollout_rank`` and ``drop_rank``.
    said : pandas.DataFrame
        Columns ``image`` and ``text``: a sentence with the rank correlation.
    """
    digits = mnist.load("test")
    pixels, model = digits.pixels[list(images)], run.model()
    values = {
        "rollout": rollout.rolled(model, pixels),
        "drop": rollout.drops(model, pixels, digits_mean()),
    }
    index = pd.MultiIndex.from_product([list(images), range(1, 17)], names=["image", "token"])
    columns = values | {f"{name}_rank": _ranks(found) for name, found in values.items()}
    frame = pd.DataFrame({name: found.ravel().round(4) for name, found in columns.items()}, index=index).reset_index()
    ink = rollout.by_patch(pixels).sum(2).numpy()
    correlations = rank_correlations(values["rollout"], values["drop"]), rank_correlations(ink, values["drop"])
    read = activations.logits(model, pixels).argmax(1).numpy()
    rows = zip(digits.labels[list(images)], read, *correlations, strict=True)
    texts = [
        f"This {label}, classified as {said}: rank correlation with deletion **{signed(own)}** for rollout, "
        f"**{signed(of_ink)}** for ink."
        for label, said, own, of_ink in rows
    ]
    return frame.assign(row=0, column=0), pd.DataFrame({"image": list(images), "text": texts})


def digits_mean() -> torch.Tensor:
    """Return the mean training image, (784,)."""
    return mnist.load("train").pixels.mean(0)


def signed(value: float) -> str:
    """Write a correlation with its sign, and a real minus."""
    return f"{value:+.2f}".replace("-", "−")


def controls(found: xr.Dataset) -> pd.DataFrame:
    """Return rank correlations with deletion, from `rollout.measured`: columns ``map``, ``mean``, ``low``, ``high``."""
    return with_interval(({"map": title}, found[name].to_numpy()) for name, title in TITLES.items())
