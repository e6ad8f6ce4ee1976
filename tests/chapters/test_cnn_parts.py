"""Parts taken out: frames and numbers of chapter 6 against costs that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp.chapters.cnn import numbers, parts
from mnist_interp.experiments import ablation_effects, spatial_ablation
from mnist_interp.experiments.ablation_effects import ORDERS
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

REFERENCES = ["zero", "mean"]


def _population(seeds: tuple[int, ...] = (4,)) -> Population:
    recipe = Recipe()
    return Population(recipe, tuple(Run(recipe, seed, {}, np.zeros(1), np.zeros(1)) for seed in seeds))


def _costs(population: Population, layer: str = "relu2") -> xr.Dataset:
    """Return costs of three units: the second breaks 1s at zero, the third 7s and more, the first is dead."""
    n_seeds = len(population)
    lost = np.zeros((n_seeds, 2, 3, 10))
    lost[:, 0, 1, 1], lost[:, 0, 2, 7], lost[:, 1, 2, 7] = 0.4, 0.6, 0.1
    selectivity = np.zeros((n_seeds, 10, 3))
    selectivity[:, 1, 1], selectivity[-1, 1, 2] = 0.5, 0.8
    return xr.Dataset(
        {
            "untouched": (("seed", "digit"), np.ones((n_seeds, 10))),
            "accuracy": (("seed", "reference", "unit", "digit"), 1 - lost),
            "untouched_overall": ("seed", np.ones(n_seeds)),
            "overall": (("seed", "reference", "unit"), 1 - lost.mean(-1)),
            "selectivity": (("seed", "digit", "unit"), selectivity),
            "spread": (("seed", "unit"), np.tile([9.0, 1.0, 2.0], (n_seeds, 1))),
            "activity": (("seed", "unit"), np.tile([0.0, 1.0, 1.0], (n_seeds, 1))),
        },
        coords={"seed": population.seeds, "reference": REFERENCES, "unit": range(3), "digit": range(10)},
    )


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(ablation_effects, "costs", _costs)
    return _population()[0]


def test_losses_are_laid_out_by_name(run: Run) -> None:
    frame = parts.losses(run, ["relu1", "relu2"])
    assert len(frame) == 2 * len(REFERENCES) * 3 * 10
    hit = frame[frame["lost"] > 0].set_index(["layer", "reference", "unit", "digit"])["lost"]
    expected = {("zero", 1, 1): 0.4, ("zero", 2, 7): 0.6, ("mean", 2, 7): 0.1}
    assert hit.to_dict() == {(layer, *where): lost for layer in ("relu1", "relu2") for where, lost in expected.items()}


def test_units_are_chosen_by_what_they_cost_or_say(run: Run) -> None:
    assert parts.worst(run, "relu2") == 2
    assert parts.worst_for(run, "relu2", digit=1) == 1
    assert parts.worst_for(run, "relu2", digit=7) == 2
    assert parts.most_selective(run, "relu2", digit=1) == 2


def test_orders_at_random_are_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [*ORDERS, "random 0", "random 1"]
    curves = np.zeros((1, 2, len(names), 4))
    curves[0, 1] = np.arange(len(names))[:, None] + np.array([0, 0.1, 0.2, 0.3])
    found = xr.Dataset(
        {"cumulative": (("seed", "reference", "order", "gone"), curves)},
        coords={"seed": [4], "reference": REFERENCES, "order": names},
    )
    monkeypatch.setattr(ablation_effects, "sets", lambda population, layer: found)
    last = parts.in_order(_population()[0], "relu2").query("gone == 3").set_index("order")["accuracy"]
    assert last.to_dict() == pytest.approx({"selective first": 0.3, "harmful first": 3.3, "at random": 4.8})


def test_places_and_subsets_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = np.zeros((2, 7, 7, 10))
    lost[:, 2, 3, 1], lost[0, 6, 0, 8] = 0.01, 0.06
    found = xr.Dataset({"lost": (("seed", "row", "column", "digit"), lost)}, coords={"digit": range(10)})
    monkeypatch.setattr(spatial_ablation, "summary", lambda population, layer: found)
    by_place = parts.by_place(_population((4, 5)), "relu2")
    largest = by_place.loc[by_place["lost"].idxmax()]
    assert largest[["row", "column", "digit"]].tolist() == [6, 0, 8]
    kept = np.array(list(np.ndindex(*[2] * 5)), dtype=bool)
    every = xr.Dataset({"kept": (("subset", "unit"), kept), "accuracy": ("subset", kept @ np.arange(5) / 10)})
    monkeypatch.setattr(ablation_effects, "every_subset", lambda run, layer, per_class: every)
    order = pd.DataFrame({"order": ["at random", "harmful first"], "gone": 8, "accuracy": [0.7, 0.2]})
    assert numbers.subsets(parts.subsets(_population()[0]), order, by_place) == pytest.approx(
        {
            "half_low": 0.6,
            "half_high": 1.0,
            "n_half": 5,
            "eight_random": 0.7,
            "eight_harmful": 0.2,
            "ones_worst_place": 0.01,
            "any_worst_place": 0.03,
        }
    )


def test_lost_images_go_where_the_matrix_says() -> None:
    change = np.zeros((2, 10, 10))
    change[0, 3, [3, 5, 8]] = -0.5, 0.4, 0.1
    change[0, 1, [1, 7]] = -0.2, 0.2
    change[1, 1, [1, 7, 2]] = -0.4, 0.3, 0.1
    found = xr.DataArray(change, dims=("reference", "true", "predicted"), coords={"reference": REFERENCES})
    glued = numbers.rereadings(found, found, found)
    assert {key: float(value) for key, value in glued.items()} == pytest.approx(
        {
            **{f"{key}_digit": 3 for key in ("mlp", "channel", "unit")},
            **{f"{key}_to": 5 for key in ("mlp", "channel", "unit")},
            **{f"{key}_to_share": 0.8 for key in ("mlp", "channel", "unit")},
            "unit_lost": 0.5,
            "mlp_to_mean": 0.75,
        }
    )


def test_networks_are_counted_where_the_selective_unit_is_the_needed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation_effects, "costs", _costs)
    count, score = numbers._selective_and_needed(_population((4, 5, 6)), "relu2")
    assert count == 2
    assert score == pytest.approx((0.5 + 0.5 + 0.8) / 3)
