"""Published class accuracies, laid beside those of two networks made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from mnist_interp import training
from mnist_interp.chapters import class_tables
from mnist_interp.experiments import performance
from mnist_interp.training.recipe import Recipe


def test_published_classes_stand_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    own = np.linspace(0.9, 0.99, 10)
    both = xr.Dataset({"class_accuracy": (("seed", "digit"), np.stack([own, own - 0.02]))})
    monkeypatch.setattr(performance, "summary", lambda population: both)
    networks = training.Population(Recipe(), ())
    frame = class_tables.beside(networks, [*(100 * own[:5] - 1), *(100 * own[5:] + 0.5)])
    assert frame["within"].tolist() == ["yes"] * 5 + ["no"] * 5
    assert frame.loc[0].tolist() == ["89.00", "89.00 ± 1.41", "88.00", "90.00", "yes"]
