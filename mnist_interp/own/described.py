"""A reader's network as the book's scripts compute one: Linear layers with ReLU, GELU, Tanh or LayerNorm behind them.

A BatchNorm right behind a Linear layer is folded into it. `of` returns None for any other network: `operations` knows
more of them.
"""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_linear_bn_eval

from mnist_interp.bench.lesion_sites import Layer, Network, Step
from mnist_interp.own.chain import Link

_KINDS: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.GELU: "gelu", nn.Tanh: "tanh"}


@dataclass(frozen=True)
class OwnLayer(Layer):
    """A hidden layer of a reader's network, called by their name of it.

    Attributes
    ----------
    has_maps : bool
        Whether its units are channels.
    """

    has_maps: bool = False

    @property
    def unit(self) -> str:
        """What one of its units is called."""
        return "channel" if self.has_maps else "neuron"

    @property
    def heading(self) -> str:
        """Its label as the first words of a title."""
        return self.label[0].upper() + self.label[1:] if self.label.startswith("layer ") else self.label

    @property
    def title(self) -> str:
        """Its label, as a title."""
        return self.heading


def layer(name: str, units: int, steps: tuple[Step, ...] = (), *, has_maps: bool = False) -> OwnLayer:
    """Return a hidden layer by its name.

    Raises
    ------
    ValueError
        If no address can hold the name.
    """
    if not re.fullmatch(r"[\w.#-]+", name):
        raise ValueError(
            f"the layer {name!r} has a name that no address can hold: expected letters, digits, _, - and ."
        )
    return OwnLayer(name, f"layer {name}" if name.isdecimal() else name, units, steps, has_maps=has_maps)


@dataclass(frozen=True, eq=False)
class Described:
    """A network that the scripts compute.

    Attributes
    ----------
    network : Network
        Its hidden layers, each called by the module at whose output lesions act.
    plain : torch.nn.Sequential
        The same network on rows of pixels, (n_images, n_pixels), without what does nothing.
    ends : dict of str to str
        The module of `plain` where each layer ends.
    unnamed, normalized, products, kept
        As of `operations.Operated`; that the scripts compute it fast enough is told by two zeros.
    """

    network: Network
    plain: nn.Sequential
    ends: dict[str, str]
    unnamed: tuple[str, ...] = ()
    normalized: bool = False
    products: int = 0
    kept: int = 0

    @property
    def shape(self) -> tuple[int]:
        """Of an image as `plain` takes it."""
        first = self.plain[0]
        assert isinstance(first, nn.Linear)
        return (first.in_features,)

    @property
    def classes(self) -> int:
        """Numbers that it puts out."""
        (*_, last) = self.plain
        assert isinstance(last, nn.Linear)
        return last.out_features

    @property
    def facts(self) -> dict[str, Any]:
        """What the scripts are told, as JSON."""
        return self.network.facts

    @property
    def values(self) -> np.ndarray:
        """All weights in the order of use, as the scripts read them: zeros for biases that are none, float32."""
        parts = []
        for module in self.plain:
            if isinstance(module, nn.Linear | nn.LayerNorm):
                width = module.out_features if isinstance(module, nn.Linear) else module.normalized_shape[0]
                weight = torch.ones(width) if module.weight is None else module.weight
                bias = torch.zeros(width) if module.bias is None else module.bias
                parts += [weight.detach().flatten(), bias.detach()]
        return torch.cat(parts).float().cpu().numpy()


def _step(module: nn.Module, units: int) -> Step | None:
    if type(module) is nn.LayerNorm:
        return Step("norm", module.eps) if tuple(module.normalized_shape) == (units,) else None
    if type(module) is nn.GELU and module.approximate != "none":
        return None
    kind = _KINDS.get(type(module))
    return Step(kind) if kind else None


def _folded(module: nn.Module, modules: OrderedDict[str, nn.Module], layers: Sequence[Layer]) -> nn.Linear | None:
    """Return the last Linear layer with a BatchNorm right behind it folded in; None if it is none."""
    if type(module) is not nn.BatchNorm1d or not layers or layers[-1].steps or module.running_mean is None:
        return None
    linear = modules[next(reversed(modules))]
    if not isinstance(linear, nn.Linear) or linear.out_features != module.num_features:
        return None
    return fuse_linear_bn_eval(copy.deepcopy(linear).eval(), copy.deepcopy(module).eval())


def of(links: Sequence[Link]) -> Described | None:
    """Describe a chain for the scripts, or return None where they don't compute it.

    Raises
    ------
    ValueError
        If a layer has a name that no address can hold.
    """
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    layers: list[OwnLayer] = []
    ends: dict[str, str] = {}
    for place, link in enumerate(links):
        name, module, safe = link.name, link.module, str(place)
        if link.keeps:
            continue
        if not name or len(link.shape) != 1:
            return None
        if type(module) is nn.Linear:
            layers.append(layer(name, module.out_features))
            modules[safe] = module
        elif folded := _folded(module, modules, layers):
            safe = next(reversed(modules))
            modules[safe] = folded
            ends.pop(layers[-1].name)
            layers[-1] = layer(name, layers[-1].units)
        else:
            step = _step(module, layers[-1].units) if layers else None
            if step is None:
                return None
            ends.pop(layers[-1].name)
            layers[-1] = layer(name, layers[-1].units, (*layers[-1].steps, step))
            modules[safe] = module if isinstance(module, nn.LayerNorm) else type(module)()  # a fresh one, not in place
        ends[layers[-1].name] = safe
    if len(layers) < 2 or layers[-1].steps:
        return None
    network = Network(0.0, 1.0, tuple(layers[:-1]), ())
    plain = copy.deepcopy(nn.Sequential(modules)).eval()
    return Described(network, plain, {one.name: ends[one.name] for one in network.layers})
