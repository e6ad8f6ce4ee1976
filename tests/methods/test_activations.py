"""The probe: against passes by hand and torch's autograd, and its hooks after every way out."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.methods import activations, network
from mnist_interp.training import models
from mnist_interp.training.recipe import Recipe

LAYERS = ["linear1", "relu1", "linear2", "relu2", "output"]


@pytest.fixture
def model() -> nn.Sequential:
    return models.initialize(Recipe(), 3)[0].eval().requires_grad_(False)


@pytest.fixture
def pixels() -> torch.Tensor:
    return torch.rand(20, 784, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def labels() -> torch.Tensor:
    return torch.arange(20) % 10


def n_hooks(model: nn.Module) -> int:
    return sum(len(module._forward_hooks) + len(module._backward_hooks) for module in model.modules())


def _by_hand(model: nn.Sequential, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
    linear1 = pixels @ model.linear1.weight.T + model.linear1.bias
    relu1 = linear1.clamp(min=0)
    linear2 = relu1 @ model.linear2.weight.T + model.linear2.bias
    relu2 = linear2.clamp(min=0)
    return dict(
        zip(LAYERS, (linear1, relu1, linear2, relu2, relu2 @ model.output.weight.T + model.output.bias), strict=True)
    )


def test_activations_are_those_of_a_pass_by_hand(model: nn.Sequential, pixels: torch.Tensor) -> None:
    found = activations.record(model, pixels, LAYERS)
    for name, expected in _by_hand(model, pixels).items():
        torch.testing.assert_close(found[name], expected)
        assert not found[name].requires_grad
    assert set(activations.record(model, pixels, ["relu2"])) == {"relu2"}
    assert n_hooks(model) == 0


@pytest.mark.parametrize("trainable", [False, True])
def test_gradients_of_the_loss_are_those_by_hand(
    model: nn.Sequential, pixels: torch.Tensor, labels: torch.Tensor, trainable: bool
) -> None:
    model.requires_grad_(trainable)
    with torch.no_grad():  # a caller's no_grad must not matter
        found = activations.gradients(model, pixels, LAYERS, lambda z: F.cross_entropy(z, labels, reduction="sum"))
    state = {name: value.detach() for name, value in model.state_dict().items()}
    forward = {name: value.detach() for name, value in _by_hand(model, pixels).items()}
    logits = forward["output"].softmax(1) - F.one_hot(labels, 10)
    relu2 = logits @ state["output.weight"]
    linear2 = relu2 * (forward["linear2"] > 0)
    relu1 = linear2 @ state["linear2.weight"]
    expected = dict(zip(LAYERS, (relu1 * (forward["linear1"] > 0), relu1, linear2, relu2, logits), strict=True))
    for name in LAYERS:
        torch.testing.assert_close(found.gradients[name], expected[name], rtol=1e-4, atol=1e-7)
        torch.testing.assert_close(found.activations[name], forward[name])
        assert not found.activations[name].requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not pixels.requires_grad
    assert n_hooks(model) == 0


def test_gradient_of_a_logit_is_a_row_of_the_readout(model: nn.Sequential, pixels: torch.Tensor) -> None:
    found = activations.gradients(model, pixels, ["relu2"], lambda z: z[:, 7].sum()).gradients["relu2"]
    torch.testing.assert_close(found, model.output.weight[7].expand(20, -1))


def test_names_reach_into_nested_modules_and_maps_keep_their_shape() -> None:
    inner = nn.Sequential()
    inner.add_module("conv", nn.Conv2d(1, 3, 5))
    outer = nn.Sequential()
    outer.add_module("block", inner)
    assert network.layer_names(outer) == ["block", "block.conv"]
    found = activations.record(outer.eval(), torch.zeros(2, 1, 28, 28), ["block.conv"])
    assert found["block.conv"].shape == (2, 3, 24, 24)


def test_an_unknown_layer_is_refused_with_the_known_ones(model: nn.Sequential, pixels: torch.Tensor) -> None:
    for layers in (["relu1", "relu3"], [""]):
        with pytest.raises(ValueError, match=f"unknown layer '{layers[-1]}': this model has linear1, relu1, .*output"):
            activations.record(model, pixels, layers)
    with pytest.raises(ValueError, match="unknown layer"):
        activations.gradients(model, pixels, ["relu3"], torch.sum)
    assert n_hooks(model) == 0


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_hooks_leave_whatever_happens(
    model: nn.Sequential, pixels: torch.Tensor, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def fail(x: torch.Tensor) -> torch.Tensor:
        seen.append(n_hooks(model))
        raise error

    monkeypatch.setattr(model.linear2, "forward", fail)
    with pytest.raises(error):
        activations.record(model, pixels, LAYERS)
    with pytest.raises(error):
        activations.gradients(model, pixels, LAYERS, torch.sum)
    assert min(seen) >= len(LAYERS)
    assert n_hooks(model) == 0


def test_hooks_leave_when_the_scalar_fails_and_other_hooks_stay(model: nn.Sequential, pixels: torch.Tensor) -> None:
    handle = model.relu1.register_forward_hook(lambda module, inputs, output: None)

    def fail(logits: torch.Tensor) -> torch.Tensor:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        activations.gradients(model, pixels, LAYERS, fail)
    assert n_hooks(model) == 1
    handle.remove()


def test_a_model_in_training_mode_is_recorded_in_evaluation_mode_and_stays_in_its_own(pixels: torch.Tensor) -> None:
    model = models.initialize(Recipe(options=(("dropout", (0.5, 0.5)),)), 3)[0]
    expected = activations.record(model.eval(), pixels, ["output"])["output"]
    model.train()
    model.relu1.eval()
    torch.testing.assert_close(activations.record(model, pixels, ["output"])["output"], expected)
    assert model.training
    assert model.linear1.training
    assert not model.relu1.training
