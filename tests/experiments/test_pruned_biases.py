"""Refitted biases of pruned layers, on small networks: interventions by hand, whole layers as what refitting adds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import pruned_biases, pruning_oracle, recordings
from mnist_interp.methods import ablation, bias_refit, subset_games
from tests.experiments import little

N = little.WIDTHS[1]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(pruning_oracle, "PER_CLASS", little.FITTED_ON)
    monkeypatch.setattr(pruned_biases, "N_DRAWN", 6)
    return little.images(monkeypatch)


def test_random_subsets_differ_repeat_and_are_of_all_units() -> None:
    found = pruned_biases.drawn(N, 8, seed=3, count=40)
    assert found.shape == (40, 8)
    assert len(np.unique(found, axis=0)) == 40
    assert set(found.ravel().tolist()) == set(range(N))
    np.testing.assert_array_equal(found, pruned_biases.drawn(N, 8, seed=3, count=40))
    assert len(pruned_biases.drawn(4, 3, seed=3, count=40)) == 4


def test_biases_are_refitted_on_training_images_with_the_units_gone_at_their_means() -> None:
    networks = little.population(3, 4)
    found = pruned_biases.measured(networks)
    assert dict(found["random"].sizes) == {"seed": 2, "size": 3, "draw": pruned_biases.N_DRAWN, "biases": 2}
    for run in networks:
        test, training = recordings.stage(run, "relu2"), pruning_oracle.chosen_on(run)
        mean = torch.tensor(little.layers(run, "train", "relu2")[0].mean(0), dtype=torch.float32)
        units = pruned_biases.drawn(N, 8, seed=run.seed, count=pruned_biases.N_DRAWN)[2]
        gone = [unit for unit in range(N) if unit not in units]
        added = bias_refit.output_biases(ablation.intervene(training, gone, mean), training.labels)
        for state, more in {"as it is": torch.zeros(10), "refitted": added}.items():
            right = (ablation.intervene(test, gone, mean) + more).argmax(1).numpy() == test.labels
            here = found["random"].sel(seed=run.seed, size=8, draw=2, biases=state)
            assert here.item() == pytest.approx(right.mean(), abs=1e-9)
    assert (found["random"].sel(biases="refitted") - found["random"].sel(biases="as it is")).mean() > 0


def test_subsets_without_one_unit_are_by_that_unit() -> None:
    networks = little.population(3)
    found, game = pruned_biases.measured(networks), pruning_oracle.accuracies(networks[0], "mean")["test"]
    for unit in range(N):
        rest = subset_games.place(set(range(N)) - {unit})
        here = found["without_one"].sel(unit=unit, biases="as it is")
        assert here.item() == pytest.approx(game[rest], abs=0.006)
    assert found["whole"].sel(biases="as it is").item() == game[-1]
