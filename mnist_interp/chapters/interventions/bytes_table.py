"""The published table of neuron 14, recomputed on bytes as it was computed, and on pixels in [0, 1]."""

from __future__ import annotations

import pandas as pd

from mnist_interp.data import mnist, published
from mnist_interp.experiments import recordings
from mnist_interp.methods import ablation
from mnist_interp.methods.ablation import Stage
from mnist_interp.training.runs import Run

NEURON, DIGITS, FACTORS = 14, (7, 9), (1.0, 0.0, 3.0)


def on_bytes(run: Run) -> Stage:
    """Record layer 2 on test images whose pixels go from 0 to 255."""
    test = mnist.load("test")
    return ablation.stage(run.model(), "relu2", (255 * test.pixels).round(), test.labels)


def _accuracy(stage: Stage, factor: float, digit: int) -> float:
    logits = ablation.intervene(stage, [NEURON], ablation.scale(stage, factor))
    return float((logits.argmax(1).numpy() == digit)[stage.labels == digit].mean())


def table(run: Run) -> pd.DataFrame:
    """Return the six published accuracies, in percent, beside ours on bytes and on pixels in [0, 1]."""
    stages = {"on bytes, %": on_bytes(run), "on pixels in [0, 1], %": recordings.stage(run, "relu2")}
    rows = {}
    for digit in DIGITS:
        for factor in FACTORS:
            ours = {name: round(100 * _accuracy(stage, factor, digit), 2) for name, stage in stages.items()}
            cited = published.figure(f"neuron14_scaling|class{digit}|{factor}")
            rows[f"digit {digit}, neuron {NEURON} times {factor:.0f}"] = {"published, %": cited, **ours}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index.name = "accuracy of"
    return frame


def predicted(stage: Stage) -> pd.Series:
    """Return the digit that the untouched network predicts for each image."""
    return pd.Series(stage.finish(stage.read).argmax(1).numpy())
