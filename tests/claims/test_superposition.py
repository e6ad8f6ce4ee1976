"""Effects of chapter 7's claims on made-up measurements: one of two networks bears a claim out, the other does not."""

from __future__ import annotations

import pytest
import xarray as xr

from mnist_interp.experiments import narrow_layers, polysemanticity, slot_features
from tests.claims import made
from tests.claims.made import shows

ONE, OTHER = (made.population() for _ in range(2))
NAN = float("nan")


def _features(*psi: float) -> xr.Dataset:
    axes = {"seed": made.SEEDS, "state": made.STATES}
    return made.labeled(axes, psi=[[9.0 * place, value] for place, value in enumerate(psi)])


def test_features_a_dimension_are_held_against_the_same_seed_on_full_canvases(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(ONE, _features(2.0, 1.5)), (OTHER, _features(1.6, 1.6))]
    monkeypatch.setattr(slot_features, "measured", made.by_population(*answers))
    shows("superposition-sparse-features-share", ONE, OTHER, effects=[0.4, -0.1])


def _spread(units: list[list[float]], axes: list[list[list[float]]]) -> xr.Dataset:
    return xr.Dataset(
        {"polysemanticity": (("seed", "unit"), units), "of_axes": (("seed", "rotation", "axis"), axes)},
        {"seed": made.SEEDS},
    )


def test_units_are_held_against_axes_of_their_own_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = [[[5.0, 7.0, NAN], [6.0, 6.0, NAN]], [[2.0, 3.0, 4.0], [3.0, NAN, 3.0]]]
    found = _spread([[4.0, 2.0, NAN], [3.0, 2.0, 4.0]], axes)
    monkeypatch.setattr(polysemanticity, "measured", made.by_population((ONE, found)))
    effects = [[3.0, 6.0], [3.0, 3.0]]
    shows("superposition-ordinary-neurons", ONE, effects=effects)
    shows("superposition-slot-neurons", ONE, effects=effects)


def test_a_wider_layer_is_held_against_the_narrower_of_the_same_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = [[[1.0, 1.0]], [[1.0, 1.0]]]
    wide, narrow = _spread([[6.3, NAN], [4.0, 2.0]], axes), _spread([[6.0, 6.0], [2.0, 2.0]], axes)
    monkeypatch.setattr(polysemanticity, "measured", made.by_population((ONE, wide), (OTHER, narrow)))
    shows("superposition-width-leaves-neurons", ONE, OTHER, effects=[0.05, 0.5])


def test_two_units_are_held_against_two_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made.labeled({"seed": made.SEEDS}, accuracy=[0.86, 0.4])
    monkeypatch.setattr(narrow_layers, "measured", made.by_population((ONE, found)))
    monkeypatch.setattr(narrow_layers, "two_directions", lambda: xr.Dataset({"accuracy": 0.55}))
    shows("superposition-two-units", ONE, effects=[0.31, -0.15])
