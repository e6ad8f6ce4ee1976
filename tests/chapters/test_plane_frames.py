"""The plane of a layer of two on a page: regions, images and arrows are where they are in the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import ConvexHull

from mnist_interp import charts
from mnist_interp.chapters.superposition import plane_figures, plane_frames, plane_numbers
from mnist_interp.charts.builders.plane import SIDE
from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import narrow_layers
from mnist_interp.training.runs import Population, Run
from tests.experiments import little


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(plane_frames, "PER_CLASS", 20)
    monkeypatch.setattr(narrow_layers, "PERMUTATIONS", 5)
    return little.images(monkeypatch)


def _of_two(seed: int) -> Run:
    run = little.run(seed, replace(little.PLAIN, options=(("hidden", (24, 2)),)))
    bias = run.weights["linear2.bias"].copy()
    bias[:, -1] = 1.0
    return replace(run, weights={**run.weights, "linear2.bias": bias})


def _area(x: pd.Series, y: pd.Series) -> float:
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def test_regions_fill_the_square_and_hold_the_images_that_are_read_so(few: dict[str, Digits]) -> None:
    runs = [_of_two(1), _of_two(2)]
    found = plane_frames.frames(runs, [0, -1])
    for (network, checkpoint), outlines in found["outlines"].groupby(["network", "checkpoint"]):
        pieces = [piece.sort_values("order") for _, piece in outlines.groupby("piece")]
        assert sum(_area(piece["x"], piece["y"]) for piece in pieces) == pytest.approx(SIDE**2, rel=0.02)
        dots = found["points"].query(f"network == {network} and checkpoint == {checkpoint}")
        (taken,) = little.layers(runs[network], "test", "linear2", checkpoint=checkpoint)
        taken = taken[dots["image"]]
        shown = dots[["x", "y"]].to_numpy()
        assert 0 <= shown.min() < shown.max() <= SIDE
        zero = found["zero"].query(f"network == {network} and checkpoint == {checkpoint}")
        scale = (shown.max() - shown.min()) / (taken.max() - taken.min())
        np.testing.assert_allclose((shown - zero[["x", "y"]].to_numpy()) / scale, taken, atol=3 / scale)
        for piece in pieces:
            corners = piece[["x", "y"]].to_numpy()
            edges, away = np.roll(corners, -1, axis=0) - corners, shown[:, None] - corners
            lengths = np.maximum(np.linalg.norm(edges, axis=1), 1)
            well_inside = ((edges[:, 0] * away[..., 1] - edges[:, 1] * away[..., 0]) / lengths > 3).all(1)
            assert (dots["predicted"][well_inside] == piece["digit"].iloc[0]).all()


def test_arrows_are_the_rows_less_their_mean_and_the_hull_their_corners() -> None:
    weight = np.random.default_rng(5).normal(size=(10, 2))
    arrows, hull = plane_frames.arrows(weight)
    rows = weight - weight.mean(0)
    np.testing.assert_allclose(arrows[["x", "y"]], rows / np.linalg.norm(rows, axis=1).max() * SIDE, atol=0.51)
    x, y = np.sin(np.radians(arrows["angle"])), np.cos(np.radians(arrows["angle"]))
    assert (np.abs(x * arrows["y"] - y * arrows["x"]) < SIDE * 0.01 + 1).all()
    assert (x * arrows["x"] + y * arrows["y"] > 0).all()
    convex = ConvexHull(rows)
    assert len(hull) == arrows["corner"].str.startswith("a corner").sum() == len(convex.vertices)
    scale = SIDE / np.linalg.norm(rows, axis=1).max()
    assert _area(hull["x"], hull["y"]) == pytest.approx(convex.volume * scale**2, rel=0.01)


@pytest.mark.parametrize(("low", "high", "expected"), [(-7, 31, [0, 10, 20, 30]), (-0.1, 0.41, [0, 0.2, 0.4])])
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert plane_frames.ticks(low, high) == pytest.approx(expected)


def test_figures_and_numbers_stand_on_any_networks(few: dict[str, Digits]) -> None:
    runs = [_of_two(seed) for seed in (1, 2, 3)]
    population = Population(runs[0].recipe, runs)
    worst = runs[int(narrow_layers.measured(population)["accuracy"].to_numpy().argmin())]
    assert plane_frames.others(population)[1] is worst
    moments = {0: "untrained", -1: "trained"}
    found = plane_frames.frames(runs[:2], list(moments))
    text = {"caption": "A: some. B: some. C: some.", "description": "Some."}
    figure = plane_figures.plane(found, moments, {"one": 0, "other": 1}, first=3, **text)
    assert figure.html.count('<svg class="mi-picture') == 4
    by_width = pd.DataFrame(
        [
            {"width": width, "measure": name, "mean": 0.5, "low": 0.4, "high": 0.6}
            for width in ("2 units", "16 units")
            for name in plane_frames.MEASURES
        ]
    )
    assert (
        plane_figures.widths(by_width, caption="Some.", description="Some.").html.count('<svg class="mi-picture') == 8
    )
    assert plane_numbers.widths(by_width, {"accuracy": "test accuracy"}) == {"accuracy_2": 0.5, "accuracy_16": 0.5}
    numbers = plane_numbers.two_units(population, runs[0])
    assert numbers["two_n_lost"] == int((narrow_layers.measured(population)["recall"] <= 0.5).sum())


def test_a_plane_without_a_column_is_refused(few: dict[str, Digits]) -> None:
    found = plane_frames.frames([_of_two(1)], [-1])
    names = ("points", "outlines", "names", "words", "zero")
    for name, column in [("points", "image"), ("outlines", "piece"), ("names", "radius"), ("words", "align")]:
        given = {one: found[one].drop(columns=column) if one == name else found[one] for one in names}
        with pytest.raises(ValueError, match=column):
            charts.plane(*given.values())
    with pytest.raises(ValueError, match="angle"):
        charts.digit_arrows(found["arrows"].drop(columns="angle"), found["hull"], x_title="x", y_title="y")
