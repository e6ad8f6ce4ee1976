"""Intervals and tests: against closed forms, other implementations, each other, and their own promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mnist_interp.methods import statistics

RNG = np.random.default_rng
SKEWED = [RNG(seed).gamma(1.0, size=12) for seed in range(4)]


def _hall(effects: np.ndarray, mean: float) -> float:
    """Transform a t statistic as Hall's equation (2.3) does, from its definition."""
    n, away = len(effects), effects.mean() - mean
    s, g = effects.std(ddof=1), stats.skew(effects, bias=False)
    return np.sqrt(n) * (away / s + g * (away / s) ** 2 / 3 + g**2 * (away / s) ** 3 / 27 + g / (6 * n))


def test_the_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    draws = RNG(0).gamma(1.0, size=(600, 24))
    found = np.array([statistics.interval(effects) for effects in draws])
    students = np.array([stats.t.interval(0.95, 23, effects.mean(), stats.sem(effects)) for effects in draws])
    covered, by_students = (((ends[:, 0] < 1) & (ends[:, 1] > 1)).mean() for ends in (found, students))
    assert 0.92 < covered < 0.97
    assert covered > by_students


def test_effects_without_skew_have_students_interval_and_test() -> None:
    effects = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]) + 7
    student = stats.t.interval(0.95, 6, 7, stats.sem(effects))
    np.testing.assert_allclose(statistics.interval(effects), student)
    expected = stats.ttest_1samp(effects, 6.5, alternative="greater").pvalue
    assert statistics.tail(effects, beyond=6.5, direction="greater") == pytest.approx(expected)


@pytest.mark.parametrize("effects", SKEWED)
def test_a_tail_is_halls_transformed_t(effects: np.ndarray) -> None:
    expected = stats.t.sf(_hall(effects, 0.7), 11)
    assert statistics.tail(effects, beyond=0.7, direction="greater") == pytest.approx(expected)
    assert statistics.tail(effects, beyond=0.7, direction="less") == pytest.approx(1 - expected)


@pytest.mark.parametrize("effects", SKEWED)
def test_the_interval_ends_where_the_tests_begin_to_reject(effects: np.ndarray) -> None:
    low, high = statistics.interval(effects, confidence=0.9)
    assert statistics.tail(effects, beyond=low, direction="greater") == pytest.approx(0.05)
    assert statistics.tail(effects, beyond=high, direction="less") == pytest.approx(0.05)
    assert low < effects.mean() < high


@pytest.mark.parametrize("effects", SKEWED)
def test_the_interval_moves_scales_and_turns_with_the_effects(effects: np.ndarray) -> None:
    low, high = statistics.interval(effects)
    np.testing.assert_allclose(statistics.interval(10 + 2 * effects), (10 + 2 * low, 10 + 2 * high))
    np.testing.assert_allclose(statistics.interval(-effects), (-high, -low))
    narrow = statistics.interval(effects, confidence=0.5)
    assert low < narrow[0] < narrow[1] < high


def test_a_tail_falls_as_the_effects_move_beyond() -> None:
    found = [statistics.tail(SKEWED[0] + step, beyond=1.0, direction="greater") for step in np.linspace(-2, 4, 60)]
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize("effects", [[0.25] * 12, [0.3, 0.3, 0.1 + 0.2], [0.0] * 3])
def test_effects_that_do_not_differ_have_an_interval_of_no_width(effects: list[float]) -> None:
    low, high = statistics.interval(np.array(effects))
    assert low == pytest.approx(high)
    assert low == pytest.approx(effects[0])


def test_effects_that_do_not_differ_get_what_a_sign_test_would() -> None:
    effects = np.full(12, 0.2)
    assert statistics.tail(effects, beyond=0.1, direction="greater") == 2**-12
    assert statistics.tail(effects, beyond=0.1, direction="less") == 1
    assert statistics.tail(effects, beyond=0.2, direction="greater") == 1


@pytest.mark.parametrize("effects", [[1.0, 2.0, 4.0], [0.0] * 23 + [1.0], [1.0, 2.0]])
def test_few_or_lumpy_effects_have_a_finite_interval_about_the_mean(effects: list[float]) -> None:
    low, high = statistics.interval(np.array(effects))
    assert np.isfinite([low, high]).all()
    assert low <= np.mean(effects) <= high


def test_a_tail_rejects_a_true_null_about_as_often_as_it_says() -> None:
    draws = RNG(5).normal(0.5, 1, size=(600, 8))
    found = np.array([statistics.tail(one, beyond=0.5, direction="greater") for one in draws])
    assert 0.03 < (found <= 0.05).mean() < 0.08


def test_images_widen_the_error_as_much_as_they_scatter() -> None:
    generator = RNG(2)
    by_seed, by_image = generator.normal(size=(400, 1)), 3 * generator.normal(size=(1, 500))
    crossed = statistics.crossed_error(by_seed + by_image + generator.normal(size=(400, 500)))
    assert crossed == pytest.approx(np.sqrt(1 / 400 + 9 / 500), rel=0.1)
    alone = by_seed + 0 * by_image
    assert statistics.crossed_error(alone) == pytest.approx(statistics.standard_error(alone.mean(1)))


def test_fewer_than_six_networks_settle_nothing() -> None:
    effects = np.array([0.9, 0.91, 0.92, 0.93, 0.94])
    assert statistics.tail(effects, beyond=0.1, direction="greater") == 1
    low, high = statistics.interval(effects)
    np.testing.assert_allclose((low, high), stats.t.interval(0.95, 4, 0.92, stats.sem(effects)))


def test_holm_by_hand() -> None:
    # Sorted .01, .02, .03, .04 times 4, 3, 2, 1, never falling, never above 1; given back in the order asked.
    assert statistics.holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert statistics.holm([0.5, 0.9]) == [1.0, 1.0]
    assert statistics.holm([0.04]) == [0.04]
    assert statistics.holm([]) == []


@pytest.mark.parametrize(("hits", "total"), [(0, 10), (7, 10), (9_480, 10_000), (10, 10)])
def test_wilson_in_closed_form(hits: int, total: int) -> None:
    z, share = 1.959963984540054, hits / total
    center = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    assert statistics.wilson(hits, total) == pytest.approx((center - half, center + half))


@pytest.mark.parametrize("effects", [[1.0], [], [1.0, np.nan], [1.0, np.inf], [[1.0, 2.0]], 3.0])
def test_what_are_no_effects_is_refused(effects: object) -> None:
    with pytest.raises(ValueError, match="expected one finite number a seed, for two seeds or more"):
        statistics.interval(effects)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected one finite number a seed, for two seeds or more"):
        statistics.tail(effects, beyond=0.0, direction="greater")  # type: ignore[arg-type]
