"""Specialization: its scores are those of the modules that define them, and dead units do not count."""

from __future__ import annotations

import numpy as np

from mnist_interp import training
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings, specialization
from mnist_interp.methods import selectivity
from mnist_interp.training import registry


def test_scores_are_those_of_the_last_and_first_checkpoint() -> None:
    run = training.run(registry.PUBLISHED)
    found = specialization.summary(training.Population(run.recipe, (run,)))
    labels = mnist.load("test").labels
    for place, checkpoint in enumerate((0, -1)):
        values = recordings.hidden_units(run, "test", checkpoint)
        index = selectivity.morcos_index(selectivity.class_means(values, labels))
        np.testing.assert_allclose(found["index"][0, place], index, rtol=1e-4)
        np.testing.assert_allclose(found["active"][0, place], (values > 0).mean(0), atol=2e-4)
    assert found["auroc"].min() >= 0.5 - 1e-9, "the best of ten digits is never below chance on average"


def test_units_that_are_never_active_do_not_count() -> None:
    scores = np.array([[[0.2, 0.4, 9.0, 1.0], [0.5, 0.7, 0.6, 1.0]]])
    active = np.array([[[0.1, 0.9, 0.0, 1.0], [0.1, 0.9, 0.3, 1.0]]])
    np.testing.assert_allclose(specialization.over_live(scores, active, slice(0, 3)), [[0.3, 0.6]])
