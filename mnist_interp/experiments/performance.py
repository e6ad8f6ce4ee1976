"""How well the networks of a population read, how sure of it they are, and how steadily they got there.

Accuracy and loss are always those in evaluation mode: the means that training prints are taken with dropout's mask on
and over weights that move. The calibration error is that of Guo et al. 2017 (arXiv:1706.04599). About a tenth of a
second a network on one thread; kept by the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

LAST = 5


def epoch_ends(run: Run) -> list[int]:
    """Return the checkpoints after 0, 1, 2, ... whole epochs."""
    return [place for place, epoch in enumerate(run.epochs) if epoch == int(epoch)]


def _logits(run: Run, places: Sequence[int], split: mnist.Split) -> Iterator[torch.Tensor]:
    """Yield what a network puts out at some checkpoints for all images of a split, each (n_images, 10)."""
    models = [run.model(place) for place in places]
    if run.recipe.model == "mlp":
        yield from (found["output"] for found in sparse_forward.activations(models, split, ["output"]))
    else:
        yield from (activations.logits(model, mnist.load(split).pixels) for model in models)


def _outcome(run: Run) -> store.Arrays:
    test, train = mnist.load("test"), mnist.load("train")
    readings = list(_logits(run, epoch_ends(run), "test"))
    last, learned = readings[-1], next(_logits(run, [-1], "train"))
    right = last.argmax(1).numpy() == test.labels
    return {
        "test_accuracy": np.array([evaluate.accuracy(z, test.labels) for z in readings]),
        "test_loss": np.array([evaluate.loss(z, test.labels) for z in readings]),
        "train_accuracy": np.array(evaluate.accuracy(learned, train.labels)),
        "train_loss": np.array(evaluate.loss(learned, train.labels)),
        "class_accuracy": np.array([right[test.labels == digit].mean() for digit in range(10)]),
        "calibration_error": np.array(evaluate.calibration_error(last, test.labels)),
        "logit_spread": np.array(float(last.std(1).mean(dtype=torch.float64))),
    }


@store.cached
def summary(population: Population) -> store.Arrays:
    """Read the test images after every epoch, and the training images at the end, all in evaluation mode.

    Parameters
    ----------
    population : Population
        Networks of any kind.

    Returns
    -------
    dict of numpy.ndarray
        By run and epoch, 0 first, (n_runs, n_epochs + 1): ``test_accuracy``, a fraction, and ``test_loss``, in nats.
        At the end, (n_runs,): ``train_accuracy``, ``train_loss``, ``calibration_error``, a fraction, and
        ``logit_spread``, the standard deviation over the ten logits of an image, averaged over images. And
        ``class_accuracy``, (n_runs, 10).
    """
    found = parallel.each(_outcome, ((run,) for run in population))
    return {name: np.stack([row[name] for row in found]) for name in found[0]}


def _test_accuracy(run: Run) -> float:
    return evaluate.accuracy(next(_logits(run, [-1], "test")), mnist.load("test").labels)


@store.cached
def accuracy(population: Population) -> store.Arrays:
    """Read the test images at the end only: ``accuracy``, (n_runs,), fractions; a tenth of the work of `summary`."""
    return {"accuracy": np.array(parallel.each(_test_accuracy, [(run,) for run in population]))}


def settled(accuracy: np.ndarray) -> np.ndarray:
    """Return the mean over the last five epochs, (n_runs,): at a constant rate accuracy jitters from one to the next.

    Parameters
    ----------
    accuracy : numpy.ndarray of shape (n_runs, n_epochs + 1)
        From `summary`; an untrained network's first, which never counts.
    """
    return accuracy[:, 1:][:, -LAST:].mean(1)


def epochs_to_reach(accuracy: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return after how many epochs each run first reads as well as its target, one more than it has where never.

    Parameters
    ----------
    accuracy : numpy.ndarray of shape (n_runs, n_epochs + 1)
        From `summary`.
    target : numpy.ndarray of shape (n_runs,)
        The accuracy to reach.

    Returns
    -------
    numpy.ndarray of shape (n_runs,)
        Whole epochs.
    """
    reached = accuracy >= target[:, None]
    return np.where(reached.any(1), reached.argmax(1), accuracy.shape[1])


def rises(loss: np.ndarray) -> np.ndarray:
    """Return the share of epochs, the first left out, after which the loss is higher than before, (n_runs,).

    Parameters
    ----------
    loss : numpy.ndarray of shape (n_runs, n_epochs + 1)
        ``test_loss`` of `summary`; an untrained network's first.
    """
    steps = np.diff(loss[:, 1:], axis=1)
    return (steps > 0).mean(1) if steps.shape[1] else np.zeros(len(loss))
