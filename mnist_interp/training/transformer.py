"""A small vision transformer (Dosovitskiy et al. 2021) as a sequence of named layers.

Its parts are torch's own, with torch's initialization; attention is written out so that what it looks at (`pattern`)
and what each head puts out (`heads`) are layers that instruments can name, such as ``"block1.attention.heads"``.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import nn

_SIDE = 28


class Tokens(nn.Module):
    """An image as tokens: a class token, then one for each patch, row by row; each plus what its place adds.

    Maps (n_images, 784) to (n_images, 1 + n_patches, width).
    """

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.patch = patch
        n_patches = (_SIDE // patch) ** 2
        self.embed = nn.Linear(patch * patch, width)
        self.start = nn.Parameter(torch.empty(1, 1, width).normal_(std=0.02))
        self.positions = nn.Parameter(torch.empty(1, 1 + n_patches, width).normal_(std=0.02))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Cut each image into patches, embed them, and put the class token in front."""
        per_row = _SIDE // self.patch
        patches = x.view(-1, per_row, self.patch, per_row, self.patch).transpose(2, 3).flatten(3).flatten(1, 2)
        return torch.cat([self.start.expand(len(x), -1, -1), self.embed(patches)], dim=1) + self.positions


class Attention(nn.MultiheadAttention):
    """Torch's self-attention, written out: the same parameters, the same result, its steps named.

    ``pattern`` puts out how much each token takes from each, (n_images, n_heads, n_tokens, n_tokens), rows that add up
    to one; ``heads`` what each head brings, (n_images, n_tokens, n_heads, width / n_heads), before they are mixed.
    """

    def __init__(self, width: int, n_heads: int) -> None:
        super().__init__(width, n_heads, batch_first=True)
        self.pattern = nn.Softmax(dim=-1)
        self.heads = nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        """Return what attention adds to each token, (n_images, n_tokens, width)."""
        read = nn.functional.linear(x, self.in_proj_weight, self.in_proj_bias)
        query, key, value = read.unflatten(2, (3, self.num_heads, self.head_dim)).permute(2, 0, 3, 1, 4)
        pattern = self.pattern(query @ key.transpose(2, 3) / math.sqrt(self.head_dim))
        return self.out_proj(self.heads((pattern @ value).transpose(1, 2)).flatten(2))


class Block(nn.Module):
    """Attention, then a layer of units for each token, both reading normalized tokens and adding to them."""

    def __init__(self, width: int, n_heads: int, hidden: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, n_heads)
        self.norm2 = nn.LayerNorm(width)
        self.linear1 = nn.Linear(width, hidden)
        self.gelu = nn.GELU()
        self.linear2 = nn.Linear(hidden, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (n_images, n_tokens, width) to the same."""
        x = x + self.attention(self.norm1(x))
        return x + self.linear2(self.gelu(self.linear1(self.norm2(x))))


class ClassToken(nn.Module):
    """The first token alone: (n_images, n_tokens, width) to (n_images, width)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``x[:, 0]``."""
        return x[:, 0]


def transformer(
    *, patch: int = 7, width: int = 40, n_heads: int = 4, n_blocks: int = 2, mlp: int = 80, hidden: int = 16
) -> nn.Sequential:
    """Build a vision transformer whose class token ends in a hidden layer of its own: 30,106 parameters.

    Parameters
    ----------
    patch : int
        Side of a patch in pixels; 28 is a multiple of it.
    width : int
        Numbers of a token, a multiple of `n_heads`.
    n_heads, n_blocks : int
        Attention heads of a block; blocks.
    mlp : int
        Units for each token within a block.
    hidden : int
        Units between the class token and the logits.

    Returns
    -------
    torch.nn.Sequential
        ``tokens, block1, ..., class, norm, linear3, relu3, output``; maps (n_images, 784) to logits (n_images, 10).

    Raises
    ------
    ValueError
        If patches do not fill the image.
    """
    if _SIDE % patch:
        raise ValueError(f"patches of {patch} pixels do not fill {_SIDE}: expected a divisor of it")
    return nn.Sequential(
        OrderedDict(
            [
                ("tokens", Tokens(patch, width)),
                *((f"block{number}", Block(width, n_heads, mlp)) for number in range(1, n_blocks + 1)),
                ("class", ClassToken()),
                ("norm", nn.LayerNorm(width)),
                ("linear3", nn.Linear(width, hidden)),
                ("relu3", nn.ReLU()),
                ("output", nn.Linear(hidden, 10)),
            ]
        )
    )
