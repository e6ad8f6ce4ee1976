"""Likeness of digits: by angles that are plain, and against each network's own errors and confusions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import digit_likeness, training_dynamics
from mnist_interp.training.runs import Population, Run
from tests.claims import made
from tests.experiments import little

PAIRS = [(one, other) for one in range(10) for other in range(one + 1, 10)]


def _rho(patterns: np.ndarray, counts: np.ndarray) -> float:
    """Return Spearman's rho of cosine and confusion, pair by pair."""
    cosines = [
        patterns[one] @ patterns[other] / np.linalg.norm(patterns[one]) / np.linalg.norm(patterns[other])
        for one, other in PAIRS
    ]
    return float(stats.spearmanr(cosines, [counts[pair] + counts[pair[::-1]] for pair in PAIRS]).statistic)


def test_likeness_is_held_against_confusion_both_ways() -> None:
    angles = 3 * 2.0 ** np.arange(-9, 1)  # of ten patterns, no two pairs as far apart; likeness falls with distance
    patterns = np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.arange(1, 11)[:, None]
    apart = np.abs(np.subtract.outer(angles, angles))
    one_way = np.random.default_rng(0).normal(size=(10, 10)) * 50
    counts = apart + one_way - one_way.T
    assert digit_likeness.with_confusion(patterns, counts) == pytest.approx(-1)
    assert digit_likeness.with_confusion(patterns, -counts) == pytest.approx(1)


def test_likeness_is_the_cosine_of_each_pair() -> None:
    patterns = np.zeros((10, 3))
    patterns[:3] = [[2, 0, 0], [3, 3, 0], [-1, 0, 0]]
    found = dict(zip(PAIRS, digit_likeness.likeness(patterns), strict=True))
    assert found[0, 1] == pytest.approx(np.sqrt(0.5))
    assert found[0, 2] == pytest.approx(-1)
    assert found[0, 3] == 0, "of a digit without a pattern"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(digit_likeness, "PERMUTATIONS", 4)
    return little.images(monkeypatch)


def _errors(run: Run, test: Digits) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean gradient of the loss of each digit's images at the logits, by autograd, and the confusions."""
    logits = run.model()(test.pixels).double().requires_grad_()
    torch.nn.functional.cross_entropy(logits, test.targets, reduction="sum").backward()
    slopes, read = logits.grad.numpy(), logits.argmax(1).numpy()
    counts = np.zeros((10, 10))
    for true, predicted in zip(test.labels, read, strict=True):
        counts[true, predicted] += 1
    return np.stack([slopes[test.labels == digit].mean(0) for digit in range(10)]), counts


def test_patterns_are_errors_readouts_and_mean_images(few: dict[str, Digits], monkeypatch: pytest.MonkeyPatch) -> None:
    networks: Population = little.population(1, 2, 3)
    errors, counts = zip(*(_errors(run, few["test"]) for run in networks), strict=True)
    axes = {"seed": networks.seeds, "checkpoint": [0, 9], "true": range(10), "predicted": range(10)}
    watched = made.labeled(axes, confusion=np.stack([np.zeros((3, 10, 10)), counts], axis=1))
    monkeypatch.setattr(training_dynamics, "summary", made.by_population((networks, watched)))
    found = digit_likeness.measured(networks)
    readouts = [little.readout(run)[0] for run in networks]
    pixels, labels = few["train"].pixels.double().numpy(), few["train"].labels
    images = np.stack([pixels[labels == digit].mean(0) for digit in range(10)]) - pixels.mean(0)
    for k, seed in enumerate(networks.seeds):
        own, others = readouts[k], [other for j, other in enumerate(readouts) if j != k]
        generator = np.random.default_rng(seed)
        permuted = [own[generator.permutation(10)] for _ in range(4)]
        expected = {
            "logits": _rho(errors[k], counts[k]),
            "layer2": _rho(errors[k] @ own, counts[k]),
            "permuted": np.mean([_rho(errors[k] @ rows, counts[k]) for rows in permuted]),
            "readout": _rho(own, counts[k]),
            "other_readouts": np.mean([_rho(other, counts[k]) for other in others]),
            "images": _rho(images, counts[k]),
            "beyond_images": digit_likeness.beyond(own, counts[k], images),
        }
        assert {name: float(found[name].sel(seed=seed)) for name in found} == pytest.approx(expected, abs=1e-3)


def test_a_network_that_confuses_nothing_has_no_correlation() -> None:
    with pytest.warns(stats.ConstantInputWarning):
        assert digit_likeness.with_confusion(np.eye(10) + 0.1 * np.arange(10), np.eye(10)) == 0


def test_what_other_patterns_say_already_counts_for_nothing() -> None:
    generator = np.random.default_rng(0)
    patterns, counts = generator.normal(size=(10, 6)), generator.integers(0, 50, size=(10, 10))
    noisy = patterns + 0.01 * generator.normal(size=(10, 6))
    own = digit_likeness.with_confusion(patterns, counts)
    assert digit_likeness.beyond(patterns, counts, generator.normal(size=(10, 6))) == pytest.approx(own, abs=0.1)
    ranks = [
        stats.rankdata(one) for one in (digit_likeness.likeness(patterns), (counts + counts.T)[digit_likeness.PAIRS])
    ]
    known = stats.rankdata(digit_likeness.likeness(noisy))
    left = [one - np.polyval(np.polyfit(known, one, 1), known) for one in ranks]
    expected = np.corrcoef(*left)[0, 1]
    assert digit_likeness.beyond(patterns, counts, noisy) == pytest.approx(expected)
