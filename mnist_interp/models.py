"""The networks of the book: plain `torch.nn.Sequential`s whose layers have names.

`linear1, relu1, linear2, relu2, output`, with `norm1`, `dropout1` and so on between them where a recipe asks. All have
PyTorch's default initialization, drawn from one seed. Inputs are flattened images, (n_images, 784), in [0, 1].
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import nn

from mnist_interp.recipes import Recipe

torch.set_num_threads(1)

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


BUILDERS: dict[str, Callable[..., nn.Sequential]] = {"mlp": mlp}


class Standardize(nn.Module):
    """The input's shift and scale as a layer, so that every model takes pixels in [0, 1]."""

    def __init__(self, shift: float, scale: float) -> None:
        super().__init__()
        self.shift, self.scale = shift, scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ``(x - shift) / scale``."""
        return (x - self.shift) / self.scale


def from_pixels(model: nn.Sequential, recipe: Recipe) -> nn.Sequential:
    """Put the recipe's standardization, where it has one, in front of a model, as a layer ``input``."""
    if not recipe.standardized:
        return model
    return nn.Sequential(OrderedDict([("input", Standardize(recipe.shift, recipe.scale)), *model.named_children()]))


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
