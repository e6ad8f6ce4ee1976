"""What narrow layers keep, held against loops over images; and the plane of a layer of two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import narrow_layers
from mnist_interp.training.runs import Population, Run
from tests.experiments import little


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(narrow_layers, "PERMUTATIONS", 200)
    return little.images(monkeypatch)


def _alive(run: Run) -> Run:
    """Return the same network with a last unit of layer 2 like the others."""
    bias = run.weights["linear2.bias"].copy()
    bias[:, -1] = 1.0
    return replace(run, weights={**run.weights, "linear2.bias": bias})


def _of_two(seed: int) -> Run:
    return _alive(little.run(seed, replace(little.PLAIN, options=(("hidden", (24, 2)),))))


def _read(run: Run) -> np.ndarray:
    return little.layers(run, "test", "output")[0].argmax(1)


def test_measures_are_those_of_a_loop(few: dict[str, Digits]) -> None:
    networks = little.population(1, 2)
    found, labels = narrow_layers.measured(networks), few["test"].labels
    for run in networks:
        here, read = found.sel(seed=run.seed), _read(run)
        recall = [np.mean(read[labels == digit] == digit) for digit in range(10)]
        np.testing.assert_allclose(here["recall"], recall)
        assert float(here["accuracy"]) == pytest.approx(np.mean(read == labels))
        assert int(here["holding"]) == len(set(read))
        assert int(here["recalled"]) == sum(one > 0.5 for one in recall)
        assert int(here["dead"]) == (little.layers(run, "train", "relu2")[0] == 0).all(0).sum() >= 1
        rows = little.readout(run)[0] - little.readout(run)[0].mean(0)
        angles = [
            np.degrees(np.arccos(one @ other / np.linalg.norm(one) / np.linalg.norm(other)))
            for k, one in enumerate(rows)
            for other in rows[:k]
        ]
        assert float(here["angle"]) == pytest.approx(min(angles), rel=1e-4)
        energies = np.linalg.eigvalsh(rows.T @ rows)
        assert float(here["effective_dimension"]) == pytest.approx(energies.sum() ** 2 / np.square(energies).sum())


def test_ten_directions_all_around_are_36_degrees_apart() -> None:
    angles = 2 * np.pi * np.arange(10) / 10
    assert narrow_layers.smallest_angle(np.stack([np.cos(angles), np.sin(angles)], 1)) == pytest.approx(36)


def test_the_plane_is_as_its_images_and_rows_are(few: dict[str, Digits]) -> None:
    runs = [_of_two(1), _of_two(2)]
    found, labels = narrow_layers.planes(Population(runs[0].recipe, runs)), few["test"].labels
    for run in runs:
        here, read = found.sel(seed=run.seed), _read(run)
        counts = [[np.sum((labels == true) & (read == one)) for one in range(10)] for true in range(10)]
        np.testing.assert_array_equal(here["confusion"], counts)
        (values,) = little.layers(run, "test", "relu2")
        zeros = (values == 0).sum(1)
        assert float(here["silent"]) == pytest.approx(np.mean(zeros == 2))
        assert float(here["on_axis"]) == pytest.approx(np.mean(zeros == 1))
        np.testing.assert_allclose(here["silent_on"], [np.mean(zeros[labels == one] == 2) for one in range(10)])
        means = [values[labels == digit].mean(0) for digit in range(10)]
        np.testing.assert_allclose(here["center"], means, rtol=1e-5)
        weight, bias = little.readout(run)
        grid = np.stack(np.meshgrid(np.geomspace(1e-3, 1e4, 300), np.geomspace(1e-3, 1e4, 300)), axis=-1).reshape(-1, 2)
        anywhere = np.unique((grid * values.max() @ weight.T + bias).argmax(1))
        assert here["region"].to_numpy()[anywhere].all()
        assert here["region"].to_numpy()[read].all()
        around = np.stack([np.cos(np.linspace(0, 2 * np.pi, 9999)), np.sin(np.linspace(0, 2 * np.pi, 9999))])
        np.testing.assert_array_equal(np.flatnonzero(here["corner"]), np.unique((weight @ around).argmax(0)))


def test_likeness_is_of_mean_images_and_counts_against_random_deals(few: dict[str, Digits]) -> None:
    run = _of_two(1)
    here = narrow_layers.planes(Population(run.recipe, [run])).sel(seed=run.seed)
    images, labels = few["train"].pixels.numpy(), few["train"].labels
    means = np.stack([images[labels == digit].mean(0) for digit in range(10)]) - images.mean(0)
    counts = here["confusion"].to_numpy()
    pairs = [(one, other) for one in range(10) for other in range(one + 1, 10)]
    cosines = [means[a] @ means[b] / np.linalg.norm(means[a]) / np.linalg.norm(means[b]) for a, b in pairs]
    rho = spearmanr(cosines, [counts[a, b] + counts[b, a] for a, b in pairs]).statistic
    assert float(here["likeness"]) == pytest.approx(rho)
    assert 0 <= float(here["likeness_percentile"]) <= 1


def test_two_directions_read_what_discriminants_tell_apart(few: dict[str, Digits]) -> None:
    found = float(narrow_layers.two_directions()["accuracy"])
    assert 0.25 < found < 0.8
    assert len(mnist.load("train")) == 400
