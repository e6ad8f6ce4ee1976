"""Units as detectors of their favorite digit, beside what their class means alone imply."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from sklearn.metrics import average_precision_score

from mnist_interp.experiments import detectors
from mnist_interp.methods import detection
from tests.experiments import little


def test_detectors_are_chosen_on_training_images_and_scored_on_test_images(monkeypatch: pytest.MonkeyPatch) -> None:
    few = little.images(monkeypatch)
    (run,) = networks = little.population(1)
    found = detectors.measured(networks).sel(seed=1)
    (learned,), (seen,) = (little.layers(run, split, "relu2") for split in ("train", "test"))
    labels = few["test"].labels
    for unit in range(little.WIDTHS[1]):
        train, test = (
            np.array([values[digits.labels == digit, unit].mean() for digit in range(10)])
            for values, digits in ((learned, few["train"]), (seen, few["test"]))
        )
        rest = (train.sum() - train) / 9
        scores = (train - rest) / (train + rest + 0.001)
        here, digit = found.sel(unit=unit), int(scores.argmax())
        assert float(here["score"]) == pytest.approx(scores.max(), abs=1e-4)
        assert int(here["favorite"]) == digit
        assert float(here["implied"]) == pytest.approx(test[digit] / max(test.sum(), 1e-12), abs=1e-4)
        area = average_precision_score(labels == digit, seen[:, unit])
        assert float(here["average_precision"]) == pytest.approx(area, abs=1e-3)
        reached = detection.recall_at_precision(seen[:, [unit]], labels, np.array([digit]), precision=0.9)
        assert float(here["recall"]) == pytest.approx(reached[0], abs=1e-6)
    dead = found.sel(unit=little.DEAD)
    assert float(dead["implied"]) == float(dead["recall"]) == 0


def test_a_network_without_a_strong_unit_scores_0() -> None:
    axes = ("seed", "unit")
    found = xr.Dataset(
        {"score": (axes, [[0.5, 0.4, 0.9], [0.1, 0.2, 0.3]]), "recall": (axes, [[0.2, 7, 0.6], [7] * 3])}
    )
    np.testing.assert_allclose(detectors.over_strong(found, "recall"), [0.4, 0])
