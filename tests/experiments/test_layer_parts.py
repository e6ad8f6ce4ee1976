"""Scores of the parts of a layer, against projections by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp import training
from mnist_interp.experiments import layer_parts, recordings
from mnist_interp.methods import projection_quality, unit_subsets
from mnist_interp.training import registry
from mnist_interp.training.runs import Population


def test_each_part_has_the_scores_of_what_is_left_when_the_other_is_taken_away() -> None:
    run = training.run(registry.PUBLISHED)
    found = layer_parts.measure(Population(run.recipe, (run,))).sel(seed=run.seed)
    points, labels = recordings.points(run, "relu2", per_class=200).astype(float), recordings.labels(per_class=200)
    readout = run.model().output.weight.numpy().astype(float)
    heard = np.linalg.pinv(readout - readout.mean(0)) @ (readout - readout.mean(0))
    parts = {"whole layer": np.eye(16), "row space": heard, "null space": np.eye(16) - heard}
    for part, projection in parts.items():
        seen = points @ projection
        own = found.sel(part=part)
        assert own["silhouette"].item() == pytest.approx(unit_subsets.silhouette(seen, labels), abs=1e-6)
        assert own["neighbors"].item() == pytest.approx(projection_quality.knn_accuracy(seen, labels), abs=2e-3)
        assert own["variance"].item() == pytest.approx(seen.var(0).sum() / points.var(0).sum(), abs=1e-6)
    assert found["variance"].sel(part=["row space", "null space"]).sum().item() == pytest.approx(1)
