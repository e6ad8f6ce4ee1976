"""How well the networks of a population read, how sure of it they are, and how steadily they got there.

Accuracy and loss are always those in evaluation mode: the means that training prints are taken with dropout's mask on
and over weights that move. The calibration error is that of Guo et al. 2017 (arXiv:1706.04599). About a tenth of a
second a network on one thread; kept by the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import sparse_forward
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run, is_perceptron

LAST = 5


def epoch_ends(run: Run) -> list[int]:
    """Return the checkpoints after 0, 1, 2, ... whole epochs."""
    return [place for place, epoch in enumerate(run.epochs) if epoch == int(epoch)]


def _logits(run: Run, places: Sequence[int], split: mnist.Split) -> Iterator[torch.Tensor]:
    """Yield what a network puts out at some checkpoints for all images of a split, each (n_images, 10)."""
    models = [run.model(place) for place in places]
    if is_perceptron(run.recipe):
        yield from (found["output"] for found in sparse_forward.activations(models, split, ["output"]))
    else:
        yield from (activations.logits(model, mnist.load(split).pixels) for model in models)


def _outcome(run: Run) -> xr.Dataset:
    test, train = mnist.load("test"), mnist.load("train")
    readings = list(_logits(run, epoch_ends(run), "test"))
    last, learned = readings[-1], next(_logits(run, [-1], "train"))
    right = last.argmax(1).numpy() == test.labels
    return xr.Dataset(
        {
            "test_accuracy": ("epoch", [evaluate.accuracy(z, test.labels) for z in readings]),
            "test_loss": ("epoch", [evaluate.loss(z, test.labels) for z in readings]),
            "train_accuracy": evaluate.accuracy(learned, train.labels),
            "train_loss": evaluate.loss(learned, train.labels),
            "class_accuracy": ("digit", [right[test.labels == digit].mean() for digit in range(10)]),
            "calibration_error": evaluate.calibration_error(last, test.labels),
            "logit_spread": float(last.std(1).mean(dtype=torch.float64)),
        },
        coords={"epoch": range(len(readings)), "digit": range(10)},
    )


@store.cached
def summary(population: Population) -> xr.Dataset:
    """Read the test images after every epoch, and the training images at the end, all in evaluation mode.

    Parameters
    ----------
    population : Population
        Networks of any kind.

    Returns
    -------
    xarray.Dataset
        By seed and epoch, 0 untrained: ``test_accuracy``, a fraction, and ``test_loss``, in nats. At the end, by seed:
        ``train_accuracy``, ``train_loss``, ``calibration_error``, a fraction, and ``logit_spread``, the standard
        deviation over the ten logits of an image, averaged over images. And ``class_accuracy`` (seed, digit).
    """
    found = parallel.each(_outcome, ((run,) for run in population))
    return xr.concat(found, "seed").assign_coords(seed=population.seeds)


def _test_accuracy(run: Run) -> float:
    return evaluate.accuracy(next(_logits(run, [-1], "test")), mnist.load("test").labels)


@store.cached
def accuracy(population: Population) -> xr.Dataset:
    """Read the test images at the end only: ``accuracy`` (seed), fractions; a tenth of the work of `summary`."""
    found = parallel.each(_test_accuracy, [(run,) for run in population])
    return xr.Dataset({"accuracy": ("seed", found)}, coords={"seed": population.seeds})


def settled(accuracy: xr.DataArray) -> xr.DataArray:
    """Return the mean over the last five epochs, (seed): at a constant rate accuracy jitters from one to the next.

    Parameters
    ----------
    accuracy : xarray.DataArray
        ``test_accuracy`` of `summary` (seed, epoch); epoch 0, the untrained network's, never counts.
    """
    return accuracy.sel(epoch=slice(1, None)).isel(epoch=slice(-LAST, None)).mean("epoch")


def epochs_to_reach(accuracy: xr.DataArray, target: xr.DataArray) -> xr.DataArray:
    """Return after how many epochs each run first reads as well as its target, one more than it has where never.

    Parameters
    ----------
    accuracy : xarray.DataArray
        ``test_accuracy`` of `summary` (seed, epoch).
    target : xarray.DataArray
        The accuracy to reach (seed); other seeds may be among them.

    Returns
    -------
    xarray.DataArray
        Whole epochs (seed).
    """
    reached = accuracy >= target.sel(seed=accuracy["seed"])
    return reached.argmax("epoch").where(reached.any("epoch"), accuracy.sizes["epoch"])


def rises(loss: xr.DataArray) -> xr.DataArray:
    """Return the share of epochs, the first left out, after which the loss is higher than before, (seed).

    Parameters
    ----------
    loss : xarray.DataArray
        ``test_loss`` of `summary` (seed, epoch), from epoch 0, the untrained network's.
    """
    steps = loss.sel(epoch=slice(1, None)).diff("epoch")
    return (steps > 0).sum("epoch") / max(steps.sizes["epoch"], 1)
