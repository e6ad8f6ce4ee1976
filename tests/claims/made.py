"""Evidence made by hand: populations that nobody trains, labeled arrays with a known answer, and what is asked of them.

`shows` calls the function that a claim names, on a population of which the first seed has the effect that is claimed
and the second has not; `shows_deviation` on two populations, of which the first has it. ``test_every_claim.py`` reads
the modules of this folder for their calls, so that a claim without one fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from mnist_interp.claims import chapters
from mnist_interp.claims.claim import Claim
from mnist_interp.methods import estimates, verdicts
from mnist_interp.methods.references import REFERENCES
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

SEEDS = [3, 8]
WITHOUT_A_PAGE: tuple[ModuleType, ...] = ()  # tested; no verdicts are kept before its page is built
EPOCHS = 8
STATES = ["untrained", "trained"]
RECIPE = Recipe(epochs=EPOCHS)


def population(last_accuracy: Sequence[float] = (0.5, 0.5), recipe: Recipe = RECIPE) -> Population:
    """Make two runs without weights; `last_accuracy` is what their last epoch of training printed."""
    printed = [np.append(np.zeros(recipe.epochs - 1), one) for one in last_accuracy]
    runs = [Run(recipe, seed, {}, np.zeros(recipe.epochs), row) for seed, row in zip(SEEDS, printed, strict=True)]
    return Population(recipe, runs)


def claims() -> dict[str, Claim]:
    """Return every claim that is measured, by id."""
    return {claim.id: claim for chapter in (*chapters.CHAPTERS.values(), *WITHOUT_A_PAGE) for claim in chapter.CLAIMS}


def bears_out(claim: Claim, effect: float) -> bool:
    """Say whether a claim would hold if this effect were beyond doubt."""
    return verdicts.verdict(effect, 0.0, direction=claim.direction, smallest=claim.smallest) == "holds"


def shows(claim: str, *populations: Population, effects: Sequence[Any], true: Sequence[bool] = (True, False)) -> None:
    """Check what a claim's function finds in populations of known effects, and which of them bear the claim out.

    Parameters
    ----------
    claim : str
        Its id.
    *populations : Population
        What its function takes.
    effects : sequence of float, or of pairs
        What it is to return, one a seed (or pair of seeds): of a ratio numerator and denominator, of a share 0 or 1,
        and of what is counted by images the mean over them.
    true : sequence of bool
        Whether each bears the claim out; there is to be one that does and one that does not.
    """
    made = claims()[claim]
    assert len(populations) == len(made.populations), "a function takes the populations that its claim names"
    found = made.effects(*populations)
    assert isinstance(found, np.ndarray)
    assert found.ndim == (2 if made.images or made.estimand == "ratio" else 1)
    one_each = estimates.estimate(found, made.estimand).effects
    compared = found if made.estimand == "ratio" else one_each
    assert compared.shape == np.shape(effects)
    np.testing.assert_allclose(compared, effects, atol=1e-9)
    assert set(true) == {True, False}
    assert [bears_out(made, effect) for effect in one_each] == list(true)


def shows_deviation(claim: str, apart: Population, alike: Population, *, effects: Sequence[float]) -> None:
    """Check a claim of how far networks lie apart, which belongs to no single one: where it is true, then where false.

    Parameters
    ----------
    claim : str
        Its id.
    apart, alike : Population
        One that bears it out, and one that does not.
    effects : sequence of float
        The standard deviations.
    """
    made = claims()[claim]
    found = [estimates.estimate(made.effects(one), made.estimand).value for one in (apart, alike)]
    np.testing.assert_allclose(found, effects, atol=1e-9)
    assert [bears_out(made, effect) for effect in found] == [True, False]


def by_population(*answers: tuple[Population, Any]) -> Callable[..., Any]:
    """Stand in for an experiment: answer by which population is asked about, and by nothing else."""

    def answer(asked: Population, *rest: Any, **named: Any) -> Any:
        return next(found for one, found in answers if one is asked)

    return answer


def ablated(answers: dict[Any, xr.Dataset]) -> Callable[..., xr.Dataset]:
    """Stand in for `ablation_effects.costs`: answer by population and layer, at the last checkpoint alone."""

    def costs(asked: Population, layer: str = "relu2", checkpoint: int = -1) -> xr.Dataset:
        assert checkpoint == -1
        return answers[asked, layer]

    return costs


def costs(
    lost: dict[str, np.ndarray] | None = None,
    lost_overall: dict[str, Any] | None = None,
    *,
    untouched: float = 1.0,
    **foretelling: Any,
) -> xr.Dataset:
    """Make a dataset of `ablation_effects.costs`.

    Parameters
    ----------
    lost : dict of str to numpy.ndarray of shape (2, n_units, 10)
        What units cost each digit, by reference; 0.5 under the others.
    lost_overall : dict of str to array of shape (2, n_units)
        What they cost overall, by reference; -1 under the others.
    untouched : float
        Accuracy of the whole network.
    **foretelling
        ``selectivity`` (2, 10, n_units), ``spread``, ``std`` and ``activity`` (2, n_units); zeros unless told.
    """
    lost, lost_overall = lost or {}, lost_overall or {}
    sizes = [np.shape(one)[1] for one in (*lost.values(), *lost_overall.values())]
    assert len(set(sizes)) == 1, "units of one layer"
    n = sizes[0]
    by_digit = np.stack([np.broadcast_to(lost.get(name, 0.5), (2, n, 10)) for name in REFERENCES], axis=1)
    overall = np.stack([np.broadcast_to(lost_overall.get(name, -1.0), (2, n)) for name in REFERENCES], axis=1)
    shapes = {"selectivity": ("digit", "unit"), "spread": ("unit",), "std": ("unit",), "activity": ("unit",)}
    assert foretelling.keys() <= shapes.keys()
    return xr.Dataset(
        {
            "untouched": (("seed", "digit"), np.full((2, 10), untouched)),
            "untouched_overall": ("seed", np.full(2, untouched)),
            "accuracy": (("seed", "reference", "unit", "digit"), untouched - by_digit),
            "overall": (("seed", "reference", "unit"), untouched - overall),
            **{
                name: (("seed", *axes), np.asarray(foretelling.get(name, np.zeros((2, *[10] * (len(axes) - 1), n)))))
                for name, axes in shapes.items()
            },
        },
        coords={"seed": SEEDS, "reference": list(REFERENCES), "unit": range(n), "digit": range(10)},
    )


def by_digit(n_units: int, *entries: tuple[int, int, int, float]) -> np.ndarray:
    """Return an array (2, n_units, 10) of zeros but for entries (seed's place, unit, digit, value)."""
    found = np.zeros((2, n_units, 10))
    for seed, unit, digit, value in entries:
        found[seed, unit, digit] = value
    return found


def specialized(layers: dict[str, int], **scores: Any) -> xr.Dataset:
    """Make a dataset of `specialization.summary`: ``index``, ``auroc`` and ``active`` (seed, state, all units)."""
    from mnist_interp.experiments import recordings

    labels = recordings.neuron_labels(layers).assign(seed=SEEDS, state=STATES)
    shape = (2, 2, sum(layers.values()))
    filled = {name: np.broadcast_to(scores.get(name, 0.0), shape) for name in ("index", "auroc", "active")}
    return xr.Dataset({name: (("seed", "state", "neuron"), values) for name, values in filled.items()}, labels)


def labeled(axes: dict[str, Sequence[Any]], **variables: Any) -> xr.Dataset:
    """Make a dataset of variables that all have the same labeled axes."""
    return xr.Dataset({name: (tuple(axes), np.asarray(values)) for name, values in variables.items()}, coords=axes)
