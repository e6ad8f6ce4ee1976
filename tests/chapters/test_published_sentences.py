"""What the chapters say of published sentences, on measures made by hand; and the sentences themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp.chapters import sentences
from mnist_interp.chapters.baseline import numbers
from mnist_interp.chapters.baseline import published_sentences as of_layers
from mnist_interp.chapters.neurons import published_sentences as of_maps
from mnist_interp.chapters.normalization import published_sentences as of_norms
from mnist_interp.data import published
from mnist_interp.experiments import class_layouts
from mnist_interp.methods import class_layout
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

PAIRS = [f"{first} and {second}" for first, second in class_layout.PAIRS]
ROWS, COLUMNS = np.mgrid[:28, :28] - 13.5


@pytest.mark.parametrize(
    ("here", "elsewhere", "said"),
    [
        (True, 0.9, "true"),
        (True, 0.2, "true of this run only"),
        (False, 0.2, "false"),
        (False, 0.5, "true of other runs only"),
    ],
)
def test_a_verdict_is_of_this_run_and_of_most_others(here: bool, elsewhere: float, said: str) -> None:
    assert sentences.verdict(here, elsewhere) == said


def test_a_sentence_is_found_by_its_beginning() -> None:
    assert sentences.text("Digits 3") == "Digits 3 and 6 overlap most on the PCA"
    assert sentences.text("that of neuron 14") == "that of neuron 14 is horizontal"
    for begins, count in {"Digits": 2, "No such": 0}.items():
        with pytest.raises(ValueError, match=f"^{count} published sentences begin with '{begins}'"):
            sentences.text(begins)


def _overlaps(*values: dict[str, float]) -> xr.DataArray:
    rows = [[one.get(pair, 0.01) for pair in PAIRS] for one in values]
    return xr.DataArray(rows, {"seed": range(len(rows)), "pair": PAIRS}, ["seed", "pair"])


def test_a_pair_that_overlaps_most_here_alone() -> None:
    own, others = (
        _overlaps({"3 and 6": 0.4, "4 and 9": 0.3})[0],
        _overlaps({"4 and 9": 0.4}, {"4 and 9": 0.4, "3 and 6": 0.2, "5 and 8": 0.3}),
    )
    row = of_layers.overlap(own, others)
    assert row.verdict == "true of this run only"
    assert row.here == "40.0%, place 1 of 45; 3 and 6: 40.0%"
    assert row.elsewhere == "most in 0 of 2; median place 2"
    assert of_layers.overlap(others[1], others).verdict == "false"


def test_the_six_worst_are_those_that_were_named() -> None:
    accuracy = np.array([0.99, 0.98, 0.97, 0.9, 0.9, 0.9, 0.96, 0.9, 0.9, 0.9])
    other = accuracy.copy()
    other[[2, 4]] = 0.8, 0.985
    row = of_layers.worst(accuracy, np.stack([accuracy, other, accuracy]))
    assert row[1:] == (
        "true",
        "the six worst: 3, 4, 5, 7, 8, 9",
        "just these in 2 of 3",
    )
    assert of_layers.worst(other, np.stack([other] * 3)).verdict == "false"
    assert of_layers.worst(accuracy, np.stack([other] * 3)).verdict == "true of this run only"


def test_digits_that_lie_far_on_the_map_alone() -> None:
    layer, drawn = np.ones(10), np.ones(10)
    layer[[1, 6]], drawn[[0, 1]] = 3, (2, 4)
    found = xr.DataArray(
        [[layer, drawn]] * 2, {"space": ["layer 2", "UMAP"], "digit": range(10)}, ["seed", "space", "digit"]
    )
    on_the_map, itself = of_layers.far(found[0], found)
    assert on_the_map.verdict == "true"
    assert on_the_map.here == "farthest: 0 and 1"
    assert itself.verdict == "false"
    assert itself.here == "farthest: 1 and 6"
    assert itself.elsewhere == "0 and 1 farthest in 0 of 2"


def test_means_that_decline_in_one_layer_alone() -> None:
    declining, rising = [0, 9, 10, 8, 7, 7], [0, 5, 7, 8, 9, 10]
    courses = np.array([[declining] * 10, [declining] * 4 + [rising] * 6], float)  # layer, digit, checkpoint
    means = xr.DataArray(
        courses.transpose(2, 0, 1)[None],
        {"layer": ["relu1", "relu2"], "digit": range(10)},
        ["seed", "checkpoint", "layer", "digit"],
    )
    first, second = of_layers.declines(means, means, [0, 1, 2, 3, 4, 5])
    assert first.text.endswith(": layer 1")
    assert first[1:] == ("true", "10 of 10 digits", "100% of digits; most in 1 of 1 seeds")
    assert second[1:] == ("false", "4 of 10 digits", "40% of digits; most in 0 of 1 seeds")


def test_maps_are_judged_by_their_shapes() -> None:
    generator = np.random.default_rng(5)
    means = generator.normal(size=(10, 784))
    maps = generator.normal(size=(16, 784))
    maps[0] = np.exp(-(ROWS**2 + COLUMNS**2) / 9).ravel()
    maps[14], maps[6] = np.sin(ROWS).ravel() + 0.1 * np.sin(COLUMNS).ravel(), means[0] + 0.1 * means[4]
    rows = of_maps.checked(maps, means)
    assert [row.verdict for row in rows] == ["true"] * 3
    assert all("place 1 of 16" in row.here and len(row.here) <= 50 for row in rows)
    turned = maps.reshape(16, 28, 28).transpose(0, 2, 1).reshape(16, 784)
    assert of_maps.checked(turned, means)[1].verdict == "false"
    maps[[0, 6]] = 1 - maps[0], means[4]
    assert [row.verdict for row in of_maps.checked(maps, means)] == ["false", "true", "false"]


def test_drift_is_a_change_of_more_than_a_tenth_either_way() -> None:
    row = of_norms.drift(np.array([0.2, -0.2, 0.05]), np.array([0.1, 0.0, 0.2]), "layer 1")
    assert row[1:] == ("true", "+2%, more than a tenth in 2 of 3", "+10%")
    assert of_norms.drift(np.array([0.2, -0.05, 0.05]), np.zeros(3), "layer 2").verdict == "false"


def test_confidence_is_compared_seed_by_seed() -> None:
    row = of_norms.confident(np.array([0.01, 0.02, 0.03]), np.array([0.02, 0.03, 0.02]))
    assert row[1:] == ("true", "+2.0 points, less in 2 of 3", "+2.3 points")
    assert of_norms.confident(np.array([0.03]), np.array([0.02])).verdict == "false"


def test_the_other_published_run_is_lowest_where_it_is_said_to_be() -> None:
    cited = published.figure("more.readme_mlp")
    lowest = of_layers.lowest(np.array(cited["class_accuracy_of_another_unseeded_run"]), 4)
    assert lowest == set(cited["said_to_underperform_on"])


def test_lowest_digits_are_counted_over_seeds() -> None:
    cited = published.figure("more.readme_mlp")
    theirs, ours = np.full(10, 0.9), np.full(10, 0.9)
    theirs[[2, 5, 8, 9]], ours[[3, 5, 8, 9]] = 0.8, 0.7
    counts = np.zeros((1, 1, 10, 10))
    counts[..., range(10), range(10)] = 100 * ours
    counts[..., range(10), (np.arange(10) + 1) % 10] = 100 * (1 - ours)
    own = xr.Dataset(
        {"confusion": (("seed", "checkpoint", "true", "predicted"), counts)},
        {"seed": [0], "true": range(10), "predicted": range(10)},
    )
    accuracy = xr.DataArray([theirs, ours, theirs], dims=["seed", "digit"])
    compared = pd.DataFrame({"within": ["yes"] * 7 + ["no"] * 3})
    assert numbers.another_run(compared, cited, own, accuracy) == {
        "other_within": 7,
        "other_said": "2, 5, 8 and 9",
        "own_lowest": "3, 5, 8 and 9",
        "same_lowest": 2,
        "same_own": 1,
    }


def test_places_and_far_digits_are_those_of_the_networks_named(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = tuple(Run(Recipe(), seed, {}, np.zeros(1), np.zeros(1)) for seed in range(3))
    one, three, two = (Population(Recipe(), runs[:count]) for count in (1, 3, 2))
    pairs = [{"3 and 6": value, "4 and 9": 0.3} for value in (0.2, 0.4, 0.005)]
    overlaps = {1: _overlaps({"3 and 6": 0.2, "4 and 9": 0.3, "5 and 8": 0.3}), 3: _overlaps(*pairs)}
    layer, drawn = np.ones(10), np.ones(10)
    layer[[1, 6]], drawn[[0, 1]] = 3, (2, 4)
    labels, axes = {"space": ["layer 2", "UMAP"], "digit": range(10)}, ["seed", "space", "digit"]
    far = {
        1: xr.DataArray([[layer, drawn]], labels, axes),
        2: xr.DataArray([[drawn] * 2, [layer, drawn]], labels, axes),
    }
    monkeypatch.setattr(class_layouts, "on_the_pca", lambda networks: {"overlap": overlaps[len(networks)]})
    monkeypatch.setattr(class_layouts, "to_the_nearest", lambda networks: {"distance": far[len(networks)]})
    accuracy = np.full((3, 10), 0.9)
    accuracy[0, list(of_layers.OVERLAPPING)] = 0.8
    assert numbers.sentences(one, three, two, xr.DataArray(accuracy, dims=["seed", "digit"])) == {
        "n_pairs": 45,
        "pair_place": 3,
        "pair_first": 1,
        "pair_last": 45,
        "six_worst": 1,
        "far_on_map": 2,
        "far_in_layer": 1,
        "n_drawn": 2,
        "far_here": "1 and 6",
    }


def test_what_readers_see_has_minus_signs() -> None:
    row = of_norms.drift(np.array([-0.25, -0.15]), np.array([-0.5, -0.5]), "layer 1")
    assert sentences.table([row], elsewhere="without it").iloc[0].to_dict() == {
        "verdict": "true",
        "this network": "−20%, more than a tenth in 2 of 2",
        "without it": "−50%",
    }
