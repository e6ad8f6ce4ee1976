"""Instruments of the book that are more than a chart, as the last expression of a cell.

What a cell shows is whole without JavaScript: the network untouched, and what each unit's lesion alone does. The
scripts in ``static`` bring it to life.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mnist_interp.bench import lesion_sites, markup, oracle, run_key, tables
from mnist_interp.training.runs import Run

if TYPE_CHECKING:
    import numpy as np

_NAME = re.compile("[a-z][a-z0-9-]*")


class Bench:
    """The lesion bench as it is before its scripts wake it."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return "<Bench>"  # an address in memory would be another in each build's notebooks


def _alone(run: Run) -> list[tuple[oracle.Lesion, np.ndarray]]:
    """Count test images, (10, 10), of the whole network, its lesion empty, and under each lesion of one unit."""
    singles: list[oracle.Lesion] = [
        {layer: {str(unit): dose}}
        for layer, units in lesion_sites.of(run).units.items()
        for unit in range(units)
        for dose in tables.ALONE
    ]
    lesions = [{}, *singles]
    return list(zip(lesions, oracle.tallies(run, lesions)["counts"], strict=True))


def costliest(run: Run, layer: str, dose: float | str = 0) -> int:
    """Return the unit of a layer whose lesion alone, one of `tables.ALONE`, costs most test images: presets name it."""
    right = {
        int(unit): counts.trace()
        for lesion, counts in _alone(run)
        for unit, given in lesion.get(layer, {}).items()
        if given == dose
    }
    return min(right, key=lambda unit: right[unit])


def lesion_bench(
    run: Run, *, name: str, presets: Mapping[str, Sequence[oracle.Lesion]] | None = None, subsets: str = ""
) -> Bench:
    """Return the lesion bench of a network: any units, any doses, all 10,000 test images. One a page.

    Channels before the last convolution, and heads before the last block, are lesioned on a sample of 500 test images,
    as the page says.

    Parameters
    ----------
    run : Run
        Of a multilayer network, with LayerNorms or without, of one with two convolutions in front, pooled before their
        ReLUs, or of a transformer; lesions act where `lesion_sites` says.
    name : str
        Of the network on this site, such as ``"baseline"``: small letters, digits and hyphens. Pages that show the
        bench of the same run share a name.
    presets : mapping of str to sequence of lesions, optional
        What the page's text lesions, such as ``"Neuron 0"``, and the lesions of it that get a button each, such as
        ``{"relu2": {"0": 0}}``; a button shows their doses alone.
    subsets : str
        Page whose figure "every-subset" is of this network, such as ``"pruning.html"``, if there is one.

    Raises
    ------
    ValueError
        If the name is not of that kind, or the network has a layer that the bench cannot compute.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"the name of a bench is part of addresses: expected small letters and digits, got {name!r}")
    network, ((_, whole), *singles) = lesion_sites.of(run), _alone(run)
    decides = json.dumps(run_key.of(run), separators=(",", ":"))
    epochs = run.recipe.epochs
    return Bench(
        markup.bench(
            network, whole, singles, name=name, run=decides, epochs=epochs, presets=presets or {}, subsets=subsets
        )
    )
