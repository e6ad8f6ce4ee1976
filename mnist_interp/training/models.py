"""The networks of the book: plain `torch.nn.Sequential`s whose layers have names.

`linear1, relu1, linear2, relu2, output`, with `norm1`, `dropout1` and so on between them where a recipe asks; the
convolutional ones `conv1, pool1, relu1, conv2, pool2, relu2, linear3, relu3, output`; those of `transformer`. All have
PyTorch's default initialization, drawn from one seed. Inputs are flattened images, (n_images, 784), in [0, 1].
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import nn

from mnist_interp.training.recipe import Recipe
from mnist_interp.training.transformer import transformer

_SIDE, _SHUFFLED_BY, _PATCH = 28, 0, 7
Norm = Literal["none", "layer-before", "layer-after", "batch-before"]


def _norm(kind: Norm, width: int) -> nn.Module:
    return nn.BatchNorm1d(width) if kind.startswith("batch") else nn.LayerNorm(width)


def mlp(
    *,
    hidden: tuple[int, ...] = (32, 16),
    norms: tuple[Norm, ...] = ("none", "none"),
    dropout: tuple[float, ...] = (0.0, 0.0),
) -> nn.Sequential:
    """Build the 784-32-16-10 network, or a relative of it.

    Parameters
    ----------
    hidden : tuple of int
        Units of each hidden layer.
    norms : tuple of {"none", "layer-before", "layer-after", "batch-before"}
        Normalization of each hidden layer, before or after its ReLU.
    dropout : tuple of float
        Share of units masked while training, at the end of each hidden layer.

    Returns
    -------
    torch.nn.Sequential
        Named layers; maps (n_images, 784) to logits (n_images, 10).

    Raises
    ------
    ValueError
        If the three tuples differ in length.
    """
    if not len(hidden) == len(norms) == len(dropout):
        raise ValueError(
            f"hidden, norms and dropout describe the same layers: expected equal lengths, got {len(hidden)}, "
            f"{len(norms)} and {len(dropout)}"
        )
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    fan_in = 784
    for number, (width, norm, share) in enumerate(zip(hidden, norms, dropout, strict=True), start=1):
        layers[f"linear{number}"] = nn.Linear(fan_in, width)
        if norm.endswith("before"):
            layers[f"norm{number}"] = _norm(norm, width)
        layers[f"relu{number}"] = nn.ReLU()
        if norm.endswith("after"):
            layers[f"norm{number}"] = _norm(norm, width)
        if share:
            layers[f"dropout{number}"] = nn.Dropout(share)
        fan_in = width
    layers["output"] = nn.Linear(fan_in, 10)
    return nn.Sequential(layers)


def cnn(*, channels: tuple[int, int] = (8, 16), padding: int = 2, hidden: int = 32) -> nn.Sequential:
    """Build two convolutions of 5 x 5 pixels, each pooled and rectified, then a hidden layer: 28,874 parameters.

    Pooling comes before the ReLU: the maximum of four rectified values is the rectified maximum, so what comes out is
    the same, a ReLU's output is what the next layer reads (as in `mlp`), and training takes two thirds of the time.

    Parameters
    ----------
    channels : (int, int)
        Of the two convolutions.
    padding : int
        Zeros around a map: 2 keep its size, 0 let it shrink by 4.
    hidden : int
        Units between the maps and the logits.

    Returns
    -------
    torch.nn.Sequential
        Named layers; maps (n_images, 784) to logits (n_images, 10).
    """
    first, second = channels
    side = ((_SIDE + 2 * padding - 4) // 2 + 2 * padding - 4) // 2
    return nn.Sequential(
        OrderedDict(
            image=nn.Unflatten(1, (1, _SIDE, _SIDE)),
            conv1=nn.Conv2d(1, first, 5, padding=padding),
            pool1=nn.MaxPool2d(2),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(first, second, 5, padding=padding),
            pool2=nn.MaxPool2d(2),
            relu2=nn.ReLU(),
            flat=nn.Flatten(),
            linear3=nn.Linear(second * side * side, hidden),
            relu3=nn.ReLU(),
            output=nn.Linear(hidden, 10),
        )
    ).to(memory_format=torch.channels_last)  # convolves 1.5 times as fast


BUILDERS: dict[str, Callable[..., nn.Sequential]] = {"mlp": mlp, "cnn": cnn, "transformer": transformer}


class Standardize(nn.Module):
    """The input's shift and scale as a layer, so that every model takes pixels in [0, 1]."""

    pointwise = True

    def __init__(self, shift: float, scale: float) -> None:
        super().__init__()
        self.shift, self.scale = shift, scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``(x - shift) / scale``."""
        return (x - self.shift) / self.scale


class Shuffle(nn.Module):
    """The same permutation of the pixels of every image, as a layer.

    Parameters
    ----------
    patch : int
        Side of the squares that stay whole: 1 shuffles pixels.
    """

    order: torch.Tensor

    def __init__(self, patch: int = 1) -> None:
        super().__init__()
        per_row = _SIDE // patch
        generator = torch.Generator().manual_seed(_SHUFFLED_BY)
        drawn = torch.randperm(per_row * per_row, generator=generator)
        places = torch.arange(_SIDE * _SIDE).view(per_row, patch, per_row, patch).transpose(1, 2).flatten(0, 1)[drawn]
        order = places.view(per_row, per_row, patch, patch).transpose(1, 2).flatten()
        self.register_buffer("order", order, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``x[:, order]``."""
        return x[:, self.order]


def preparation(recipe: Recipe) -> OrderedDict[str, nn.Module]:
    """Return the layers that a recipe puts in front of a network: what it does to pixels, nothing for most."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if recipe.standardized:
        layers["input"] = Standardize(recipe.shift, recipe.scale)
    if recipe.pixels != "in place":
        layers["shuffle"] = Shuffle(_PATCH if recipe.pixels == "patches shuffled" else 1)
    return layers


def from_pixels(model: nn.Sequential, recipe: Recipe) -> nn.Sequential:
    """Put a recipe's `preparation`, where it has one, in front of a model."""
    return nn.Sequential(OrderedDict([*preparation(recipe).items(), *model.named_children()]))


def build(recipe: Recipe) -> nn.Sequential:
    """Build a recipe's network on torch's default generator.

    Raises
    ------
    ValueError
        If the recipe names an unknown model.
    """
    if recipe.model not in BUILDERS:
        raise ValueError(f"unknown model {recipe.model!r}: expected one of {', '.join(sorted(BUILDERS))}")
    options: dict[str, Any] = dict(recipe.options)
    return BUILDERS[recipe.model](**options)


def initialize(recipe: Recipe, seed: int) -> tuple[nn.Sequential, torch.Generator]:
    """Build a recipe's network from a seed, its first weights scaled as the recipe asks.

    Torch's default generator stays as it was.

    Returns
    -------
    model : torch.nn.Sequential
        In training mode.
    generator : torch.Generator
        The stream of that seed, where the initialization left it.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build(recipe)
        if recipe.first_weights != 1:
            with torch.no_grad():
                next(model.parameters()).mul_(recipe.first_weights)
        generator = torch.Generator()
        generator.set_state(torch.get_rng_state())
    return model, generator


def n_parameters(model: nn.Module) -> int:
    """Count a model's trainable numbers."""
    return sum(parameter.numel() for parameter in model.parameters())
