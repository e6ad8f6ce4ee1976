"""The rule of verdicts, on evidence made up: every branch, and the edges between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnist_interp.claims.cards import effect_text
from mnist_interp.claims.chapters import Judged
from mnist_interp.claims.claim import Claim, Evidence, verdict, weigh
from mnist_interp.methods import statistics
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

POPULATION = Population(Recipe(), tuple(Run(Recipe(), seed, {}, np.zeros(1), np.zeros(1)) for seed in range(12)))


def _claim(direction: str, smallest: float, effects: object = None) -> Claim:
    return Claim(
        id="baseline-made-up",
        statement="It is so.",
        measure="how much",
        direction=direction,  # type: ignore[arg-type]
        smallest=smallest,
        null="nothing",
        populations=("twelve of the baseline",),
        effects=lambda population: effects,
    )


@pytest.mark.parametrize(
    ("direction", "smallest", "interval", "adjusted", "expected"),
    [
        ("greater", 0.1, (0.11, 0.30), 0.049, "holds"),
        ("greater", 0.1, (0.11, 0.30), 0.05, "mixed"),
        ("greater", 0.1, (0.10, 0.30), 0.001, "mixed"),
        ("greater", 0.1, (0.05, 0.30), 0.001, "mixed"),
        ("greater", 0.1, (0.02, 0.10), 0.900, "mixed"),
        ("greater", 0.1, (0.02, 0.09), 0.900, "fails"),
        ("greater", 0.1, (-0.3, -0.2), 1.000, "fails"),
        ("less", -0.1, (-0.30, -0.11), 0.049, "holds"),
        ("less", -0.1, (-0.30, -0.11), 0.05, "mixed"),
        ("less", -0.1, (-0.30, -0.05), 0.001, "mixed"),
        ("less", -0.1, (-0.09, -0.02), 0.900, "fails"),
        ("less", -0.1, (0.2, 0.3), 1.000, "fails"),
        ("absent", 0.1, (-0.09, 0.09), None, "holds"),
        ("absent", 0.1, (0.01, 0.09), None, "holds"),
        ("absent", 0.1, (-0.10, 0.09), None, "mixed"),
        ("absent", 0.1, (-0.2, 0.2), None, "mixed"),
        ("absent", 0.1, (0.05, 0.2), None, "mixed"),
        ("absent", 0.1, (0.11, 0.2), None, "fails"),
        ("absent", 0.1, (-0.2, -0.11), None, "fails"),
    ],
)
def test_the_rule(
    direction: str, smallest: float, interval: tuple[float, float], adjusted: float | None, expected: str
) -> None:
    evidence = Evidence(
        claim=_claim(direction, smallest), effects=np.array(interval), n_seeds=12, interval=interval, p_value=adjusted
    )
    assert verdict(evidence, adjusted) == expected


def test_a_claim_and_its_mirror_image_get_the_same_verdict() -> None:
    generator = np.random.default_rng(0)
    found = set()
    for _ in range(300):
        low, high = np.sort(generator.normal(0, 0.2, 2))
        p = float(generator.choice([0.01, 0.2]))
        pair = [
            verdict(Evidence(claim=claim, effects=np.zeros(2), n_seeds=2, interval=interval, p_value=p), p)
            for claim, interval in (
                (_claim("greater", 0.1), (low, high)),
                (_claim("less", -0.1), (-high, -low)),
            )
        ]
        assert pair[0] == pair[1]
        found.add(pair[0])
    assert found == {"holds", "mixed", "fails"}


def test_weighing_takes_the_effects_to_interval_and_p() -> None:
    effects = np.random.default_rng(0).normal(0.3, 0.05, 12)
    evidence = weigh(_claim("greater", 0.1, effects), (POPULATION,))
    assert evidence.n_seeds == 12
    assert evidence.effect == pytest.approx(effects.mean())
    assert evidence.interval == statistics.interval(effects)
    assert evidence.p_value == pytest.approx(2**-12)
    assert verdict(evidence, evidence.p_value) == "holds"
    assert verdict(evidence, 12 * 2**-12 * 20) == "mixed"
    assert evidence.claim.page == "baseline"


def test_an_absence_has_no_p_value() -> None:
    effects = np.random.default_rng(0).normal(0, 0.01, 12)
    evidence = weigh(_claim("absent", 0.1, effects), (POPULATION,))
    assert evidence.p_value is None
    assert verdict(evidence, None) == "holds"


def test_three_seeds_of_a_preview_can_prove_nothing() -> None:
    evidence = weigh(_claim("greater", 0.1, np.array([0.9, 0.91, 0.92])), (POPULATION,))
    assert verdict(evidence, evidence.p_value) == "mixed"


def test_an_effect_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="1 not finite"):
        weigh(_claim("greater", 0.1, np.array([0.1, np.nan, 0.2])), (POPULATION,))


@pytest.mark.parametrize(
    ("form", "effect", "interval", "expected"),
    [
        ("+.1f", -0.25, (-0.5, 1.5), "−0.2 (−0.5 to +1.5)"),
        ("+.2%", 0.00001, (-0.00001, 0.0002), "0.00% (0.00% to +0.02%)"),
        (".0%", 0.0, (0.0, 0.1), "0 (0 to 10%)"),
    ],
)
def test_a_negative_number_has_a_minus_sign_and_what_is_shown_as_zero_has_none(
    form: str, effect: float, interval: tuple[float, float], expected: str
) -> None:
    claim = replace(_claim("greater", 0.1), form=form)
    evidence = Evidence(claim=claim, effects=np.full(12, effect), n_seeds=12, interval=interval, p_value=None)
    assert effect_text(Judged(evidence=evidence, p_value=None, verdict="mixed")) == expected
