"""Figures of the first notebook and of its read-me: pixels, and runs whose seeds nobody knows."""

from __future__ import annotations

import numpy as np

from mnist_interp.chapters.replication import rows
from mnist_interp.chapters.replication.rows import Row
from mnist_interp.data import mnist, published
from mnist_interp.experiments import performance
from mnist_interp.training.runs import Population

PIXELS, SEEDS = "baseline.html#seventy-thousand-digits", "baseline.html#one-seed-is-an-anecdote"
BY_DIGIT = "baseline.html#what-it-gets-wrong"
HISTORY = "more.accuracies_of_unseeded_runs_through_the_history"
QUOTED = "more.accuracies_quoted_in_prose_from_other_runs"


def pixels() -> list[Row]:
    """Compare the statistics of the training images' pixels."""
    values = mnist.load("train").pixels.numpy()
    found = {
        "mean": ("mean pixel", values.mean(dtype=float)),
        "mean_of_per_image_std": (
            "standard deviation of pixels (within an image, averaged)",
            values.std(axis=1, dtype=float, ddof=1).mean(),
        ),
    }
    return [rows.of_a_run(f"pixels.{key}", what, PIXELS, ours, form=".4f") for key, (what, ours) in found.items()]


def accuracies(population: Population) -> np.ndarray:
    """Return final test accuracies of a population, (n_seeds,), in percent."""
    return 100 * performance.summary(population)["test_accuracy"].isel(epoch=-1).to_numpy()


def unseeded(population: Population) -> list[Row]:
    """Compare accuracies and a loss of runs whose seeds nobody knows with those of the baseline's seeds."""
    found, own = performance.summary(population), accuracies(population)
    of_history = [
        rows.of_any_seed(
            f"{HISTORY}.{place}", f"test accuracy, %, run {place + 1} of the history", SEEDS, own, form=".2f"
        )
        for place in range(len(published.figure(HISTORY)))
    ]
    quoted = [
        rows.of_any_seed(f"{QUOTED}.{key}", what, SEEDS, ours, form=form)
        for key, what, ours, form in (
            ("notebook_1_section_3_test", "test accuracy, %, quoted in section 3", own, ".2f"),
            (
                "notebook_1_section_3_train",
                "training accuracy, %, quoted there",
                running(population, "accuracy"),
                ".2f",
            ),
            (
                "notebook_1_section_3_loss",
                "loss, quoted there (ours: mean over training images)",
                found["train_loss"].to_numpy(),
                ".4f",
            ),
            ("notebook_2_section_7_test", "test accuracy, %, quoted in notebook 2", own, ".2f"),
        )
    ]
    return of_history + quoted


def running(population: Population, name: str) -> np.ndarray:
    """Return the running mean of the last pass, (n_seeds,): the accuracy in percent, or the loss."""
    values = np.array([getattr(run, name)[-1] for run in population])
    return 100 * values if name == "accuracy" else values


def by_digit(population: Population) -> list[Row]:
    """Compare the accuracies by digit of another run of unknown seed, and its four lowest."""
    path, own = "more.readme_mlp.class_accuracy_of_another_unseeded_run", _by_digit(population)
    return [
        rows.of_any_seed(f"{path}.{digit}", f"read-me: accuracy on {digit}s, %", BY_DIGIT, own[:, digit], form=".2f")
        for digit in range(10)
    ] + [_lowest(own)]


def _by_digit(population: Population) -> np.ndarray:
    return 100 * performance.summary(population)["class_accuracy"].transpose("seed", "digit").to_numpy()


def _lowest(own: np.ndarray) -> Row:
    path = "more.readme_mlp.said_to_underperform_on"
    cited = [int(digit) for digit in published.figure(path)]
    same = sum(set(one.argsort()[: len(cited)].tolist()) == set(cited) for one in own)
    return Row(
        (path,),
        "read-me: the four lowest digits",
        BY_DIGIT,
        ", ".join(map(str, cited)),
        f"the same four in {same} of {len(own)} seeds",
        "",
        "seeds" if same else "apart",
    )
