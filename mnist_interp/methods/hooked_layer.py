"""A layer of any network on some images, whose units are replaced by a hook in the real forward pass.

The general counterpart of `ablation.Stage`, which is faster and knows fewer networks: each replacement is a forward
pass of all images.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.methods import activations, network


class HookedLayer:
    """A layer's activations on some images, and a way to run the network with one unit at other values.

    Attributes
    ----------
    values : torch.Tensor of shape (n_images, n_units, ...)
        Activations, the axis of units moved to the second place.
    labels : numpy.ndarray of shape (n_images,)
        True classes.
    """

    def __init__(
        self,
        model: nn.Module,
        layer: str,
        images: Any,
        labels: Any,
        *,
        axis: int | None = None,
        logits: str | int | None = None,
    ) -> None:
        """Record the layer.

        Parameters
        ----------
        model, layer, images
            As of `activations.record`.
        labels : sequence of int
            True classes.
        axis : int, optional
            Which axis of the layer's output is that of its units; unless told as `activations.unit_axis` says.
        logits : str or int, optional
            Which entry of the model's output the logits are, where there are several.
        """
        self.model, self.layer, self.name = model, layer, logits
        recorded = activations.record(model, images, [layer])[layer]
        self.axis = activations.unit_axis(recorded, axis)
        self.images = torch.as_tensor(images)
        self.labels = network.labels(labels, len(self.images))
        self.values = recorded.movedim(self.axis, 1)

    @property
    def n_units(self) -> int:
        """Units of the layer."""
        return self.values.shape[1]

    def some(self, images: np.ndarray) -> HookedLayer:
        """Return the same layer on some of the images, by their places."""
        few = copy.copy(self)
        few.images, few.labels, few.values = self.images[images], self.labels[images], self.values[images]
        return few

    def untouched(self) -> torch.Tensor:
        """Return the network's logits, (n_images, n_classes)."""
        return activations.logits(self.model, self.images, self.name)

    def replaced(self, unit: int, values: torch.Tensor) -> torch.Tensor:
        """Return logits with one unit at other values, (n_images, ...) or, the same for all, (1, ...)."""
        found, first = [], 0

        def tap(output: torch.Tensor) -> torch.Tensor:
            changed = output.clone()
            part = values if len(values) == 1 else values[first : first + len(output)]
            changed.select(self.axis, unit).copy_(part.expand(changed.select(self.axis, unit).shape))
            return changed

        with network.ready(self.model) as net, torch.no_grad(), network.tapped(net, {self.layer: tap}):
            batch = network.inputs(net, self.images)
            for first in range(0, len(batch), network.PORTION):
                found.append(network.logits(net(batch[first : first + network.PORTION]), self.name))
        return torch.cat(found).cpu()
