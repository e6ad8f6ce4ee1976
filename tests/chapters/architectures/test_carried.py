"""What carries over: the rule at its edges, and effects of findings on networks made by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from mnist_interp import claims
from mnist_interp.chapters.architectures import carried, kinds, matched_numbers
from mnist_interp.claims.chapters import Judged
from mnist_interp.claims.claim import Evidence
from mnist_interp.experiments import interchange, matched_architectures, paired_architectures
from mnist_interp.methods import verdicts
from tests.claims import made


@pytest.mark.parametrize(
    ("interval", "direction", "smallest", "expected"),
    [
        ((3.1, 4), "greater", 3, "holds"),
        ((2, 2.9), "greater", 3, "fails"),
        ((2, 4), "greater", 3, "open"),
        ((0.1, 0.4), "less", 0.5, "holds"),
        ((0.6, 0.7), "less", 0.5, "fails"),
        ((-0.1, 0.1), "absent", 0.2, "holds"),
        ((0.25, 0.3), "absent", 0.2, "fails"),
        ((-0.4, -0.3), "absent", 0.2, "fails"),
        ((-0.3, 0.1), "absent", 0.2, "open"),
    ],
)
def test_a_whole_interval_lies_on_one_side_or_it_is_open(
    interval: tuple[float, float], direction: str, smallest: float, expected: str
) -> None:
    assert carried.side(interval, direction=direction, smallest=smallest) == expected


@pytest.mark.parametrize(
    ("there", "mlp", "cnn", "transformer", "expected"),
    [
        ("holds", "fails", "holds", "holds", "yes"),
        ("fails", "holds", "fails", "fails", "yes"),
        ("holds", "holds", "holds", "open", "partly"),
        ("holds", "holds", "fails", "holds", "partly"),
        ("holds", "holds", "open", "fails", "no"),
        ("mixed", "holds", "holds", "holds", "open there"),
    ],
)
def test_only_the_other_kinds_decide(there: str, mlp: str, cnn: str, transformer: str, expected: str) -> None:
    assert carried.carried(there, {kinds.MLP: mlp, kinds.CNN: cnn, kinds.TRANSFORMER: transformer}) == expected


def _judged(claim: str, effects: np.ndarray, verdict: str) -> Judged:
    declared = made.claims()[claim]
    judgment = verdicts.judge(
        effects, direction=declared.direction, smallest=declared.smallest, estimand=declared.estimand
    )
    evidence = Evidence(claim=declared, effects=effects, seeds=(24, 25, 26), judgment=judgment)
    return Judged(evidence=evidence, p_value=0.001, verdict=verdict)


def test_rows_hold_effects_here_against_the_verdict_there(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = "interventions-bottlenecks"
    there = _judged(claim, np.array([5.0, 6, 5]), "holds")
    monkeypatch.setattr(claims, "judge", lambda chapter: {claim: there} if chapter == "interventions" else {})
    effects = {"p": [5.0, 5, 6], "c": [4.0, 4, 5], "t": [0.0, 1, 1]}
    monkeypatch.setattr(carried, "FINDINGS", {claim: lambda network: np.array(effects[network])})
    rows = carried.rows(dict(zip(kinds.KINDS, "pct", strict=True)))
    (row,) = rows
    assert {kind: one.side for kind, one in row.here.items()} == {
        kinds.MLP: "holds",
        kinds.CNN: "holds" if row.here[kinds.CNN].interval[0] > 3 else "open",
        kinds.TRANSFORMER: "fails",
    }
    assert row.here[kinds.TRANSFORMER].effect == pytest.approx(2 / 3)
    html = carried.table(rows).text
    assert f'href="interventions.html#{claim}"' in html
    assert row.carried in html
    numbers = matched_numbers.carried(rows)
    assert numbers["n_findings"] == 1
    assert numbers["n_carried"] + numbers["n_partly"] + numbers["n_not"] == 1
    assert numbers["n_mlp"] == 1


def test_every_finding_is_a_claim_of_an_earlier_chapter() -> None:
    for claim in carried.FINDINGS:
        assert claim in made.claims()
        assert not claim.startswith("architectures")


def _dataset(**lost: float) -> xr.Dataset:
    """Return one network at two checkpoints of .94 and .96, of two units; ``zero01=0.8``: unit 0 costs the 1s that."""
    table = np.zeros((2, 2, 3, 2, 10))
    for place, value in lost.items():
        reference = matched_architectures.REFERENCES.index(place[:-2])
        table[:, :, reference, int(place[-2]), int(place[-1])] = value
    return xr.Dataset(
        {
            "lost": (("seed", "checkpoint", "reference", "unit", "digit"), table),
            "lost_overall": (("seed", "checkpoint", "reference", "unit"), table.mean(-1)),
            "accuracy": (("seed", "checkpoint"), [[0.94, 0.96]] * 2),
        },
        {
            "seed": made.SEEDS,
            "checkpoint": [3, 4],
            "reference": list(matched_architectures.REFERENCES),
            "digit": range(10),
        },
    )


def test_effects_are_those_of_their_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _dataset(zero01=0.8, zero14=0.6, mean01=0.6, mean14=0.1, optimal01=0.2)
    network = [SimpleNamespace(model=lambda: None)]
    monkeypatch.setattr(matched_architectures, "through_training", lambda population: found)
    monkeypatch.setattr(carried, "nearest", lambda population: [3, 3])
    monkeypatch.setattr(matched_architectures, "last_layer", lambda run: "relu3")
    pairs = {"cka_within": 0.8, "cka_pixels": 0.5, "together_share": 0.9, "partner_share": 0.4}
    pairs |= {"live_partner": 0.6, "live_rotated": 0.5, "pixels_share": 0.7}
    monkeypatch.setattr(
        paired_architectures,
        "of_pairs",
        lambda population, places: made.labeled(
            {"pair": ["a", "b"]}, **{name: [value, value] for name, value in pairs.items()}
        ),
    )
    monkeypatch.setattr(
        interchange,
        "at",
        lambda population, layer, places: made.labeled({"seed": made.SEEDS}, neuron=[0.3, 0.3], direction=[0.9, 0.9]),
    )
    expected = {
        "interventions-bottlenecks": 2,
        "interventions-bottlenecks-melt": 1,
        "interventions-optimal-beats-mean": (0.7 - 0.2) / 20,
        "interventions-mean-is-near-best": (0.7 - 0.2) / 20,
        "interventions-share-with-a-one-under-zero": 1,
        "interventions-share-with-a-one-under-mean": 1,
        "interventions-share-with-a-one-under-optimal": 0,
        "interventions-interchange-direction": 0.6,
        "geometry-same-geometry-within": 0.3,
        "geometry-other-neurons": 0.5,
        "geometry-neurons-privileged-live": 0.1,
        "geometry-neurons-beyond-pixels": 0.2,
    }
    for claim, value in expected.items():
        np.testing.assert_allclose(np.asarray(carried.FINDINGS[claim](network), float), [value, value], err_msg=claim)
    assert carried.FINDINGS.keys() - expected.keys() == {
        "interventions-push-under-zero",
        "interventions-push-under-mean",
    }


def test_a_vote_predicts_alone_what_it_would_if_all_digits_raised_all_units_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = np.random.default_rng(0)
    vote = generator.normal(size=(1, 10, 3))
    lost = np.stack([vote, -vote])[:, 0].transpose(0, 2, 1)[None]
    found = xr.Dataset(
        {
            "lost": (("seed", "reference", "unit", "digit"), lost),
            "mean": (("seed", "unit"), [[0.5, 0.3, 0.2]]),
            "class_mean": (("seed", "digit", "unit"), generator.random((1, 10, 3))),
            "vote": (("seed", "digit", "unit"), vote),
        },
        {"seed": [3], "reference": ["zero", "mean"], "unit": range(3), "digit": range(10)},
    )
    alone = carried.vote_predicts(found).sel(seed=3)
    assert float(alone.sel(reference="zero")) == pytest.approx(1)
    assert float(alone.sel(reference="mean")) == pytest.approx(-1)
    monkeypatch.setattr(carried, "matched", lambda population, measure: measure(found))
    said = matched_numbers.votes(carried.of_votes({kinds.CNN: made.population()}))
    assert (said["vote_cnn_zero"], said["vote_cnn_mean"]) == pytest.approx((1, -1))
    assert abs(said["push_cnn_zero"]) < 1
