"""Whether maps of what a neuron answers to depend on what the network learned (Adebayo et al. 2018).

Layer 1 is drawn anew, everything above it stays; a map that does not change shows the image, not the network. Slopes
are compared with their signs, over the inked pixels; integrated gradients, which multiply by the image, by their size
over all pixels, as one looks at them. What such a comparison is worth, two others say: noise in place of the weights,
multiplied by the image and compared in the same way; and integrated gradients compared as slopes are. A network takes
half a second.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr
from scipy.stats import rankdata
from torch import nn

from mnist_interp.data import mnist
from mnist_interp.experiments import training_moments
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training import models
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(10)
STEPS = 20
KINDS = ("slopes", "integrated gradients", "noise times the image", "integrated gradients, signed")


def randomized(run: Run) -> nn.Sequential:
    """Return a run's network with layer 1 as another seed would have drawn it."""
    model = run.model()
    drawn, _ = models.initialize(run.recipe, run.seed + 1_000_000)
    model.get_submodule("linear1").load_state_dict(drawn.get_submodule("linear1").state_dict())
    return model


def slopes(model: nn.Sequential, images: torch.Tensor) -> np.ndarray:
    """Return the slope of each unit of layer 2's pre-activation by each pixel, (n_images, n_units, 784).

    In closed form, of networks with one ReLU before it: what `attribution.input_weights` gives.
    """
    first, bias, second = map(model.get_parameter, ("linear1.weight", "linear1.bias", "linear2.weight"))
    gates = (images @ first.T + bias > 0).to(first)
    return (second * gates[:, None] @ first).numpy()


def integrated(model: nn.Sequential, images: torch.Tensor) -> np.ndarray:
    """Return integrated gradients from the black image, (n_images, n_units, 784), by the midpoint rule."""
    points = (np.arange(STEPS) + 0.5) / STEPS
    mean = sum(slopes(model, float(point) * images) for point in points) / STEPS
    return np.asarray(mean * images[:, None].numpy())


def rank_correlations(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return Spearman's rho along the last axis, ties counted as such; 0 where one of the two is constant."""
    ranks = [rankdata(values, axis=-1) for values in (one, other)]
    first, second = (rank - rank.mean(-1, keepdims=True) for rank in ranks)
    scale = np.sqrt((first**2).sum(-1) * (second**2).sum(-1))
    return np.divide((first * second).sum(-1), scale, out=np.zeros(scale.shape), where=scale > 0)


def _over_ink(one: np.ndarray, other: np.ndarray, images: torch.Tensor) -> float:
    """Return the mean correlation of two sets of maps, (n_images, n_units, 784), over each image's inked pixels."""
    inked = (images > 0).numpy()
    triples = zip(one, other, inked, strict=True)
    return float(np.mean([rank_correlations(first[:, ink], second[:, ink]).mean() for first, second, ink in triples]))


def _of_run(run: Run) -> np.ndarray:
    images = mnist.load("test").pixels[mnist.sample("test", PER_CLASS)]
    live = np.flatnonzero(training_moments.of_run(run, "relu2")["mean"] > 0)
    trained, drawn = run.model(), randomized(run)
    pair = [slopes(model, images)[:, live] for model in (trained, drawn)]
    attributed = [integrated(model, images)[:, live] for model in (trained, drawn)]
    noise = np.random.default_rng(run.seed).standard_normal(attributed[0].shape) * images[:, None].numpy()
    return np.array(
        [
            _over_ink(pair[0], pair[1], images),
            rank_correlations(*map(np.abs, attributed)).mean(),
            rank_correlations(np.abs(attributed[0]), np.abs(noise)).mean(),
            _over_ink(attributed[0], attributed[1], images),
        ]
    )


@store.cached
def likeness(population: Population) -> xr.Dataset:
    """Return how alike maps are before and after layer 1 is drawn anew.

    Returns
    -------
    xarray.Dataset
        ``rho`` (seed, kind), Spearman's, averaged over the live units of layer 2 and 100 test images; ``kind`` is
        one of `KINDS`.
    """
    found = np.stack(parallel.each(_of_run, [(run,) for run in population]))
    return xr.Dataset({"rho": (("seed", "kind"), found)}, {"seed": population.seeds, "kind": list(KINDS)})
