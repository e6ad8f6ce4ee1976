"""Frames and numbers of chapter 5, against datasets made by hand and direct counts."""

from __future__ import annotations

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
    named_subsets,
    numbers,
    seed_likeness,
    size_lines,
)
from mnist_interp.experiments import all_subsets, recordings, subset_scores
from mnist_interp.methods import unit_subsets
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
    measured = xr.Dataset({"dimension": (tuple(labels), own), "gaussian": (tuple(labels), 10 * own)}, coords=labels)
    frame = dimension_intervals.intervals(measured).set_index("which")["value"]
    assert frame.to_dict() == {
        "layer 1, untrained": 1,
        "layer 1, untrained, Gaussian twin": 10,
        "layer 1, trained": 3,
        "layer 1, trained, Gaussian twin": 30,
        "layer 2, untrained": 2,
        "layer 2, untrained, Gaussian twin": 20,
        "layer 2, trained": 4,
        "layer 2, trained, Gaussian twin": 40,
    }
    judged = _judged(dimension_layer1=-0.2, dimension_layer2=-0.1)
    found = numbers.dimensions(measured, judged)
    assert (float(found["dim_1_untrained_dimension"]), float(found["dim_2_trained_gaussian"])) == (1, 40)


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


@pytest.fixture
def counterparts() -> xr.Dataset:
    """Return shares of two neurons in three networks: once better by one neuron, once far below 0."""
    labels = {"state": STATES, "seed": [0, 1, 2], "unit": [0, 9]}
    alone = [[[0.1, 0.1]] * 3, [[0.5, 0], [0.6, 0.3], [0.7, 0]]]
    together = [[[0.2, 0.2]] * 3, [[0.9, -3], [0.8, 0.2], [0.7, 0]]]
    variables = {"alone": alone, "together": together, "within": together}
    return xr.Dataset({name: (tuple(labels), values) for name, values in variables.items()}, coords=labels)


def test_shares_are_of_trained_networks_neuron_by_neuron(counterparts: xr.Dataset) -> None:
    means = seed_likeness.mean_shares({"baseline": counterparts}).set_index(["networks", "unit", "by"])["value"]
    assert means["baseline", 0, "best neuron"] == pytest.approx(0.6)
    assert means["baseline", 9, "all 16"] == pytest.approx(-2.8 / 3)
    bars = seed_likeness.shares_by_seed({"baseline": counterparts})
    assert bars["unit"].tolist() == [0, 0, 0, 9, 9, 9]
    bars = bars.set_index(["unit", "seed"])
    assert bars.loc[(0, "seed 1"), ["low", "high", "together"]].tolist() == [0.6, 0.8, 0.8]
    assert bars.loc[(9, "seed 0"), ["low", "high"]].tolist() == [-0.05, -0.05], "drawn no lower than that"
    assert bars.loc[(9, "seed 1"), ["low", "high"]].tolist() == [0.2, 0.2]


def test_neuron_0_is_looked_for_in_both_populations(
    run: training.Run, counterparts: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = xr.Dataset({"share": ("unit", [0.4])}, coords={"unit": [0]})
    monkeypatch.setattr(numbers.cross_seed_similarity, "explained_by_digit", lambda run, units: share)
    judged = _judged(neuron0_no_twin=0.6, neuron0_everywhere=0.8)
    found = {key: float(one) for key, one in numbers.neuron0(run, counterparts, counterparts / 2, judged).items()}
    assert (found["n0_best"], found["n0_worst"], found["n0_least"], found["n_seeds"]) == (0.7, 0.5, 0.7, 3)
    assert found["n0_untrained"] == pytest.approx(0.2)
    assert found["n0_normal"] == pytest.approx(0.4)
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
    assert found["size_most_silhouette"] == grown["value"].max()
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
    assert numbers.neighbors_kept(kept) == {"none_shared": 0.5, "mean_shared": 1.5, "n_drawn": 2}
