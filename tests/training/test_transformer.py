"""The transformer: its attention against torch's, its tokens against patches cut by hand, and what it is blind to."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mnist_interp.training.models import Shuffle, n_parameters
from mnist_interp.training.recipe import Recipe
from mnist_interp.training.transformer import Attention, Block, Tokens, transformer

WIDTH, HEADS = 24, 3


def _images(n_images: int = 5) -> torch.Tensor:
    return torch.rand(n_images, 784, generator=torch.Generator().manual_seed(1))


def test_attention_written_out_is_torchs_own_forward_and_back() -> None:
    torch.manual_seed(0)
    own = Attention(WIDTH, HEADS)
    torchs = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    for parameter in own.parameters():
        nn.init.normal_(parameter, std=0.3)
    torchs.load_state_dict(own.state_dict())
    x = torch.randn(4, 7, WIDTH)
    seen: list[torch.Tensor] = []
    own.pattern.register_forward_hook(lambda module, inputs, output: seen.append(output))
    expected, attention = torchs(x, x, x, need_weights=True, average_attn_weights=False)
    found = own(x)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(seen[0], attention)
    torch.testing.assert_close(seen[0].sum(-1), torch.ones(4, HEADS, 7))
    found.square().sum().backward()
    expected.square().sum().backward()
    for name, parameter in own.named_parameters():
        torch.testing.assert_close(parameter.grad, torchs.get_parameter(name).grad, rtol=1e-4, atol=1e-4)


def test_a_block_is_torchs_encoder_layer_with_norms_first() -> None:
    torch.manual_seed(0)
    own = Block(WIDTH, HEADS, 40).eval()
    torchs = nn.TransformerEncoderLayer(
        WIDTH, HEADS, 40, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    ).eval()
    names = {"self_attn": "attention"}
    state = {}
    for name in torchs.state_dict():
        first, _, rest = name.partition(".")
        state[name] = own.state_dict()[f"{names.get(first, first)}.{rest}"]
    torchs.load_state_dict(state)
    x = torch.randn(4, 7, WIDTH)
    with torch.no_grad():
        torch.testing.assert_close(own(x), torchs(x))


def test_tokens_are_patches_row_by_row_behind_the_class_token() -> None:
    tokens = Tokens(7, WIDTH)
    images = _images()
    with torch.no_grad():
        found = tokens(images)
        for place in range(16):
            row, column = divmod(place, 4)
            patch = images.view(-1, 28, 28)[:, 7 * row : 7 * row + 7, 7 * column : 7 * column + 7].flatten(1)
            torch.testing.assert_close(found[:, 1 + place], tokens.embed(patch) + tokens.positions[0, 1 + place])
        torch.testing.assert_close(found[:, 0], (tokens.start[0] + tokens.positions[:, 0]).expand(5, -1))


def test_a_renamed_transformer_says_the_same_of_shuffled_patches() -> None:
    torch.manual_seed(0)
    plain, renamed = transformer().eval(), transformer().eval()
    renamed.load_state_dict(plain.state_dict())
    grid = torch.arange(784).view(4, 7, 4, 7).transpose(1, 2).flatten(2).flatten(0, 1)
    moved, within = torch.randperm(16), torch.randperm(49)
    order = torch.empty(784, dtype=torch.long)
    order[grid.flatten()] = grid[moved][:, within].flatten()
    with torch.no_grad():
        renamed[0].embed.weight.copy_(plain[0].embed.weight[:, within])
        positions = plain[0].positions[:, 1:][:, moved]
        renamed[0].positions[:, 1:].copy_(positions)
        torch.testing.assert_close(renamed(_images()[:, order]), plain(_images()), rtol=1e-5, atol=1e-5)
        assert (plain(_images()[:, order]) - plain(_images())).abs().max() > 1e-3


def test_shuffled_patches_stay_whole_and_none_is_lost() -> None:
    order = Shuffle(7).order.view(4, 7, 4, 7).transpose(1, 2).flatten(2).flatten(0, 1)
    grid = torch.arange(784).view(4, 7, 4, 7).transpose(1, 2).flatten(2).flatten(0, 1)
    taken = [int((grid == row).all(1).nonzero().item()) for row in order]
    assert sorted(taken) == list(range(16))
    assert taken != list(range(16))


def test_parameters_and_logits_are_as_described() -> None:
    model = transformer()
    assert n_parameters(model) == 30_106
    assert model(_images()).shape == (5, 10)


def test_patches_that_do_not_fill_the_image_are_refused() -> None:
    with pytest.raises(ValueError, match="patches of 5 pixels"):
        transformer(patch=5)


def test_sgd_with_decay_is_refused() -> None:
    with pytest.raises(ValueError, match="only Adam's is decoupled"):
        Recipe(decay=0.1)
