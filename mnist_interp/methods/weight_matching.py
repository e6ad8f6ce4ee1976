"""Two networks with their units in matching order, and the networks between them in weight space.

The order of hidden units means nothing: permute them, and the weights that read them along, and the network computes
the same. So before two networks are averaged, one is permuted to match the other (Git Re-Basin, Ainsworth et al. 2023,
by activations). If accuracy then falls half way between them there is a barrier, and they differ by more than an order.
For sequences of linear layers with functions in between that treat all units alike.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from mnist_interp.methods.ablation import reader


def permuted(model: nn.Sequential, orders: Mapping[str, np.ndarray]) -> nn.Sequential:
    """Return a network with the units of hidden layers in another order: it computes the same function.

    Parameters
    ----------
    model : torch.nn.Sequential
        With named layers; linear ones, and activation functions without weights.
    orders : mapping of str to numpy.ndarray of int, shape (n_units,)
        By the name of a hidden layer, such as ``"relu1"``: which unit comes first, second, and so on.

    Raises
    ------
    ValueError
        If no linear layer comes before such a layer or after it, or one with weights of its own lies between.
    """
    found = copy.deepcopy(model)
    for layer, order in orders.items():
        read = reader(found, layer)
        if not isinstance(read.linear, nn.Linear):
            raise ValueError(f"{layer!r} is read by a convolution: expected a linear layer")
        writer = _writer(found, layer)
        place = torch.as_tensor(np.asarray(order))
        with torch.no_grad():
            writer.weight.copy_(writer.weight[place])
            writer.bias.copy_(writer.bias[place])
            read.linear.weight.copy_(read.linear.weight[:, place])
    return found


def _writer(model: nn.Sequential, layer: str) -> nn.Linear:
    """Return the linear layer that a hidden layer's units come from."""
    names = [name for name, _ in model.named_children()]
    for name in reversed(names[: names.index(layer) + 1]):
        module = model.get_submodule(name)
        if isinstance(module, nn.Linear):
            return module
        if any(True for _ in module.parameters()):
            raise ValueError(f"{name!r} has weights of its own: expected a linear layer before {layer!r}")
    raise ValueError(f"nothing linear comes before {layer!r}")


def between(one: nn.Sequential, other: nn.Sequential, share: float) -> nn.Sequential:
    """Return a network between two: every weight a given fraction of the way from one to the other.

    Parameters
    ----------
    one, other : torch.nn.Sequential
        Of one architecture.
    share : float
        0 is the one, 1 the other.
    """
    found = copy.deepcopy(one)
    theirs = other.state_dict()
    found.load_state_dict({name: torch.lerp(own, theirs[name], share) for name, own in one.state_dict().items()})
    return found
