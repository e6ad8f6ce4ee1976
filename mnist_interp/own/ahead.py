"""Networks that the scripts don't compute: lesions of one unit at some doses, each a forward pass of the network."""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.bench.constants import NAMES
from mnist_interp.bench.lesion_sites import Network
from mnist_interp.bench.oracle import Lesion
from mnist_interp.methods import activations, network
from mnist_interp.own import described

_MAPS = 4  # dimensions
STEP = "0.5"  # of the slider of doses, so that it stops at all of them
DOSES: tuple[float | str, ...] = (0, 0.5, 1.5, 2, 2.5, 3, *NAMES)
_ACTIVATIONS = (
    *(nn.ReLU, nn.GELU, nn.Tanh, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.Sigmoid, nn.Mish, nn.Softplus),
    *(nn.ReLU6, nn.SELU, nn.CELU, nn.Hardswish, nn.Hardtanh, nn.PReLU),
)


def _places(model: nn.Module, name: str, image: torch.Tensor) -> list[str]:
    """Name each use of a module in a pass: none, itself, or ``"relu#1"``, ``"relu#2"``, ..."""
    uses: list[None] = []
    with network.ready(model) as net, torch.no_grad():
        handle = net.get_submodule(name).register_forward_hook(lambda *_: uses.append(None))
        try:
            net(network.inputs(net, image))
        finally:
            handle.remove()
    return [name] if len(uses) == 1 else [f"{name}#{use}" for use in range(1, len(uses) + 1)]


def layers(model: nn.Module, image: torch.Tensor) -> Network:
    """Find the layers to lesion: activations, or, in a network whose activations are functions, what is linear.

    Parameters
    ----------
    model : torch.nn.Module
        Any.
    image : torch.Tensor of shape (1, ...)
        What it takes.

    Raises
    ------
    ValueError
        If there is none.
    """
    modules = dict(model.named_modules())
    names = [name for name, module in modules.items() if isinstance(module, _ACTIVATIONS)]
    linear = [name for name, module in modules.items() if isinstance(module, nn.Linear | nn.Conv2d)][:-1]
    names = names or linear
    if not names:
        raise ValueError(
            "the network has no layer to lesion: expected a module such as nn.ReLU, nn.Linear or nn.Conv2d"
        )
    names = [place for name in names for place in _places(model, name, image)]
    recorded = activations.record(model, image, names)
    found = []
    for name in names:
        units = recorded[name].shape[activations.unit_axis(recorded[name], None)]
        found.append(described.layer(name, units, has_maps=recorded[name].ndim == _MAPS))
    return Network(0.0, 1.0, tuple(found), ())


def payload(
    classes: int, untouched: np.ndarray, lesions: Sequence[Lesion], read: Sequence[np.ndarray]
) -> dict[str, Any]:
    """Return what is read under each lesion, as differences from the network untouched, of a byte each, deflated."""
    rows = [untouched, *(one - untouched for one in read)]
    content = np.stack(rows).astype(np.int64).astype(np.uint8).tobytes()
    names = [
        f"{layer}:{unit}={dose}"
        for lesion in lesions
        for layer, doses in lesion.items()
        for unit, dose in doses.items()
    ]
    packed = b64encode(zlib.compress(content, 9)).decode()
    return {"classes": classes, "lesions": names, "doses": list(DOSES), "packed": packed}
