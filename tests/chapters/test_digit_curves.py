"""The picture of curves: positions, maps and ranks of a few made-up images, each with a known place."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp.chapters.geometry import digit_curves, map_frames
from mnist_interp.experiments import recordings, subset_scores, within_class_variation
from mnist_interp.methods import projections
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

RUN = Run(Recipe(), 7, {}, np.zeros(20), np.zeros(20))
DRAWN = 4
LABELS = np.tile(range(10), DRAWN)
POSITIONS = np.array([30.0, 10.0, 40.0, 20.0])  # of a digit's four images


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """Lay out four images of each digit, of which the second of digit 2 is read as a 7."""
    predicted = LABELS.copy()
    predicted[12] = 7
    logits = np.eye(10)[LABELS] * np.repeat([4.0, 3.0, 2.0, 1.0], 10)[:, None]  # leads fall from image to image
    shapes = np.stack([np.arange(40), -np.arange(40), np.zeros(40)], axis=1)
    positions = np.stack([POSITIONS + digit for digit in range(10)])
    positions[9] = 5
    grid = np.stack([np.stack([np.arange(4) + 10 * digit, -np.arange(4)], axis=1) for digit in range(10)])
    found = xr.Dataset(
        {"position": (("digit", "image"), positions), "map": (("digit", "image", "axis"), grid)},
        coords={"digit": range(10), "axis": ["x", "y"]},
    )
    monkeypatch.setattr(map_frames, "predictions", lambda run, drawn: (np.arange(100, 140), predicted))
    monkeypatch.setattr(recordings, "labels", lambda *, per_class: LABELS)
    monkeypatch.setattr(recordings, "points", lambda run, layer, *, per_class: {"output": logits}[layer])
    monkeypatch.setattr(within_class_variation, "shapes", lambda split, drawn: {"test": shapes}[split])
    monkeypatch.setattr(digit_curves, "_all_positions", lambda run, drawn: found)
    return digit_curves.frames(RUN, drawn=DRAWN, shown=3)


def test_images_are_picked_from_one_end_of_their_digits_curve_to_the_other(frames: dict[str, pd.DataFrame]) -> None:
    picked = frames["picked"]
    assert len(picked) == 30
    # of the places 0, 1.5 and 3 in the order 1, 3, 0, 2, rounded to 0, 2 and 3
    assert picked[picked["label"] == 2]["image"].tolist() == [112, 102, 122]
    assert picked[picked["label"] == 2]["predicted"].tolist() == [7, 2, 2]


def test_a_dot_is_where_its_image_is(frames: dict[str, pd.DataFrame]) -> None:
    dots = frames["dots"]
    assert len(dots) == 40 * len(digit_curves.MEASURES)
    own = dots[(dots["label"] == 2) & (dots["measure"] == "lead")]
    assert own["image"].tolist() == [102, 112, 122, 132]
    assert own["x"].tolist() == [20, 21, 22, 23]
    assert own["y"].tolist() == [0, -1, -2, -3]
    np.testing.assert_allclose(own["position"], (POSITIONS - 25) / POSITIONS.std())
    assert (dots[dots["label"] == 9]["position"] == 0).all(), "images that coincide are all in the middle"


def test_ranks_are_among_the_digits_own_images(frames: dict[str, pd.DataFrame]) -> None:
    ranks = frames["dots"].groupby(["measure", "label"])["rank"].apply(list)
    for digit in (0, 9):
        assert ranks["slant", digit] == [0, 33, 67, 100]
        assert ranks["thickness", digit] == [100, 67, 33, 0]
        assert ranks["loop", digit] == [0, 33, 67, 100], "what is equal stays in its order"
        assert ranks["lead", digit] == [100, 67, 33, 0]


def _recorded(monkeypatch: pytest.MonkeyPatch, train: np.ndarray, test: np.ndarray) -> list[np.ndarray]:
    """Stand in for layer 2: images of digit 3, then as many others far away. Return what is given to UMAP."""
    points = {"train": np.vstack([train, train + 100]), "test": np.vstack([test, test - 100])}
    mapped: list[np.ndarray] = []

    def umap(seen: np.ndarray, *, neighbors: int, seed: int, epochs: int) -> dict[str, np.ndarray]:
        assert seed == RUN.seed
        mapped.append(seen)
        return {"map": seen[:, :2] * [1, 2]}

    def recorded(run: Run, layer: str, split: str = "test", *, per_class: int) -> np.ndarray:
        assert layer == "relu2"
        return points[split].astype(np.float32)

    monkeypatch.setattr(recordings, "points", recorded)
    monkeypatch.setattr(
        recordings, "labels", lambda split="test", *, per_class: np.repeat([3, 4], len(points[split]) // 2)
    )
    monkeypatch.setattr(projections, "umap", umap)
    return mapped


def test_a_position_is_along_the_direction_in_which_training_images_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    # of units 0 and 2: along (3, 4) / 5 about (1, 2)
    train = np.array([[1, 9, 2], [4, 1, 6], [-2, 5, -2], [1, 2, 2], [1, 3, 2.0]])
    test = np.array([[4, 50, 6], [1, 50, 2], [7, 60, 10], [5, 70, -1.0]])
    mapped = _recorded(monkeypatch, train, test)
    along, placed = digit_curves._positions(RUN, np.array([0, 2]), 3, DRAWN)
    np.testing.assert_allclose(along, [5, 0, 10, 0], atol=1e-5)  # the last lies square to that direction
    np.testing.assert_array_equal(mapped, [test[:, [0, 2]]])
    # a map of 6 by 22, y being doubled: the longer side fills the grid, the shorter lies about its middle
    np.testing.assert_array_equal(placed[:, 0], np.rint(500 + 1000 * (test[:, 0] - 4) / 22))
    np.testing.assert_array_equal(placed[:, 1], np.rint(1000 * (2 * test[:, 2] + 2) / 22))


def test_silent_units_need_no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    train = np.array([[0, 0], [3, 4], [-3, -4.0]])
    mapped = _recorded(monkeypatch, train, np.zeros((3, 2)))
    along, placed = digit_curves._positions(RUN, np.array([0, 1]), 3, DRAWN)
    np.testing.assert_allclose(along, 0, atol=1e-9)
    np.testing.assert_array_equal(placed, np.zeros((3, 2)))
    assert mapped == []


def test_every_digit_is_placed_in_its_own_units(monkeypatch: pytest.MonkeyPatch) -> None:
    def positions(run: Run, units: np.ndarray, digit: int, drawn: int) -> tuple[np.ndarray, np.ndarray]:
        return np.full(drawn, units[0]), np.full((drawn, 2), [digit, -digit])

    monkeypatch.setattr(subset_scores, "selective_fives", lambda run: 10 * np.arange(10)[:, None] + np.arange(5))
    monkeypatch.setattr(digit_curves, "_positions", positions)
    serial = SimpleNamespace(each=lambda function, jobs: [function(*job) for job in jobs])
    monkeypatch.setattr(digit_curves, "parallel", serial)
    found = digit_curves._all_positions.__wrapped__(RUN, DRAWN)
    assert found["position"].sel(digit=6).to_numpy().tolist() == [60] * DRAWN
    assert found["map"].sel(digit=6, axis="y").to_numpy().tolist() == [-6] * DRAWN


def test_variation_is_measured_trained_and_untrained_by_network(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Run(Recipe(), 9, {}, np.zeros(20), np.zeros(20))

    def measure(population: Population, checkpoint: Any) -> xr.Dataset:
        share = np.full((1, 10, 2), 10.0 * population[0].seed + checkpoint)
        labels = {"seed": population.seeds, "digit": range(10), "predictor": ["all shapes", "lead"]}
        return xr.Dataset({"share": (tuple(labels), share)}, coords=labels)

    monkeypatch.setattr(within_class_variation, "measure", measure)
    found = digit_curves.variation({"baseline": RUN, "normalized": other})["share"].sel(digit=4, predictor="lead")
    assert dict(zip(found["network"].to_numpy().tolist(), found.to_numpy().tolist(), strict=True)) == {
        "baseline, trained": 69,
        "baseline, untrained": 70,
        "normalized, trained": 89,
        "normalized, untrained": 90,
    }
    frame = digit_curves.predicted(digit_curves.variation({"baseline": RUN}))
    assert frame.groupby("network")["value"].first().to_dict() == {"baseline, trained": 69, "baseline, untrained": 70}
