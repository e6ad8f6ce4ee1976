"""Frames and numbers of chapter 5, against datasets made by hand and direct counts."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters.geometry import (
    digit_curves,
    dimension_intervals,
    landscape,
    mean_intervals,
    named_subsets,
    numbers,
    seed_likeness,
    size_lines,
    twin_maps,
)
from mnist_interp.data import published
from mnist_interp.experiments import all_subsets, map_curves, recordings, subset_scores
from mnist_interp.methods import projection_quality, unit_subsets
from mnist_interp.training import registry

GENERATOR = np.random.default_rng(8)
STATES = ["untrained", "trained"]


@pytest.fixture(scope="module")
def run() -> training.Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture
def scores(run: training.Run, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Put numbers drawn at random in the place of the scores of the named subsets, which take long to compute."""
    names, columns = list(named_subsets.subsets(run)), list(named_subsets.SCORES)
    drawn = pd.DataFrame(GENERATOR.random((len(names), len(columns))), index=names, columns=columns)
    monkeypatch.setattr(named_subsets, "frame", lambda run: drawn)
    return drawn


def _judged(**effects: float) -> dict[str, SimpleNamespace]:
    return {
        f"geometry-{slug.replace('_', '-')}": SimpleNamespace(evidence=SimpleNamespace(effect=effect), verdict="holds")
        for slug, effect in effects.items()
    }


def test_an_interval_is_of_the_layer_state_and_kind_that_it_names() -> None:
    labels = {"seed": [3, 4, 5], "state": STATES, "layer": ["relu1", "relu2"]}
    own = np.array([[[1.0, 2], [3, 4]]] * 3)
    clouds = {"dimension": own, "twin": 10 * own, "twins": 8 * own}
    measured = xr.Dataset({name: (tuple(labels), values) for name, values in clouds.items()}, coords=labels)
    frame = dimension_intervals.intervals(measured).set_index("which")["value"]
    assert frame.to_dict() == {
        "layer 1, untrained": 1,
        "layer 1, untrained, rectified twin": 10,
        "layer 1, trained": 3,
        "layer 1, trained, rectified twin": 30,
        "layer 2, untrained": 2,
        "layer 2, untrained, rectified twin": 20,
        "layer 2, trained": 4,
        "layer 2, trained, rectified twin": 40,
    }
    judged = _judged(dimension_layer1=-0.2, dimension_layer2=-0.1)
    found = numbers.dimensions(measured, judged)
    assert (float(found["dim_1_untrained_dimension"]), float(found["dim_2_trained_twin"])) == (1, 40)
    assert (float(found["below_twins"]), found["n_below_twins"], found["n_networks"]) == (1 / 8 - 1, 3, 3)


def test_a_pair_of_seeds_is_in_both_halves_of_the_table() -> None:
    labels = {"seed": [0, 7], "other": [0, 7]}
    cka = [[1, 0.9], [0.9, 1]]
    table = xr.Dataset({"cka": (tuple(labels), cka), "partner": (tuple(labels), np.eye(2))}, coords=labels)
    frame = seed_likeness.cells(table)
    assert frame.columns.tolist() == ["one", "other", "measure", "value"]
    found = frame.set_index(["measure", "one", "other"])["value"]
    assert (found["CKA", "0", "7"], found["correlation with partner", "7", "0"]) == (0.9, 0)


def test_intervals_of_likeness_keep_states_apart() -> None:
    values = {
        key: (("state", "pair"), [[k, k + 0.2], [k + 0.5, k + 0.7]]) for k, key in enumerate(seed_likeness.MEASURES)
    }
    pairs = xr.Dataset(values, coords={"state": STATES, "pair": ["0 and 1", "2 and 3"]})
    frame = seed_likeness.intervals(pairs).set_index(["which", "state"])
    assert frame.loc[("CKA within digits", "trained"), "value"] == pytest.approx(1.6)
    assert frame.loc[("CKA", "untrained"), "value"] == pytest.approx(0.1)
    assert (frame["low"] <= frame["value"]).all()


PIXELS = xr.Dataset({"share": ("unit", [0.7, 0.6]), "within": ("unit", [0.3, 0.2])}, coords={"unit": [0, 9]})


@pytest.fixture
def counterparts() -> xr.Dataset:
    """Return shares of two neurons in three networks: once better by one neuron, once far below 0."""
    labels = {"state": STATES, "seed": [0, 1, 2], "unit": [0, 9]}
    alone = [[[0.1, 0.1]] * 3, [[0.5, 0], [0.6, 0.3], [0.7, 0]]]
    together = [[[0.2, 0.2]] * 3, [[0.9, -3], [0.8, 0.2], [0.7, 0]]]
    halves = np.divide(together, 2)
    variables = {"alone": alone, "together": together, "within": together, "logits": halves, "directions": halves / 2}
    variables |= {"answer": halves / 4, "unheard": halves / 8}
    return xr.Dataset({name: (tuple(labels), values) for name, values in variables.items()}, coords=labels)


def test_shares_are_of_trained_networks_neuron_by_neuron(counterparts: xr.Dataset) -> None:
    frame = seed_likeness.mean_shares({"baseline": counterparts}, PIXELS)
    assert frame.groupby("unit")["neuron"].unique().map(list).to_dict() == {0: ["▸ 0"], 9: ["9"]}
    means = frame.set_index(["networks", "unit", "by"])["value"]
    assert means["baseline", 0, "best single"] == pytest.approx(0.6)
    assert means["baseline", 9, "all 16"] == pytest.approx(-2.8 / 3)
    assert means["baseline", 0, "10 logits"] == pytest.approx(0.4)
    assert means["baseline", 0, "10 random"] == pytest.approx(0.2)
    assert means["baseline", 9, "pixels"] == 0.6
    bars = seed_likeness.shares_by_seed({"baseline": counterparts})
    assert bars["unit"].tolist() == [0, 0, 0, 9, 9, 9]
    bars = bars.set_index(["unit", "seed"])
    assert bars.loc[(0, "seed 1"), ["low", "high", "together"]].tolist() == [0.6, 0.8, 0.8]
    assert bars.loc[(9, "seed 0"), ["low", "high"]].tolist() == [-0.05, -0.05], "drawn no lower than that"
    assert bars.loc[(9, "seed 1"), ["low", "high"]].tolist() == [0.2, 0.2]


def test_neuron_0_is_held_against_pixels_and_the_other_neurons(
    run: training.Run, counterparts: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = xr.Dataset({"share": ("unit", [0.4])}, coords={"unit": [0]})
    monkeypatch.setattr(numbers.cross_seed_similarity, "explained_by_digit", lambda run, units: share)
    monkeypatch.setattr(numbers.training_moments, "live", lambda run, layer: np.array([0, 9]))
    effects = {"neuron0_no_twin": 0.6, "neuron0_beyond_pixels": 0.1, "neurons_beyond_pixels": 0.2}
    judged = _judged(**effects, neuron0_beyond_the_answer=0.3)
    found = numbers.neuron0(run, counterparts, PIXELS, judged)
    found = {key: one if isinstance(one, str) else float(one) for key, one in found.items()}
    assert (found["n0_best"], found["n0_worst"], found["n_seeds"]) == (0.7, 0.5, 3)
    assert (found["n0_rank"], found["n0_rank_beyond"], found["n_live"]) == (1, 1, 2)
    assert found["n0_seeds_beyond"] == 2, "one of three explains just as much as the pixels"
    assert (found["n0_pixels"], found["n0_within_pixels"]) == (0.7, 0.3)
    assert found["n0_logits"] == pytest.approx(0.4)
    assert (found["n0_answer"], found["n0_unheard"]) == pytest.approx((0.1, 0.05))
    assert found["n0_untrained"] == pytest.approx(0.2)
    assert found["n0_labels"] == 0.4


def test_predicted_shares_keep_their_labels() -> None:
    labels = {"network": ["one, trained", "one, untrained"], "digit": range(10), "predictor": ["all shapes", "lead"]}
    values = GENERATOR.random((2, 10, 2))
    measured = xr.Dataset({"share": (("predictor", "network", "digit"), values.transpose(2, 0, 1))}, coords=labels)
    frame = digit_curves.predicted(measured).set_index(["network", "digit", "predictor"])["value"]
    assert len(frame) == values.size
    assert frame["one, untrained", "3", "lead"] == values[1, 3, 1]


def test_the_best_known_five_ranks_as_counted_directly(run: training.Run, scores: pd.DataFrame) -> None:
    found = {key: float(one) for key, one in numbers.all_fives(run).items()}
    points, labels = recordings.points(run, "relu2", per_class=100), recordings.labels(per_class=100)
    every = unit_subsets.every(16, subset_scores.SIZE)
    silhouettes = unit_subsets.silhouettes(points, labels, every)
    good = silhouettes[(every == named_subsets.HAND_PICKED[named_subsets.GOOD]).all(1)]
    assert (found["good_rank"], found["n_fives"]) == ((silhouettes > good).sum() + 1, 4_368)
    drawn = subset_scores.random_fives(16, seed=run.seed)
    assert found["random_silent"] == np.isin(drawn, [11, 15]).any(1).mean()
    assert found["good_probe"] == scores.loc[named_subsets.GOOD, "linear probe"]
    probe = all_subsets.sampled(run)["accuracy"].sel(reader="a linear probe").to_numpy()
    assert found["random_probe"] == pytest.approx(probe.mean())
    assert found["random_probe_loud"] == pytest.approx(probe[~np.isin(drawn, [11, 15]).any(1)].mean())


def test_disks_lie_where_their_fives_are(run: training.Run, scores: pd.DataFrame) -> None:
    picked = landscape.picked(run).set_index(["subset", "reader"])
    assert len(picked) == 13 * len(all_subsets.READERS)
    points, labels = recordings.points(run, "relu2", per_class=100), recordings.labels(per_class=100)
    for name, units in list(named_subsets.fives(run).items())[:4]:
        own = picked.loc[(name, "the network")]
        assert own["x"] == pytest.approx(unit_subsets.silhouette(points[:, units], labels), abs=1e-5)
        assert own["y"] == scores.loc[name, "accuracy"]
        assert picked.loc[(name, "nearest neighbors"), "y"] == scores.loc[name, "neighbors, native"]
    cells = landscape.cells(run)
    assert cells.groupby("reader")["count"].sum().to_dict() == {
        "the network": 4_368,
        "a linear probe": subset_scores.N_RANDOM,
        "nearest neighbors": subset_scores.N_RANDOM,
    }
    assert (cells.groupby("reader")["share"].max() == 1).all()


def test_the_grown_subset_is_best_where_its_silhouette_is(run: training.Run) -> None:
    lines = size_lines.lines({"protagonist": run})
    found = {key: float(one) for key, one in numbers.sizes(run, lines).items()}
    grown = lines[(lines["chosen"] == "grown for silhouette") & (lines["score"] == "silhouette")]
    assert grown.set_index("size").loc[found["size_most"], "value"] == grown["value"].max()
    every = all_subsets.everything(run)
    most = every.isel(subset=int(every["learned"].to_numpy().argmax()))
    whole = grown.set_index("size").loc[16, "value"]
    assert found["most_silhouette"] == pytest.approx(float(most["silhouette"]) / whole)


def test_neighbors_kept_are_those_of_the_baselines_umap() -> None:
    kept = pd.DataFrame(
        [("UMAP", "baseline", 0), ("UMAP", "baseline", 3), ("PCA", "baseline", 6), ("UMAP", "normalized", 6)],
        columns=["map", "network", "shared"],
    )
    assert numbers.neighbors_kept(kept) == {"mean_shared": 1.5, "n_drawn": 2}


def test_means_over_networks_stand_under_their_own_names() -> None:
    labels = {"seed": [3, 4, 5], "part": ["whole layer", "row space", "null space"]}
    values = np.array([[1.0, 2, 3]] * 3)
    measured = xr.Dataset({"silhouette": (tuple(labels), values), "neighbors": (tuple(labels), 10 * values)}, labels)
    found = mean_intervals.parts(measured).set_index(["which", "score"])["value"]
    assert found["row space: heard by the readout", "silhouette"] == 2
    assert found["null space: not heard", "neighbors vote right"] == 30
    shown = numbers.parts(measured.assign(variance=measured["silhouette"] / 10), _judged(null_space_knows_nothing=0.05))
    assert (float(shown["part_row"]), float(shown["part_null_vote"]), float(shown["part_null_variance"])) == (
        2,
        30,
        0.3,
    )


@pytest.fixture
def gains() -> xr.Dataset:
    """Return scores of layer 2 and its twin in three networks; in the last one the layer's rises more."""
    labels = {"seed": [3, 4, 5], "cloud": ["layer 2", "Gaussian twin"], "space": ["layer", "map"]}
    silhouette = [[[0.2, 0.4], [0.2, 0.5]], [[0.2, 0.4], [0.1, 0.5]], [[0.2, 0.6], [0.3, 0.5]]]
    variables = {name: (tuple(labels), silhouette) for name in ("silhouette", "neighbors")}
    along = {"along_graph": (("seed", "cloud"), [[0.3, 0.1]] * 3)}
    return xr.Dataset(variables | along, coords=labels)


def test_what_a_umap_adds_is_told_apart_by_cloud(gains: xr.Dataset) -> None:
    frame = mean_intervals.gains(gains).set_index(["score", "which"])["value"]
    assert frame["silhouette", "layer 2, along its graph"] == pytest.approx(0.3)
    assert frame["silhouette", "Gaussian twin, on its UMAP"] == pytest.approx(0.5)
    assert len(frame) == 10
    judged = _judged(twin_rises_as_much=0, graph_says_so_too=0, umap_adds_nothing=-0.02)
    found = numbers.umap_gains(gains, judged)
    assert (found["twins_ahead"], found["n_twins"], found["gain_knn"]) == (2, 3, -2)
    assert float(found["gain_real"]) == pytest.approx(0.8 / 3)
    assert float(found["gain_twin"]) == pytest.approx(0.3)
    assert float(found["along_graph"]) == pytest.approx(0.3)
    assert float(found["on_map"]) == pytest.approx(1.4 / 3)


def test_a_path_has_a_point_for_each_order_and_share() -> None:
    labels = {"pair": ["3 and 4", "5 and 6"], "order": ["as they come", "matched"], "share": [0.0, 0.5, 1.0]}
    accuracy = np.array([[[0.9, 0.3, 0.9], [0.9, 0.8, 0.9]], [[0.9, 0.5, 0.9], [0.9, 0.6, 0.9]]])
    refitted = ("pair", "order"), [[0.4, 0.85], [0.6, 0.75]]
    measured = xr.Dataset({"accuracy": (tuple(labels), accuracy), "refitted": refitted}, coords=labels)
    frame = mean_intervals.paths(measured).set_index(["order", "share"])
    assert frame.loc[("units matched", 0.5), "value"] == pytest.approx(0.7)
    assert (frame["low"] <= frame["value"]).all()
    found = numbers.paths(measured, _judged(barrier_stays=0.2))
    assert (float(found["half_come"]), found["barrier"]) == (0.4, 20)
    assert float(found["barrier_refitted"]) == pytest.approx(10)


def test_lost_neighbors_are_ranked_among_their_digit() -> None:
    points = np.arange(12.0)[:, None] * [1, 0]
    labels = np.arange(12) // 6
    same = projection_quality.displacement(points, points, labels, count=1)
    assert same.size == 0, "nothing is lost on a map that is the layer"
    moved = points.copy()
    moved[[1, 5]] = moved[[5, 1]]
    lost = projection_quality.displacement(points, moved, labels, count=1)
    assert lost.max() > 0.5
    found = numbers.lost_neighbors(points, moved, labels)
    assert 0 < found["lost_nearer"] <= 1


def test_a_digit_and_its_twin_keep_their_places(run: training.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def clouds(run: training.Run, digit: int) -> dict[str, map_curves.Cloud]:
        line = np.arange(4.0)[:, None] * [1, digit + 1]
        still = np.zeros((4, 2))
        return {"the digit": map_curves.Cloud(line, line), "its twin": map_curves.Cloud(line[::-1], still)}

    monkeypatch.setattr(map_curves, "clouds", clouds)
    serial = SimpleNamespace(each=lambda function, jobs: [function(*job) for job in jobs])
    monkeypatch.setattr(twin_maps, "parallel", serial)
    monkeypatch.setattr(twin_maps, "placed", twin_maps.placed.__wrapped__)
    dots = twin_maps.dots(run)
    own = dots[(dots["label"] == 3) & (dots["cloud"] == "the digit")]
    assert own["y"].tolist() == [0, 333, 667, 1000]
    assert own["rank"].tolist() in ([0, 33, 67, 100], [100, 67, 33, 0])
    twin = dots[(dots["label"] == 3) & (dots["cloud"] == "its twin")]
    assert twin["x"].tolist() == [0, 0, 0, 0]
    text = twin_maps.sentences(run)["text"]
    assert len(text) == 10
    assert "100% of the variance of the digit's map, and 0% of its twin's" in text[3]


def test_silhouettes_in_the_published_orders_are_those_recomputed_apart(run: training.Run) -> None:
    said = published.figure("more.silhouette_against_size.note")
    apart = {  # computed by others, with other code, on all test images
        name: [float(value) for value in re.findall(r"-?\.\d+", said.split(f"{name} ")[1].split(";")[0])]
        for name in ("by hand", "by times selective")
    }
    lines = size_lines.lines({"protagonist": run})
    frame = size_lines.published_orders(run, lines)
    assert frame.index.tolist() == published.figure("more.silhouette_against_size.sizes")
    for ours, theirs in zip(size_lines.ORDERS, apart.values(), strict=True):
        assert frame[ours].to_numpy() == pytest.approx(theirs, abs=0.0011)
    assert frame["difference"].to_numpy() == pytest.approx(frame["by hand"] - frame["by selectivity"])
    random = lines[(lines["score"] == "silhouette") & (lines["chosen"] == "random") & (lines["size"] == 6)]
    assert frame.loc[6, "random, median"] == random["value"].item()


def test_orders_meet_where_the_table_says() -> None:
    columns = {"by hand": [0.1, 0.2, 0.3, 0.3, 0.34], "by selectivity": [0.1, 0.15, 0.21, 0.32, 0.34]}
    frame = pd.DataFrame(columns | {"random, median": 0.05}, index=[4, 6, 8, 12, 16])
    found = numbers.orders(frame.assign(difference=frame["by hand"] - frame["by selectivity"]))
    assert (found["six_by_hand"], found["six_selective"], found["six_random"], found["as_six"]) == (0.2, 0.15, 0.05, 8)
    assert found["orders_late"] == pytest.approx(0.02)
    assert size_lines.shown(frame - 0.3).loc[8].tolist() == ["0.000", "−0.090", "−0.250"]


def test_selective_fives_keep_what_the_published_figures_say(run: training.Run, scores: pd.DataFrame) -> None:
    scores["native"] = named_subsets.published_silhouettes("native")
    measured = xr.Dataset(
        {"silhouette": ("seed", [0.2, 0.4]), "selective_silhouette": (("seed", "digit"), [[0.1, 0.17], [0.1, 0.3]])}
    )
    found = numbers.selective_keep(run, measured)
    figures = published.figure("silhouette.native")
    for key in ("", "_published"):
        assert found[f"selective_least{key}"] == min(figures["class_selective_top5"]) / figures["all_16"]
        assert found[f"selective_most{key}"] == max(figures["class_selective_top5"]) / figures["all_16"]
    assert float(found["selective_over_seeds"]) == pytest.approx((0.5 + 0.85 + 0.25 + 0.75) / 4)
    assert found["selective_enough"] == 1
