"""A reader's network as rows of operations, one row a layer: what the scripts compute of networks with maps.

A layer reaches from where the one before ends to its own end: what the last module before the next linear map puts
out. A function behind it, such as ``F.relu``, has no name to be lesioned by, so it belongs to what reads the layer.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.bench.lesion_sites import Network, Step
from mnist_interp.own import described
from mnist_interp.own.chain import Link

_MAPS = 3  # dimensions of an image's channels
_KINDS: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.GELU: "gelu", nn.Tanh: "tanh"}


@dataclass(frozen=True, eq=False)
class Operation:
    """What is done, as JSON, and the numbers that it takes."""

    facts: dict[str, Any]
    numbers: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True, eq=False)
class Operated:
    """A network that the scripts compute, operation by operation.

    Attributes
    ----------
    network : Network
        Its hidden layers, each called by the module at whose output lesions act.
    rows : list of list of Operation
        Those of each layer, and, last, those behind them.
    plain : torch.nn.Sequential
        The same network as a sequence of modules, on images of `shape`.
    ends : dict of str to str
        The module of `plain` where each layer ends.
    shape : tuple of int
        Of an image.
    classes : int
        Numbers that it puts out.
    unnamed : tuple of str
        Layers behind which a function acts.
    normalized : bool
        Whether its output is the logarithm of probabilities.
    """

    network: Network
    rows: list[list[Operation]]
    plain: nn.Sequential
    ends: dict[str, str]
    shape: tuple[int, ...]
    classes: int
    sizes: tuple[tuple[int, ...], ...]
    unnamed: tuple[str, ...] = ()
    normalized: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """What the scripts are told, as JSON."""
        operations = [[one.facts for one in row] for row in self.rows]
        layers = [
            {"name": layer.name, "units": layer.units, "area": math.prod(size[1:]), "operations": row}
            for layer, size, row in zip(self.network.layers, self.sizes, operations, strict=False)
        ]
        return {"front": "operations", "layers": layers, "rest": operations[-1]}

    @property
    def values(self) -> np.ndarray:
        """All numbers in the order of use, float32."""
        return np.concatenate([part.ravel() for row in self.rows for one in row for part in one.numbers])

    @property
    def products(self) -> int:
        """Products of a number and a weight that an image takes from the end of the first layer on."""
        return sum(one.facts.get("products", 0) for row in self.rows[1:] for one in row)

    @property
    def kept(self) -> int:
        """Numbers of an image that all layers put out."""
        return sum(math.prod(size) for size in self.sizes)


def _array(tensor: torch.Tensor | None, otherwise: float, count: int) -> np.ndarray:
    if tensor is None:
        return np.full(count, otherwise, dtype=np.float32)
    return tensor.detach().float().cpu().numpy()


def _pair(value: int | tuple[int, ...]) -> list[int]:
    return [value, value] if isinstance(value, int) else [int(one) for one in value]


def _linear(module: nn.Linear, link: Link) -> Operation | None:
    if len(link.given) != 1:
        return None
    facts = {"kind": "linear", "inputs": module.in_features, "units": module.out_features}
    facts["products"] = module.in_features * module.out_features
    return Operation(facts, (_array(module.weight, 0, 0), _array(module.bias, 0, module.out_features)))


def _convolution(module: nn.Conv2d, link: Link) -> Operation | None:
    if module.padding_mode != "zeros" or module.groups != 1 or len(link.given) != _MAPS:
        return None
    kernel, dilation = _pair(module.kernel_size), _pair(module.dilation)
    if isinstance(module.padding, str):
        whole = [each * (size - 1) // 2 for each, size in zip(dilation, kernel, strict=True)]
        padding = whole if module.padding == "same" else [0, 0]
    else:
        padding = _pair(module.padding)
    facts: dict[str, Any] = {"kind": "convolution", "given": list(link.given), "shape": list(link.shape)}
    facts |= {"kernel": kernel, "stride": _pair(module.stride), "padding": padding, "dilation": dilation}
    facts["products"] = math.prod(link.shape) * module.in_channels * math.prod(kernel)
    return Operation(facts, (_array(module.weight, 0, 0), _array(module.bias, 0, module.out_channels)))


def _pool(module: nn.MaxPool2d, link: Link) -> Operation | None:
    stride = module.kernel_size if module.stride is None else module.stride
    if _pair(module.dilation) != [1, 1] or module.ceil_mode or module.return_indices or len(link.given) != _MAPS:
        return None
    window = {"kernel": _pair(module.kernel_size), "stride": _pair(stride), "padding": _pair(module.padding)}
    facts = {"kind": "pool", "given": list(link.given), "shape": list(link.shape), **window, "dilation": [1, 1]}
    return Operation(facts)


def _scale(module: nn.BatchNorm1d | nn.BatchNorm2d, link: Link) -> Operation | None:
    """Fold what a BatchNorm does in evaluation mode into a factor and a summand a unit."""
    if module.running_mean is None or module.running_var is None:
        return None
    if len(link.given) != (1 if isinstance(module, nn.BatchNorm1d) else _MAPS):
        return None
    weight, bias = (
        _array(one, otherwise, module.num_features) for one, otherwise in ((module.weight, 1), (module.bias, 0))
    )
    rate = weight.astype(float) / np.sqrt(module.running_var.double().cpu().numpy() + module.eps)
    shift = bias - rate * module.running_mean.double().cpu().numpy()
    facts = {"kind": "scale", "units": module.num_features, "area": math.prod(link.given[1:])}
    return Operation(facts, (rate.astype(np.float32), shift.astype(np.float32)))


def _norm(module: nn.LayerNorm, link: Link) -> Operation | None:
    if tuple(module.normalized_shape) != link.given:
        return None
    count = math.prod(link.given)
    facts = {"kind": "norm", "size": count, "eps": module.eps}
    return Operation(facts, (_array(module.weight, 1, count), _array(module.bias, 0, count)))


def _operation(link: Link) -> Operation | None:
    kind, module = type(link.module), link.module
    if isinstance(module, nn.GELU) and module.approximate != "none":
        return None
    if kind in _KINDS:
        return Operation({"kind": _KINDS[kind]})
    made: dict[type[nn.Module], Any] = {
        nn.Linear: _linear, nn.Conv2d: _convolution, nn.MaxPool2d: _pool, nn.LayerNorm: _norm,
        nn.BatchNorm1d: _scale, nn.BatchNorm2d: _scale,
    }  # fmt: skip
    return made[kind](module, link) if kind in made else None


def _as_module(link: Link) -> list[nn.Module]:
    """Return a module of its own that does what a link does, not in place; none where that is nothing."""
    if type(link.module) in _KINDS:
        return [type(link.module)()]
    if not link.keeps:
        return [copy.deepcopy(link.module)]
    flat = [nn.Flatten()] if link.given != link.shape else []
    return [*flat, nn.Unflatten(1, link.shape)] if flat and len(link.shape) > 1 else list(flat)


def _sequence(links: Sequence[Link]) -> tuple[nn.Sequential, list[str]]:
    """Return the links as modules, and the name of the last one of each."""
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    names = []
    for place, link in enumerate(links):
        for part, module in enumerate(_as_module(link)):
            modules[f"{place}_{part}"] = module
        names.append(next(reversed(modules), ""))
    return nn.Sequential(modules).eval(), names


def _ends(links: Sequence[Link]) -> list[int]:
    """Return the places in the chain where hidden layers end."""
    maps = [place for place, link in enumerate(links) if isinstance(link.module, nn.Linear | nn.Conv2d)]
    return [
        max(place for place in range(one, after) if links[place].name and not links[place].keeps)
        for one, after in itertools.pairwise(maps)
    ]


def of(links: Sequence[Link]) -> Operated | None:
    """Describe a chain for the scripts, or return None where they don't compute it.

    Raises
    ------
    ValueError
        If a layer has a name that no address can hold.
    """
    normalized = bool(links) and isinstance(links[-1].module, nn.LogSoftmax) and links[-1].module.dim in (1, -1)
    done = links[:-1] if normalized else links
    made = [None if link.keeps else _operation(link) for link in done]
    if any(one is None and not link.keeps for one, link in zip(made, done, strict=True)):
        return None
    ends = _ends(done)
    if not ends or len(links[-1].shape) != 1:
        return None
    cuts = [0, *(end + 1 for end in ends), len(done)]
    rows = [[one for one in made[first:stop] if one] for first, stop in itertools.pairwise(cuts)]
    plain, names = _sequence(links)
    layers = []
    for end, row in zip(ends, rows, strict=False):
        steps = tuple(Step(one.facts["kind"]) for one in row if one.facts["kind"] != "pool")
        shape = links[end].shape
        layers.append(described.layer(links[end].name, shape[0], steps, has_maps=len(shape) == _MAPS))
    unnamed = tuple(
        layer.label
        for layer, end in zip(layers, ends, strict=True)
        if not links[end + 1].name and not links[end + 1].keeps
    )
    return Operated(
        Network(0.0, 1.0, tuple(layers), ()),
        rows,
        plain,
        {layer.name: names[end] for layer, end in zip(layers, ends, strict=True)},
        links[0].given,
        links[-1].shape[0],
        tuple(links[end].shape for end in ends),
        unnamed,
        normalized,
    )
