"""Scores of maps, positions along curves, and the frames of chapter 5, against direct counts."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.chapters.geometry import landscape, map_frames
from mnist_interp.data import mnist
from mnist_interp.experiments import (
    ablation_effects,
    recordings,
    sequential_ablation,
    within_class_variation,
)
from mnist_interp.methods import ablation, evaluate, projection_quality, unit_subsets
from mnist_interp.training import registry

GENERATOR = np.random.default_rng(2)


@pytest.fixture(scope="module")
def run() -> training.Run:
    return training.run(registry.PUBLISHED)


def test_nearest_are_the_nearest_and_never_oneself() -> None:
    points = GENERATOR.normal(size=(40, 3))
    distances = np.linalg.norm(points[:, None] - points, axis=2) + np.diag(np.full(40, np.inf))
    chosen = np.array([3, 17])
    np.testing.assert_array_equal(
        projection_quality.nearest(points, chosen, count=4), np.argsort(distances[chosen], axis=1)[:, :4]
    )


def test_points_are_their_own_perfect_map_and_noise_is_none() -> None:
    points, labels = GENERATOR.normal(size=(200, 2)), np.arange(200) % 10
    own = dict(zip(projection_quality.SCORES, projection_quality.score(points, 2 * points, labels), strict=True))
    assert own["trustworthiness"] == own["continuity"] == own["true neighbors kept"] == 1
    noise = dict(
        zip(
            projection_quality.SCORES,
            projection_quality.score(points, GENERATOR.normal(size=(200, 2)), labels),
            strict=True,
        )
    )
    assert noise["true neighbors kept"] < 0.15
    assert noise["trustworthiness"] == pytest.approx(0.5, abs=0.1)


def test_the_direction_is_that_of_largest_variance() -> None:
    points = GENERATOR.normal(size=(400, 4)) * [1, 5, 1, 1]
    assert abs(within_class_variation.direction(points)[1]) > 0.99
    assert within_class_variation.direction(points).sum() > 0


def test_the_lead_is_positive_exactly_where_the_network_is_right(run: training.Run) -> None:
    logits, labels = recordings.points(run, "output", per_class=50), recordings.labels(per_class=50)
    np.testing.assert_array_equal(evaluate.margins(logits, labels) > 0, logits.argmax(1) == labels)


def test_neighborhoods_name_true_neighbors_and_count_those_kept(run: training.Run) -> None:
    points = recordings.points(run, "relu2", per_class=200)
    found = map_frames.neighborhoods(points, {"first two": points[:, 6:8]}, run, drawn_per_class=4, count=6)
    images = mnist.sample("test", 200)
    point = int(found["dots"]["image"].iloc[5])
    distances = np.linalg.norm(points - points[images == point], axis=1)
    expected = images[np.argsort(distances)[1:7]]
    true = found["true"].query("point == @point")["image"]
    assert true.tolist() == expected.tolist()
    shown = found["shown"].query("point == @point")["image"]
    kept = found["kept"].query("point == @point")["shared"].item()
    assert kept == len(set(true) & set(shown))
    assert len(found["rings"].query("point == @point")) == 7


def test_counts_hold_every_pair() -> None:
    x, y = GENERATOR.normal(size=(2, 300))
    cells = landscape.counted(x, y, bins=10)
    assert cells["count"].sum() == 300
    first = cells.iloc[0]
    inside = (x >= first["x"]) & (x < first["x2"]) & (y >= first["y"]) & (y < first["y2"])
    assert inside.sum() == first["count"]


def test_pruning_begins_with_the_whole_layer_and_ends_with_the_last_unit(run: training.Run) -> None:
    scores = sequential_ablation.scores(run).set_index(["plan", "gone", "score"]).sort_index()
    points, labels = recordings.points(run, "relu2", per_class=100), recordings.labels(per_class=100)
    last = sequential_ablation.measure(run)["units"].isel(position=-1)
    for plan in ablation_effects.ORDERS:
        whole, one = (scores.loc[plan, gone]["value"] for gone in (0, 15))
        assert whole["silhouette"] == pytest.approx(unit_subsets.silhouette(points, labels), abs=1e-5)
        assert whole["accuracy"] == pytest.approx(0.948, abs=1e-3)
        assert one["silhouette"] == pytest.approx(
            unit_subsets.silhouette(points[:, [last.sel(order=plan).item()]], labels), abs=1e-5
        )
    random = scores.loc[sequential_ablation.AT_RANDOM]
    assert (random["low"] <= random["value"]).all()
    assert (random["value"] <= random["high"]).all()


def test_what_is_read_while_pruning_is_the_plain_intervention(run: training.Run) -> None:
    placed = sequential_ablation.places(run, drawn_per_class=3)
    assert len(placed) == len(sequential_ablation.PLANS) * 16 * 30
    units = sequential_ablation.measure(run)["units"]
    assert len(np.unique(units, axis=0)) == len(ablation_effects.ORDERS) + sequential_ablation.N_RANDOM
    training_stage, test = (recordings.stage(run, "relu2", split) for split in ("train", "test"))
    out = units.sel(order="random 0").to_numpy()[:6].tolist()
    read = ablation.intervene(test, out, ablation.mean(training_stage)).argmax(1).numpy()
    own = placed.query("plan == @sequential_ablation.AT_RANDOM and gone == 6")
    assert own["predicted"].tolist() == read[own["image"]].tolist()
