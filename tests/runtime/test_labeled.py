"""Labeled arrays are kept with their names, axes and labels."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp.runtime import code_digest, labeled, store


@pytest.fixture
def dataset():
    """Return accuracies by reference and hidden unit, counts of two layers, and a number without axes."""
    neuron = pd.MultiIndex.from_tuples([("relu1", 0), ("relu1", 1), ("relu2", 0)], names=["layer", "unit"])
    coordinates = xr.Coordinates.from_pandas_multiindex(neuron, "neuron").assign(
        reference=["zero", "mean"], dose=[0.0, 0.5]
    )
    return xr.Dataset(
        {
            "accuracy": (("reference", "neuron"), np.arange(6, dtype=np.float32).reshape(2, 3) / 7),
            "read": (("dose", "image"), np.arange(8).reshape(2, 4) > 3),
            "untouched": ((), np.float64(0.9)),
        },
        coords=coordinates,
    )


def test_what_was_packed_comes_back(dataset):
    again = labeled.unpack(labeled.pack(dataset))
    xr.testing.assert_identical(again, dataset)
    assert [array.dtype for array in again.values()] == [np.float32, bool, np.float64]
    assert float(again["accuracy"].sel(reference="mean", layer="relu2", unit=0)) == np.float32(5 / 7)


def test_a_cached_function_returns_the_same_dataset_from_the_store(dataset, own_cache, monkeypatch):
    monkeypatch.setattr(code_digest, "of_modules", lambda modules: "code")
    calls = []

    @store.cached
    def measured(scale: int) -> xr.Dataset:
        calls.append(scale)
        return dataset * scale

    first, second = measured(2), measured(2)
    xr.testing.assert_identical(first, second)
    assert calls == [2]
    assert list(own_cache.rglob("*.entry"))


def test_a_tidy_frame_has_a_column_for_each_label(dataset):
    frame = labeled.tidy(dataset["accuracy"])
    assert list(frame) == ["reference", "layer", "unit", "value"]
    row = frame[(frame["reference"] == "mean") & (frame["layer"] == "relu2") & (frame["unit"] == 0)]
    assert row["value"].item() == np.float32(5 / 7)
