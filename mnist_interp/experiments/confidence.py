"""Whether networks are surer of what they read than they are right."""

from __future__ import annotations

import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.methods import activations, evaluate
from mnist_interp.runtime import parallel, store
from mnist_interp.training.runs import Population, Run


def _overconfidence(run: Run) -> float:
    test = mnist.load("test")
    logits = activations.logits(run.model(), test.pixels)
    sure = logits.double().softmax(1).max(1).values.mean().item()
    return sure - evaluate.accuracy(logits, test.labels)


@store.cached
def overconfidence(population: Population) -> xr.Dataset:
    """Return the mean probability of the digit that is read, less the accuracy, on the test images.

    Parameters
    ----------
    population : Population
        Networks of any kind, in evaluation mode.

    Returns
    -------
    xarray.Dataset
        ``overconfidence`` (seed), fractions: above 0 where a network is surer than it is right.
    """
    found = parallel.each(_overconfidence, [(run,) for run in population])
    return xr.Dataset({"overconfidence": ("seed", found)}, {"seed": population.seeds})
