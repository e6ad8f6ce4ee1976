"""The rule of verdicts: every branch, the edges between them, and that it errs as seldom as it says."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.methods import verdicts

RNG = np.random.default_rng
SPREAD = np.array([-0.02, -0.01, 0.0, 0.0, 0.01, 0.02])


@pytest.mark.parametrize(
    ("direction", "smallest", "effect", "p_value", "expected"),
    [
        ("greater", 0.1, 0.2, 0.049, "holds"),
        ("greater", 0.1, 0.2, 0.05, "mixed"),
        ("greater", 0.1, 0.0, 0.049, "fails"),
        ("greater", 0.1, 0.0, 0.06, "mixed"),
        ("less", -0.1, -0.2, 0.049, "holds"),
        ("less", -0.1, 0.0, 0.049, "fails"),
        ("less", -0.1, 0.0, 1.0, "mixed"),
        ("absent", 0.1, 0.0, 0.049, "holds"),
        ("absent", 0.1, 0.0, 0.05, "mixed"),
        ("absent", 0.1, -0.2, 0.049, "fails"),
        ("absent", 0.1, 0.2, 0.049, "fails"),
        ("absent", 0.1, 0.2, 0.3, "mixed"),
    ],
)
def test_the_rule(direction: verdicts.Direction, smallest: float, effect: float, p_value: float, expected: str) -> None:
    assert verdicts.verdict(effect, p_value, direction=direction, smallest=smallest) == expected


@pytest.mark.parametrize(
    ("direction", "smallest", "center", "expected"),
    [
        ("greater", 0.1, 0.3, "holds"),
        ("greater", 0.1, -0.1, "fails"),
        ("greater", 0.1, 0.101, "mixed"),
        ("less", 0.1, 0.0, "holds"),
        ("less", 0.1, 0.3, "fails"),
        ("absent", 0.1, 0.0, "holds"),
        ("absent", 0.1, 0.3, "fails"),
        ("absent", 0.1, -0.3, "fails"),
        ("absent", 0.1, 0.099, "mixed"),
    ],
)
def test_effects_are_judged(direction: verdicts.Direction, smallest: float, center: float, expected: str) -> None:
    found = verdicts.judge(center + SPREAD, direction=direction, smallest=smallest)
    assert found.verdict == expected
    assert found.effect == pytest.approx(center)
    assert found.interval[0] < center < found.interval[1]


def test_a_claim_and_its_mirror_image_get_the_same_verdict() -> None:
    generator, found = RNG(0), set()
    for _ in range(300):
        effects = generator.normal(generator.normal(0.1, 0.1), 0.1, size=12)
        one = verdicts.judge(effects, direction="greater", smallest=0.1)
        other = verdicts.judge(-effects, direction="less", smallest=-0.1)
        assert one.verdict == other.verdict
        assert one.p_value == pytest.approx(other.p_value)
        assert (one.p_above, one.p_below) == pytest.approx((other.p_below, other.p_above))
        found.add(one.verdict)
    assert found == {"holds", "mixed", "fails"}


def test_superiority_pays_for_two_sides_and_absence_for_the_farther_one() -> None:
    effects = 0.3 + SPREAD
    greater = verdicts.judge(effects, direction="greater", smallest=0.25)
    assert greater.p_value == pytest.approx(2 * greater.p_above)
    absent = verdicts.judge(effects, direction="absent", smallest=0.35)
    assert absent.p_value == max(absent.p_above, absent.p_below) == absent.p_below


@pytest.mark.parametrize(("direction", "truth"), [("greater", 0.1), ("less", 0.1), ("absent", 0.1), ("absent", -0.1)])
def test_at_the_margin_it_settles_nothing_too_often(direction: verdicts.Direction, truth: float) -> None:
    draws = RNG(1).normal(truth, 0.05, size=(500, 12))
    found = [verdicts.judge(effects, direction=direction, smallest=0.1).verdict for effects in draws]
    assert np.mean([one == "holds" for one in found]) < 0.08
    assert np.mean([one != "mixed" for one in found]) < 0.1


@pytest.mark.parametrize("direction", ["greater", "less", "absent"])
def test_three_networks_of_a_preview_prove_little(direction: verdicts.Direction) -> None:
    effects = {"greater": 0.9, "less": -0.7, "absent": 0.05}[direction] + np.array([-0.03, 0.0, 0.04])
    assert verdicts.judge(effects, direction=direction, smallest=0.1).p_value > 0.05 / 9


def test_a_mixed_verdict_says_why() -> None:
    def why(low: float, high: float, direction: verdicts.Direction = "greater") -> str:
        return verdicts.unsettled((low, high), direction=direction, smallest=0.1)

    assert why(-0.3, 0.2) == "too few networks"
    assert why(0.08, 0.12) == "an effect at the margin"
    assert why(0.11, 0.3).startswith("clear of the margin")
    assert why(-0.05, 0.05, "absent").startswith("clear of the margin")
    assert why(-0.12, -0.05, "absent") == "an effect at the margin"


@pytest.mark.parametrize(
    ("direction", "smallest", "match"),
    [
        ("up", 0.1, "unknown direction 'up'"),
        ("greater", np.nan, "finite number"),
        ("absent", 0.0, "above 0"),
        ("absent", -0.5, "above 0"),
    ],
)
def test_what_is_no_margin_is_refused(direction: str, smallest: float, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        verdicts.judge(SPREAD, direction=direction, smallest=smallest)  # type: ignore[arg-type]
