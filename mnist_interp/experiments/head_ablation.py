"""What it costs a transformer to lose a head, against ten other directions of what a block's heads bring together.

The heads of a block bring each token 40 numbers, ten each, which one matrix mixes. Any rotation of the 40 gives four
other tens that bring the same; a head is held at its mean over training images, by position, and so are they. Other
references: zero, another image's, and constants by position that a few steps of Adam fit to training images. Only the
class token is read out, so the last block is computed for it alone. A network takes some three seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
import xarray as xr
from torch import nn
from torch.nn import functional as F

from mnist_interp.data import mnist
from mnist_interp.methods import ablation, activations, evaluate
from mnist_interp.methods.attention import CLASS
from mnist_interp.methods.network import PORTION
from mnist_interp.methods.similarity import random_rotations
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run
from mnist_interp.training.transformer import Block

PER_CLASS = preview.reduced(100)  # test images of each digit, and training images that means are of
FITTED = preview.reduced(400)  # training images of each digit that constants are fitted to
ROTATIONS = 2 if preview.enabled() else 10
STEPS, BATCH, RATE = 30, 256, 0.03


def for_the_class_token(block: Block, x: torch.Tensor) -> torch.Tensor:
    """Return what a block makes of the class token, (n_images, 1, width): the rest of its output is never read."""
    layer, read = block.attention, block.norm1(x)
    weights, biases = layer.in_proj_weight.chunk(3), layer.in_proj_bias.chunk(3)
    tokens = (read[:, [CLASS]], read, read)
    query, key, value = (
        F.linear(token, weight, bias).unflatten(2, (layer.num_heads, -1)).transpose(1, 2)
        for token, weight, bias in zip(tokens, weights, biases, strict=True)
    )
    brought = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
    return behind(block, x[:, [CLASS]] + layer.out_proj(brought))


def behind(block: Block, x: torch.Tensor) -> torch.Tensor:
    """Return tokens after the layer of units that follows a block's attention."""
    return cast(torch.Tensor, x + block.linear2(block.gelu(block.linear1(block.norm2(x)))))


@dataclass(frozen=True, eq=False)
class Site:
    """What the heads of a block bring on some images, and the rest of the network from there.

    Attributes
    ----------
    blocks : sequence of Block
        This one and those that follow it.
    readout : torch.nn.Sequential
        What reads the class token.
    stream : torch.Tensor of shape (n_images, n_tokens, width)
        What enters the block.
    heads : torch.Tensor of shape (n_images, n_tokens, width)
        What its heads bring, side by side.
    """

    blocks: tuple[Block, ...]
    readout: nn.Sequential
    stream: torch.Tensor
    heads: torch.Tensor

    @property
    def read(self) -> slice:
        """Which tokens what follows looks at: all, or in the last block the class token."""
        return slice(None) if len(self.blocks) > 1 else slice(CLASS, CLASS + 1)

    def logits(self, heads: torch.Tensor, images: torch.Tensor | slice = slice(None)) -> torch.Tensor:
        """Return logits of some images with the heads bringing this, (n_images, n_tokens, width)."""
        own, *later = self.blocks
        x = behind(own, self.stream[images][:, self.read] + own.attention.out_proj(heads[:, self.read]))
        for block in later[:-1]:
            x = block(x)
        return cast(torch.Tensor, self.readout((for_the_class_token(later[-1], x) if later else x)[:, CLASS]))

    def replaced(self, instead: torch.Tensor, onto: torch.Tensor) -> torch.Tensor:
        """Return logits with a part of what heads bring at other values.

        Parameters
        ----------
        instead : torch.Tensor of shape (n_images or 1, n_tokens, width)
            What they are to bring.
        onto : torch.Tensor of shape (width, width)
            The projection onto that part.
        """
        brought = self.heads + (instead - self.heads) @ onto
        places = torch.arange(len(brought)).split(PORTION)
        with torch.no_grad():
            return torch.cat([self.logits(brought[some], some) for some in places])


def sites(model: nn.Sequential, pixels: torch.Tensor) -> dict[int, Site]:
    """Record what each block's heads bring on some images, by the block's number from 1."""
    layers = dict(model.named_children())
    names = [name for name in layers if name.startswith("block")]
    entering = [list(layers)[list(layers).index(name) - 1] for name in names]
    found = activations.record(model, pixels, [*entering, *(f"{name}.attention.heads" for name in names)])
    readout = model[list(layers).index("norm") :]
    return {
        number: Site(
            tuple(cast(Block, layers[one]) for one in names[number - 1 :]),
            readout,
            found[before],
            found[f"{name}.attention.heads"].flatten(2),
        )
        for number, (name, before) in enumerate(zip(names, entering, strict=True), 1)
    }


def onto_each(axes: torch.Tensor, n_parts: int) -> list[torch.Tensor]:
    """Return the projections onto the spans of some axes, (width, width), as many to each of `n_parts`."""
    return [part @ part.T for part in axes.chunk(n_parts, dim=1)]


def fitted(site: Site, targets: torch.Tensor, mean: torch.Tensor, onto: torch.Tensor, *, seed: int) -> torch.Tensor:
    """Return constants by position that hurt less than the mean, (1, n_tokens, width), by a few steps of Adam from it.

    Parameters
    ----------
    site : Site
        On the images that they are fitted to.
    targets : torch.Tensor of shape (n_images,)
        Their digits.
    mean : torch.Tensor of shape (1, n_tokens, width)
        Where the search begins.
    onto : torch.Tensor of shape (width, width)
        The projection onto the part that is held.
    seed : int
        Of the batches.
    """
    constant = mean.clone().requires_grad_()
    optimizer = torch.optim.Adam([constant], lr=RATE)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(STEPS):
        some = torch.randint(len(targets), (BATCH,), generator=generator)
        brought = site.heads[some] + (constant - site.heads[some]) @ onto
        optimizer.zero_grad()
        F.cross_entropy(site.logits(brought, some), targets[some]).backward()
        optimizer.step()
    return constant.detach()


def _costs(run: Run, number: int, test: Site, labels: np.ndarray, seen: Site, more: Site) -> dict[str, np.ndarray]:
    """Return what the heads of one block cost, and what other tens of directions do, by name, each (n_heads,)."""
    n_heads, width = test.blocks[0].attention.num_heads, test.heads.shape[2]
    mean, partner = seen.heads.mean(0, keepdim=True), ablation.partners(len(labels), seed=run.seed)
    seen_labels, targets = (mnist.load("train").labels[mnist.sample("train", count)] for count in (PER_CLASS, FITTED))
    untouched = evaluate.accuracy(test.replaced(test.heads, torch.eye(width)), labels)

    def cost(instead: Sequence[torch.Tensor], parts: Sequence[torch.Tensor]) -> np.ndarray:
        left = [evaluate.accuracy(test.replaced(*pair), labels) for pair in zip(instead, parts, strict=True)]
        return untouched - np.array(left)

    def loss(instead: Sequence[torch.Tensor], parts: Sequence[torch.Tensor]) -> np.ndarray:
        pairs = zip(instead, parts, strict=True)
        return np.array([evaluate.loss(seen.replaced(*pair), seen_labels) for pair in pairs])

    def best(parts: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        return [fitted(more, torch.from_numpy(targets), mean, onto, seed=run.seed) for onto in parts]

    away = (seen.heads - mean)[:, seen.read].flatten(0, 1).double()
    spread = away.T @ away
    principal = torch.linalg.eigh(spread)[1].flip(1).float()
    rotations = random_rotations(width, ROTATIONS, seed=(run.seed, number)).astype(np.float32)
    turned = [onto_each(axes, n_heads) for axes in torch.from_numpy(rotations)]
    heads, at_mean = onto_each(torch.eye(width), n_heads), [mean] * n_heads
    constants = best(heads)
    return {
        "lost": cost(at_mean, heads),
        "lost_optimal": cost(constants, heads),
        "lost_zero": cost([0 * mean] * n_heads, heads),
        "lost_resample": cost([test.heads[partner]] * n_heads, heads),
        "lost_principal": cost(at_mean, onto_each(principal, n_heads)),
        "lost_rotated": np.stack([cost(at_mean, parts) for parts in turned]),
        "lost_rotated_optimal": cost(best(turned[0]), turned[0]),
        "loss_mean": loss(at_mean, heads),
        "loss_optimal": loss(constants, heads),
        "variance": np.array([float((spread @ part.double()).trace() / spread.trace()) for part in heads]),
    }


def _of_run(run: Run) -> dict[str, np.ndarray]:
    model = run.model()
    on_test, on_seen, on_more = (
        sites(model, mnist.load(split).pixels[mnist.sample(split, count)])  # type: ignore[arg-type]
        for split, count in (("test", PER_CLASS), ("train", PER_CLASS), ("train", FITTED))
    )
    labels = mnist.load("test").labels[mnist.sample("test", PER_CLASS)]
    found = [_costs(run, number, test, labels, on_seen[number], on_more[number]) for number, test in on_test.items()]
    names = [f"{number}.{head}" for number, one in zip(on_test, found, strict=True) for head in range(len(one["lost"]))]
    return {name: np.concatenate([one[name] for one in found], axis=-1) for name in found[0]} | {
        "head": np.array(names)
    }


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Measure what heads cost.

    Parameters
    ----------
    population : Population
        Of transformers.

    Returns
    -------
    xarray.Dataset
        Fractions of accuracy lost on 1,000 test images, heads named ``"BLOCK.HEAD"``: ``lost`` (seed, head), each at
        its mean over training images by position; ``lost_rotated`` (seed, rotation, head), tens of rotated directions
        at theirs; ``lost_optimal``, ``lost_zero`` and ``lost_resample`` (seed, head). Of tens of other directions:
        ``lost_rotated_optimal`` (seed, head), of the first rotation under fitted constants, and ``lost_principal``
        (seed, head), of a block's principal axes, ten by ten, at their means. ``loss_mean`` and ``loss_optimal`` (seed,
        head): mean cross-entropy on the training images that means are of. ``variance`` (seed, head): what share of
        what its block's heads bring a head holds, over images and the tokens that are read.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    dims = {"lost_rotated": ("seed", "rotation", "head")}
    variables = {
        name: (dims.get(name, ("seed", "head")), np.stack([row[name] for row in found]))
        for name in found[0]
        if name != "head"
    }
    return xr.Dataset(variables, {"seed": population.seeds, "head": found[0]["head"].tolist()})
