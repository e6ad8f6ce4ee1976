"""Ablation and dose-response of the units of a layer, for any network.

Where the layer is one of a plain `torch.nn.Sequential` and a linear layer or a convolution reads it, one recorded layer
and one column of weights are enough (`ablation.Stage`); else units are replaced by hooks in the real forward pass
(`hooked_layer`). Both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import nn

from mnist_interp.methods import ablation, evaluate, network
from mnist_interp.methods.hooked_layer import HookedLayer
from mnist_interp.methods.references import FITTED, REFERENCES, Layer, each_unit
from mnist_interp.runtime import torch_defaults


def is_plain(model: nn.Module, layer: str) -> bool:
    """Whether `ablation.Stage` gives the same result as the real forward pass.

    That takes a plain sequence of float32 or float64 modules, each in one place, without hooks and none of which works
    in place; and a linear layer, or a convolution that `ablation` knows, right behind the layer.
    """
    if type(model) is not nn.Sequential or layer not in model._modules:
        return False
    parts = list(model.modules())
    if any(part._forward_hooks or part._forward_pre_hooks or getattr(part, "inplace", False) for part in parts):
        return False
    if any(isinstance(part, nn.Flatten) and part.start_dim != 1 for part in parts):
        return False
    if any(weight.dtype not in (torch.float32, torch.float64) for weight in model.parameters()):
        return False
    try:
        ablation.reader(model, layer)
    except ValueError:
        return False
    return len(set(map(id, model))) == len(model)


def layer_on(
    model: nn.Module, layer: str, images: Any, labels: Any, axis: int | None, logits: str | int | None
) -> Layer:
    """Return a layer on some images, in the fastest form that is right."""
    plain = network.unwrapped(model)
    if logits is None and axis in (None, 1) and is_plain(plain, layer):
        assert isinstance(plain, nn.Sequential)
        batch = network.inputs(plain, images)
        stage = ablation.stage(plain, layer, batch, network.labels(labels, len(batch)))
        if stage.values.dim() in (2, 4):
            network.logits(stage.untouched())
            return stage
    return HookedLayer(model, layer, images, labels, axis=axis, logits=logits)


def _counted(said: torch.Tensor, labels: np.ndarray) -> np.ndarray:
    return evaluate.accuracies(evaluate.confusion(said, labels))


@torch_defaults.as_it_comes()
def ablate(
    model: nn.Module,
    images: Any,
    labels: Any,
    *,
    layer: str,
    references: str | Sequence[str] = ("zero", "resample"),
    units: Sequence[int] | None = None,
    training: tuple[Any, Any] | None = None,
    seed: int = 0,
    axis: int | None = None,
    logits: str | int | None = None,
) -> xr.Dataset:
    """Measure what a network still gets right without each unit of a layer.

    Parameters
    ----------
    model : torch.nn.Module
        Any; it runs in evaluation mode.
    images, labels : arrays or tensors, (n_images, ...) and (n_images,)
        What is scored.
    layer : str
        Whose units. A functional ReLU has no name: register it as a module, else the pre-activation is ablated.
    references : str or sequence of str
        What stands in for a unit, one or several: of ``"zero"``, ``"mean"``, ``"optimal"``, ``"resample"`` and
        ``"refit"``.
    units : sequence of int, optional
        Which units; all unless told.
    training : tuple of images and labels, optional
        What ``"mean"``, ``"optimal"`` and ``"refit"`` are fitted on.
    seed : int
        Of the images that ``"resample"`` takes values from.
    axis : int, optional
        Of the layer's units in its output; unless told the second, such as that of channels, or the last of three,
        such as the features of tokens.
    logits : str or int, optional
        Which entry of the model's output the logits are, where there are several.

    Returns
    -------
    xarray.Dataset
        ``untouched`` (class), ``accuracy`` (reference, unit, class) and ``overall`` (reference, unit): fractions of
        the images; not a number for a class without images.

    Raises
    ------
    ValueError
        If the layer or a reference is unknown, a unit is absent or named twice, training images are wanted and missing,
        or no pair, there are no logits, or weights or activations are not finite.
    """
    references = [references] if isinstance(references, str) else list(references)
    if unknown := [name for name in references if name not in REFERENCES]:
        raise ValueError(f"unknown reference {unknown[0]!r}: expected some of {', '.join(REFERENCES)}")
    if training is None and (wanting := [name for name in references if name in FITTED]):
        raise ValueError(f"the reference {wanting[0]!r} is fitted on training images: give training=(images, labels)")
    if training is not None and not (isinstance(training, tuple | list) and len(training) == 2):
        raise ValueError(f"training is a {type(training).__name__}: expected a pair, training=(images, labels)")
    test = layer_on(model, layer, images, labels, axis, logits)
    fitted = test if training is None else layer_on(model, layer, *training, axis, logits)
    chosen = ablation.checked_units(range(test.n_units) if units is None else units, test.n_units)
    mean = fitted.values.mean(0, dtype=torch.float64).to(fitted.values.dtype)
    found = evaluate.accuracies(each_unit(mean, fitted, test, seed=seed, names=references, units=chosen))
    untouched = _counted(test.untouched(), test.labels)
    return xr.Dataset(
        {
            "untouched": ("class", untouched[1:]),
            "accuracy": (("reference", "unit", "class"), found[..., 1:]),
            "overall": (("reference", "unit"), found[..., 0]),
        },
        coords={"reference": references, "unit": chosen, "class": range(len(untouched) - 1)},
    )


@torch_defaults.as_it_comes()
def dose_response(
    model: nn.Module,
    images: Any,
    labels: Any,
    *,
    layer: str,
    doses: Sequence[float],
    units: Sequence[int] | None = None,
    axis: int | None = None,
    logits: str | int | None = None,
) -> xr.Dataset:
    """Measure a network's outputs as each unit of a layer is scaled.

    Parameters
    ----------
    model, images, labels, layer, units, axis, logits
        As of `ablate`.
    doses : sequence of float
        Factors of the unit's own activation: 0 is zero ablation, 1 leaves the network as it is.

    Returns
    -------
    xarray.Dataset
        ``accuracy`` (unit, dose, class), fractions of the images, and ``logits`` (unit, dose, class), their means over
        images.

    Raises
    ------
    ValueError
        As `ablate`.
    """
    test = layer_on(model, layer, images, labels, axis, logits)
    chosen = ablation.checked_units(range(test.n_units) if units is None else units, test.n_units)
    rows = []
    for unit in chosen:
        for dose in doses:
            said = test.replaced(unit, dose * test.values[:, unit])
            rows.append((_counted(said, test.labels)[1:], said.double().mean(0).numpy()))
    accuracy, means = (np.array(part).reshape(len(chosen), len(doses), -1) for part in zip(*rows, strict=True))
    axes = ("unit", "dose", "class")
    return xr.Dataset(
        {"accuracy": (axes, accuracy), "logits": (axes, means)},
        coords={"unit": chosen, "dose": list(doses), "class": range(accuracy.shape[-1])},
    )
