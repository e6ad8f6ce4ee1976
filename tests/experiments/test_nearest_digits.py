"""How near another digit is, and what noise does: against passes and distances by hand, on little networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import nearest_digits
from mnist_interp.methods import activations, adversarial
from mnist_interp.training.runs import Run
from tests.experiments import little

IMAGES = np.array([3, 50, 120])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(nearest_digits, "DIRECTIONS", 9)
    monkeypatch.setattr(nearest_digits, "_PORTION", 2)
    return little.images(monkeypatch)


@pytest.fixture
def run(few: dict[str, Digits]) -> Run:
    return little.run(6)


def test_measures_are_of_each_image(few: dict[str, Digits], run: Run) -> None:
    found = nearest_digits.measured(run, IMAGES)
    assert found["image"].to_numpy().tolist() == IMAGES.tolist()
    pixels, test = few["test"].pixels, few["test"]
    logits = activations.logits(run.model(), pixels[IMAGES]).numpy()
    for place, image in enumerate(IMAGES):
        one = found.isel(image=place)
        assert [int(one["second"]), int(one["read"])] == np.argsort(logits[place])[-2:].tolist()
        changed = (pixels[image] + torch.from_numpy(1.002 * one["change"].to_numpy())).clamp(0, 1)
        assert activations.logits(run.model(), changed[None]).argmax() == int(one["to"]) != int(one["read"])
        assert float(one["distance"]) == pytest.approx(np.linalg.norm(one["change"]), rel=1e-4)
        assert float(one["free"]) < float(one["distance"])
        others = pixels[torch.from_numpy(test.labels != test.labels[image])]
        assert float(one["other_image"]) == pytest.approx(float((others - pixels[image]).norm(dim=1).min()), rel=1e-4)
        lengths = adversarial.along(run.model(), pixels[[image]], nearest_digits.directions(), farthest=400.0)[0]
        assert float(one["noise"]) == pytest.approx(float(np.median(lengths)))
        assert float(one["as_near"]) == pytest.approx((lengths <= float(one["distance"])).mean())


def test_directions_are_of_length_1_and_noise_is_cut_off(few: dict[str, Digits]) -> None:
    np.testing.assert_allclose(np.linalg.norm(nearest_digits.directions(), axis=1), 1, rtol=1e-5)
    pixels = few["test"].pixels[:2]
    added = nearest_digits.noisy(pixels, np.array([0.0, 2.0])) - pixels
    assert not added[0].any()
    blank = pixels[1] == 0
    drawn = 2 * nearest_digits.directions()[1]
    np.testing.assert_allclose(added[1][blank], np.maximum(drawn, 0)[blank.numpy()], atol=1e-6)


def test_other_networks_follow_in_shares(few: dict[str, Digits], run: Run) -> None:
    others = little.population(7, 8)
    shares = nearest_digits.followed(run, IMAGES, others)
    change, pixels = nearest_digits.measured(run, IMAGES)["change"].to_numpy(), few["test"].pixels[IMAGES]
    longer = (pixels + torch.from_numpy(2 * change)).clamp(0, 1)
    expected = [
        activations.logits(one.model(), longer).argmax(1) != activations.logits(one.model(), pixels).argmax(1)
        for one in others
    ]
    np.testing.assert_allclose(shares["change"], np.mean([one.numpy() for one in expected], axis=0))
    own = nearest_digits.followed(run, IMAGES, little.population(6))
    np.testing.assert_array_equal(own["change"], 1)
    assert (own["noise"] <= 1).all()
