"""Hooks that record what named layers do, and take themselves off.

``record`` for a forward pass, ``gradients`` for one pass forward and back. Both keep everything they are asked
for: 4 bytes x images x units of each layer, so 10,000 images through a layer of 32 cost 1.3 MB, and through 8 maps of
28 x 28 250 MB; ask for fewer layers or images where that hurts. Hooks leave when the call does, whichever way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn

PORTION = 500  # images a pass: their maps stay near the processor, twice as fast as 10,000 at once; outputs are equal
Recorded = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Recording:
    """Activations of layers, and the gradient of a scalar with respect to them, in one pass."""

    activations: Recorded
    gradients: Recorded


def layer_names(model: nn.Module) -> list[str]:
    """List the layers that can be recorded."""
    return [name for name, _ in model.named_modules() if name]


@contextmanager
def recording(model: nn.Module, layers: Sequence[str]) -> Iterator[Recorded]:
    """Record the outputs of `layers` at every forward pass inside the ``with`` block; the last pass stays.

    Raises
    ------
    ValueError
        If the model has no layer of that name, or is in training mode.
    """
    if model.training:
        raise ValueError(
            "the model is in training mode, where dropout and batch statistics vary: call model.eval() first"
        )
    modules = dict(model.named_modules())
    unknown = [name for name in layers if name not in modules or not name]
    if unknown:
        raise ValueError(f"unknown layer {unknown[0]!r}: this model has {', '.join(layer_names(model))}")
    recorded: Recorded = {}

    def keep(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...], torch.Tensor], None]:
        def hook(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
            recorded[name] = output

        return hook

    handles = [modules[name].register_forward_hook(keep(name)) for name in layers]
    try:
        yield recorded
    finally:
        for handle in handles:
            handle.remove()


def record(model: nn.Module, inputs: torch.Tensor, layers: Sequence[str]) -> Recorded:
    """Return what each layer puts out for each image.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode.
    inputs : torch.Tensor of shape (n_images, 784) or (n_images, 1, 28, 28)
        Pixels in [0, 1].
    layers : sequence of str
        Names of layers, such as ``["relu1", "relu2"]``.

    Returns
    -------
    dict of torch.Tensor
        For each layer (n_images, n_units), or (n_images, channels, height, width) for maps.

    Raises
    ------
    ValueError
        If a layer is unknown.
    """
    found: dict[str, list[torch.Tensor]] = {name: [] for name in layers}
    with torch.no_grad(), recording(model, layers) as recorded:
        for portion in inputs.split(PORTION):
            model(portion)
            for name, values in recorded.items():
                found[name].append(values)
    return {name: torch.cat(parts) for name, parts in found.items()}


def logits(model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Return logits, (n_images, 10), in portions, so that maps of many images never stand in memory at once."""
    with torch.no_grad():
        return torch.cat([model(portion) for portion in inputs.split(PORTION)])


def relu_layers(model: nn.Module) -> list[str]:
    """Name the layers that are ReLUs, the first first: the hidden units of every network of the book."""
    return [name for name, module in model.named_modules() if isinstance(module, nn.ReLU)]


def record_per_unit(
    model: nn.Module, inputs: torch.Tensor, layers: Sequence[str], *, maps: Literal["mean", "max"] = "mean"
) -> dict[str, np.ndarray]:
    """Return one number for each unit and image: its activation; of a channel the mean, or the maximum, of its map.

    Parameters
    ----------
    model, inputs, layers
        As for `activations`; in portions, so that 60,000 images through maps take no more memory than 10,000.
    maps : {"mean", "max"}
        What stands for a map.

    Returns
    -------
    dict of numpy.ndarray
        For each layer (n_images, n_units or n_channels).

    Raises
    ------
    ValueError
        If a layer is unknown.
    """
    portions = []
    for portion in inputs.split(PORTION):
        found = record(model, portion, layers)
        portions.append({name: per_unit(values, maps=maps) for name, values in found.items()})
    return {name: torch.cat([portion[name] for portion in portions]).numpy() for name in layers}


def per_unit(values: torch.Tensor, *, maps: Literal["mean", "max"] = "mean") -> torch.Tensor:
    """Return (n_images, n_units) from activations: themselves, or of maps their mean or maximum over positions."""
    if values.dim() != 4:
        return values
    return values.mean((2, 3)) if maps == "mean" else values.amax((2, 3))


def gradients(
    model: nn.Module, inputs: torch.Tensor, layers: Sequence[str], scalar: Callable[[torch.Tensor], torch.Tensor]
) -> Recording:
    """Return activations, and the gradient of a scalar of the logits with respect to them.

    Parameters
    ----------
    model, inputs, layers
        As for `activations`.
    scalar : callable
        Maps logits (n_images, 10) to one number; sum over images for per-image gradients.

    Returns
    -------
    Recording
        Two dictionaries of tensors of the same shapes.

    Raises
    ------
    ValueError
        If a layer is unknown.
    """
    with torch.enable_grad(), recording(model, layers) as recorded:
        # A leaf that wants gradients makes every layer's output part of the graph, whether or not weights want any.
        outputs = scalar(model(inputs.detach().requires_grad_()))
        found = torch.autograd.grad(outputs, [recorded[name] for name in layers])
    return Recording({name: value.detach() for name, value in recorded.items()}, dict(zip(layers, found, strict=True)))
