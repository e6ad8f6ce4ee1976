"""Any network, as instruments see it: its layers by name, its inputs in the form it takes, its logits.

A layer is a module by its dotted name; a function, such as ``F.relu``, has none. One that a forward pass uses more than
once is named with the use, counted from 1: ``"relu#2"``. Whatever a network is wrapped in (`torch.compile`,
DataParallel) is taken off, it runs in evaluation mode and comes out in its own, and no hook stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.runtime import torch_defaults

PORTION = 500  # images a pass: their maps stay near the processor, twice as fast as 10,000 at once; outputs are equal
Tap = Callable[[torch.Tensor], torch.Tensor | None]


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the network inside of `torch.compile` and DataParallel."""
    while True:
        inner = getattr(model, "_orig_mod", None) or (
            model.module if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel) else None
        )
        if inner is None:
            return model
        model = inner


def layer_names(model: nn.Module) -> list[str]:
    """List the layers of a network by name."""
    return [name for name, _ in unwrapped(model).named_modules() if name]


@contextmanager
def ready(model: nn.Module) -> Iterator[nn.Module]:
    """Yield the unwrapped network in evaluation mode, free of torch's global defaults; restore it afterward.

    Raises
    ------
    ValueError
        If a weight is not finite.
    """
    network = unwrapped(model)
    for name, weight in network.state_dict().items():
        if weight.is_floating_point() and not weight.isfinite().all():
            raise ValueError(f"the weights {name!r} are not all finite: what such a network says means nothing")
    modes = {module: module.training for module in network.modules()}
    with torch_defaults.as_it_comes():
        network.eval()
        try:
            yield network
        finally:
            for module, mode in modes.items():
                module.training = mode


def inputs(network: nn.Module, images: Any) -> torch.Tensor:
    """Return images, a tensor or anything torch can convert, on the network's device and in its precision.

    Raises
    ------
    ValueError
        If they are whole numbers, such as bytes, and the network is not one that looks its inputs up.
    """
    batch = torch.as_tensor(images)
    weight = next((one for one in network.parameters() if one.is_floating_point()), None)
    if not batch.is_floating_point():
        if any(isinstance(module, nn.Embedding) for module in network.modules()):
            return batch if weight is None else batch.to(weight.device)
        raise ValueError(
            f"images are {batch.dtype}: expected floating-point numbers as the network was trained on; bytes of pixels "
            "are usually divided by 255"
        )
    return batch if weight is None else batch.to(weight.device, weight.dtype)


def labels(values: Any, n_images: int) -> np.ndarray:
    """Return labels as whole numbers, (n_images,).

    Raises
    ------
    ValueError
        If there is not one label an image, or one is no class number.
    """
    found = np.asarray(values.cpu() if isinstance(values, torch.Tensor) else values)
    if found.shape != (n_images,):
        raise ValueError(f"labels have shape {found.shape}, and there are {n_images} images: expected one label each")
    if found.size and (not np.issubdtype(found.dtype, np.integer) or found.min() < 0):
        raise ValueError("labels are numbers of classes, 0, 1, 2, ...: expected integers from 0 on")
    return found.astype(np.int64)


def logits(output: Any, name: str | int | None = None) -> torch.Tensor:
    """Return the logits, (n_images, n_classes), from a network's output.

    Parameters
    ----------
    output : tensor, tuple, list or mapping of tensors
        As the network returned it.
    name : str or int, optional
        Which entry, where there are several.

    Raises
    ------
    ValueError
        If they are not to be found.
    """
    entries: Mapping[Any, Any] = {None: output}
    if isinstance(output, Mapping):
        entries = output
    elif _is_row(output):
        entries = dict(enumerate(output))
    if name is None and len(entries) == 1:
        (found,) = entries.values()
    elif name in entries:
        found = entries[name]
    else:
        named = ", ".join(repr(key) for key in entries)
        raise ValueError(f"the network puts out {named}: say which are the logits, by logits=...")
    if not isinstance(found, torch.Tensor) or found.dim() != 2:
        shape = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
        raise ValueError(f"the network's output is {shape}: expected logits, (n_images, n_classes)")
    if not found.isfinite().all():
        raise ValueError("the logits are not all finite: the network's activations overflow on these images")
    return found.float() if found.dtype in (torch.float16, torch.bfloat16) else found


def _is_row(output: Any) -> bool:
    return isinstance(output, tuple | list)


def run(network: nn.Module, batch: torch.Tensor, name: str | int | None = None) -> torch.Tensor:
    """Return logits, computed in batches to limit memory."""
    with torch.no_grad():
        return torch.cat([logits(network(part), name) for part in batch.split(PORTION)]).cpu()


def _module(network: nn.Module, layer: str) -> nn.Module:
    modules = dict(network.named_modules())
    name = layer.partition("#")[0]
    if not name or name not in modules:
        raise ValueError(
            f"unknown layer {layer!r}: this model has {', '.join(layer_names(network))}; functions that it calls, such "
            "as F.relu, have no name"
        )
    return modules[name]


@contextmanager
def tapped(network: nn.Module, taps: Mapping[str, Tap]) -> Iterator[None]:
    """Call a tap on each layer's output, at every pass; what the tap returns replaces that output.

    Parameters
    ----------
    network : torch.nn.Module
        From `ready`.
    taps : mapping of str to callable
        By layer. Of layers that put out several things, such as attention, the first is meant.

    Raises
    ------
    ValueError
        If a layer is unknown, or is used more than once a pass and the use is not named.
    """
    modules = {layer: _module(network, layer) for layer in taps}
    uses: Counter[nn.Module] = Counter()

    def begin(module: nn.Module, arguments: Any) -> None:
        uses.clear()

    def count(module: nn.Module, arguments: Any, output: Any) -> None:
        uses[module] += 1

    def hook(layer: str) -> Callable[[nn.Module, Any, Any], Any]:
        name, _, use = layer.partition("#")

        def act(module: nn.Module, arguments: Any, output: Any) -> Any:
            if use and uses[module] != int(use):
                return None
            if not use and uses[module] > 1:
                raise ValueError(
                    f"the layer {name!r} is used more than once a pass: name the use, such as {name + '#1'!r}"
                )
            value = output[0] if _is_row(output) else output
            instead = taps[layer](value)
            if instead is None or not _is_row(output):
                return instead
            return type(output)([instead, *output[1:]])

        return act

    handles = [network.register_forward_pre_hook(begin)]
    handles += [module.register_forward_hook(count) for module in dict.fromkeys(modules.values())]
    handles += [module.register_forward_hook(hook(layer)) for layer, module in modules.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
