"""Masks of the readout, on small networks: who reads whom, what is dealt at random, what is scored."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import readout_masks, recovery
from mnist_interp.methods import selectivity
from mnist_interp.training.runs import Run
from tests.experiments import little


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(recovery, "EPOCHS", 2)
    return little.images(monkeypatch)


@pytest.fixture
def run(few: dict[str, Digits]) -> Run:
    return little.run(3)


def test_each_logit_reads_its_digits_three_most_selective_units(run: Run, few: dict[str, Digits]) -> None:
    (values,) = little.layers(run, "train", "relu2")
    scores = selectivity.class_selectivity(selectivity.class_means(values, few["train"].labels))
    mask = readout_masks.selective(run)
    for digit in range(10):
        assert set(np.flatnonzero(mask[digit])) == set(np.argsort(-scores[digit], kind="stable")[:3])


def test_a_mask_dealt_anew_has_as_many_readers_and_units_and_other_pairs() -> None:
    generator = np.random.default_rng(1)
    mask = np.zeros((10, 16), bool)
    for digit in range(10):
        mask[digit, generator.choice(10, 3, replace=False)] = True  # few units, each of them with several readers
    dealt = [readout_masks.dealt(mask, seed=seed) for seed in range(40)]
    for one in dealt:
        np.testing.assert_array_equal(one.sum(0), mask.sum(0))
        np.testing.assert_array_equal(one.sum(1), mask.sum(1))
    assert len({one.tobytes() for one in dealt}) == 40
    # A pair is dealt as often as readers of the unit are among ten, about: 3 of ten if each unit has three.
    expected = np.outer(mask.sum(1), mask.sum(0)) / mask.sum()
    assert np.abs(np.mean(dealt, axis=0) - expected).max() < 0.35
    assert np.mean(dealt, axis=0)[mask].mean() < 0.6


def test_masks_are_of_one_size_but_for_none(run: Run) -> None:
    found = readout_masks.masks(run)
    assert list(found) == [
        "most selective",
        *(f"dealt at random {draw}" for draw in range(3)),
        "largest weights",
        "no mask",
    ]
    assert [int(mask.sum()) for mask in found.values()] == [30] * 5 + [140]
    size = np.abs(run.weights["output.weight"][-1])
    assert size[found["largest weights"]].min() >= size[~found["largest weights"]].max()
    other = readout_masks.masks(little.run(4))
    assert (found["dealt at random 0"] != other["dealt at random 0"]).any()


def test_what_a_masked_weight_said_on_average_enters_the_bias(run: Run, few: dict[str, Digits]) -> None:
    mask = readout_masks.selective(run)
    network = readout_masks.retrained(run, [mask], rate=0.01)[0]
    (values,), (weight, bias) = little.layers(run, "train", "relu2"), little.readout(run)
    expected = (values @ (weight * mask).T + (weight * ~mask) @ values.mean(0) + bias).mean(0)
    said = network.model(0)(few["train"].pixels).double().mean(0)
    np.testing.assert_allclose(said, expected, atol=1e-3)
    assert not network.weights["output.weight"][:, ~mask].any()


def test_pairs_are_scored_before_and_after_on_test_images(few: dict[str, Digits]) -> None:
    networks = little.population(3, 4)
    found = readout_masks.measured(networks)
    for run in networks:
        kept, here = readout_masks.masks(run), found.sel(seed=run.seed)
        trained = readout_masks.retrained(run, list(kept.values()), rate=readout_masks.RATE)
        for (name, mask), network in zip(kept.items(), trained, strict=True):
            for state, checkpoint in {"before": 0, "after": -1}.items():
                (values,) = little.layers(network, "test", "relu2", checkpoint=checkpoint)
                means = selectivity.class_means(values, few["test"].labels)
                own, area = selectivity.class_selectivity(means), selectivity.auroc(values, few["test"].labels)
                one, notebooks = here.sel(mask=name, state=state), kept["most selective"]
                assert one["selectivity"].item() == pytest.approx(own[mask].mean(), abs=1e-4)
                assert one["auroc"].item() == pytest.approx(area[mask].mean(), abs=1e-4)
                assert one["selectivity_of_notebooks"].item() == pytest.approx(own[notebooks].mean(), abs=1e-4)
                assert one["auroc_of_notebooks"].item() == pytest.approx(area[notebooks].mean(), abs=1e-4)
            read = network.model()(few["test"].pixels).argmax(1).numpy()
            assert here["accuracy"].sel(mask=name).isel(epoch=-1).item() == (read == few["test"].labels).mean()
            np.testing.assert_array_equal(here["read"].sel(mask=name), mask)
    assert readout_masks.dealt_at_random(found).sizes["mask"] == 3
