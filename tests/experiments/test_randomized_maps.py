"""Maps before and after layer 1 is drawn anew: slopes and integrals against captum's, ranks against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from mnist_interp.data import mnist
from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import randomized_maps
from mnist_interp.methods import activations, attribution
from mnist_interp.training import models
from mnist_interp.training.runs import Run
from tests.experiments import little


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(randomized_maps, "PER_CLASS", 1)
    return little.images(monkeypatch)


@pytest.fixture
def run(few: dict[str, Digits]) -> Run:
    return little.run(6)


def test_slopes_are_the_exact_weights_over_the_pixels(few: dict[str, Digits], run: Run) -> None:
    model, images = run.model(), few["test"].pixels[:12]
    found = randomized_maps.slopes(model, images)
    assert found.shape == (12, little.WIDTHS[1], 784)
    np.testing.assert_allclose(found, attribution.input_weights(model, images, "linear2"), atol=1e-6)
    assert np.ptp(found, axis=0).max() > 0.1, "they differ from image to image"


def test_integrated_gradients_sum_to_what_the_pre_activation_gains(
    few: dict[str, Digits], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(randomized_maps, "STEPS", 1_000)
    model, images = run.model(), few["test"].pixels[:4]
    found = randomized_maps.integrated(model, images)
    said = activations.record(model, torch.cat([images, torch.zeros(1, 784)]), ["linear2"])["linear2"]
    np.testing.assert_allclose(found.sum(2), said[:-1] - said[-1], atol=5e-3)
    assert not found[(images == 0)[:, None].expand(found.shape).numpy()].any(), "a pixel without ink has no share"


def test_few_steps_do_nearly_as_well(few: dict[str, Digits], run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    model, images = run.model(), few["test"].pixels[:4]
    found = randomized_maps.integrated(model, images)
    monkeypatch.setattr(randomized_maps, "STEPS", 1_000)
    expected = randomized_maps.integrated(model, images)
    assert 0 < np.abs(found - expected).max() < 0.05 * np.abs(expected).max()


def test_one_step_is_taken_in_the_middle_of_the_way(
    few: dict[str, Digits], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(randomized_maps, "STEPS", 1)
    model, images = run.model(), few["test"].pixels[:12]
    expected = randomized_maps.slopes(model, images / 2) * images[:, None].numpy()
    np.testing.assert_allclose(randomized_maps.integrated(model, images), expected, atol=1e-6)
    assert np.abs(expected - randomized_maps.slopes(model, images) * images[:, None].numpy()).max() > 0.01


def test_rank_correlations_are_scipys_with_ties_and_0_for_a_constant() -> None:
    one, other = np.random.default_rng(0).integers(0, 5, size=(2, 3, 4, 30)).astype(float)
    one[0, 1], other[2, 3] = 7.0, 0.0
    found = randomized_maps.rank_correlations(one, other)
    assert found.shape == (3, 4)
    assert found[0, 1] == found[2, 3] == 0
    for place in np.ndindex(3, 4):
        if place not in {(0, 1), (2, 3)}:
            assert found[place] == pytest.approx(stats.spearmanr(one[place], other[place]).statistic)


def test_layer_1_is_drawn_anew_and_all_else_stays(run: Run) -> None:
    trained, drawn = run.model().state_dict(), randomized_maps.randomized(run).state_dict()
    anew, _ = models.initialize(run.recipe, run.seed + 1_000_000)
    for name, value in drawn.items():
        expected = anew.state_dict()[name] if name.startswith("linear1") else trained[name]
        assert torch.equal(value, expected)
    assert not torch.allclose(drawn["linear1.weight"], trained["linear1.weight"])
    assert torch.equal(run.model().state_dict()["linear1.weight"], trained["linear1.weight"])


def test_likeness_is_over_the_ink_for_slopes_and_over_all_pixels_for_sizes(few: dict[str, Digits], run: Run) -> None:
    found = randomized_maps.likeness(little.population(6))["rho"].sel(seed=6)
    images = few["test"].pixels[mnist.sample("test", 1)]
    pair = (run.model(), randomized_maps.randomized(run))
    live = np.flatnonzero((little.layers(run, "train", "relu2")[0] > 0).any(0))
    assert little.DEAD not in live
    rows: dict[str, list[float]] = {"slopes": [], "integrated gradients": [], "integrated gradients, signed": []}
    for image in images:
        inked = (image > 0).numpy()
        slopes = [attribution.input_weights(model, image[None], "linear2")[0] for model in pair]
        shares = [randomized_maps.integrated(model, image[None])[0] for model in pair]
        for unit in live:
            signed, attributed = ([one[unit] for one in maps] for maps in (slopes, shares))
            rows["slopes"].append(stats.spearmanr(*(one[inked] for one in signed)).statistic)
            rows["integrated gradients"].append(stats.spearmanr(*map(np.abs, attributed)).statistic)
            rows["integrated gradients, signed"].append(stats.spearmanr(*(one[inked] for one in attributed)).statistic)
    for kind, each in rows.items():
        assert float(found.sel(kind=kind)) == pytest.approx(np.mean(each), abs=1e-3)
    assert float(found.sel(kind="integrated gradients")) > 0.5
    assert float(found.sel(kind="noise times the image")) > 0.5


def test_maps_of_one_network_are_alike(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomized_maps, "randomized", lambda run: run.model())
    found = randomized_maps.likeness(little.population(6))["rho"]
    np.testing.assert_allclose(found.drop_sel(kind="noise times the image"), 1)
