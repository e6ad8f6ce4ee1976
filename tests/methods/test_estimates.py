"""Means, shares, ratios and deviations over networks: against closed forms and each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mnist_interp.methods import estimates, statistics

RNG = np.random.default_rng


def test_a_mean_is_that_of_statistics() -> None:
    effects = RNG(0).gamma(2.0, size=24)
    found = estimates.estimate(effects)
    assert found.value == pytest.approx(effects.mean())
    assert found.interval() == statistics.interval(effects)
    assert found.tail(1.5, "greater") == statistics.tail(effects, beyond=1.5, direction="greater")


def test_a_mean_over_images_is_less_sure_where_images_disagree() -> None:
    generator = RNG(1)
    by_seed = generator.normal(0.1, 0.01, size=(12, 1))
    agreed, torn = by_seed + np.zeros(50), by_seed + generator.normal(0, 1, size=50)
    sure, unsure = (estimates.estimate(one).interval() for one in (agreed, torn))
    np.testing.assert_allclose(sure, statistics.interval(by_seed[:, 0]))
    assert unsure[1] - unsure[0] > 3 * (sure[1] - sure[0])


@pytest.mark.parametrize(("hits", "total"), [(0, 12), (7, 24), (24, 24)])
def test_a_share_has_the_exact_interval_and_test(hits: int, total: int) -> None:
    found = estimates.estimate(np.arange(total) < hits, "share")
    low = stats.beta.ppf(0.025, hits, total - hits + 1) if hits else 0
    high = stats.beta.ppf(0.975, hits + 1, total - hits) if hits < total else 1
    assert found.value == hits / total
    np.testing.assert_allclose(found.interval(), (low, high))
    assert found.tail(0.5, "greater") == pytest.approx(stats.binom.sf(hits - 1, total, 0.5))
    assert found.tail(0.5, "less") == pytest.approx(stats.binom.cdf(hits, total, 0.5))


def test_a_ratio_is_one_of_means_and_not_a_mean_of_ratios() -> None:
    pairs = np.array([[1.0, 2.0], [1.0, 0.1], [1.1, 2.1], [0.9, 1.8], [1.0, 2.2], [1.05, 1.9]])
    found = estimates.estimate(pairs, "ratio")
    assert found.value == pytest.approx(pairs[:, 0].sum() / pairs[:, 1].sum())
    assert found.effects.mean() > 2


@pytest.mark.parametrize("sign", [1, -1])
def test_the_interval_of_a_ratio_ends_where_its_tests_begin_to_reject(sign: int) -> None:
    generator = RNG(3)
    under = generator.normal(4, 0.5, size=24)
    pairs = sign * np.stack([0.6 * under + generator.gamma(1, 0.3, size=24), under], axis=1)
    found = estimates.estimate(pairs, "ratio")
    low, high = found.interval()
    assert low < found.value < high
    assert found.tail(low, "greater") == pytest.approx(0.025, abs=1e-6)
    assert found.tail(high, "less") == pytest.approx(0.025, abs=1e-6)


def test_a_ratio_covers_the_true_one() -> None:
    generator = RNG(4)
    covered = []
    for _ in range(300):
        under = generator.normal(3, 0.6, size=12)
        pairs = np.stack([0.5 * under + generator.normal(0, 0.3, size=12), under], axis=1)
        low, high = estimates.estimate(pairs, "ratio").interval()
        covered.append(low < 0.5 < high)
    assert 0.92 < np.mean(covered) < 0.98


def test_a_ratio_to_what_may_be_nothing_is_unknown() -> None:
    pairs = np.stack([np.ones(6), [-1.0, 1.0, -1.0, 1.0, -1.0, 1.5]], axis=1)
    assert estimates.estimate(pairs, "ratio").interval() == (-np.inf, np.inf)


def test_a_ratio_that_never_varies_has_an_interval_of_no_width() -> None:
    pairs = np.stack([np.full(12, 0.5), np.ones(12)], axis=1)
    assert estimates.estimate(pairs, "ratio").interval() == (0.5, 0.5)


@pytest.mark.parametrize("spread", [0.0, 0.01])
def test_a_deviation_leaves_out_what_images_add(spread: float) -> None:
    generator = RNG(6)
    quality = 0.9 + spread * generator.normal(size=(400, 1))
    correct = generator.random((400, 2_000)) < quality
    found = estimates.estimate(correct, "deviation")
    assert correct.mean(1).std(ddof=1) > 0.006  # the test set alone
    assert found.value == pytest.approx(spread, abs=0.0015)
    low, high = found.interval()
    assert low <= found.value <= high
    assert (found.tail(0.004, "greater") < 0.01) == (spread > 0)


@pytest.mark.parametrize(
    ("samples", "estimand", "match"),
    [
        (np.ones(4), "ratio", r"expected \(n_seeds, 2\)"),
        (np.ones(4), "deviation", "n_images"),
        (np.array([0, 1, 0.5]), "share", "0 or 1"),
        (np.ones(4), "median", "unknown estimand 'median'"),
        (np.array([1.0]), "mean", "two seeds or more"),
    ],
)
def test_what_no_estimate_takes_is_refused(samples: np.ndarray, estimand: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        _ = estimates.estimate(samples, estimand).effects  # type: ignore[arg-type]
