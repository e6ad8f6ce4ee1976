"""What ten directions cost that hold as much variance as a head: a harder null, as heads hold uneven shares.

Rotated at random, a block's heads become tens that hold about a quarter each of what the block brings, and a vital head
holds more. Here each head meets tens drawn at random among those of its own share, held at their mean over training
images, by position, as it is (`head_ablation`). A network takes a second or two.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments import head_ablation
from mnist_interp.experiments.head_ablation import Site
from mnist_interp.methods import evaluate
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

DRAWS = 2 if preview.enabled() else 10
_POWERS, _HALVINGS, _LEAST = (-4.0, 8.0), 30, 1e-6


def share_of(spread: torch.Tensor, axes: torch.Tensor) -> float:
    """Return the share of the variance that the span of some axes holds.

    Parameters
    ----------
    spread : torch.Tensor of shape (width, width)
        Covariance, but for a factor.
    axes : torch.Tensor of shape (width, n_axes)
        Orthonormal.
    """
    return float((axes.T @ spread @ axes).trace() / spread.trace())


def drawn(spread: torch.Tensor, share: float, n_axes: int, generator: torch.Generator) -> torch.Tensor:
    """Draw axes whose span holds a share of the variance.

    Gaussian vectors, scaled along the principal axes by a power of the variance there: at the power 0 all spans are
    equally likely, and the higher it is, the more they hold. Bisection finds it.

    Parameters
    ----------
    spread : torch.Tensor of shape (width, width), float64
        Covariance, but for a factor.
    share : float
        Between what the `n_axes` least principal axes hold and what the greatest do.
    n_axes : int
        How many.
    generator : torch.Generator
        Of the Gaussian vectors.

    Returns
    -------
    torch.Tensor of shape (width, n_axes), float64
        Orthonormal.
    """
    variances, principal = torch.linalg.eigh(spread)
    scale = (variances / variances.max()).clamp(min=_LEAST)[:, None]
    gaussian = torch.randn(len(spread), n_axes, generator=generator, dtype=spread.dtype)
    low, high = _POWERS
    for _ in range(_HALVINGS):
        power = (low + high) / 2
        axes = principal @ torch.linalg.qr(scale ** (power / 2) * gaussian)[0]
        low, high = (power, high) if share_of(spread, axes) < share else (low, power)
    return axes


def _costs(test: Site, seen: Site, labels: np.ndarray, generator: torch.Generator) -> dict[str, np.ndarray]:
    """Return what the tens of one block cost and the share that they hold, each (DRAWS, n_heads)."""
    n_heads, width = test.blocks[0].attention.num_heads, test.heads.shape[2]
    mean = seen.heads.mean(0, keepdim=True)
    away = (seen.heads - mean)[:, seen.read].flatten(0, 1).double()
    spread = away.T @ away
    untouched = evaluate.accuracy(test.replaced(test.heads, torch.eye(width)), labels)
    lost, held = np.empty((DRAWS, n_heads)), np.empty((DRAWS, n_heads))
    for head, own in enumerate(torch.eye(width).double().chunk(n_heads, dim=1)):
        for draw in range(DRAWS):
            axes = drawn(spread, share_of(spread, own), own.shape[1], generator)
            onto = (axes @ axes.T).float()
            lost[draw, head] = untouched - evaluate.accuracy(test.replaced(mean, onto), labels)
            held[draw, head] = share_of(spread, axes)
    return {"lost": lost, "variance": held}


def _of_run(run: Run) -> store.Arrays:
    model, generator = run.model(), torch.Generator().manual_seed(run.seed)
    scored, seen = mnist.sample("test", head_ablation.PER_CLASS), mnist.sample("train", head_ablation.PER_CLASS)
    on_test = head_ablation.sites(model, mnist.load("test").pixels[scored])
    on_seen = head_ablation.sites(model, mnist.load("train").pixels[seen])
    labels = mnist.load("test").labels[scored]
    found = [_costs(test, on_seen[number], labels, generator) for number, test in on_test.items()]
    return {name: np.concatenate([one[name] for one in found], axis=1) for name in found[0]}


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Measure what tens of directions cost that hold as much as a head.

    Parameters
    ----------
    population : Population
        Of transformers.

    Returns
    -------
    xarray.Dataset
        ``lost``, fractions of accuracy lost on 1,000 test images, and ``variance``, the share of what the block brings,
        each (seed, draw, head), heads in the order of `head_ablation.measured`.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    variables = {name: (("seed", "draw", "head"), np.stack([row[name] for row in found])) for name in found[0]}
    return xr.Dataset(variables, {"seed": population.seeds})
