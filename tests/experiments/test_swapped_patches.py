"""Patches that trade places: against a loop over images."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import swapped_patches
from mnist_interp.runtime import preview
from tests.experiments import little

NAMED = torch.arange(784.0).repeat(30, 1) + 1_000 * torch.arange(30)[:, None]  # each pixel knows where it was


def _patches(image: torch.Tensor) -> list[list[float]]:
    corners = [(down, right) for down in range(0, 28, 7) for right in range(0, 28, 7)]
    return [image.view(28, 28)[a : a + 7, b : b + 7].flatten().tolist() for a, b in corners]


@pytest.mark.parametrize("count", [2, 4, 8, 16])
def test_so_many_patches_move_and_stay_whole(count: int) -> None:
    found = swapped_patches.swapped(NAMED, count)
    moves = set()
    for before, after in zip(NAMED, found, strict=True):
        old, new = _patches(before), _patches(after)
        assert sorted(new) == sorted(old)
        moved = tuple(old.index(patch) for patch in new)
        assert sum(place != source for place, source in enumerate(moved)) == count
        moves.add(moved)
    assert len(moves) > 20  # each image's own


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one_move_nothing(count: int) -> None:
    assert torch.equal(swapped_patches.swapped(NAMED, count), NAMED)


def test_the_same_patches_move_in_any_company() -> None:
    assert torch.equal(swapped_patches.swapped(NAMED, 4), swapped_patches.swapped(NAMED, 4))


def test_accuracy_is_of_images_with_their_patches_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(swapped_patches, "PER_CLASS", little.PER_CLASS["test"])
    monkeypatch.setattr(swapped_patches, "_images", swapped_patches._images.__wrapped__)
    networks, test = little.population(1, 2), mnist.load("test")
    found = swapped_patches.summary(networks)["accuracy"]
    assert found["moved"].to_numpy().tolist() == list(swapped_patches.MOVED)
    for run in networks:
        for moved in swapped_patches.MOVED:
            read = run.model()(swapped_patches.swapped(test.pixels, moved)).argmax(1)
            expected = (read == test.targets).double().mean().item()
            assert found.sel(seed=run.seed, moved=moved).item() == pytest.approx(expected)
    means = found.mean("seed")
    assert np.all(means.sel(moved=0) > means.sel(moved=16))


def test_there_are_a_thousand_images() -> None:
    assert preview.enabled() or swapped_patches.PER_CLASS == 100
