"""What a network does in turn, from a trace of its forward pass: modules, and functions such as ``F.relu``, in a row.

Any class of network has such a chain, unless its forward pass branches, decides by what it sees, or calls what is not
known here; `of` returns None then. Whether the chain computes what the network does is checked by who uses it.
"""

from __future__ import annotations

import inspect
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional as F

from mnist_interp.methods import network

_POSITIONAL = 4  # arguments of a pooling function that mean the same to the module


@dataclass(frozen=True, eq=False)
class Link:
    """One thing that is done.

    Attributes
    ----------
    name : str
        Of the module, with the use where there are several, such as ``"relu#2"``; empty for a function.
    module : torch.nn.Module
        What does it; ``nn.Identity`` where numbers stay as they are.
    given, shape : tuple of int
        Of what it reads and puts out, of one image.
    """

    name: str
    module: nn.Module
    given: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def keeps(self) -> bool:
        """Whether numbers stay as they are, in their order."""
        return isinstance(self.module, nn.Identity)


class _Traced(fx.Interpreter):
    """Runs a trace and keeps the shape of each tensor."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.shapes: dict[fx.Node, tuple[int, ...]] = {}

    def run_node(self, n: fx.Node) -> Any:
        found = super().run_node(n)
        if isinstance(found, torch.Tensor):
            self.shapes[n] = tuple(found.shape)
        return found


def _pool(*size: Any, **more: Any) -> nn.Module | None:
    return nn.MaxPool2d(*size, **more) if len(size) <= _POSITIONAL and not more.get("return_indices") else None


def _dropout(p: float = 0.5, training: bool = True, inplace: bool = False) -> nn.Module | None:
    return None if training else nn.Identity()


_RELU: Callable[..., nn.Module] = lambda inplace=False: nn.ReLU()  # noqa: E731
_FUNCTIONS: dict[Any, Callable[..., nn.Module | None]] = {
    **dict.fromkeys((F.relu, torch.relu, torch.relu_, "relu", "relu_"), _RELU),
    **dict.fromkeys((torch.tanh, F.tanh, "tanh", "tanh_"), nn.Tanh),
    F.gelu: nn.GELU,
    **dict.fromkeys((F.max_pool2d, torch.max_pool2d), _pool),
    **dict.fromkeys((F.dropout, F.dropout2d, F.dropout1d), _dropout),
    **dict.fromkeys((F.log_softmax, torch.log_softmax, "log_softmax"), lambda dim=None, **_: nn.LogSoftmax(dim)),
}
_SHAPES = {torch.flatten, torch.reshape, torch.squeeze, torch.unsqueeze, nn.Flatten, nn.Unflatten, nn.Identity}
_SHAPES |= {"flatten", "unflatten", "view", "reshape", "squeeze", "unsqueeze", "contiguous"}
_PASSED = (nn.Dropout, nn.Dropout1d, nn.Dropout2d)  # what does nothing in evaluation mode


def _module(node: fx.Node, net: nn.Module, given: tuple[int, ...], shape: tuple[int, ...]) -> nn.Module | None:
    found = net.get_submodule(str(node.target)) if node.op == "call_module" else None
    what = type(found) if found else node.target
    if what in _PASSED:
        return nn.Identity()
    if what in _SHAPES:
        return nn.Identity() if given[0] == shape[0] and math.prod(given) == math.prod(shape) else None
    if found or node.op == "get_attr":
        return found
    make = _FUNCTIONS.get(what)
    return make(*node.args[1:], **node.kwargs) if make else None


def _links(net: nn.Module, images: torch.Tensor) -> list[Link] | None:
    parameters = inspect.signature(net.forward).parameters.values()
    defaults = {one.name: one.default for one in parameters if one.default is not one.empty}
    module = fx.GraphModule(net, fx.Tracer().trace(net, concrete_args=defaults))
    graph = module.graph
    graph.eliminate_dead_code()
    traced = _Traced(module)
    traced.run(images)
    uses = Counter(str(node.target) for node in graph.nodes if node.op == "call_module")
    seen: Counter[str] = Counter()
    links: list[Link] = []
    last: fx.Node | None = None
    for node in graph.nodes:
        if node not in traced.shapes and node.op != "output":
            continue  # a number, such as that of images
        reads = [one for one in node.all_input_nodes if one in traced.shapes]
        if reads != ([last] if last else []):
            return None
        if last is not None and node.op != "output":
            given, shape = traced.shapes[last], traced.shapes[node]
            done = _module(node, net, given, shape)
            if done is None:
                return None
            name = str(node.target) if node.op == "call_module" else ""
            seen[name] += 1
            links.append(Link(f"{name}#{seen[name]}" if uses[name] > 1 else name, done, given[1:], shape[1:]))
        last = node
    return links


def of(model: nn.Module, images: torch.Tensor) -> list[Link] | None:
    """Read off a network what it does in turn.

    Parameters
    ----------
    model : torch.nn.Module
        Any; it runs in evaluation mode.
    images : torch.Tensor of shape (n_images, ...)
        As it takes them; two or more, so that their number is told from other sizes.

    Returns
    -------
    list of Link or None
        None where it is no chain of what is known here, or modules have hooks.
    """
    if any(module._forward_hooks or module._forward_pre_hooks for module in model.modules()):
        return None
    try:
        with network.ready(model) as net, torch.no_grad():
            return _links(net, network.inputs(net, images))
    except Exception:  # whatever a reader's own forward pass does when it is traced
        return None
