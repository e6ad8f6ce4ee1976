"""Units by themselves, on small networks: scikit-learn's area under the curve, scores and lesions by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import pruning_oracle, survivors
from mnist_interp.methods import references
from tests.experiments import little


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    for module, name in ((pruning_oracle, "PER_CLASS"), (survivors, "CHOSEN_PER_CLASS")):
        monkeypatch.setattr(module, name, little.FITTED_ON)
    return little.images(monkeypatch)


def test_units_are_scored_on_test_images_for_a_digit_of_the_training_images(few: dict[str, Digits]) -> None:
    run = little.run(4)
    found = survivors.scores(run, (0, -1), survivors.layers([little.run(5), little.run(6)]))
    assert set(found) == set(survivors.SCORES)
    weight, _ = little.readout(run)
    labels = few["test"].labels
    (values,), (learned,) = little.layers(run, "test", "relu2"), little.layers(run, "train", "relu2")
    # Both splits hold equally many of each digit, and units are those of the first checkpoint.
    sample = np.sort(np.concatenate([np.flatnonzero(few["train"].labels == d)[_spread()] for d in range(10)]))
    for unit in range(little.WIDTHS[1]):
        areas = [roc_auc_score(few["train"].labels[sample] == d, learned[sample, unit]) for d in range(10)]
        expected = roc_auc_score(labels == int(np.argmax(areas)), values[:, unit])
        assert found["auroc"][1, unit] == pytest.approx(expected, abs=1e-4)
        means = np.array([values[labels == digit, unit].mean() for digit in range(10)])
        rest = (means.sum() - means) / 9
        own = (means - rest) / (means + rest + 0.001)
        assert found["selectivity"][1, unit] == pytest.approx(own.max(), abs=1e-4)
        raised = weight[:, unit] > weight[:, unit].mean()
        assert found["signed_selectivity"][1, unit] == pytest.approx(own[raised].max(initial=-1), abs=1e-4)
    np.testing.assert_array_equal(found["live"][1], (learned > 0).any(0))
    np.testing.assert_array_equal(found["auroc"][0], found["auroc"][1])
    assert found["auroc"][1, little.DEAD] == 0.5


def test_partners_are_chosen_on_training_images_in_each_other_network(few: dict[str, Digits]) -> None:
    run, others = little.run(4), [little.run(5), little.run(6)]
    found = survivors.scores(run, (-1,), survivors.layers(others))["partner"][0]
    sample = np.sort(np.concatenate([np.flatnonzero(few["train"].labels == d)[_spread()] for d in range(10)]))
    expected = np.zeros(little.WIDTHS[1])
    for other in others:
        (learned,), (theirs,) = (little.layers(one, "train", "relu2") for one in (run, other))
        (seen,), (their_seen,) = (little.layers(one, "test", "relu2") for one in (run, other))
        for unit in range(little.DEAD):
            rated = [np.corrcoef(learned[sample, unit], theirs[sample, k])[0, 1] for k in range(little.DEAD)]
            expected[unit] += np.corrcoef(seen[:, unit], their_seen[:, int(np.argmax(rated))])[0, 1] / len(others)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert found[little.DEAD] == 0, "a dead unit has no partner"
    themselves = survivors.scores(run, (-1,), survivors.layers([run]))["partner"][0]
    np.testing.assert_allclose(themselves[: little.DEAD], 1, atol=1e-4)


def _spread() -> np.ndarray:
    return np.linspace(0, little.PER_CLASS["train"] - 1, little.FITTED_ON).round().astype(int)


def test_a_bottleneck_costs_a_digit_half_of_its_images_at_its_best_constant(few: dict[str, Digits]) -> None:
    run = little.run(4)
    weight, bias = little.readout(run)
    (values,), labels = little.layers(run, "test", "relu2"), few["test"].labels
    training = pruning_oracle.chosen_on(run)
    found, lost = survivors.bottlenecks(run, -1), np.zeros(little.WIDTHS[1])
    before = (values @ weight.T + bias).argmax(1) == labels
    for unit in range(len(lost)):
        ablated = values.copy()
        ablated[:, unit] = references.best_constant(training, unit)
        after = (ablated @ weight.T + bias).argmax(1) == labels
        lost[unit] = max(before[labels == d].mean() - after[labels == d].mean() for d in range(10))
    clear = np.abs(lost - 0.5) > 0.06
    np.testing.assert_array_equal(found[clear], lost[clear] > 0.5)
    assert not found[little.DEAD]
