"""Figures of the second notebook, whose run has a seed: training, accuracies, and tables of neurons."""

from __future__ import annotations

from collections import Counter

import numpy as np

from mnist_interp.chapters.replication import rows
from mnist_interp.chapters.replication.rows import IMAGES, IMAGES_OF_A_PASS, Row
from mnist_interp.data import mnist, published
from mnist_interp.experiments import recordings, unit_selectivity
from mnist_interp.methods import selectivity
from mnist_interp.training.runs import Population, Run

RUN, DIGITS = "baseline.html#the-same-run-almost-to-the-digit", "baseline.html#what-it-gets-wrong"
ACTIVE, GRADIENTS = "neurons.html#who-is-active-who-is-selective", "neurons.html#two-tables-of-gradients"
SIZES = "geometry.html#five-of-sixteen"
TIMES = "more.times_among_top3_selective"
BY_TIMES = "more.silhouette_against_size.order_by_times_among_top3_selective"
STANDS_OUT = "more.neuron_said_to_stand_out_across_classes.current"


def training(run: Run) -> list[Row]:
    """Compare loss and accuracy of each published pass over the training images, as far as the run goes."""
    found, image = [], 100 / len(mnist.load("train"))
    for place, cited in enumerate(published.figure("training")):
        epoch, paths = cited["epoch"], f"training.{place}"
        if epoch < run.recipe.epochs:
            loss = rows.of_a_run(f"{paths}.loss", f"loss, epoch {epoch}", RUN, run.loss[epoch], form=".4f", most=0.0005)
            accuracy = rows.of_a_run(
                f"{paths}.train_accuracy",
                f"training accuracy, %, epoch {epoch}",
                RUN,
                100 * run.accuracy[epoch],
                form=".4f",
                most=IMAGES_OF_A_PASS * image,
                unit=image,
            )
            found += [loss._replace(paths=(*loss.paths, f"{paths}.epoch")), accuracy]
    return found


def accuracies(run: Run) -> list[Row]:
    """Compare test accuracy, over all images and by digit."""
    stage = recordings.stage(run, "relu2")
    right = stage.finish(stage.read).argmax(1).numpy() == stage.labels
    images = {"test_accuracy": np.ones_like(right)} | {
        f"class_accuracy.{digit}": stage.labels == digit for digit in range(10)
    }
    found = []
    for path, chosen in images.items():
        digit, image = path.rpartition(".")[2], 100 / chosen.sum()
        what = "test accuracy, %" if path == "test_accuracy" else f"accuracy on {digit}s, %"
        place = RUN if path == "test_accuracy" else DIGITS
        own = 100 * right[chosen].mean()
        found.append(rows.of_a_run(path, what, place, own, form=".2f", most=IMAGES * image, unit=image))
    return found


def _scores(run: Run) -> dict[str, np.ndarray]:
    """Score the units of layer 2 by digit in the four published ways, each (10, 16)."""
    stage = recordings.stage(run, "relu2")
    means = selectivity.class_means(stage.levels, stage.labels)
    by = unit_selectivity.gradients(Population(run.recipe, (run,))).isel(seed=0)
    return {
        "top3_mean_activation": means,
        "top3_mean_gradient_of_loss": by["loss"].to_numpy(),
        "top3_mean_gradient_of_own_logit": by["own"].to_numpy(),
        "top3_selectivity": selectivity.class_selectivity(means),
    }


TITLES = {
    "top3_mean_activation": "most active",
    "top3_mean_gradient_of_loss": "largest gradient of the loss",
    "top3_mean_gradient_of_own_logit": "largest gradient of its own logit",
    "top3_selectivity": "most selective",
}


def neurons(run: Run) -> list[Row]:
    """Compare the tables of neurons by digit, and what the notebook counts in them."""
    scores = _scores(run)
    found = []
    for name, table in scores.items():
        place = GRADIENTS if "gradient" in name else ACTIVE
        for digit, units in enumerate(selectivity.top_units(table).tolist()):
            found.append(rows.of_a_list(f"{name}.{digit}", f"{digit}s: three of {TITLES[name]}", place, units))
    selective = scores["top3_selectivity"]
    for digit, units in enumerate(selectivity.top_units(selective, 5).tolist()):
        path = f"more.top5_selective_by_class.{digit}"
        found.append(rows.of_a_list(path, f"{digit}s: the five most selective", ACTIVE, units))
    return found + _counted(scores)


def _counted(scores: dict[str, np.ndarray]) -> list[Row]:
    n_units = scores["top3_selectivity"].shape[1]
    selective, active = (
        Counter(selectivity.top_units(scores[name]).ravel().tolist())
        for name in ("top3_selectivity", "top3_mean_activation")
    )
    times = [
        rows.of_a_run(
            f"{TIMES}.{unit}", f"neuron {unit}: digits with it in their top three", ACTIVE, selective[unit], form=".0f"
        )
        for unit in range(n_units)
    ]
    order = sorted(range(n_units), key=lambda unit: -selective[unit])
    return [
        *times,
        rows.of_a_list(BY_TIMES, "neurons by these counts", SIZES, order),
        rows.of_a_run(
            STANDS_OUT, "neuron most often among the most active", ACTIVE, active.most_common(1)[0][0], form=".0f"
        ),
    ]
