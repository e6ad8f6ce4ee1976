"""Rollout, contributions, heads held and paths patched: against loops, plain forward passes, and identities."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from mnist_interp.methods import activations, attention
from mnist_interp.training.transformer import Attention, Block, transformer

FIRST, SECOND = "block1.attention.heads", "block2.attention.heads"
PATTERNS = ["block1.attention.pattern", "block2.attention.pattern"]
N = 5


@pytest.fixture(scope="module")
def model() -> torch.nn.Sequential:
    torch.manual_seed(3)
    made = transformer().eval().requires_grad_(False)
    for parameter in made.parameters():
        if parameter.dim() > 1:
            parameter.mul_(2.5)  # so that patterns are far from even
    return made


def _images(seed: int) -> torch.Tensor:
    return torch.rand(N, 784, generator=torch.Generator().manual_seed(seed))


def _plain_attention(block: Block, x: torch.Tensor) -> torch.Tensor:
    """What heads bring, (n, tokens, heads, 10), by a loop over heads."""
    read, layer = block.norm1(x), block.attention
    brought = []
    for head in range(4):
        query, key, value = (
            read @ layer.in_proj_weight[part * 40 + head * 10 : part * 40 + head * 10 + 10].T
            + layer.in_proj_bias[part * 40 + head * 10 : part * 40 + head * 10 + 10]
            for part in range(3)
        )
        scores = torch.einsum("nqd,nkd->nqk", query, key) / math.sqrt(10)
        brought.append(torch.softmax(scores, -1) @ value)
    return torch.stack(brought, 2)


def _after(block: Block, x: torch.Tensor, brought: torch.Tensor) -> torch.Tensor:
    """What a block makes of tokens when its heads bring this."""
    x = x + F.linear(brought.flatten(2), block.attention.out_proj.weight, block.attention.out_proj.bias)
    hidden = F.gelu(
        F.linear(F.layer_norm(x, (40,), block.norm2.weight, block.norm2.bias), block.linear1.weight, block.linear1.bias)
    )
    return x + F.linear(hidden, block.linear2.weight, block.linear2.bias)


def _readout(model: torch.nn.Sequential, x: torch.Tensor) -> torch.Tensor:
    names = ("norm", "linear3", "relu3", "output")
    token = x[:, 0]
    for name in names:
        token = model.get_submodule(name)(token)
    return token


def test_rows_of_patterns_and_of_rollout_add_up_to_one_and_rollout_is_its_formula(model: torch.nn.Sequential) -> None:
    found = activations.record(model, _images(0), PATTERNS)
    for pattern in found.values():
        torch.testing.assert_close(pattern.sum(-1), torch.ones(N, 4, 17))
    rolled = attention.rollout([found[name] for name in PATTERNS])
    torch.testing.assert_close(rolled.sum(-1), torch.ones(N, 17))
    one, two = (0.5 * found[name].mean(1) + 0.5 * torch.eye(17) for name in PATTERNS)
    by_hand = torch.zeros(N, 17, 17)
    for middle in range(17):
        by_hand += two[:, :, middle, None] * one[:, middle, None, :]
    torch.testing.assert_close(rolled, by_hand)
    assert (rolled - (one.transpose(1, 2) @ two).transpose(1, 2)).abs().max() > 1e-3  # the order of blocks matters


def test_rollout_of_tokens_that_look_at_themselves_is_the_identity() -> None:
    still = torch.eye(6).expand(2, 3, 6, 6)
    torch.testing.assert_close(attention.rollout([still, still]), torch.eye(6).expand(2, 6, 6))


def test_contributions_are_the_lengths_of_what_is_written_of_each_token() -> None:
    torch.manual_seed(1)
    layer = Attention(24, 3).requires_grad_(False)
    x, seen = torch.randn(2, 7, 24), []
    layer.pattern.register_forward_hook(lambda module, inputs, output: seen.append(output))
    written = layer(x)[:, 0]
    parts = torch.zeros(2, 7, 24)
    for head in range(3):
        rows = slice(48 + 8 * head, 48 + 8 * head + 8)
        value = x @ layer.in_proj_weight[rows].T + layer.in_proj_bias[rows]
        parts += seen[0][:, head, 0, :, None] * (value @ layer.out_proj.weight[:, 8 * head : 8 * head + 8].T)
    torch.testing.assert_close(parts.sum(1) + layer.out_proj.bias, written)
    torch.testing.assert_close(attention.contributions(layer, x, seen[0]), parts.norm(dim=-1))


@pytest.mark.parametrize(("number", "head"), [(1, 0), (1, 3), (2, 1)])
def test_a_head_held_by_hooks_is_a_forward_pass_rewritten(model: torch.nn.Sequential, number: int, head: int) -> None:
    layer = f"block{number}.attention.heads"
    mean = activations.record(model, _images(1), layer)[layer].mean(0, keepdim=True)
    found = attention.held(model, _images(0), {layer: mean}, {layer: [head]})
    x = model.get_submodule("tokens")(_images(0))
    for one in (1, 2):
        block = model.get_submodule(f"block{one}")
        assert isinstance(block, Block)
        brought = _plain_attention(block, x)
        if one == number:
            brought[:, :, head] = mean[0, :, head]
        x = _after(block, x, brought)
    torch.testing.assert_close(found, _readout(model, x), rtol=1e-4, atol=1e-4)
    assert (found - model(_images(0))).abs().max() > 1e-2


def test_patched_from_itself_nothing_changes(model: torch.nn.Sequential) -> None:
    base, heads = _images(0), {FIRST: [0, 2], SECOND: [1]}
    expected = model(base)
    torch.testing.assert_close(attention.patched(model, base, base, heads), expected)
    torch.testing.assert_close(attention.patched(model, base, base, {FIRST: [1]}, frozen=[SECOND]), expected)
    torch.testing.assert_close(attention.patched(model, base, base, {FIRST: [1]}, receiver=SECOND), expected)


def test_all_heads_bring_the_class_token_all_it_knows(model: torch.nn.Sequential) -> None:
    base, source = _images(0), _images(1)
    both = attention.patched(model, base, source, {FIRST: range(4), SECOND: range(4)})
    torch.testing.assert_close(both, model(source))
    one = attention.patched(model, base, source, {SECOND: range(4)})
    assert (one - model(source)).abs().max() > 1e-2


def test_all_heads_of_a_block_everywhere_are_what_its_attention_puts_out(model: torch.nn.Sequential) -> None:
    base, source = _images(0), _images(1)
    found = attention.patched(model, base, source, {FIRST: range(4)}, everywhere=True)
    first, second = model.get_submodule("block1"), model.get_submodule("block2")
    assert isinstance(first, Block)
    assert isinstance(second, Block)
    tokens = model.get_submodule("tokens")
    x = _after(first, tokens(base), _plain_attention(first, tokens(source)))
    torch.testing.assert_close(found, _readout(model, second(x)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("head", [0, 3])
def test_paths_are_forward_passes_rewritten(model: torch.nn.Sequential, head: int) -> None:
    base, source = _images(0), _images(1)
    first, second = model.get_submodule("block1"), model.get_submodule("block2")
    assert isinstance(first, Block)
    assert isinstance(second, Block)
    tokens = model.get_submodule("tokens")
    own = _plain_attention(first, tokens(base))
    given = own.clone()
    given[:, 0, head] = _plain_attention(first, tokens(source))[:, 0, head]
    clean, changed = _after(first, tokens(base), own), _after(first, tokens(base), given)
    for found, (carried, heard) in {
        attention.patched(model, base, source, {FIRST: [head]}): (changed, changed),
        attention.patched(model, base, source, {FIRST: [head]}, frozen=[SECOND]): (changed, clean),
        attention.patched(model, base, source, {FIRST: [head]}, receiver=SECOND): (clean, changed),
    }.items():
        expected = _readout(model, _after(second, carried, _plain_attention(second, heard)))
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        assert (found - model(base)).abs().max() > 1e-4
