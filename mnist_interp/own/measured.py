"""What PyTorch says of a reader's network under lesions: what units are held at, each unit's lesions, and many at once.

Single lesions start from a recorded layer (`interventions.layer_on`); those for the check of the page go through hooks
in the reader's own module, so that the check covers how it was described.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.bench.constants import NAMES
from mnist_interp.bench.oracle import Doses, Lesion, random_lesions
from mnist_interp.methods import interventions, network, references
from mnist_interp.runtime.progress import track

N_CHECKED = 64
SEED = 6
Held = Mapping[str, Mapping[str, np.ndarray]]


def counts(read: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Count images by true class (rows) and class read, (n_classes, n_classes)."""
    return np.bincount(labels * classes + read, minlength=classes**2).reshape(classes, classes)


def reading(logits: torch.Tensor) -> np.ndarray:
    """Return the class of the highest of an image's logits, (n_images,)."""
    return logits.argmax(1).numpy()


def held(
    model: nn.Module, ends: Mapping[str, str], images: torch.Tensor, labels: np.ndarray
) -> dict[str, dict[str, np.ndarray]]:
    """Find what units can be held at: by name, those of `constants.NAMES`, and layer.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode.
    ends : mapping of str to str
        The module of each layer.
    images : torch.Tensor of shape (n_images, ...)
        Over which means are taken, and where the loss is least at the best constants.
    labels : numpy.ndarray of shape (n_images,)
        Their classes.

    Returns
    -------
    dict of dict of numpy.ndarray
        Means (n_units, ...) and best constants (n_units,).
    """
    found: dict[str, dict[str, np.ndarray]] = {name: {} for name in NAMES}
    for name, end in ends.items():
        on = interventions.layer_on(model, end, images, labels, None, None)
        found["mean"][name] = on.values.mean(0, dtype=torch.float64).float().numpy()
        units = track(range(on.n_units), total=on.n_units, label=f"best constants of {name}")
        best = [references.best_constant(on, unit) for unit in units]
        found["optimal"][name] = np.array(best, dtype=np.float32)
    return found


def singles(
    model: nn.Module,
    ends: Mapping[str, str],
    images: torch.Tensor,
    labels: np.ndarray,
    constants: Held,
    doses: Sequence[float | str],
) -> Iterator[tuple[Lesion, np.ndarray]]:
    """Yield each lesion of one unit at each dose, and the class read in each image, (n_images,)."""
    for name, end in ends.items():
        on = interventions.layer_on(model, end, images, labels, None, None)
        for unit in track(range(on.n_units), total=on.n_units, label=f"lesions of {name}"):
            own = on.values[:, unit]
            for dose in doses:
                if isinstance(dose, str):
                    value = torch.as_tensor(constants[dose][name][unit], dtype=own.dtype).expand(own[:1].shape)
                else:
                    value = dose * own if dose else torch.zeros_like(own[:1])
                yield {name: {str(unit): dose}}, reading(on.replaced(unit, value))


def _dosed(output: torch.Tensor, doses: Doses, held_at: Mapping[str, np.ndarray]) -> torch.Tensor:
    changed = output.clone()
    for unit, dose in doses.items():
        if isinstance(dose, str):
            changed[:, int(unit)] = torch.as_tensor(np.asarray(held_at[dose][int(unit)]), dtype=output.dtype)
        else:
            changed[:, int(unit)] *= dose
    return changed


def under(
    model: nn.Module, ends: Mapping[str, str], images: torch.Tensor, lesion: Lesion, constants: Held
) -> np.ndarray:
    """Return what a network reads under any lesion through hooks, (n_images,)."""

    def tap(layer: str, doses: Doses) -> Any:
        return lambda output: _dosed(output, doses, {name: constants[name][layer] for name in constants})

    taps = {ends[layer]: tap(layer, doses) for layer, doses in lesion.items()}
    with network.ready(model) as net, network.tapped(net, taps):
        return reading(network.run(net, network.inputs(net, images)))


def drawn(units: Mapping[str, int], *, few: bool = False) -> list[Lesion]:
    """Return the empty lesion, and random ones for the check, of layers with two units or more."""
    many = {name: count for name, count in units.items() if count > 1}
    return [{}, *(random_lesions(many, N_CHECKED // 3 if few else N_CHECKED, seed=SEED) if many else [])]
