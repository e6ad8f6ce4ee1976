"""Identities and theorems about these networks, and by how much our code misses them: rounding, or a mistake of ours.

They could not have come out otherwise, so they are no evidence; some of them stood among the claims of the first
edition. A few seconds.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import directions, recordings, unit_selectivity
from mnist_interp.methods import ablation
from mnist_interp.runtime import store
from mnist_interp.training import models
from mnist_interp.training.batch_order import MinibatchOrder, generator_for
from mnist_interp.training.compiled_learner import CompiledLearner
from mnist_interp.training.runs import Population, Run

FEW = 3  # networks that are taken through what nothing else measures


def _gradient(population: Population) -> float:
    found = unit_selectivity.gradients(population)
    return float(abs(found["own"] - found["readout"]).max())


def _attribution(run: Run) -> float:
    stage = recordings.stage(run, "relu2")
    logits = stage.untouched()
    bias = stage.linear.get_parameter("bias")
    whole = ablation.direct_logit_attribution(stage).sum(1) + bias - bias.mean()
    return float((whole - (logits - logits.mean(1, keepdim=True))).abs().max())


def _renamed_pixels(run: Run) -> float:
    """Train twice on 5,000 images, once with pixels and first weights permuted, and compare the first weights."""
    digits, order = mnist.load("validation"), models.Shuffle().order.numpy()
    images = digits.images.reshape(len(digits), -1)
    shuffled = torch.from_numpy(order)
    found = []
    for pixels, places in ((images, None), (images[:, order], shuffled)):
        model, _ = models.initialize(run.recipe, run.seed)
        if places is not None:
            with torch.no_grad():
                model.get_parameter("linear1.weight").copy_(model.get_parameter("linear1.weight")[:, places].clone())
        masks = [generator_for(run.seed, "dropout")]
        learner = CompiledLearner(run.recipe, [model], masks, np.ascontiguousarray(pixels))
        rows = MinibatchOrder("generator", run.seed, masks[0]).epoch(len(digits))[None]
        targets = digits.targets[rows]
        learner.advance(rows, targets, torch.empty(*targets.shape, 10))
        found.append(learner.snapshot()["linear1.weight"][0])
    plain, renamed = found
    return float((plain[:, shuffled] - renamed).abs().max())


@store.cached
def missed(population: Population) -> xr.Dataset:
    """Return the largest difference from each identity.

    Returns
    -------
    xarray.Dataset
        ``gradient`` of a logit with respect to layer 2, and the readout's row; ``attribution``, pushes with the biases,
        and the centered logits; ``null``, logits with and without what lies in the readout's null space; ``renaming``,
        first weights of two networks that were trained on pixels in place and permuted.
    """
    return xr.Dataset(
        {
            "gradient": _gradient(population),
            "attribution": max(map(_attribution, population[:FEW])),
            "null": float(directions.costs(population)["null_heard"].max()),
            "renaming": max(map(_renamed_pixels, population[:FEW])),
        }
    )
