"""What the class token's two looks are worth: what a block's heads bring it is held at its mean over training images.

In the first block the patches look, too, and the class token hears of that in the second; so what the heads bring the
patches is held likewise. A network takes a fraction of a second.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import head_ablation
from mnist_interp.experiments.head_ablation import Site
from mnist_interp.methods import evaluate
from mnist_interp.methods.attention import CLASS
from mnist_interp.methods.network import PORTION
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run

READERS = {"class token": slice(CLASS, CLASS + 1), "patches": slice(CLASS + 1, None)}


def held(site: Site, mean: torch.Tensor, readers: slice) -> torch.Tensor:
    """Return logits with all heads of a block bringing some tokens the mean of what they bring them.

    Parameters
    ----------
    site : head_ablation.Site
        The block, on the images that are scored.
    mean : torch.Tensor of shape (n_tokens, width)
        By position.
    readers : slice
        Which tokens; none leaves the network as it is.
    """
    brought = site.heads.clone()
    brought[:, readers] = mean[readers]
    places = torch.arange(len(brought)).split(PORTION)
    with torch.no_grad():
        return torch.cat([site.logits(brought[some], some) for some in places])


def _of_run(run: Run) -> store.Arrays:
    model, split_of = run.model(), head_ablation.PER_CLASS
    chosen = mnist.sample("test", split_of)
    labels = mnist.load("test").labels[chosen]
    on_test = head_ablation.sites(model, mnist.load("test").pixels[chosen])
    on_seen = head_ablation.sites(model, mnist.load("train").pixels[mnist.sample("train", split_of)])
    left = [
        [evaluate.accuracy(held(site, on_seen[number].heads.mean(0), some), labels) for some in READERS.values()]
        for number, site in on_test.items()
    ]
    whole = evaluate.accuracy(held(on_test[1], on_seen[1].heads.mean(0), slice(0)), labels)
    return {"accuracy": np.array(left), "whole": np.array(whole)}


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Measure how accurate transformers are when a block's heads bring some tokens their mean alone.

    Parameters
    ----------
    population : Population
        Of transformers.

    Returns
    -------
    xarray.Dataset
        Accuracy on 1,000 test images, a fraction: ``accuracy`` (seed, block, readers), blocks from 1, readers as of
        `READERS` (what the last block brings patches is never read); ``whole`` (seed), of the untouched network.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    accuracy = np.stack([row["accuracy"] for row in found])
    return xr.Dataset(
        {
            "accuracy": (("seed", "block", "readers"), accuracy),
            "whole": ("seed", np.array([row["whole"] for row in found])),
        },
        {"seed": population.seeds, "block": range(1, 1 + accuracy.shape[1]), "readers": list(READERS)},
    )
