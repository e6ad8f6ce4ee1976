"""The engine: against a plain loop over torch's DataLoader, and a seed in company against the seed alone.

Tolerances, of a layer's largest weight. Rounding differs between instruction sets and libraries, little in the first
steps: `CLOSE` holds for eight with torch's kernels for AVX-512, AVX2 and none of them, and with MKL's most compatible
ones. Then it may take one ReLU to the other side of its kink, and two trainings go their ways: in ten epochs by up to
0.01 without convolutions, held to `LATE`. With convolutions, and maxima as further kinks, there is no bound worth the
name (0.005 was seen after 20 steps), so these train for one epoch.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mnist_interp.data.mnist import Digits
from mnist_interp.training import compiled_learner, loop, models
from mnist_interp.training.recipe import Recipe
from tests.small import KINDS, PLAIN, STEPS_PER_EPOCH, few_images

Weights = dict[str, np.ndarray]
FEW_STEPS, CLOSE, LATE = 8, 2e-5, 0.02


def _naive(recipe: Recipe, seed: int, digits: Digits) -> tuple[list[Weights], list[float], list[float]]:
    """Train as a notebook would, one model, one loader, torch's default generator; return weights at checkpoints."""
    inputs = (torch.from_numpy(digits.images).float().flatten(1) / 255 - recipe.shift) / recipe.scale
    if recipe.pixels == "shuffled":
        inputs = inputs[:, torch.randperm(784, generator=torch.Generator().manual_seed(0))]
    if recipe.pixels == "patches shuffled":
        drawn = torch.randperm(16, generator=torch.Generator().manual_seed(0))
        rows = [inputs.view(-1, 28, 28)[:, 7 * (k // 4) : 7 * (k // 4) + 7] for k in drawn.tolist()]
        cut = [row[:, :, 7 * (k % 4) : 7 * (k % 4) + 7] for row, k in zip(rows, drawn.tolist(), strict=True)]
        inputs = torch.cat([torch.cat(cut[4 * i : 4 * i + 4], dim=2) for i in range(4)], dim=1).flatten(1)
    losses, accuracies = [], []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = models.build(recipe)
        for layer in recipe.frozen:
            model.get_submodule(layer).requires_grad_(False)
        loader = DataLoader(TensorDataset(inputs, torch.from_numpy(digits.labels)), batch_size=64, shuffle=True)
        if recipe.optimizer == "sgd":
            optimizer: torch.optim.Optimizer = torch.optim.SGD(model.parameters(), lr=recipe.learning_rate)
        else:
            optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.decay)
        cycle = None
        if recipe.schedule == "one-cycle":
            steps = recipe.epochs * len(loader)
            cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, total_steps=steps)
        states = [{name: value.numpy().copy() for name, value in model.state_dict().items()}]
        steps, wanted = 0, loop.checkpoint_steps(recipe)
        for _ in range(recipe.epochs):
            total, hits = 0.0, 0
            for images, labels in loader:
                logits = model(images)
                loss = nn.functional.cross_entropy(logits, labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if cycle is not None:
                    cycle.step()
                steps += 1
                if steps in wanted:
                    states.append({name: value.numpy().copy() for name, value in model.state_dict().items()})
                total += loss.item() * len(labels)
                hits += int((logits.argmax(1) == labels).sum())
            losses.append(total / len(digits))
            accuracies.append(hits / len(digits))
    return states, losses, accuracies


def _steady(kind: str) -> Recipe:
    """Return a recipe of so many epochs as rounding allows to compare."""
    recipe = KINDS[kind]
    return replace(recipe, epochs=1) if recipe.model == "cnn" else recipe


def _assert_equal_up_to_rounding(recipe: Recipe, ours: Weights, theirs: Weights) -> None:
    """Hold weights by name, each (n_checkpoints, ...), to the two tolerances."""
    few = loop.checkpoint_steps(recipe).index(FEW_STEPS) + 1
    for name, value in theirs.items():
        largest = np.abs(value[-1]).max()
        np.testing.assert_allclose(ours[name][:few], value[:few], rtol=0, atol=CLOSE * largest, err_msg=name)
        if recipe.model == "mlp":
            np.testing.assert_allclose(ours[name][-1], value[-1], rtol=0, atol=LATE * largest, err_msg=name)


def _weights(arrays: loop.Arrays, place: int) -> Weights:
    return {name[8:]: value[place] for name, value in arrays.items() if name.startswith("weights/")}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("dropout", "shuffled labels")])
@pytest.mark.parametrize("seed", [7, 31416])
def test_equals_a_plain_loop_over_the_dataloader(kind: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    few = few_images(monkeypatch)
    recipe = replace(_steady(kind), order="dataloader")
    states, losses, accuracies = _naive(recipe, seed, few)
    arrays = loop.train(recipe, (seed,))
    naive = {name: np.stack([state[name] for state in states]) for name in states[0]}
    _assert_equal_up_to_rounding(recipe, _weights(arrays, 0), naive)
    np.testing.assert_allclose(arrays["loss"][0], losses, atol=1e-3)
    np.testing.assert_allclose(arrays["accuracy"][0], accuracies, atol=2.5 / len(few))
    assert recipe.epochs == 1 or arrays["accuracy"][0, -1] > 0.35


def test_shuffled_labels_are_those_labels_permuted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    few = few_images(monkeypatch)
    recipe = replace(KINDS["shuffled labels"], order="dataloader")
    permuted = few.labels[torch.randperm(len(few), generator=loop.generator_for(7, "labels")).numpy()]
    assert (permuted == few.labels).mean() < 0.2
    states, losses, _ = _naive(recipe, 7, Digits(few.images, permuted))
    arrays = loop.train(recipe, (7,))
    np.testing.assert_allclose(arrays["weights/output.weight"][0, -1], states[-1]["output.weight"], atol=LATE)
    np.testing.assert_allclose(arrays["loss"][0], losses, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gets_in_company_what_it_gets_alone(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few_images(monkeypatch)
    seeds = (3, 4, 5, 11)
    recipe = _steady(kind)
    together = loop.train(recipe, seeds)
    for place, seed in enumerate(seeds):
        alone = loop.train(recipe, (seed,))
        if compiled_learner.applies(recipe):
            for name, value in _weights(alone, 0).items():
                np.testing.assert_array_equal(_weights(together, place)[name], value)
        _assert_equal_up_to_rounding(recipe, _weights(together, place), _weights(alone, 0))
        np.testing.assert_allclose(together["loss"][place], alone["loss"][0], atol=1e-3)
    final = together["weights/output.weight"][:, -1]
    assert np.abs(final[0] - final[1]).max() > 0.1, "two seeds must differ"


def test_global_defaults_of_torch_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    few_images(monkeypatch)
    for kind in ("dropout", "batch norm"):  # one for each learner
        recipe = replace(KINDS[kind], epochs=2)
        usual = loop.train(recipe, (7,))
        torch.set_default_dtype(torch.float64)
        try:
            with torch.device("meta"), torch.no_grad(), torch.inference_mode():
                unusual = loop.train(recipe, (7,))
            assert torch.get_default_dtype() == torch.float64, "and they stay as they were"
        finally:
            torch.set_default_dtype(torch.float32)
        for name, value in usual.items():
            assert unusual[name].dtype == value.dtype
            np.testing.assert_array_equal(unusual[name], value, err_msg=name)


def test_scaled_inputs_are_scaled_first_weights_and_their_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs times s train as raw ones do whose first weights start s times larger and learn s squared as fast."""
    few_images(monkeypatch)
    factor = 1 / 0.3081
    scaled = loop.train(replace(PLAIN, scale=0.3081), (7, 8))
    arm = loop.train(replace(PLAIN, first_weights=factor, first_rate=factor**2), (7, 8))
    assert np.abs(scaled["weights/linear1.weight"] - arm["weights/linear1.weight"]).max() > 0.1
    scaled["weights/linear1.weight"] = scaled["weights/linear1.weight"] * np.float32(factor)
    for place in range(2):
        _assert_equal_up_to_rounding(PLAIN, _weights(arm, place), _weights(scaled, place))
    np.testing.assert_allclose(arm["loss"], scaled["loss"], atol=1e-3)
    for one in ({"first_weights": factor}, {"first_rate": factor**2}):
        half = loop.train(replace(PLAIN, **one), (7, 8))
        assert np.abs(half["loss"] - scaled["loss"]).max() > 0.01, "either alone is another training"


def test_the_same_seeds_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    few_images(monkeypatch)
    torch.manual_seed(0)
    one = loop.train(KINDS["dropout"], (1, 2))
    torch.manual_seed(1)
    other = loop.train(KINDS["dropout"], (1, 2))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_arms_with_and_without_dropout_see_the_same_minibatches(monkeypatch: pytest.MonkeyPatch) -> None:
    few_images(monkeypatch)
    seen: dict[str, list[torch.Tensor]] = {"plain": [], "dropout": []}
    draw = loop.MinibatchOrder.epoch
    for kind, orders in seen.items():

        def spy(self: loop.MinibatchOrder, n_images: int, orders: list[torch.Tensor] = orders) -> torch.Tensor:
            orders.append(draw(self, n_images))
            return orders[-1]

        monkeypatch.setattr(loop.MinibatchOrder, "epoch", spy)
        loop.train(replace(KINDS[kind], epochs=3), (1, 2))
    assert len(seen["plain"]) == 6
    assert all(torch.equal(a, b) for a, b in zip(*seen.values(), strict=True))


def test_checkpoints_are_dense_at_first_then_one_an_epoch() -> None:
    steps = loop.checkpoint_steps(Recipe())
    assert steps[:11] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert steps[11:] == [938 * epoch for epoch in range(1, 21)]
    assert loop.steps_per_epoch(Recipe(images="fit", batch_size=128)) == 430
    for epochs in (1, 2):
        lasting = loop.checkpoint_steps(Recipe(dense=400, dense_epochs=2, epochs=epochs))
        assert lasting[9:] == [256, 400, 512, 800, 938, 1200, 1600, 1876][: 5 if epochs == 1 else None]
    dense = loop.checkpoint_steps(Recipe(dense=100, epochs=2))
    assert dense == [
        0,
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        100,
        128,
        200,
        256,
        *range(300, 501, 100),
        512,
        *range(600, 938, 100),
        938,
        1876,
    ]


def test_frozen_layers_stay_and_the_others_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    few_images(monkeypatch)
    arrays = loop.train(replace(KINDS["frozen convolutions"], epochs=1), (1, 2))
    moved = {name[8:]: np.abs(value[:, -1] - value[:, 0]).max() for name, value in arrays.items() if "weight" in name}
    still = {name for name, distance in moved.items() if distance == 0}
    assert still == {"conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"}


def test_the_mlp_is_the_same_network_on_shuffled_pixels_with_its_columns_shuffled() -> None:
    model, _ = models.initialize(Recipe(), 3)
    recipe = Recipe(pixels="shuffled")
    order = models.preparation(recipe)["shuffle"].order
    pixels = torch.rand(50, 784, generator=torch.Generator().manual_seed(0))
    expected = model(pixels)
    with torch.no_grad():
        model.linear1.weight.copy_(model.linear1.weight[:, order].clone())
    torch.testing.assert_close(models.from_pixels(model, recipe)(pixels), expected)
    assert not torch.equal(order, torch.arange(784))


def test_every_checkpoint_is_the_network_after_so_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    few = few_images(monkeypatch)
    recipe = replace(PLAIN, order="dataloader", epochs=2)
    arrays = loop.train(recipe, (7,))
    steps = loop.checkpoint_steps(recipe)
    assert steps == [0, 1, 2, 4, 8, 16, STEPS_PER_EPOCH, 2 * STEPS_PER_EPOCH]
    assert arrays["weights/linear1.weight"].shape == (1, len(steps), 32, 784)
    start, stream = models.initialize(recipe, 7)
    order = loop.MinibatchOrder("dataloader", 7, stream).epoch(len(few))
    optimizer = torch.optim.SGD(start.parameters(), lr=recipe.learning_rate)
    for step in range(17):
        if step in steps:
            found = torch.from_numpy(arrays["weights/linear1.weight"][0, steps.index(step)])
            torch.testing.assert_close(found, start.linear1.weight.detach(), rtol=1e-4, atol=1e-6)
        batch = order[64 * step : 64 * (step + 1)]
        optimizer.zero_grad()
        nn.functional.cross_entropy(start(few.pixels[batch]), few.targets[batch]).backward()
        optimizer.step()
