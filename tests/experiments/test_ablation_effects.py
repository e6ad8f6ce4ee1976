"""Costs, doses and published sentences, on the protagonist: against single interventions and each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp import charts, training
from mnist_interp.chapters.interventions import doses, published_sentences
from mnist_interp.claims import interventions as chapter
from mnist_interp.data import mnist, published
from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods import ablation, evaluate
from mnist_interp.runtime import store
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Population, Run

LABELS = mnist.load("test").labels


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(Recipe(order="dataloader"), registry.PROTAGONIST)


@pytest.fixture(scope="module")
def alone(run: Run) -> Population:
    return Population(run.recipe, (run,))


def test_costs_are_those_of_single_interventions(run: Run, alone: Population) -> None:
    measured = ablation_effects.costs(alone, "relu1")
    test, training_stage = (recordings.stage(run, "relu1", split) for split in ("test", "train"))
    for unit in (0, 17, 31):
        for place, replacement in enumerate((ablation.zero(test), ablation.mean(training_stage))):
            logits = ablation.intervene(test, [unit], replacement)
            expected = (logits.argmax(1).numpy() == LABELS).mean()
            assert measured["ablated"][0, place, unit, 0] == pytest.approx(expected)
    assert measured["untouched"][0, 0] == pytest.approx(
        published.figure("test_accuracy") / 100, abs=2.5e-4
    )  # two images
    lost = ablation_effects.lost(measured)
    assert lost.shape == (1, 4, 32, 11)
    np.testing.assert_allclose(
        lost + measured["ablated"], np.broadcast_to(measured["untouched"][:, None, None], lost.shape)
    )


def test_rereadings_move_what_the_unit_costs(run: Run, alone: Population) -> None:
    moved = ablation_effects.rereadings(run, "relu2", 0)
    np.testing.assert_allclose(moved.sum(-1), 0, atol=1e-12)
    costs = ablation_effects.lost(ablation_effects.costs(alone))[0, :3, 0, 1:]
    np.testing.assert_allclose(np.diagonal(moved, axis1=1, axis2=2), -costs, atol=1e-6)
    assert moved[0, 1].argmax() == 3, "the published sentence: its ones are read as threes"


def test_plans_start_untouched_and_end_at_one_digit(alone: Population) -> None:
    found = ablation_effects.sets(alone)["cumulative"][0]
    assert found.shape == (2, len(ablation_effects.ORDERS) + ablation_effects.N_RANDOM, 17)
    np.testing.assert_allclose(found[..., 0], ablation_effects.costs(alone)["untouched"][0, 0], atol=1e-6)
    shares = np.bincount(LABELS) / len(LABELS)
    for last in found[:, :, -1]:
        assert np.ptp(last) < 1e-6
        assert np.abs(shares - last[0]).min() < 1e-6


def test_plans_are_orders_of_all_units(run: Run) -> None:
    for order in ablation_effects.orders(recordings.stage(run, "relu2", "train")):
        assert sorted(order) == list(range(16))


def test_refitting_leaves_a_dead_unit_nearly_alone(run: Run, alone: Population) -> None:
    measured = ablation_effects.costs(alone)
    dead = int(measured["activity"][0].argmin())
    assert measured["activity"][0, dead] == 0
    lost = ablation_effects.lost(measured)[0, :, dead]
    np.testing.assert_array_equal(lost[:3], 0)
    assert abs(lost[3, 0]) < 0.005


def test_doses_agree_with_costs(run: Run, alone: Population) -> None:
    swept, ablated = doses.sweeps(run)["accuracy"], ablation_effects.costs(alone)["ablated"][0]
    np.testing.assert_allclose(swept[:16, 0], ablated[0, :, 1:])
    counts = doses.confusions(run)
    right = counts[(counts["dose"] == doses.MEAN) & (counts["true"] == counts["predicted"]) & (counts["unit"] < 16)]
    found = right["count"].to_numpy().reshape(16, 10) / np.bincount(LABELS)
    np.testing.assert_allclose(found, ablated[1, :, 1:])
    untouched = counts[counts["dose"] == 1]
    assert (untouched["change"] == 0).all()
    assert (counts.groupby(["unit", "dose"])["count"].sum() == len(LABELS)).all()


def test_flips_are_images_that_change_sides(run: Run) -> None:
    frame = doses.flips(run, most=2)
    read = doses.readings(run)["read"]
    before = read[0, list(doses.DOSES).index("untouched")]
    assert (before[frame["image"]] != frame["predicted"]).all()
    assert (LABELS[frame["image"]] == frame["label"]).all()
    assert frame.groupby(["unit", "dose", "label", "predicted"]).size().max() <= 2
    assert not (frame["dose"] == 1).any()


def test_units_are_named_once_each() -> None:
    assert sorted(doses.UNITS.values()) == list(range(48))
    assert doses.UNITS["layer 2, neuron 14"] == 14
    assert doses.UNITS["layer 1, neuron 0"] == 16


def test_published_sentences_hold_under_the_reference_they_were_written_under(run: Run) -> None:
    table = published_sentences.ablation_table(run)
    assert table["under zero"].str.startswith("yes").all()
    assert not table["under mean"].str.startswith("yes").all()
    written = {entry["neuron"] for entry in published.figure("interventions_in_prose")}
    assert {one.neuron for one in (*published_sentences.ABLATION, *published_sentences.SCALING)} == written


def test_sentences_can_fail(run: Run) -> None:
    stage = recordings.stage(run, "relu2")
    untouched = evaluate.confusion(stage.finish(stage.read), stage.labels)
    said = [one.check(untouched, untouched)[0] for one in published_sentences.ABLATION if one.text != "no effect"]
    assert sum(said) <= 2  # ones read as 3, and nines as 4, are common mistakes of the whole network too


def test_rank_correlation_of_a_constant_is_none() -> None:
    assert chapter.rank_correlation(np.ones(4), np.arange(4.0)) == 0
    assert chapter.rank_correlation(np.arange(4.0), np.arange(4.0) ** 3) == pytest.approx(1)


def test_builders_refuse_what_are_no_digits(run: Run) -> None:
    frame = doses.responses(run).query("unit == 0")
    wrong = frame.assign(digit=frame["digit"].astype(str))
    with pytest.raises(ValueError, match="expected the digits 0 to 9"):
        charts.digit_lines(wrong, x="dose", y="accuracy", x_title="x", y_title="y")
    with pytest.raises(ValueError, match="expected the digits 0 to 9"):
        charts.points(wrong, x="dose", y="accuracy", named="unit", x_title="x", y_title="y", named_title="unit")
    chart = charts.digit_lines(frame, x="dose", y="accuracy", x_title="x", y_title="y", reference=1)
    assert len(chart.layer) == 4


def test_every_subset_holds_the_whole_network_and_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(2)
    model = models.cnn(channels=(3, 4), hidden=6).eval().requires_grad_(False)
    monkeypatch.setattr(store, "write", lambda path, arrays: None)
    monkeypatch.setattr(store, "read", lambda path: None)
    run = Run(registry.CNN, 0, {}, np.zeros(1), np.zeros(1))
    monkeypatch.setattr(Run, "model", lambda self, checkpoint=-1: model)
    found = ablation_effects.every_subset(run, "relu1", 10)
    assert found["kept"].shape == (8, 3)
    test = recordings.stage(run, "relu1", per_class=10)
    mean = ablation.mean(recordings.stage(run, "relu1", "train", per_class=1_000))
    for kept, accuracy in zip(found["kept"], found["accuracy"], strict=True):
        logits = ablation.intervene(test, np.flatnonzero(~kept).tolist(), mean)
        assert accuracy == pytest.approx((logits.argmax(1).numpy() == test.labels).mean(), abs=0.011)
