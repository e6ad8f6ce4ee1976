"""Frames of the four slots, from made-up measurements: what stands where, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp.chapters.superposition import slot_frames, slot_numbers
from mnist_interp.data import canvases
from mnist_interp.experiments import polysemanticity, slot_features
from tests.experiments import little_canvases

STATES = list(slot_features.STATES)


def _measured() -> xr.Dataset:
    table = np.random.default_rng(0).normal(size=(2, 2, 40, 40))
    scores = np.full((2, 2, 4, 10), 0.95)
    return xr.Dataset(
        {
            "interference": (("seed", "state", "feature", "put"), table),
            "auroc": (("seed", "state", "slot", "digit"), scores),
            "represented": (("seed", "state"), [[3, 30], [5, 34]]),
            "home_represented": (("seed", "state"), [[0, 40], [0, 36]]),
            "home_accuracy": (("seed", "state"), [[0.1, 0.8], [0.1, 0.6]]),
            "both_right": (("seed", "state"), [[0.0, 0.2], [0.0, 0.6]]),
            "accuracy_by_count": (("seed", "state", "count"), np.arange(16).reshape(2, 2, 4) / 16),
            "accuracy": (("seed", "state"), [[0.1, 0.8], [0.1, 0.9]]),
            "effective_dimension": (("seed", "state"), [[4.0, 8.0], [4.0, 16.0]]),
            "psi": (("seed", "state"), [[0.75, 3.75], [1.25, 2.125]]),
            "dimensionality": (("seed", "state", "feature"), np.full((2, 2, 40), 0.25)),
        },
        {"seed": [3, 8], "state": STATES, "count": range(1, 5)},
    )


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> xr.Dataset:
    made = _measured()
    monkeypatch.setattr(slot_features, "measured", lambda population: made)
    return made


def test_each_change_stands_at_its_slot_and_digit(measured: xr.Dataset) -> None:
    networks = little_canvases.population(3, 8)
    rows = slot_frames.moved({"mostly full": networks, "mostly empty": networks})
    assert len(rows) == 3 * 1_600
    assert rows["network"].unique().tolist() == ["mostly full", "mostly empty", "untrained"]
    for name, state in {"mostly full": 1, "untrained": 0}.items():
        here = rows[rows["network"] == name]
        chosen = here[(here["put_slot"] == "lower left") & (here["put_digit"] == 7)]
        one = chosen[(chosen["slot"] == "upper right") & (chosen["digit"] == 2)]["change"]
        assert one.tolist() == pytest.approx([float(measured["interference"][0, state, 12, 27])], abs=5e-4)
        assert len(chosen) == 40


def test_what_is_said_of_a_digit_put_in_is_what_stands_in_the_rows(measured: xr.Dataset) -> None:
    rows = slot_frames.moved({"mostly full": little_canvases.population(3)})
    said = slot_frames.moved_in_words(rows)
    assert len(said) == 2 * 40
    table = measured["interference"][0, 1].to_numpy()
    own, elsewhere = table[7, 7], np.sqrt(np.mean(np.square(np.delete(table[:, 7], np.arange(10)))))
    rivals = np.delete(table[:10, 7], 7).mean()
    first = said[(said["network"] == "mostly full") & (said["put_slot"] == "upper left") & (said["put_digit"] == 7)]
    text = first["text"].iloc[0].replace("−", "-")
    for number in (f"**{own:+.2f}**", f"{rivals:+.2f} on average", f"**{elsewhere:.2f}**"):
        assert number in text


def test_pictures_differ_in_the_slot_that_is_filled_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    little_canvases.canvases(monkeypatch)
    pictures, about = slot_frames.example()
    assert pictures.shape == (80, 28, 28)
    corners = {"upper left": (0, 0), "upper right": (0, 14), "lower left": (14, 0), "lower right": (14, 14)}
    for (slot, _), rows in about.groupby(["put_slot", "put_digit"]):
        assert rows["label"].tolist() == ["before", "after"]
        before, after = pictures[rows.index]
        top, left = corners[slot]
        changed = np.argwhere(before != after)
        assert ((changed >= (top, left)) & (changed < (top + 14, left + 14))).all()
        assert len(changed)
        assert not before[top : top + 14, left : left + 14].any()


def test_digits_read_rightly_by_how_many_there_are(measured: xr.Dataset) -> None:
    rows = slot_frames.by_count({"mostly full": little_canvases.population(3, 8)})
    assert rows["count"].tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(rows["mean"], [8 / 16, 9 / 16, 10 / 16, 11 / 16])


def test_interference_is_averaged_by_what_moves_what() -> None:
    slot = slot_features.SLOT_OF_FEATURE
    table = np.where(slot[:, None] == slot, -0.5, np.where(slot[:, None] > slot, 0.2, -0.2))
    np.fill_diagonal(table, 3)
    found = slot_frames.interference_by_kind(xr.DataArray(table[None], dims=("seed", "feature", "put")))
    assert [float(found[name][0]) for name in ("own", "rivals", "others")] == pytest.approx([3, -0.5, 0.2])


def _spread(units: list[list[float]]) -> xr.Dataset:
    shape = np.shape(units)
    return xr.Dataset(
        {
            "cost": (("seed", "unit", "feature"), np.where(np.isnan(units), np.nan, 1.0)[..., None] * np.ones(40)),
            "polysemanticity": (("seed", "unit"), units),
            "of_axes": (("seed", "rotation", "axis"), np.full((shape[0], 2, shape[1]), 8.0)),
        },
        {"seed": [3, 8]},
    )


def test_features_a_dimension_are_counted_on_both_kinds_of_canvases(measured: xr.Dataset) -> None:
    rows = slot_frames.packed({"mostly empty": little_canvases.population(3, 8)})
    _, home = slot_frames.SCORED
    assert rows.set_index("scored")["mean"][home] == (40 / 8 + 36 / 16) / 2
    assert (rows["low"] <= rows["mean"]).all()
    assert (rows["mean"] <= rows["high"]).all()


def test_neurons_are_held_against_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polysemanticity, "measured", lambda population: _spread([[4.0, 6.0], [5.0, 7.0]]))
    rows = slot_frames.served({"ordinary": little_canvases.population(3, 8)})
    assert rows["mean"].item() == (5 / 8 + 6 / 8) / 2


def test_numbers_say_how_many_a_neuron_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polysemanticity, "measured", lambda population: _spread([[4.0, np.nan], [5.0, 13.0]]))
    networks = little_canvases.population(3, 8)
    found = slot_numbers.neurons({("mostly empty", 16): networks})
    assert found == {
        "empty_16_units": 6.5,
        "empty_16_axes": 8,
        "empty_16_ratio": 6.5 / 8,
    }


def test_numbers_of_a_setting_and_of_what_is_represented(measured: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    little_canvases.canvases(monkeypatch)
    networks = {"mostly full": little_canvases.population(3, 8)}
    setting = slot_numbers.setting(networks)
    assert setting["full_digits_each"] == pytest.approx(canvases.digits_each(0.3))
    assert setting["slot_features"] == 40
    found = slot_numbers.represented(networks)
    assert (found["full_n"], found["full_home_n"]) == (32, 38)
    assert found["full_home_psi"] == pytest.approx((40 / 8 + 36 / 16) / 2)
    assert found["full_both"] == pytest.approx(0.4)
    assert found["full_both_if_apart"] == pytest.approx(((5 / 16) ** 2 + (13 / 16) ** 2) / 2)
    assert found["full_psi"] == pytest.approx(2.9375)
