"""Shuffled digits: who is asked what, and which digits are chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import shuffled_digits
from mnist_interp.experiments.shuffled_digits import IN_PLACE, SHUFFLES
from mnist_interp.training import models
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.runs import Run
from tests.experiments import little

PATCHES, PIXELS = SHUFFLES
CNN = Recipe(model="cnn", options=(("channels", (3, 4)), ("hidden", 8)), epochs=1)
TRANSFORMER = Recipe(model="transformer", options=(("width", 8), ("n_heads", 2), ("mlp", 8)), epochs=1)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Run]]:
    little.images(monkeypatch)
    monkeypatch.setattr(shuffled_digits, "AMONG", little.PER_CLASS["test"])
    return {
        "MLP": {IN_PLACE: little.run(1), PIXELS: little.run(2, replace(little.PLAIN, pixels="shuffled"))},
        "CNN": {
            IN_PLACE: little.run(3, CNN),
            PATCHES: little.run(4, replace(CNN, pixels="patches shuffled")),
            PIXELS: little.run(5, replace(CNN, pixels="shuffled")),
        },
        "transformer": {
            IN_PLACE: little.run(6, TRANSFORMER),
            PIXELS: little.run(7, replace(TRANSFORMER, pixels="shuffled")),
        },
    }


def _judges() -> dict[str, Run]:
    return {"MLP": little.run(8), "CNN": little.run(9, CNN)}


def _says(run: Run, images: torch.Tensor, *, bare: bool = False) -> np.ndarray:
    """Return probabilities of the network, or of the network without the layer that shuffles."""
    model = run.model()
    return (model[1:] if bare else model)(images).softmax(1).numpy()


def test_who_learned_from_shuffled_images_sees_shuffled_images(trained: dict[str, dict[str, Run]]) -> None:
    found = shuffled_digits.said(trained, _judges())
    np.testing.assert_array_equal(found["image"], shuffled_digits.choose(_judges()))
    pixels = mnist.load("test").pixels[found["image"].to_numpy().ravel()]
    for name, patch in SHUFFLES.items():
        images = pixels[:, models.Shuffle(patch).order]
        one = found["probability"].sel(arrangement=name).stack(shown=("label", "kind"))
        for network, runs in trained.items():
            said = one.sel(network=network).transpose("training", "shown", "digit")
            np.testing.assert_allclose(said[0], _says(runs[IN_PLACE], images), atol=1e-6)
            if found["same"].sel(network=network, arrangement=name):
                np.testing.assert_allclose(said[1], _says(runs[IN_PLACE], pixels), atol=1e-6)
            else:
                np.testing.assert_allclose(said[1], _says(runs[name], images, bare=True), atol=1e-6)


def test_what_is_renamed_and_what_is_not(trained: dict[str, dict[str, Run]]) -> None:
    same = shuffled_digits.said(trained, _judges())["same"]
    assert same.sel(arrangement=IN_PLACE).all()
    assert same.sel(arrangement=PATCHES).to_numpy().tolist() == [True, False, True]
    assert same.sel(arrangement=PIXELS).to_numpy().tolist() == [True, False, False]


def test_in_place_both_trainings_are_one(trained: dict[str, dict[str, Run]]) -> None:
    found = shuffled_digits.said(trained, _judges())["probability"].sel(arrangement=IN_PLACE)
    np.testing.assert_array_equal(found.sel(training="in place"), found.sel(training="alike"))
    np.testing.assert_allclose(found.sum("digit"), 1)


def test_a_network_that_would_need_training_is_missed_by_name(trained: dict[str, dict[str, Run]]) -> None:
    del trained["CNN"][PATCHES]
    with pytest.raises(ValueError, match="'CNN' was not trained with pixels patches shuffled"):
        shuffled_digits.said(trained, _judges())


@pytest.mark.usefixtures("trained")
def test_of_each_digit_one_is_typical_and_one_hard() -> None:
    runs, test = _judges(), mnist.load("test")
    chosen = shuffled_digits.choose(runs)
    assert chosen.shape == (10, 2)
    margins = []
    for run in runs.values():
        logits = run.model()(test.pixels).numpy()
        own = logits[np.arange(len(logits)), test.labels].copy()
        logits[np.arange(len(logits)), test.labels] = -np.inf
        margins.append(own - logits.max(1))
    ranks = np.sum([np.argsort(np.argsort(one)) for one in margins], axis=0)
    right = np.all(np.array(margins) > 0, axis=0)
    for digit, (typical, hard) in enumerate(chosen):
        assert test.labels[typical] == test.labels[hard] == digit
        among = (test.labels == digit) & (right if right[test.labels == digit].any() else True)
        assert ranks[hard] == ranks[among].min()
        assert (ranks[among] < ranks[typical]).sum() <= among.sum() // 2 <= (ranks[among] <= ranks[typical]).sum()
