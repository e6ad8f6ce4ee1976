"""Whether attention rollout says which patches a transformer needs: its rank correlation with what deleting one costs.

Deleting a patch sets it to its mean over training images; what that costs is log-probability of the digit that the
network says. Held against it, besides rollout: the rollout of the untrained network, the last block's attention alone,
the same weighted by what it carries, gradient times input, how much ink a patch has and how much its pixels vary; and,
for what could be reached, what the same deletion costs another network. A network takes two seconds.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments.randomized_maps import rank_correlations
from mnist_interp.methods import activations, attention
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PER_CLASS = preview.reduced(100)
PATCH, PER_ROW = 7, 4
N_PATCHES = PER_ROW**2
PATTERNS = ("block1.attention.pattern", "block2.attention.pattern")
MAPS = ("rollout", "rollout_untrained", "last_attention", "weighted_attention", "gradient", "ink", "variance")


def by_patch(pixels: torch.Tensor) -> torch.Tensor:
    """Cut images, (n_images, 784), into patches, row by row: (n_images, 16, 49)."""
    cut = pixels.reshape(-1, PER_ROW, PATCH, PER_ROW, PATCH).transpose(2, 3)
    return cut.reshape(-1, N_PATCHES, PATCH**2)


@cache
def _mean() -> torch.Tensor:
    return mnist.load("train").pixels.mean(0)


def deleted(pixels: torch.Tensor, patch: int, instead: torch.Tensor) -> torch.Tensor:
    """Return images with one patch as it is in another image, (784,)."""
    row, column = divmod(patch, PER_ROW)
    images = pixels.clone().view(-1, PER_ROW, PATCH, PER_ROW, PATCH)
    images[:, row, :, column] = instead.view(PER_ROW, PATCH, PER_ROW, PATCH)[row, :, column]
    return images.view(-1, PATCH**2 * N_PATCHES)


def drops(model: torch.nn.Module, pixels: torch.Tensor, instead: torch.Tensor) -> np.ndarray:
    """Return what deleting each patch takes from the log-probability of the digit that the network says, in nats.

    Parameters
    ----------
    model : torch.nn.Module
        Any that reads digits.
    pixels : torch.Tensor of shape (n_images, 784)
        Images.
    instead : torch.Tensor of shape (784,)
        What a deleted patch shows.

    Returns
    -------
    numpy.ndarray of shape (n_images, 16)
    """
    before = activations.logits(model, pixels).log_softmax(1)
    said = before.argmax(1, keepdim=True)
    after = [
        activations.logits(model, deleted(pixels, patch, instead)).log_softmax(1).gather(1, said)
        for patch in range(N_PATCHES)
    ]
    return (before.gather(1, said) - torch.cat(after, 1)).numpy()


def rolled(model: torch.nn.Module, pixels: torch.Tensor) -> np.ndarray:
    """Return what the class token has gathered of each patch by rollout, (n_images, 16)."""
    found = activations.record(model, pixels, PATTERNS)
    return attention.rollout([found[name] for name in PATTERNS])[:, attention.CLASS, 1:].numpy()


def maps(run: Run, pixels: torch.Tensor) -> dict[str, np.ndarray]:
    """Return each of `MAPS` for some images, (n_images, 16): what each says of patches, in units of its own."""
    model = run.model()
    layer = "block2.attention"
    found = activations.record(model, pixels, [f"{layer}.pattern", "block2.norm1"])
    pattern, read = found[f"{layer}.pattern"], found["block2.norm1"]
    carried = attention.contributions(model.get_submodule(layer), read, pattern)  # type: ignore[arg-type]
    leaf = pixels.clone().requires_grad_()
    model(leaf).log_softmax(1).amax(1).sum().backward()
    slope = leaf.grad
    assert slope is not None
    patches = by_patch(pixels)
    return {
        "rollout": rolled(model, pixels),
        "rollout_untrained": rolled(run.model(0), pixels),
        "last_attention": pattern.mean(1)[:, attention.CLASS, 1:].numpy(),
        "weighted_attention": carried[:, 1:].numpy(),
        "gradient": by_patch(slope * pixels).sum(2).numpy(),
        "ink": patches.sum(2).numpy(),
        "variance": patches.var(2).numpy(),
    }


def _of_run(run: Run) -> store.Arrays:
    pixels = mnist.load("test").pixels[mnist.sample("test", PER_CLASS)]
    model = run.model()
    return {
        "drop": drops(model, pixels, _mean()),
        "blank": drops(model, pixels, torch.zeros_like(_mean())),
        **maps(run, pixels),
    }


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Correlate rollout, and what else says something of patches, with what their deletion costs.

    Parameters
    ----------
    population : Population
        Of transformers, two or more.

    Returns
    -------
    xarray.Dataset
        By ``seed``, means over 1,000 test images of Spearman's rank correlation over 16 patches: ``correlation``, of
        rollout with the drop in log-probability; ``rollout_untrained`` and what else `MAPS` names, with the same drop;
        ``other_network``, of the drop in the next network of the population; ``blank``, of rollout with the drop where
        a deleted patch is blank, and ``ink_blank``, of ink with that. ``ink_of_rollout``: of rollout with ink.
        ``beyond_ink``: rollout's with the drop, less what both have in common with ink (partial rank correlation).
        ``average``: with the drop, of one map for all images, the mean of rollouts. ``size`` and ``ink_size``: of
        rollout and of ink with the size of the drop, whatever its sign; and ``helps``, the share of deletions that
        raise the log-probability.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    rows = []
    for row, other in zip(found, [*found[1:], found[0]], strict=True):
        against = {name: rank_correlations(row[name], row["drop"]) for name in MAPS}
        common = rank_correlations(row["rollout"], row["ink"])
        alone = np.sqrt((1 - common**2) * (1 - against["ink"] ** 2))
        rest = against["rollout"] - common * against["ink"]
        pairs = {
            "other_network": rank_correlations(other["drop"], row["drop"]),
            "blank": rank_correlations(row["rollout"], row["blank"]),
            "ink_blank": rank_correlations(row["ink"], row["blank"]),
            "ink_of_rollout": common,
            "beyond_ink": np.divide(rest, alone, out=np.zeros_like(rest), where=alone > 0),
            "average": rank_correlations(np.broadcast_to(row["rollout"].mean(0), row["drop"].shape), row["drop"]),
            "size": rank_correlations(row["rollout"], abs(row["drop"])),
            "ink_size": rank_correlations(row["ink"], abs(row["drop"])),
            "helps": row["drop"] < 0,
        }
        rows.append({name: float(values.mean()) for name, values in (against | pairs).items()})
    names = {("correlation" if name == "rollout" else name): name for name in rows[0]}
    return xr.Dataset(
        {new: ("seed", [row[name] for row in rows]) for new, name in names.items()}, {"seed": population.seeds}
    )
