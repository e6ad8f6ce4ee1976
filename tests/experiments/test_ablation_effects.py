"""Costs, doses and published sentences, on the protagonist: against single interventions and each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import xarray as xr

from mnist_interp import charts, training
from mnist_interp.chapters.interventions import doses, published_sentences
from mnist_interp.data import mnist, published
from mnist_interp.experiments import ablation_effects, recordings
from mnist_interp.methods import ablation, evaluate
from mnist_interp.methods.references import REFERENCES
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
        for reference, replacement in {"zero": ablation.zero(test), "mean": ablation.mean(training_stage)}.items():
            logits = ablation.intervene(test, [unit], replacement)
            found = measured.sel(seed=run.seed, reference=reference, unit=unit)
            right = logits.argmax(1).numpy() == LABELS
            assert float(found["overall"]) == pytest.approx(right.mean())
            assert float(found["accuracy"].sel(digit=4)) == pytest.approx(right[LABELS == 4].mean())
    two_images = 2.5e-4
    known = published.figure("test_accuracy") / 100
    assert measured["untouched_overall"].item() == pytest.approx(known, abs=two_images)
    lost = ablation_effects.lost(measured)
    assert dict(lost.sizes) == {"seed": 1, "reference": len(REFERENCES), "unit": 32, "digit": 10}
    xr.testing.assert_allclose(
        (lost + measured["accuracy"]).isel(unit=0, reference=0, drop=True), measured["untouched"]
    )


def test_rereadings_move_what_the_unit_costs(run: Run, alone: Population) -> None:
    moved = ablation_effects.rereadings(run, "relu2", 0)
    np.testing.assert_allclose(moved.sum("predicted"), 0, atol=1e-12)
    costs = ablation_effects.lost(ablation_effects.costs(alone)).sel(seed=run.seed, unit=0)
    for reference in ("zero", "mean", "resample"):
        np.testing.assert_allclose(
            np.diagonal(moved.sel(reference=reference)), -costs.sel(reference=reference), atol=1e-6
        )
    ones = moved.sel(reference="zero").isel(true=1)
    assert int(ones.argmax("predicted")) == 3, "the published sentence: its ones are read as threes"


def test_plans_start_untouched_and_end_at_one_digit(alone: Population) -> None:
    found = ablation_effects.sets(alone)["cumulative"].isel(seed=0)
    n_orders = len(ablation_effects.ORDERS) + ablation_effects.N_RANDOM
    assert dict(found.sizes) == {"reference": 2, "order": n_orders, "gone": 17}
    untouched = ablation_effects.costs(alone)["untouched_overall"].item()
    np.testing.assert_allclose(found.isel(gone=0), untouched, atol=1e-6)
    shares = np.bincount(LABELS) / len(LABELS)
    for last in found.isel(gone=-1).to_numpy():
        assert np.ptp(last) < 1e-6
        assert np.abs(shares - last[0]).min() < 1e-6


def test_plans_are_orders_of_all_units(run: Run) -> None:
    for order in ablation_effects.orders(recordings.stage(run, "relu2", "train")):
        assert sorted(order) == list(range(16))


def test_refitting_leaves_a_dead_unit_nearly_alone(run: Run, alone: Population) -> None:
    measured = ablation_effects.costs(alone).sel(seed=run.seed)
    dead = int(measured["activity"].argmin("unit"))
    assert float(measured["activity"].sel(unit=dead)) == 0
    lost = ablation_effects.lost_overall(measured).sel(unit=dead)
    np.testing.assert_array_equal(lost.drop_sel(reference="refit"), 0)
    assert abs(float(lost.sel(reference="refit"))) < 0.005


def test_doses_agree_with_costs(run: Run, alone: Population) -> None:
    swept, ablated = doses.sweeps(run)["accuracy"], ablation_effects.costs(alone)["accuracy"].sel(seed=run.seed)
    np.testing.assert_allclose(swept.sel(layer="relu2", dose=0), ablated.sel(reference="zero"))
    counts = doses.confusions(run)
    right = counts[(counts["dose"] == "its mean") & (counts["true"] == counts["predicted"])]
    found = right[right["unit"].str.startswith("relu2")]["count"].to_numpy().reshape(16, 10) / np.bincount(LABELS)
    np.testing.assert_allclose(found, ablated.sel(reference="mean"))
    untouched = counts[counts["dose"] == "untouched"]
    assert (untouched["change"] == 0).all()
    assert (counts.groupby(["unit", "dose"])["count"].sum() == len(LABELS)).all()


def test_flips_are_images_that_change_sides(run: Run) -> None:
    frame = doses.flips(run, most=2)
    predicted = doses.predictions(run)["predicted"]
    before = predicted.sel(layer="relu2", unit=0, dose="untouched").to_numpy()
    assert (before[frame["image"]] != frame["predicted"]).all()
    assert (before[frame["image"]] == frame["before"]).all()
    one = frame[(frame["unit"] == "relu1:31") & (frame["dose"] == "tripled")]
    assert len(one)
    found = predicted.sel(layer="relu1", unit=31, dose="tripled").to_numpy()
    assert (found[one["image"]] == one["predicted"]).all()
    assert len(one) + one["left_out"].sum() == (found != before).sum() > len(one)
    assert (LABELS[frame["image"]] == frame["label"]).all()
    assert frame.groupby(["unit", "dose", "label", "predicted"]).size().max() <= 2
    assert not (frame["dose"] == "untouched").any()


def test_units_are_named_once_each() -> None:
    assert len(set(doses.UNITS.values())) == 48
    assert doses.UNITS["layer 2, neuron 14"] == "relu2:14"
    assert doses.UNITS["layer 1, neuron 0"] == "relu1:0"


def test_responses_have_a_row_for_each_neuron_dose_and_digit(run: Run) -> None:
    frame = doses.responses(run)
    assert len(frame) == 48 * len(doses.FACTORS) * 10
    row = frame[(frame["unit"] == "relu1:17") & (frame["dose"] == 0.5) & (frame["digit"] == 3)]
    stage = recordings.stage(run, "relu1")
    logits = ablation.intervene(stage, [17], ablation.scale(stage, 0.5))
    right = logits.argmax(1).numpy() == LABELS
    assert row["accuracy"].item() == pytest.approx(right[LABELS == 3].mean(), abs=5e-4)
    assert row["logit"].item() == pytest.approx(logits[:, 3].mean().item(), abs=5e-3)


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


def test_builders_refuse_what_are_no_digits(run: Run) -> None:
    frame = doses.responses(run).query("unit == 'relu2:0'")
    wrong = frame.assign(digit=frame["digit"].astype(str))
    with pytest.raises(ValueError, match="expected the digits 0 to 9"):
        charts.digit_lines(wrong, x="dose", y="accuracy", x_title="x", y_title="y")
    with pytest.raises(ValueError, match="expected the digits 0 to 9"):
        charts.points(wrong, x="dose", y="accuracy", named="unit", x_title="x", y_title="y", named_title="unit")
    chart = charts.digit_lines(frame, x="dose", y="accuracy", x_title="x", y_title="y", reference=1)
    assert len(chart.layer) == 5


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
    for kept, accuracy in zip(found["kept"].to_numpy(), found["accuracy"].to_numpy(), strict=True):
        logits = ablation.intervene(test, np.flatnonzero(~kept).tolist(), mean)
        assert accuracy == pytest.approx((logits.argmax(1).numpy() == test.labels).mean(), abs=0.011)
