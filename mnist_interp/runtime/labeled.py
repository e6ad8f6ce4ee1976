"""Labeled arrays (`xarray.Dataset`) as plain ones, and back: what the store keeps of names, axes and labels.

Labels are numbers or text. Two axes that are kept as one, as the hidden units of all layers are (``neuron``, made of
``layer`` and ``unit``), keep both names: ``found.sel(layer="relu2", unit=0)``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

HEADER = "labels of a dataset"


def pack(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the variables of a dataset as they are, and one array more for all that names them."""
    labels = {}
    for dimension, index in dataset.indexes.items():
        if dimension in dataset.dims:
            values = [list(one) for one in index] if index.nlevels > 1 else index.tolist()
            labels[str(dimension)] = {"names": list(index.names), "values": values}
    header = {"axes": {str(name): list(array.dims) for name, array in dataset.items()}, "labels": labels}
    packed = {str(name): array.to_numpy() for name, array in dataset.items()}
    return {**packed, HEADER: np.frombuffer(json.dumps(header).encode(), np.uint8)}


def unpack(arrays: dict[str, np.ndarray]) -> xr.Dataset:
    """Return the dataset that `pack` was given."""
    import pandas as pd
    import xarray as xr

    header = json.loads(arrays[HEADER].tobytes())
    coordinates = xr.Coordinates()
    for dimension, label in header["labels"].items():
        if len(label["names"]) > 1:
            index = pd.MultiIndex.from_tuples([tuple(one) for one in label["values"]], names=label["names"])
            coordinates = coordinates.merge(xr.Coordinates.from_pandas_multiindex(index, dimension)).coords
        else:
            coordinates = coordinates.assign({dimension: label["values"]})
    return xr.Dataset({name: (axes, arrays[name]) for name, axes in header["axes"].items()}, coords=coordinates)


def tidy(array: xr.DataArray) -> pd.DataFrame:
    """Return a row for each element: a column for each label, in the order of the axes, and ``value``."""
    return array.rename("value").to_series().reset_index()
