"""What in an image a unit answers to: saliency, exact input weights, one-hot maps, integrated gradients.

Between two kinks of its ReLUs a network is linear, so on each image a unit has exact weights over the pixels: the
gradient of its pre-activation. Saliency (Simonyan et al. 2014, arXiv:1312.6034) is their absolute value; integrated
gradients (Sundararajan et al. 2017, arXiv:1703.01365) average them along the way from a baseline to the image. Both
are captum's; the closed form here is for the 784-32-16-10 network and takes milliseconds. All attribute the
pre-activation, as what a ReLU has cut off has no gradient.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from mnist_interp.methods import activations


def _pre_activations(model: nn.Module, layer: str) -> nn.Module:
    """Return the model up to a layer, as a module of its own, or refuse a layer that it does not have."""
    names = [name for name, _ in model.named_children()]
    if layer not in names:
        raise ValueError(f"unknown layer {layer!r}: this model has {', '.join(names)}")
    return nn.Sequential(*[module for _, module in list(model.named_children())[: names.index(layer) + 1]])


def saliency(model: nn.Module, images: torch.Tensor, layer: str, unit: int) -> np.ndarray:
    """Return how much each pixel of each image moves a unit, by captum: the gradient's absolute value.

    Parameters
    ----------
    model : torch.nn.Module
        A sequence of named layers, in evaluation mode.
    images : torch.Tensor of shape (n_images, 784)
        Pixels in [0, 1].
    layer : str
        Name of a layer, such as ``"linear2"``.
    unit : int
        One of its units.

    Returns
    -------
    numpy.ndarray of shape (n_images, 784)
        In activation per pixel.

    Raises
    ------
    ValueError
        If the layer is unknown.
    """
    from captum.attr import Saliency  # takes a second: not at import

    found = Saliency(_pre_activations(model, layer)).attribute(images.clone().requires_grad_(), target=unit)
    return found.detach().numpy()


def input_weights(model: nn.Module, images: torch.Tensor, layer: str) -> np.ndarray:
    """Return the exact weights over the pixels that each unit of a layer has on each image.

    On an image ``x`` its pre-activation is ``weights @ x`` plus a constant that depends on which ReLUs are open.

    Parameters
    ----------
    model : torch.nn.Module
        A 784-32-16-10 network.
    images : torch.Tensor of shape (n_images, 784)
        Pixels in [0, 1].
    layer : {"linear1", "linear2", "output"}
        Whose units.

    Returns
    -------
    numpy.ndarray of shape (n_images, n_units, 784)
        In activation per pixel; 4 bytes each, so 16 units on 1,000 images take 50 MB.

    Raises
    ------
    ValueError
        If the layer is another.
    """
    state = {name: value.detach() for name, value in model.state_dict().items()}
    chain = ["linear1", "linear2", "output"]
    if layer not in chain:
        raise ValueError(f"cannot take input weights of {layer!r}: expected one of {', '.join(chain)}")
    opened = activations.record(model, images, ["relu1", "relu2"])
    weights = state["linear1.weight"].expand(len(images), -1, -1)
    for below, name in zip(["relu1", "relu2"], chain[1 : chain.index(layer) + 1], strict=False):
        weights = (state[f"{name}.weight"] * (opened[below] > 0)[:, None, :]) @ weights
    return weights.numpy()


def one_hot_maps(model: nn.Module, layer: str) -> np.ndarray:
    """Return what each pixel, switched on alone, adds to the pre-activation of each unit on the blank image.

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
    model: nn.Module, images: torch.Tensor, layer: str, unit: int, *, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Share out among the pixels what a unit's pre-activation gains from the blank image to each image, by captum.

    Parameters
    ----------
    model, images, layer, unit
        As for `saliency`.
    steps : int
        Points on the straight way from the blank image.

    Returns
    -------
    attributions : numpy.ndarray of shape (n_images, 784)
        In activation; each pixel's share.
    gap : numpy.ndarray of shape (n_images,)
        Completeness: the sum of the shares less the true gain, 0 in the limit of many steps.

    Raises
    ------
    ValueError
        If the layer is unknown.
    """
    from captum.attr import IntegratedGradients

    method = IntegratedGradients(_pre_activations(model, layer), multiply_by_inputs=True)
    found, gap = method.attribute(
        images, baselines=torch.zeros_like(images), target=unit, n_steps=steps, return_convergence_delta=True
    )
    return found.detach().numpy(), gap.detach().numpy()
