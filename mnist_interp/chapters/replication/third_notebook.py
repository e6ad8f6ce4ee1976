"""Figures of the third notebook, which is known from its read-me alone: normalized networks of unknown seeds."""

from __future__ import annotations

import numpy as np

from mnist_interp import training
from mnist_interp.chapters.replication import rows
from mnist_interp.chapters.replication.first_notebook import accuracies, running
from mnist_interp.chapters.replication.rows import Row
from mnist_interp.claims import normalization as chapter
from mnist_interp.data import mnist
from mnist_interp.experiments import performance
from mnist_interp.training import registry

LADDER, FASTER = "normalization.html#what-was-promised", "normalization.html#faster-steadier"
STANDARDIZED = "normalization.input_standardized"
DROPOUT = "normalization|with_dropout_0.2_after_layer1"
LAST = "normalization|relu_layernorm_dropout_then_layernorm_relu|test_accuracy"


def normalized() -> list[Row]:
    """Compare what the read-me prints of its ladder of normalizations."""
    raw, standardized, masked, final = (
        training.population(*registry.LADDER[name])
        for name in (chapter.RAW, chapter.STANDARD, chapter.MASKED, chapter.FINAL)
    )
    found, pixels = performance.summary(standardized), mnist.load("train").pixels.numpy()
    by_digit = 100 * found["class_accuracy"].transpose("seed", "digit").to_numpy()
    epochs = performance.epochs_to_reach(found["test_accuracy"], chapter.settled(raw)).to_numpy()
    return [
        rows.of_a_run(f"{STANDARDIZED}.mean", "mean pixel", LADDER, pixels.mean(dtype=float), form=".4f"),
        rows.of_a_run(f"{STANDARDIZED}.std", "standard deviation of all pixels", LADDER, _std(pixels), form=".4f"),
        rows.of_any_seed(
            f"{STANDARDIZED}.test_accuracy",
            "standardized: test accuracy, %",
            LADDER,
            accuracies(standardized),
            form=".2f",
        ),
        rows.of_any_seed(
            f"{STANDARDIZED}.matches_baseline_after_epochs",
            "epochs to the baseline’s accuracy",
            FASTER,
            epochs,
            form=".0f",
        ),
        *(
            rows.of_any_seed(
                f"{STANDARDIZED}.class_accuracy.{digit}",
                f"standardized: accuracy on {digit}s, %",
                LADDER,
                by_digit[:, digit],
                form=".2f",
            )
            for digit in range(10)
        ),
        rows.of_any_seed(
            f"{DROPOUT}|test_accuracy",
            "LayerNorm and dropout: test accuracy, %",
            LADDER,
            accuracies(masked),
            form=".1f",
        ),
        rows.of_any_seed(
            f"{DROPOUT}|train_accuracy",
            "the same: training accuracy, %, mask on",
            FASTER,
            running(masked, "accuracy"),
            form=".1f",
        ),
        rows.of_any_seed(
            LAST, "LayerNorm before the second ReLU: test accuracy, %", LADDER, accuracies(final), form=".1f"
        ),
    ]


def _std(pixels: np.ndarray) -> float:
    return float(pixels.std(dtype=float))
