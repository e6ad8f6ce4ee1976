"""Four sentences of the published notebooks on layers, maps and digits, each made checkable.

"Overlap most": of all 45 pairs of digits, the best straight cut leaves most images on the wrong side. "The six worst":
the six lowest accuracies are those of the six digits. "Far from the others": the two digits whose centers lie farthest
from the nearest other center. "Rise, then decline": `courses.rises_then_declines`, for most digits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.chapters import sentences
from mnist_interp.chapters.sentences import Checked
from mnist_interp.experiments import class_layouts, training_dynamics
from mnist_interp.methods import courses
from mnist_interp.training.runs import Population, Run

PAIR, FAR = "3 and 6", (0, 1)
OVERLAPPING = (3, 5, 8, 4, 7, 9)
LAYERS = {"layer 1": "relu1", "layer 2": "relu2"}


def lowest(accuracy: np.ndarray, count: int) -> set[int]:
    """Return the digits of the lowest accuracies, (10,)."""
    return set(np.argsort(accuracy, kind="stable")[:count].tolist())


def place(values: xr.DataArray, pair: str) -> xr.DataArray:
    """Return the rank of a pair's overlap among all pairs, 1 for the largest."""
    return (values > values.sel(pair=pair)).sum("pair") + 1


def overlap(own: xr.DataArray, others: xr.DataArray) -> Checked:
    """Check that one pair of digits overlaps most, from overlaps (pair) and (seed, pair)."""
    here, elsewhere = int(place(own, PAIR)), place(others, PAIR)
    first, most = int((elsewhere == 1).sum()), own.idxmax("pair").item()
    return Checked(
        sentences.text("Digits 3 and 6"),
        sentences.verdict(here == 1, first / len(elsewhere)),
        f"{own.sel(pair=PAIR):.1%}, place {here} of {own.size}; {most}: {own.max():.1%}",
        f"most in {first} of {len(elsewhere)}; median place {elsewhere.median():.0f}",
    )


def are_worst(accuracy: np.ndarray) -> np.ndarray:
    """Return in which networks the six digits that overlap are the hardest, (n_seeds,), from accuracies of each."""
    return np.array([lowest(one, 6) == set(OVERLAPPING) for one in accuracy])


def worst(own: np.ndarray, others: np.ndarray) -> Checked:
    """Check which six digits are the hardest, from accuracies (10,) and (n_seeds, 10)."""
    here, all_six = lowest(own, 6), are_worst(others).sum()
    return Checked(
        sentences.text("Digits that overlap"),
        sentences.verdict(here == set(OVERLAPPING), all_six / len(others)),
        f"the six worst: {', '.join(map(str, sorted(here)))}",
        f"just these in {all_six} of {len(others)}",
    )


def farthest(distance: xr.DataArray) -> set[int]:
    """Return the two digits whose centers lie farthest from the nearest other, from distances (digit)."""
    return set(distance.argsort().to_numpy()[-len(FAR) :].tolist())


def are_far(distance: xr.DataArray, space: str) -> np.ndarray:
    """Return in which networks 0 and 1 lie farthest, (n_seeds,), from distances (seed, space, digit)."""
    return np.array([farthest(one) == set(FAR) for one in distance.sel(space=space)])


def far(own: xr.DataArray, others: xr.DataArray) -> list[Checked]:
    """Check which two digits lie farthest from the next, from distances (space, digit) and (seed, space, digit)."""
    rows = []
    for title, space in {sentences.text("0 and 1"): "UMAP", "the same in layer 2 itself": "layer 2"}.items():
        here, agreeing = farthest(own.sel(space=space)), are_far(others, space)
        rows.append(
            Checked(
                title,
                sentences.verdict(here == set(FAR), agreeing.mean()),
                f"farthest: {' and '.join(map(str, sorted(here)))}",
                f"0 and 1 farthest in {agreeing.sum()} of {len(agreeing)}",
            )
        )
    return rows


def declines(own: xr.DataArray, others: xr.DataArray, epochs: list[float]) -> list[Checked]:
    """Check how means of a layer's activations run through training, layer by layer.

    Parameters
    ----------
    own, others : xarray.DataArray
        ``mean`` of `training_dynamics.summary`, (seed, checkpoint, layer, digit).
    epochs : list of float
        When the checkpoints were taken.
    """
    rows = []
    said = sentences.text("Class means")
    for title, layer in LAYERS.items():
        here, elsewhere = (
            courses.rises_then_declines(one.sel(layer=layer).transpose("checkpoint", ...).to_numpy(), epochs)
            for one in (own, others)
        )
        mostly = elsewhere.mean(1) >= 0.5
        rows.append(
            Checked(
                f"{said}: {title}",
                sentences.verdict(bool(here.mean() >= 0.5), mostly.mean()),
                f"{here.sum()} of {here.size} digits",
                f"{elsewhere.mean():.0%} of digits; most in {mostly.sum()} of {len(mostly)} seeds",
            )
        )
    return rows


def table(run: Run, population: Population, mapped: Population) -> pd.DataFrame:
    """Check the sentences on a network and on others, those on UMAPs on the seeds of `mapped` alone."""
    alone = Population(run.recipe, (run,))
    own, others = (training_dynamics.summary(one) for one in (alone, population))
    accuracy = [training_dynamics.class_accuracy(one).isel(checkpoint=-1).to_numpy() for one in (own, others)]
    return sentences.table(
        [
            *declines(own["mean"], others["mean"], run.epochs),
            overlap(class_layouts.on_the_pca(alone)["overlap"][0], class_layouts.on_the_pca(population)["overlap"]),
            worst(accuracy[0][0], accuracy[1]),
            *far(class_layouts.to_the_nearest(alone)["distance"][0], class_layouts.to_the_nearest(mapped)["distance"]),
        ]
    )
