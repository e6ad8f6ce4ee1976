"""Stacked layers: each against the torch layer that it stacks, forward and back, training and evaluating."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import pytest
import torch
from torch import nn

from mnist_interp.training.ensemble import snapshot, stack
from mnist_interp.training.models import cnn, mlp

N_SEEDS, BATCH, WIDTH = 3, 37, 12
SEEDS = [0, 1, 2]
LAYERS: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(WIDTH, 5),
    "layer norm": lambda: nn.LayerNorm(WIDTH),
    "batch norm": lambda: nn.BatchNorm1d(WIDTH),
    "relu": nn.ReLU,
    "dropout": lambda: nn.Dropout(0.3),
}


def _parts(build: Callable[[], nn.Module], generator: torch.Generator) -> list[nn.Module]:
    """Build layers whose parameters and running statistics are nothing that a default would give."""
    parts = [build() for _ in range(N_SEEDS)]
    for part in parts:
        for tensor in [*part.parameters(), *part.buffers()]:
            if tensor.is_floating_point():
                tensor.data = torch.rand(tensor.shape, generator=generator) + 0.5
    return parts


def _join(parts: list[nn.Module], seed: int) -> nn.Sequential:
    generators = [torch.Generator().manual_seed(100 * seed + i) for i in range(N_SEEDS)]
    return stack([nn.Sequential(OrderedDict(layer=part)) for part in parts], generators)


def _alone(part: nn.Module, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Run a torch layer with torch's default generator in the state of `generator`, and leave that where it got to."""
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(generator.get_state())
        out = part(x)
        generator.set_state(torch.get_rng_state())
    return out


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", LAYERS)
def test_outputs_gradients_and_state_are_those_of_the_parts(kind: str, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    parts = _parts(LAYERS[kind], generator)
    joined = _join(parts, seed)
    streams = [torch.Generator().manual_seed(100 * seed + i) for i in range(N_SEEDS)]
    for training in (True, True, True, False):
        x = (torch.randn(N_SEEDS, BATCH, WIDTH, generator=generator) * 3 + 1).requires_grad_()
        joined.train(training)
        out = joined(x)
        upstream = torch.randn(out.shape, generator=generator)
        joined.zero_grad()
        (slope,) = torch.autograd.grad((out * upstream).sum(), [x], retain_graph=True)
        if parameters := list(joined.parameters()):
            torch.autograd.backward((out * upstream).sum(), inputs=parameters)
        for i, part in enumerate(parts):
            part.train(training).zero_grad()
            alone = x[i].detach().requires_grad_()
            expected = _alone(part, alone, streams[i])
            (expected * upstream[i]).sum().backward()
            torch.testing.assert_close(out[i], expected, rtol=1e-5, atol=2e-6)
            torch.testing.assert_close(slope[i], alone.grad, rtol=1e-4, atol=5e-6)
            for name, parameter in part.named_parameters():
                own = joined.get_parameter(f"layer.{name}").grad[i]
                own = own.mT if kind == "linear" and name == "weight" else own
                torch.testing.assert_close(own.reshape(parameter.shape), parameter.grad, rtol=1e-4, atol=2e-5)
            for name, value in part.state_dict().items():
                torch.testing.assert_close(snapshot(joined)[f"layer.{name}"][i], value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_seeds", [1, 3])
def test_convolutions_are_those_of_the_parts(n_seeds: int) -> None:
    parts = [cnn(channels=(3, 4), hidden=5) for _ in range(n_seeds)]
    joined = stack(parts, [])
    x = torch.rand(n_seeds, 9, 784)
    joined(x).square().sum().backward()
    for i, part in enumerate(parts):
        torch.testing.assert_close(joined(x)[i], part(x[i]))
        part(x[i]).square().sum().backward()
        for name in ("conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"):
            torch.testing.assert_close(joined.get_parameter(name).grad[i], part.get_parameter(name).grad)
            assert torch.equal(snapshot(joined)[name][i], part.get_parameter(name))


@pytest.mark.parametrize("seed", SEEDS)
def test_dropout_masks_are_torchs_own_whoever_else_is_there(seed: int) -> None:
    x = torch.ones(N_SEEDS, BATCH, WIDTH)
    together = _join([nn.Dropout(0.3) for _ in range(N_SEEDS)], seed).train()(x)
    with torch.random.fork_rng(devices=[]):
        for i in range(N_SEEDS):
            torch.manual_seed(100 * seed + i)
            assert torch.equal(together[i], nn.functional.dropout(x[i], 0.3, training=True))


def test_no_seeds_gradient_knows_of_another() -> None:
    model = stack([mlp(norms=("layer-after", "batch-before")) for _ in SEEDS], [])
    x = torch.rand(N_SEEDS, BATCH, 784, requires_grad=True)
    (slope,) = torch.autograd.grad(model(x)[1].square().sum(), [x])
    assert slope[1].abs().max() > 0
    assert not slope[[0, 2]].any()


def test_a_snapshot_loads_into_the_parts_and_does_not_move_with_the_model() -> None:
    options = {"norms": ("batch-before", "layer-after"), "dropout": (0.2, 0.0)}
    parts = [mlp(**options) for _ in SEEDS]
    joined = stack(parts, [torch.Generator() for _ in SEEDS])
    joined.train()(torch.rand(N_SEEDS, BATCH, 784))
    kept = snapshot(joined)
    again = [mlp(**options) for _ in SEEDS]
    for i, model in enumerate(again):
        model.load_state_dict({name: value[i] for name, value in kept.items()})
    with torch.no_grad():
        for parameter in joined.parameters():
            parameter.zero_()
    x = torch.rand(5, 784)
    for part, model, i in zip(parts, again, SEEDS, strict=True):
        torch.testing.assert_close(model.train()(x).shape, part.train()(x).shape)
        for name, value in part.named_parameters():
            assert torch.equal(model.get_parameter(name), value)
            assert torch.equal(kept[name][i], value)


def test_a_layer_without_stacked_form_is_refused_by_name() -> None:
    model = nn.Sequential(OrderedDict(squash=nn.Tanh()))
    with pytest.raises(ValueError, match="layer 'squash' is a Tanh, which has no stacked form: expected Linear"):
        stack([model, model], [])
