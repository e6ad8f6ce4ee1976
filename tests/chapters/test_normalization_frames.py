"""Chapter 4's frames and numbers, from datasets that are known by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.normalization import cuts, designs, numbers, readme_plate, selective
from mnist_interp.experiments import ablation_effects, factorials, layernorm_ablation, recordings, specialization
from mnist_interp.methods.references import REFERENCES
from mnist_interp.training import registry
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population

SEEDS = (0, 1, 2)
UNITS = 2


def _population(rate: float) -> Population:
    recipe = Recipe(learning_rate=rate)
    return Population(recipe, tuple(training.Run(recipe, seed, {}, np.zeros(2), np.zeros(2)) for seed in SEEDS))


def _costs(lost: float, preferred: np.ndarray) -> xr.Dataset:
    """Return costs where each unit's ablation takes so much of each digit, a tenth more under zero."""
    sizes = (len(SEEDS), len(REFERENCES), UNITS, 10)
    accuracy = np.full(sizes, 0.9 - lost)
    accuracy[:, 0] -= 0.1
    selectivity = (np.arange(UNITS)[:, None, None] == preferred).transpose(1, 2, 0).astype(float)
    return xr.Dataset(
        {
            "untouched": (("seed", "digit"), np.full((len(SEEDS), 10), 0.9)),
            "untouched_overall": ("seed", np.full(len(SEEDS), 0.9)),
            "accuracy": (("seed", "reference", "unit", "digit"), accuracy),
            "overall": (("seed", "reference", "unit"), accuracy.mean(-1)),
            "selectivity": (("seed", "digit", "unit"), selectivity),
        },
        coords={"seed": list(SEEDS), "reference": list(REFERENCES), "unit": range(UNITS), "digit": range(10)},
    )


def test_cuts_of_layer_1_are_of_the_layers_that_they_name(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, final, unmasked = _population(0.1), _population(0.2), _population(0.3)
    none = np.zeros((len(SEEDS), 10))
    lost = {(0.1, "relu1"): 0.1, (0.2, "norm1"): 0.2, (0.3, "norm1"): 0.3}
    monkeypatch.setattr(
        ablation_effects,
        "costs",
        lambda population, layer: _costs(lost[population.recipe.learning_rate, layer], none),
    )
    coupled = xr.DataArray(
        np.arange(4.0).reshape(2, 2) + np.zeros((len(SEEDS), UNITS, 1, 1)),
        dims=("seed", "unit", "reference", "statistics"),
        coords={"reference": ["zero", "mean"], "statistics": ["recomputed", "frozen"]},
    )
    monkeypatch.setattr(layernorm_ablation, "costs", lambda population: xr.Dataset({"overall": coupled}))
    means = cuts.of_layer1(raw, final, unmasked).set_index(["way", "reference"])["mean"]
    assert means["baseline"].tolist() == pytest.approx([0.2, 0.1])
    assert means["after the norm"].tolist() == pytest.approx([0.3, 0.2])
    assert means["after, no dropout"].tolist() == pytest.approx([0.4, 0.3])
    assert means["before the norm, recomputed"].tolist() == [0, 2]
    assert means["before the norm, frozen"].tolist() == [1, 3]


def test_a_digits_neuron_is_compared_seed_by_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, final = _population(0.1), _population(0.2)
    first = np.zeros((len(SEEDS), 10), int)
    first[1] = 1
    second = first.copy()
    second[2, 1] = 1  # digit 1 of the last seed
    found = {0.1: _costs(0, first), 0.2: _costs(0, second)}
    monkeypatch.setattr(ablation_effects, "costs", lambda population: found[population.recipe.learning_rate])
    same = numbers.same_neurons(raw, final)
    assert (same["same_neuron"], same["same_any"]) == (2, pytest.approx(29 / 30))
    others = [first == np.roll(second, turn, axis=0) for turn in (1, 2)]
    assert same["same_chance"] == pytest.approx(np.mean(others))


def test_the_twins_bottlenecks_are_named() -> None:
    measured = _costs(0.1, np.zeros((len(SEEDS), 10))).isel(seed=0)
    measured["accuracy"].loc[{"reference": "mean", "unit": 1, "digit": 6}] = 0.2
    favorites = np.zeros(10, int)
    favorites[1] = 1
    empty = pd.DataFrame()
    found = numbers.twin(measured, readme_plate.Plate(empty, empty, empty, empty, favorites))
    assert found["twin"] == 1
    assert found["twin_necks"] == "neuron 1 for digit 6"
    assert found["twin_zero"] == pytest.approx(0.7)
    assert found["twin_mean"] == pytest.approx(0.8)


def test_scores_are_of_layer_2_and_of_the_state_that_they_name(monkeypatch: pytest.MonkeyPatch) -> None:
    axes, sizes = ("seed", "state", "neuron"), (len(SEEDS), 2, 3)
    values = np.zeros(sizes)
    values[:, 0, 2], values[:, 1, 2], values[..., :2] = 0.25, 0.75, 9
    labels = recordings.neuron_labels({"relu1": 2, "relu2": 1}).assign(state=["untrained", "trained"])
    scored = xr.Dataset(dict.fromkeys(("index", "auroc", "active"), (axes, values)), coords=labels)
    monkeypatch.setattr(specialization, "summary", lambda population: scored)
    monkeypatch.setattr(specialization, "imposed", lambda population: scored / 3)
    frame = selective.scores({"the baseline population": _population(0.1)}, _population(0.2), _population(0.3))
    means = frame.set_index(["rung", "score", "state"])["mean"]
    assert len(means) == 3 * 2 * 2
    assert means["plain pixels", "auroc", "untrained"] == 0.25
    assert means[selective.FAST, "index", "trained"] == 0.75
    assert means[selective.IMPOSED, "index", "trained"] == 0.25


def test_treatments_of_pixels_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [(False, False), (False, True), (True, False), (True, True)]
    table = pd.DataFrame(
        [{"centered": c, "scaled": s, "rate": 0.1, "epoch": e, "accuracy": e / 4} for c, s in cells for e in range(5)]
    )
    monkeypatch.setattr(factorials, "table", lambda design, factors: table.copy())
    found = designs.inputs().cells
    assert found["pixels"].tolist() == ["plain", "scaled", "centered", "standardized"]
    assert found["accuracy"].tolist() == [0.75] * 4


def test_weights_on_scaled_inputs_are_scaled_before_they_are_compared() -> None:
    scaled, plain = (_population(rate) for rate in (0.1, 0.2))
    weights = np.array([[[0.5, -1.0], [0.25, 0.0]]])
    for run, other in zip(scaled, plain, strict=True):
        run.weights["linear1.weight"] = weights * registry.PIXEL_STD
        other.weights["linear1.weight"] = weights + 0.01 * (run.seed == 2)
    first = scaled[0].steps[0]
    assert numbers._apart(scaled, plain, first) == pytest.approx(0.01 / 0.99)
