"""Which images are right: against networks run image by image, and units taken out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import correctness, performance, recordings
from mnist_interp.methods import bias_refit, references
from tests.experiments import little


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    return little.images(monkeypatch)


def test_images_are_counted_over_the_last_epochs(few: dict[str, Digits], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance, "LAST", 2)
    networks = little.population(1, 2, epochs=3)
    test = few["test"]
    right = np.array(
        [
            [run.model(place)(test.pixels).argmax(1).numpy() == test.labels for place in performance.epoch_ends(run)]
            for run in networks
        ]
    )
    assert right.shape == (2, 4, len(test)), "untrained, and after each of three epochs"
    np.testing.assert_array_equal(correctness.settled(networks), right[:, -2:].mean(1))
    np.testing.assert_array_equal(correctness.final(networks), right[:, -1])
    assert 0.3 < right[:, -1].mean() < 1
    assert (right[:, -1] != right[:, -2]).any()


def test_a_run_shorter_than_that_is_settled_over_all_its_epochs(few: dict[str, Digits]) -> None:
    networks = little.population(1, epochs=1)
    np.testing.assert_array_equal(correctness.settled(networks), correctness.final(networks))


def test_units_are_counted_without_which_an_image_is_still_right(few: dict[str, Digits]) -> None:
    (run,) = networks = little.population(3)
    found = correctness.ablated(networks)
    assert int(found["units"]) == little.WIDTHS[1]
    (train,), (test,) = (little.layers(run, split, "relu2") for split in ("train", "test"))
    fitted = recordings.stage(run, "relu2", "train", per_class=little.FITTED_ON)
    values, labels = fitted.values.double().numpy(), few["test"].labels
    weight, bias = little.readout(run)

    def given(layer: np.ndarray, unit: int, value: float) -> np.ndarray:
        layer = layer.copy()
        layer[:, unit] = value
        return layer @ weight.T + bias

    def refitted(training: np.ndarray) -> np.ndarray:
        return bias_refit.output_biases(torch.from_numpy(training).float(), fitted.labels).numpy()

    units = range(test.shape[1])
    intact = test @ weight.T + bias
    expected = {
        "mean": [given(test, unit, train[:, unit].mean()) for unit in units],
        "optimal": [given(test, unit, references.best_constant(fitted, unit)) for unit in units],
        "refit": [given(test, unit, 0) + refitted(given(values, unit, 0)) for unit in units],
        "intact": [intact for _ in units],
        "refitted": [intact + refitted(values @ weight.T + bias) for _ in units],
    }
    assert found["reference"].to_numpy().tolist() == list(expected)
    for name, logits in expected.items():
        right = sum((one.argmax(1) == labels).astype(int) for one in logits)
        np.testing.assert_array_equal(found["kept"].sel(seed=3, reference=name), right, err_msg=name)
