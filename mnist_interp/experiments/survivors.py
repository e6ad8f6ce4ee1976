"""How far single units of layer 2 can be interpreted, before and after a pruned network learns on.

Dropping units that say little raises the mean of those that stay, by selection alone; so units are compared with
themselves. Partners are looked for in whole networks of other seeds, as these were before any pruning. A network and
checkpoint takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_interp.data import mnist
from mnist_interp.experiments import ablation_effects, pruning_oracle, recordings, sparse_forward
from mnist_interp.methods import evaluate, references, selectivity, unit_subsets
from mnist_interp.runtime import preview
from mnist_interp.training.runs import Run

LAYER = "relu2"
SCORES = ("auroc", "selectivity", "signed_selectivity", "partner", "live")
CHOSEN_PER_CLASS = preview.reduced(1_000)
Layers = tuple[np.ndarray, np.ndarray]


def layers(runs: Sequence[Run]) -> Layers:
    """Return the trained layer 2 of networks, (n_networks, n_images, n_units), standardized: partners to choose among.

    On the training images on which partners are chosen, and on all test images.
    """
    few, models = mnist.sample("train", CHOSEN_PER_CLASS), [run.model() for run in runs]
    train, test = (sparse_forward.activations(models, split, [LAYER]) for split in ("train", "test"))
    fitted = np.stack([unit_subsets.standardized(one[LAYER].numpy()[few]) for one in train])
    return fitted, np.stack([unit_subsets.standardized(one[LAYER].numpy()) for one in test])


def partners(fitted: np.ndarray, test: np.ndarray, others: Layers) -> np.ndarray:
    """Return how well each unit correlates with its partner in another network, mean over these: (n_units,).

    Its partner is the unit that correlates with it most on training images; the correlation is that on test images.

    Parameters
    ----------
    fitted, test : numpy.ndarray of shape (n_images, n_units)
        The units on the images of `layers`.
    others : (numpy.ndarray, numpy.ndarray)
        From `layers`.
    """
    learned, seen = (
        unit_subsets.standardized(own).T @ theirs / len(own) for own, theirs in zip((fitted, test), others, strict=True)
    )
    return np.take_along_axis(seen, learned.argmax(-1)[..., None], -1)[..., 0].mean(0)


def scores(run: Run, checkpoints: Sequence[int], others: Layers) -> dict[str, np.ndarray]:
    """Score each unit of layer 2 by itself.

    Parameters
    ----------
    run : Run
        A perceptron.
    checkpoints : sequence of int
        Indices into its checkpoints.
    others : (numpy.ndarray, numpy.ndarray)
        Networks of other seeds, from `layers`.

    Returns
    -------
    dict of numpy.ndarray of shape (n_checkpoints, n_units)
        ``auroc``, of the digit that it detects best, which is chosen on training images; ``selectivity``, the largest
        class selectivity; ``signed_selectivity``, the largest among digits whose logit it raises; ``partner``, as of
        `partners`; all on test images. ``live``, whether it is active on some training image.
    """
    models = [run.model(checkpoint) for checkpoint in checkpoints]
    few, labels = mnist.sample("train", CHOSEN_PER_CLASS), mnist.load("test").labels
    learned = mnist.load("train").labels[few]
    found: dict[str, list[np.ndarray]] = {name: [] for name in SCORES}
    both = zip(*(sparse_forward.activations(models, split, [LAYER]) for split in ("train", "test")), strict=True)
    for model, (train, test) in zip(models, both, strict=True):
        fitted, seen = train[LAYER].numpy(), test[LAYER].numpy()
        units = np.arange(seen.shape[1])
        best = selectivity.auroc(fitted[few], learned).argmax(0)
        own = selectivity.class_selectivity(selectivity.class_means(seen, labels))
        weight = model.get_parameter("output.weight").numpy()
        found["auroc"].append(selectivity.auroc(seen, labels)[best, units])
        found["selectivity"].append(own.max(0))
        found["signed_selectivity"].append(np.where(weight > weight.mean(0), own, -1).max(0))
        found["partner"].append(partners(fitted[few], seen, others))
        found["live"].append((fitted > 0).any(0))
    return {name: np.stack(rows) for name, rows in found.items()}


def bottlenecks(run: Run, checkpoint: int) -> np.ndarray:
    """Return which units cost some digit half of its test images, each held at its optimal constant: (n_units,)."""
    training = recordings.stage(run, LAYER, "train", checkpoint=checkpoint, per_class=pruning_oracle.PER_CLASS)
    test = ablation_effects.scored(run, LAYER, checkpoint)
    before = evaluate.accuracies(evaluate.confusion(test.untouched(), test.labels))[1:]
    found = []
    for unit in range(test.n_units):
        held = test.values.new_tensor([references.best_constant(training, unit)])
        after = evaluate.accuracies(evaluate.confusion(test.replaced(unit, held), test.labels))[1:]
        found.append((before - after).max() >= ablation_effects.HALF)
    return np.array(found)
