"""From effects to judged claims, on evidence made up: shapes, the adjustment over a chapter, and how it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mnist_interp.claims import chapters
from mnist_interp.claims.cards import _threshold, effect_text
from mnist_interp.claims.chapters import N_CHAPTERS, Judged
from mnist_interp.claims.claim import Claim, Evidence, declared, measured, of_chapter, weigh
from mnist_interp.methods import verdicts
from mnist_interp.methods.verdicts import Judgment
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

SEEDS = range(24, 36)
POPULATION = Population(Recipe(), tuple(Run(Recipe(), seed, {}, np.zeros(1), np.zeros(1)) for seed in SEEDS))
SPREAD = np.linspace(-0.02, 0.02, 12)


def _claim(effects: Any = None, **fields: Any) -> Claim:
    return Claim(
        **{
            "id": "baseline-made-up",
            "statement": "It is so.",
            "estimand": "mean",
            "measure": "how much",
            "direction": "greater",
            "smallest": 0.1,
            "null": "nothing",
            "populations": ("twelve of the baseline",),
            "effects": lambda population: effects,
            "form": ".2f",
            "history": "new",
        }
        | fields
    )


def _evidence(claim: Claim, effect: float, interval: tuple[float, float]) -> Evidence:
    judgment = Judgment(effect=effect, interval=interval, p_above=0.001, p_below=0.999, p_value=0.002, verdict="holds")
    return Evidence(claim=claim, effects=np.full(12, effect), seeds=tuple(SEEDS), judgment=judgment)


@pytest.mark.parametrize(
    ("fields", "effects", "each"),
    [
        ({}, 0.3 + SPREAD, 0.3 + SPREAD),
        ({"unit": "pair"}, 0.3 + SPREAD[:6], 0.3 + SPREAD[:6]),
        ({"images": True}, 0.3 + np.add.outer(SPREAD, [0.1, -0.1, 0]), 0.3 + SPREAD),
        ({"estimand": "share"}, np.array([True] * 11 + [False]), [1.0] * 11 + [0.0]),
        ({"estimand": "ratio"}, np.stack([0.3 + SPREAD, np.full(12, 2)], axis=1), (0.3 + SPREAD) / 2),
    ],
)
def test_weighing_judges_what_the_estimand_takes(
    fields: dict[str, Any], effects: np.ndarray, each: Sequence[float]
) -> None:
    claim = _claim(effects, **fields)
    found = weigh(claim, (POPULATION,))
    np.testing.assert_allclose(found.effects, each)
    assert found.seeds == tuple(SEEDS)
    assert found.claim is claim
    expected = verdicts.judge(effects, direction="greater", smallest=0.1, estimand=claim.estimand)
    assert found.judgment == expected
    assert (found.effect, found.interval) == (expected.effect, expected.interval)


def test_a_deviation_is_weighed_by_images() -> None:
    images = np.random.default_rng(0).normal(0, 0.1, size=(12, 400)) + 10 * SPREAD[:, None]
    found = weigh(_claim(images, estimand="deviation", images=True), (POPULATION,))
    assert found.effect == pytest.approx(np.std(10 * SPREAD, ddof=1), rel=0.05)


@pytest.mark.parametrize(
    ("fields", "effects", "match"),
    [
        ({}, np.ones((12, 3)), r"baseline-made-up are of shape \(12, 3\), which its declaration does not say"),
        ({"images": True}, np.ones(12), r"of shape \(12,\), which its declaration does not say"),
        ({"estimand": "ratio"}, np.ones(12), r"of shape \(12,\), which its declaration does not say"),
        ({"estimand": "ratio"}, np.ones((12, 3)), r"expected \(n_seeds, 2\)"),
        ({"estimand": "deviation"}, np.ones(12), r"of shape \(12,\), which its declaration does not say"),
        ({"estimand": "share"}, np.ones((12, 3)), r"of shape \(12, 3\), which its declaration does not say"),
        ({"estimand": "share"}, np.full(12, 0.5), "effects of a share are 0 or 1"),
        ({}, np.array([0.1, np.nan, 0.2]), "1 not finite"),
        ({}, np.array([0.1]), "two seeds or more"),
    ],
)
def test_effects_of_another_kind_are_refused(fields: dict[str, Any], effects: np.ndarray, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        weigh(_claim(effects, **fields), (POPULATION,))


def test_a_claim_says_what_it_was_reworded_to_and_keeps_what_it_was_declared_as() -> None:
    claim = _claim()
    assert (claim.page, claim.says) == ("baseline", "It is so.")
    again = replace(claim, reworded="It is nearly so.")
    assert (again.says, again.statement) == ("It is nearly so.", "It is so.")


def test_what_is_measured_is_as_declared_and_in_its_order() -> None:
    first, last = of_chapter("neurons")[0], of_chapter("neurons")[-1]

    def effects(population: object) -> np.ndarray:
        return np.ones(12)

    found = measured({last: (effects, ".1f"), first: (effects, "+.2%")})
    assert [claim.id for claim in found] == [first, last]
    assert [claim.form for claim in found] == ["+.2%", ".1f"]
    said = {claim["id"]: claim for claim in declared()["claims"]}
    for claim in found:
        assert claim.effects is effects
        for name, value in said[claim.id].items():
            assert getattr(claim, name) == (tuple(value) if isinstance(value, list) else value)
    with pytest.raises(ValueError, match="does not declare: neurons-made-up"):
        measured({first: (effects, ".1f"), "neurons-made-up": (effects, ".1f")})


def _chapter(monkeypatch: pytest.MonkeyPatch, *claims: Claim, declared_for_it: int) -> dict[str, Judged]:
    """Judge a chapter of these claims and some more that are declared but not measured."""
    asked = []

    def named(name: str) -> Population:
        asked.append(name)
        return POPULATION

    monkeypatch.setattr(chapters.training, "named", named, raising=False)
    monkeypatch.setattr(chapters, "CHAPTERS", {"baseline": SimpleNamespace(CLAIMS=claims)})
    monkeypatch.setattr(chapters, "of_chapter", lambda page: [""] * declared_for_it)
    found = chapters.judge.__wrapped__("baseline")
    assert set(asked) == {"twelve of the baseline"}
    return found


def test_p_values_are_adjusted_over_all_that_a_chapter_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = _claim(0.15 + 2 * SPREAD, id="baseline-one"), _claim(0.12 + 2 * SPREAD, id="baseline-other")
    alone = {claim.id: weigh(claim, (POPULATION,)).judgment.p_value for claim in (one, other)}
    assert alone["baseline-one"] < alone["baseline-other"]
    found = _chapter(monkeypatch, other, one, declared_for_it=7)
    assert list(found) == ["baseline-other", "baseline-one"]
    assert found["baseline-one"].p_value == pytest.approx(7 * alone["baseline-one"])
    assert found["baseline-other"].p_value == pytest.approx(6 * alone["baseline-other"])
    assert [judged.evidence.claim for judged in found.values()] == [other, one]


def test_what_is_declared_and_not_measured_yet_weighs_as_if_it_said_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = _claim(0.2 + 3 * SPREAD)
    p_value = weigh(claim, (POPULATION,)).judgment.p_value
    most = int(0.05 / N_CHAPTERS / p_value)  # of claims in a chapter in which this one holds
    assert most > 1
    (held,) = _chapter(monkeypatch, claim, declared_for_it=most).values()
    (mixed,) = _chapter(monkeypatch, claim, declared_for_it=most + 1).values()
    assert (held.verdict, mixed.verdict) == ("holds", "mixed")
    assert held.p_value < 0.05 / N_CHAPTERS < mixed.p_value


def test_an_unknown_chapter_is_refused() -> None:
    with pytest.raises(ValueError, match="no claims of a chapter 'toolbox': expected one of baseline, neurons"):
        chapters.judge("toolbox")


def test_a_chapter_counts_for_one_of_nine_in_the_book() -> None:
    evidence = _evidence(_claim(), 0.3, (0.2, 0.4))
    assert Judged(evidence=evidence, p_value=0.004, verdict="holds").p_book == pytest.approx(0.036)
    assert Judged(evidence=evidence, p_value=0.4, verdict="mixed").p_book == 1


def test_a_mixed_claim_says_whether_networks_are_few_or_the_effect_is_near_its_margin() -> None:
    few = Judged(evidence=_evidence(_claim(), 0.2, (-0.1, 0.5)), p_value=0.3, verdict="mixed")
    near = Judged(evidence=_evidence(_claim(), 0.1, (0.07, 0.13)), p_value=0.3, verdict="mixed")
    assert (few.why_mixed, near.why_mixed) == ("too few networks", "an effect at the margin")


def test_a_claim_is_written_with_everything_that_decided_its_verdict() -> None:
    claim = _claim(0.3 + SPREAD, reworded="It is nearly so.")
    judged = Judged(evidence=weigh(claim, (POPULATION,)), p_value=0.001, verdict="holds")
    judgment = judged.evidence.judgment
    assert json.loads(json.dumps(judged.as_json())) == {
        "id": "baseline-made-up",
        "page": "baseline",
        "statement": "It is nearly so.",
        "verdict": "holds",
        "effect": pytest.approx(0.3),
        "interval": pytest.approx(list(judgment.interval)),
        "n_seeds": 12,
        "null": "nothing",
        "p_value": 0.001,
        "measure": "how much",
        "direction": "greater",
        "smallest": 0.1,
        "declared": "It is so.",
        "edition": 2,
        "seeds": list(SEEDS),
        "estimand": "mean",
        "p_above": pytest.approx(judgment.p_above),
        "p_below": pytest.approx(judgment.p_below),
        "p_book": pytest.approx(0.009),
    }


@pytest.mark.parametrize(
    ("form", "effect", "interval", "expected"),
    [
        ("+.1f", -0.25, (-0.5, 1.5), "−0.2 (−0.5 to +1.5)"),
        ("+.2%", 0.00001, (-0.00001, 0.0002), "0.00% (0.00% to +0.02%)"),
        (".0%", 0.0, (0.0, 0.1), "0 (0 to 10%)"),
        ("+.2f points", 0.0041, (-0.0001, 0.0083), "+0.41 points (−0.01 to +0.83)"),
        (".0f points", 0.0001, (0.0, 0.2), "0 points (0 to 20)"),
    ],
)
def test_a_negative_number_has_a_minus_sign_and_what_is_shown_as_zero_has_none(
    form: str, effect: float, interval: tuple[float, float], expected: str
) -> None:
    evidence = _evidence(_claim(form=form), effect, interval)
    assert effect_text(Judged(evidence=evidence, p_value=1.0, verdict="mixed")) == expected


def test_what_is_declared_in_points_is_shown_in_points() -> None:
    claims = [claim for chapter in chapters.CHAPTERS.values() for claim in chapter.CLAIMS]
    differences = [
        claim for claim in claims if claim.estimand == "mean" and re.search(r"less (that|the)\b", claim.measure)
    ]
    told = [claim for claim in claims if re.search(r"\bpoints?\b", f"{claim.statement} {claim.null}")]
    assert len(told) > 15
    assert [claim.id for claim in differences + told if "%" in claim.form] == []


def test_a_margin_is_written_in_the_unit_of_its_effect() -> None:
    claim = _claim(form="+.1f points", smallest=0.005)
    wanted = {"greater": "above +0.5 points", "less": "below +0.5 points", "absent": "within ±0.5 points"}
    assert {way: _threshold(replace(claim, direction=way)) for way in wanted} == wanted
