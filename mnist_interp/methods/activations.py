"""What named layers of any network do: activations of a forward pass, gradients of one forward and back.

All that is asked for is kept: 4 bytes x images x units of each layer, so 10,000 images through a layer of 32 cost
1.3 MB, and through 8 maps of 28 x 28 250 MB; ask for fewer layers or images where that hurts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from mnist_interp.methods import network
from mnist_interp.methods.network import PORTION

Recorded = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Recording:
    """Activations of layers, and the gradient of a scalar with respect to them, in one pass."""

    activations: Recorded
    gradients: Recorded


def _keep(found: dict[str, list[torch.Tensor]], layer: str, n_images: Callable[[], int]) -> network.Tap:
    """Return a tap that keeps a layer's output and passes on a copy, which later modules may overwrite."""

    def tap(value: torch.Tensor) -> torch.Tensor:
        if not isinstance(value, torch.Tensor) or value.dim() < 2 or len(value) != n_images():
            shape = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
            raise ValueError(f"the layer {layer!r} puts out {shape}: expected a tensor, (n_images, n_units, ...)")
        found[layer].append(value)
        return value.clone()

    return tap


def _checked(found: dict[str, list[torch.Tensor]]) -> Recorded:
    recorded = {}
    for layer, parts in found.items():
        if not parts:
            raise ValueError(f"the layer {layer!r} has no part in the forward pass, or not this often")
        recorded[layer] = torch.cat(parts) if len(parts) > 1 else parts[0]
        if not recorded[layer].isfinite().all():
            raise ValueError(f"the activations of {layer!r} are not all finite")
    return recorded


def _names(layers: str | Sequence[str]) -> list[str]:
    return [layers] if isinstance(layers, str) else list(layers)


def record(model: nn.Module, images: Any, layers: str | Sequence[str]) -> Recorded:
    """Return each layer's output for each image.

    Parameters
    ----------
    model : torch.nn.Module
        Any; it runs in evaluation mode.
    images : torch.Tensor or array of shape (n_images, ...)
        As the model takes them.
    layers : str or sequence of str
        Names of layers, such as ``["relu1", "relu2"]``, or one of them; of one that is used twice ``"relu#1"`` is the
        first use and ``"relu#2"`` the second.

    Returns
    -------
    dict of torch.Tensor
        For each layer (n_images, n_units), of maps (n_images, channels, height, width), of tokens (n_images, tokens,
        n_units); `unit_axis` says which axis is that of units.

    Raises
    ------
    ValueError
        If a layer is unknown, has no part in the pass, or puts out anything but a tensor with an entry an image; if
        weights or activations are not finite; or if images are whole numbers.
    """
    layers = _names(layers)
    found: dict[str, list[torch.Tensor]] = {name: [] for name in layers}
    with network.ready(model) as net:
        part = batch = network.inputs(net, images)

        def n_images() -> int:
            return len(part)

        taps = {name: _keep(found, name, n_images) for name in layers}
        with torch.no_grad(), network.tapped(net, taps):
            for part in batch.split(PORTION):
                net(part)
        return _checked(found)


def logits(model: nn.Module, images: Any, name: str | int | None = None) -> torch.Tensor:
    """Return logits, (n_images, n_classes), computed in batches to limit memory.

    Parameters
    ----------
    model, images
        As for `record`.
    name : str or int, optional
        Which entry of the output they are, where there are several.

    Raises
    ------
    ValueError
        If there are no logits, or they or weights are not finite; or if images are whole numbers.
    """
    with network.ready(model) as net:
        return network.run(net, network.inputs(net, images), name)


def relu_layers(model: nn.Module) -> list[str]:
    """Name the layers that are ReLUs, in order: the hidden units of every network in the book."""
    return [name for name, module in model.named_modules() if isinstance(module, nn.ReLU)]


def record_per_unit(
    model: nn.Module, images: torch.Tensor, layers: str | Sequence[str], *, maps: Literal["mean", "max"] = "mean"
) -> dict[str, np.ndarray]:
    """Return one number for each unit and image: its activation; of a channel the mean, or the maximum, of its map.

    Parameters
    ----------
    model, images, layers
        As for `record`; in portions, so that 60,000 images through maps take no more memory than 10,000.
    maps : {"mean", "max"}
        What stands for a map.

    Returns
    -------
    dict of numpy.ndarray
        For each layer (n_images, n_units or n_channels).

    Raises
    ------
    ValueError
        As `record`.
    """
    portions, layers = [], _names(layers)
    for portion in images.split(PORTION):
        found = record(model, portion, layers)
        portions.append({name: per_unit(values, maps=maps) for name, values in found.items()})
    return {name: torch.cat([portion[name] for portion in portions]).numpy() for name in layers}


def unit_axis(values: torch.Tensor, axis: int | None = None) -> int:
    """Return the axis of a layer's output along which its units lie.

    As told by `axis`; else the second, such as that of channels, or the last of three, such as the features of tokens.

    Raises
    ------
    ValueError
        If there is no such axis, or it is that of images.
    """
    if axis is None:
        return 2 if values.dim() == 3 else 1
    found = axis + values.dim() if axis < 0 else axis
    if not 0 < found < values.dim():
        raise ValueError(f"axis {axis} of {tuple(values.shape)}: expected that of units, from 1 to {values.dim() - 1}")
    return found


def per_unit(values: torch.Tensor, *, maps: Literal["mean", "max"] = "mean", axis: int | None = None) -> torch.Tensor:
    """Return (n_images, n_units) from activations: themselves, or their mean or maximum over maps or tokens.

    Parameters
    ----------
    values : torch.Tensor of shape (n_images, ...)
        As `record` gives them.
    maps : {"mean", "max"}
        What stands for all positions.
    axis : int, optional
        As of `unit_axis`.
    """
    if values.dim() == 2:
        return values
    moved = values.movedim(unit_axis(values, axis), 1)
    positions = tuple(range(2, moved.dim()))
    return moved.mean(positions) if maps == "mean" else moved.amax(positions)


def gradients(
    model: nn.Module, images: Any, layers: str | Sequence[str], scalar: Callable[[torch.Tensor], torch.Tensor]
) -> Recording:
    """Return activations, and the gradient of a scalar of the logits with respect to them.

    Parameters
    ----------
    model, images, layers
        As for `record`.
    scalar : callable
        Maps logits (n_images, n_classes) to one number; sum over images for per-image gradients.

    Returns
    -------
    Recording
        Two dictionaries of tensors of the same shapes.

    Raises
    ------
    ValueError
        As `record`.
    """
    layers = _names(layers)
    found: dict[str, list[torch.Tensor]] = {name: [] for name in layers}
    with network.ready(model) as net:
        # A leaf that wants gradients makes every layer's output part of the graph, whether or not weights want any.
        batch = network.inputs(net, images).detach().requires_grad_()
        taps = {name: _keep(found, name, lambda: len(batch)) for name in layers}
        with torch.enable_grad(), network.tapped(net, taps):
            reached = scalar(network.logits(net(batch)))
        recorded = _checked(found)
        slopes = torch.autograd.grad(reached, [recorded[name] for name in layers])
    return Recording({name: value.detach() for name, value in recorded.items()}, dict(zip(layers, slopes, strict=True)))
