"""Permutations that only rename: what a renamed network says, and where training keeps it so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import blindness
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe

RECIPES = {
    "MLP": Recipe(model="mlp", learning_rate=0.1),
    "CNN": Recipe(model="cnn", options=(("channels", (3, 4)), ("hidden", 6)), learning_rate=0.2),
    "transformer": Recipe(model="transformer", learning_rate=0.1),
}
KNOWN = {
    "MLP": set(blindness.arrangements()),
    "CNN": {"mirror"},
    "transformer": {"mirror", "patches", "within, shared", "patches and within, shared"},
}


def _patches(order: torch.Tensor) -> list[list[int]]:
    """Return each patch's pixels, by a loop over rows and columns."""
    image = order.view(28, 28).tolist()
    corners = [(down, right) for down in range(0, 28, 7) for right in range(0, 28, 7)]
    return [[image[a + i][b + j] for i in range(7) for j in range(7)] for a, b in corners]


def test_arrangements_are_what_they_are_called() -> None:
    found, places = blindness.arrangements(), torch.arange(784)
    home = _patches(places)
    for order in found.values():
        assert sorted(order.tolist()) == places.tolist()
        assert not torch.equal(order, places)
    assert sorted(_patches(found["patches"])) == sorted(home)
    for name, mixed in (("within, shared", 1), ("within, each its own", 16)):
        moved = _patches(found[name])
        assert [sorted(one) for one in moved] == home
        assert len({tuple(ours.index(pixel) for pixel in one) for one, ours in zip(moved, home, strict=True)}) == mixed
    both = {frozenset(one) for one in _patches(found["patches and within, shared"])}
    assert both == set(map(frozenset, home))
    assert {frozenset(one) for one in _patches(found["pixels"])}.isdisjoint(both)
    torch.testing.assert_close(found["mirror"].view(28, 28), places.view(28, 28).fliplr())


@pytest.mark.parametrize("network", RECIPES)
def test_a_renamed_network_says_the_same_of_arranged_images(network: str) -> None:
    recipe, images = RECIPES[network], mnist.load("test").pixels[:20].double()
    model = models.initialize(recipe, 3)[0].double().eval()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    said, known = model(images), set()
    for name, order in blindness.arrangements().items():
        model.load_state_dict(state)
        assert (model(images[:, order]) - said).abs().max() > 1e-4
        other = blindness.renamed(recipe.model, state, order)
        if other is not None:
            model.load_state_dict(other)
            torch.testing.assert_close(model(images[:, order]), said, atol=1e-12, rtol=0)
            known.add(name)
    assert known == KNOWN[network]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_runs_stay_the_same_where_a_renaming_is_known_and_only_there(
    optimizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blindness, "STEPS", 6)
    rate = {} if optimizer == "sgd" else {"learning_rate": 0.003, "schedule": "one-cycle", "decay": 0.1}
    recipes = {name: replace(recipe, optimizer=optimizer, **rate) for name, recipe in RECIPES.items()}  # type: ignore[arg-type]
    found = blindness.missed.__wrapped__(recipes, 3)  # type: ignore[attr-defined]
    for network, known in KNOWN.items():
        for name in blindness.arrangements():
            one = found.sel(network=network, arrangement=name)
            if name in known:
                assert one["logits"] < 1e-9
                assert one["weights"] < 1e-8
                assert one["answers"] == 0
            else:
                assert one["logits"] > 1e-3
                assert np.isnan(one["weights"])


def test_training_moves_the_weights_that_are_compared() -> None:
    recipe, images = RECIPES["transformer"], mnist.load("validation").pixels[:64].double()
    start = {name: value.double() for name, value in models.initialize(recipe, 3)[0].state_dict().items()}
    kept = {name: value.clone() for name, value in start.items()}
    trained = blindness._trained(recipe, 3, start, images)
    assert trained.keys() == start.keys()
    for name, value in trained.items():
        assert torch.equal(start[name], kept[name])
        assert (value != start[name]).any(), name


def test_the_book_has_the_transformer_of_these_patches() -> None:
    assert models.build(registry.TRANSFORMER).get_submodule("tokens").patch == blindness.PATCH
