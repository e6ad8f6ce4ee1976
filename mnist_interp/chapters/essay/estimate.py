"""Neuron 0 as a linear function of the pixels' largest components, put in its place."""

from __future__ import annotations

import numpy as np
import torch

from mnist_interp.chapters.index.lesions import DIGIT, NEURON
from mnist_interp.experiments import pixel_components, recordings
from mnist_interp.methods import ablation
from mnist_interp.training.runs import Run


def ones_from_pixels(run: Run) -> float:
    """Return the share of the 1s that are right when neuron 0 is estimated from 16 components of the pixels."""
    per_class = pixel_components.FITTED_PER_CLASS
    fitted = np.c_[pixel_components.scores("train", per_class), np.ones(10 * per_class)]
    wanted = recordings.points(run, "relu2", "train", per_class=per_class)[:, NEURON]
    weights = np.linalg.lstsq(fitted, wanted, rcond=None)[0]
    stage = recordings.stage(run, "relu2")
    components = np.c_[pixel_components.scores("test"), np.ones(len(stage.labels))]
    estimated = torch.zeros(len(stage.labels), stage.n_units)
    estimated[:, NEURON] = torch.from_numpy(components @ weights).float()
    said = ablation.intervene(stage, [NEURON], estimated).argmax(1).numpy()
    return float((said == stage.labels)[np.asarray(stage.labels) == DIGIT].mean())
