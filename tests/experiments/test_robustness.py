"""Moving digits: against scipy, and exact where the pixels allow it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from mnist_interp import training
from mnist_interp.data import mnist, transforms
from mnist_interp.experiments import robustness
from mnist_interp.training import registry
from mnist_interp.training.runs import Population
from tests.experiments import little

PIXELS = mnist.load("test").pixels[:100]


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 0), (-3, 1), (0, -4), (4, 4)])
def test_a_shift_is_scipys(down: int, right: int) -> None:
    expected = ndimage.shift(PIXELS.view(-1, 28, 28).numpy(), (0, down, right), order=0)
    np.testing.assert_array_equal(transforms.shift(PIXELS, down, right).view(-1, 28, 28).numpy(), expected)


def test_a_shift_back_restores_digits_that_kept_their_distance_from_the_edge() -> None:
    images = PIXELS.view(-1, 28, 28)
    far = images[:, 4:-4, 4:-4].sum((1, 2)) == images.sum((1, 2))
    assert far.sum() >= 5
    back = transforms.shift(transforms.shift(PIXELS, 4, -4), -4, 4)
    assert torch.equal(back[far], PIXELS[far])


def test_a_right_angle_turns_counterclockwise_and_four_are_none() -> None:
    quarter = transforms.rotate(PIXELS, 90)
    expected = torch.rot90(PIXELS.view(-1, 28, 28), 1, (1, 2)).flatten(1)
    torch.testing.assert_close(quarter, expected, atol=1e-4, rtol=0)
    assert not torch.allclose(quarter, PIXELS)


def test_a_small_turn_keeps_the_ink_and_the_range() -> None:
    found = transforms.rotate(PIXELS, 20)
    assert found.min() >= 0
    assert found.max() <= 1
    np.testing.assert_allclose(found.sum(1), PIXELS.sum(1), rtol=0.02)


def test_the_summary_is_the_mean_over_directions_and_over_ways() -> None:
    run = training.run(registry.PUBLISHED)
    chosen = mnist.sample("test", robustness.PER_CLASS)
    pixels, targets, model = mnist.load("test").pixels[chosen], mnist.load("test").targets[chosen], run.model()

    def accuracy(images: torch.Tensor) -> float:
        return float((model(images).argmax(1) == targets).double().mean())

    found = robustness.summary(Population(run.recipe, (run,))).sel(seed=run.seed)
    assert float(found["shift"].sel(pixels=0)) == float(found["turn"].sel(degrees=0)) == pytest.approx(accuracy(pixels))
    shifted = [transforms.shift(pixels, *step) for step in ((3, 0), (-3, 0), (0, 3), (0, -3))]
    assert float(found["shift"].sel(pixels=3)) == pytest.approx(np.mean([accuracy(images) for images in shifted]))
    turned = [transforms.rotate(pixels, angle) for angle in (20, -20)]
    assert float(found["turn"].sel(degrees=20)) == pytest.approx(np.mean([accuracy(images) for images in turned]))


def test_each_network_is_moved_at_a_checkpoint_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(robustness, "PER_CLASS", little.PER_CLASS["test"])
    monkeypatch.setattr(robustness, "_movements", robustness._movements.__wrapped__)
    networks = little.population(1, 2)
    places = [4, -1]
    found = robustness.summary(networks, places)
    test = mnist.load("test")
    for run, place in zip(networks, places, strict=True):
        read = run.model(place)(transforms.shift(test.pixels, 0, 1)).argmax(1)
        sides = [run.model(place)(transforms.shift(test.pixels, *step)) for step in robustness.DIRECTIONS]
        expected = np.mean([(logits.argmax(1) == test.targets).double().mean() for logits in sides])
        assert float(found["shift"].sel(seed=run.seed, pixels=1)) == pytest.approx(expected)
        assert (read != run.model(-1 - place)(transforms.shift(test.pixels, 0, 1)).argmax(1)).any()


def test_of_some_movements_the_same_comes_out_as_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(robustness, "PER_CLASS", little.PER_CLASS["test"])
    monkeypatch.setattr(robustness, "_movements", robustness._movements.__wrapped__)
    networks = little.population(1, 2)
    whole, some = robustness.summary(networks), robustness.summary(networks, -1, (0, 2), (0, 20))
    np.testing.assert_array_equal(some["shift"], whole["shift"].sel(pixels=[0, 2]))
    np.testing.assert_array_equal(some["turn"], whole["turn"].sel(degrees=[0, 20]))
