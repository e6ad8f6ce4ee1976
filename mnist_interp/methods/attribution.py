"""What in an image a unit responds to: saliency, exact input weights, one-hot maps, integrated gradients.

Between two kinks of its ReLUs a network is linear, so on each image a unit has exact weights over the pixels: the
gradient of its pre-activation. Saliency (Simonyan et al. 2014, arXiv:1312.6034) is their absolute value; integrated
gradients (Sundararajan et al. 2017, arXiv:1703.01365) average them along the way from a baseline to the image. Both
are captum's. All attribute what a layer puts out in the network's own forward pass, so any network will do; name a
layer before its ReLU, as what a ReLU has cut off has no gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from mnist_interp.methods import activations, network
from mnist_interp.methods.ablation import checked_units


class _Until(nn.Module):
    """A network up to a layer: the layer's output, one number per unit, by the network's own forward pass."""

    def __init__(self, model: nn.Module, layer: str, axis: int | None) -> None:
        super().__init__()
        self.inner, self.layer, self.axis = model, layer, axis

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        found: list[torch.Tensor] = []

        def tap(value: torch.Tensor) -> torch.Tensor:
            found.append(value)
            return value.clone()

        with network.tapped(self.inner, {self.layer: tap}):
            self.inner(images)
        if not found:
            raise ValueError(f"the layer {self.layer!r} has no part in the forward pass, or not this often")
        return activations.per_unit(found[0], axis=self.axis)


@contextmanager
def _until(
    model: nn.Module, layer: str, images: Any, units: Sequence[int] | None, axis: int | None
) -> Iterator[tuple[nn.Module, torch.Tensor, list[int]]]:
    """Return a network up to a layer, images as it takes them, and unit indices (default: all units)."""
    with network.ready(model) as net:
        batch = network.inputs(net, images)
        with torch.no_grad():
            # A layer or a unit that is unknown is said before captum wraps it.
            values = activations.record(net, batch[:1], [layer])[layer]
        n_units = values.shape[activations.unit_axis(values, axis)]
        yield _Until(net, layer, axis), batch, checked_units(range(n_units) if units is None else units, n_units)


def saliency(model: nn.Module, images: Any, layer: str, unit: int, *, axis: int | None = None) -> np.ndarray:
    """Return how much each pixel of each image moves a unit, by captum: the gradient's absolute value.

    Parameters
    ----------
    model : torch.nn.Module
        Any.
    images : torch.Tensor of shape (n_images, ...)
        As the model takes them.
    layer : str
        Name of a layer, such as ``"linear2"``.
    unit : int
        One of its units; of maps their mean, of tokens theirs.
    axis : int, optional
        Of the layer's units in its output; unless told as `activations.unit_axis` says.

    Returns
    -------
    numpy.ndarray of the images' shape
        In activation per input.

    Raises
    ------
    ValueError
        If the layer or the unit is unknown.
    """
    from captum.attr import Saliency  # takes a second: not at import

    with _until(model, layer, images, [unit], axis) as (until, batch, _):
        found = Saliency(until).attribute(batch.clone().requires_grad_(), target=unit)
    return found.detach().cpu().numpy()


def input_weights(
    model: nn.Module, images: Any, layer: str, *, units: Sequence[int] | None = None, axis: int | None = None
) -> np.ndarray:
    """Return each unit's effective weights over the inputs on each image: the gradient of its output.

    Where the network is made of linear layers and ReLUs these are exact: around an image ``x`` the unit puts out
    ``weights @ x`` plus a constant that depends on which ReLUs are open. Elsewhere they are the slope.

    Parameters
    ----------
    model : torch.nn.Module
        Any.
    images : torch.Tensor of shape (n_images, ...)
        As the model takes them.
    layer : str
        Whose units; of maps their means. Behind a ReLU, units that are shut have none.
    units : sequence of int, optional
        Which units; all unless told.
    axis : int, optional
        As of `saliency`.

    Returns
    -------
    numpy.ndarray of shape (n_images, n_units, ...)
        In activation per input; 4 bytes each, so 16 units on 1,000 images of 784 pixels take 50 MB.

    Raises
    ------
    ValueError
        If the layer or a unit is unknown, or as of `activations.record`.
    """
    with _until(model, layer, images, units, axis) as (until, batch, chosen):
        leaf = batch.clone().requires_grad_()
        said = until(leaf)
        slopes = [torch.autograd.grad(said[:, k].sum(), leaf, retain_graph=True)[0] for k in chosen]
    return torch.stack(slopes, dim=1).cpu().numpy()


def one_hot_maps(model: nn.Module, layer: str) -> np.ndarray:
    """Return what each pixel, turned on alone, adds to each unit's pre-activation on the blank image.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode.
    layer : str
        A layer before its ReLU, such as ``"linear2"``: behind it, units that the blank image leaves shut show nothing.

    Returns
    -------
    numpy.ndarray of shape (n_units, 784)
        Pre-activation with the pixel at 1, less that of the blank image.

    Raises
    ------
    ValueError
        If the layer is unknown.
    """
    found = activations.record(model, torch.cat([torch.zeros(1, 784), torch.eye(784)]), [layer])[layer]
    return (found[1:] - found[:1]).T.numpy()


def integrated_gradients(
    model: nn.Module, images: Any, layer: str, unit: int, *, steps: int, axis: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Divide among the pixels a unit's gain in pre-activation from the blank image to each image, by captum.

    Parameters
    ----------
    model, images, layer, unit
        As for `saliency`.
    steps : int
        Points on the straight way from the blank image.
    axis : int, optional
        As of `saliency`.

    Returns
    -------
    attributions : numpy.ndarray of the images' shape
        In activation; each pixel's share.
    gap : numpy.ndarray of shape (n_images,)
        Completeness: the sum of the shares less the true gain, 0 in the limit of many steps.

    Raises
    ------
    ValueError
        If the layer or the unit is unknown.
    """
    from captum.attr import IntegratedGradients

    with _until(model, layer, images, [unit], axis) as (until, batch, _):
        found, gap = IntegratedGradients(until, multiply_by_inputs=True).attribute(
            batch, baselines=torch.zeros_like(batch), target=unit, n_steps=steps, return_convergence_delta=True
        )
    return found.detach().cpu().numpy(), gap.detach().cpu().numpy()


Method = Literal["integrated gradients", "saliency", "input weights"]


def attribute(
    model: nn.Module,
    images: Any,
    *,
    layer: str,
    unit: int,
    method: Method = "integrated gradients",
    steps: int = 50,
    axis: int | None = None,
) -> np.ndarray:
    """Return the effect of each input of each image on a unit.

    Parameters
    ----------
    model, images, unit, axis
        As of `saliency`.
    layer : str
        Whose unit. Name the layer before its ReLU: what a ReLU has cut off has no gradient.
    method : {"integrated gradients", "saliency", "input weights"}
        Shares of what the unit gains over the blank image; the size of its slope; or the slope with its sign.
    steps : int
        Points on the way from the blank image, of integrated gradients.

    Returns
    -------
    numpy.ndarray of the images' shape
        In activation, or in activation per input.

    Raises
    ------
    ValueError
        If the method, the layer or the unit is unknown.
    """
    if method == "integrated gradients":
        return integrated_gradients(model, images, layer, unit, steps=steps, axis=axis)[0]
    if method == "saliency":
        return saliency(model, images, layer, unit, axis=axis)
    if method == "input weights":
        return input_weights(model, images, layer, units=[unit], axis=axis)[:, 0]
    raise ValueError(f"unknown method {method!r}: expected 'integrated gradients', 'saliency' or 'input weights'")
