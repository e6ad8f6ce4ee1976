"""What it costs a transformer to lose a head, against ten other directions of what a block's heads bring together.

The heads of a block bring each token 40 numbers, ten each, which one matrix mixes. Any rotation of the 40 gives four
other tens that bring the same; a head is held at its mean over training images, by position, and so are they. Other
references: zero, another image's, and constants by position that a few steps of Adam fit to training images. Only the
class token is read out, so the last block is computed for it alone. A network takes some three seconds.
"""

from __future__ import annotations

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
REFERENCES = ("mean", "optimal", "zero", "resample")


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

    def logits(self, heads: torch.Tensor, images: torch.Tensor | slice = slice(None)) -> torch.Tensor:
        """Return logits of some images with the heads bringing this, (n_images, n_tokens, width)."""
        own, *later = self.blocks
        read = slice(None) if later else slice(CLASS, CLASS + 1)
        x = behind(own, self.stream[images][:, read] + own.attention.out_proj(heads[:, read]))
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
        F.cross_entropy(site.logits(brought, some), targets[some]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return constant.detach()


def _chosen(split: mnist.Split, per_class: int) -> tuple[torch.Tensor, np.ndarray]:
    places = mnist.sample(split, per_class)
    return mnist.load(split).pixels[places], mnist.load(split).labels[places]


def _of_run(run: Run) -> dict[str, np.ndarray]:
    model = run.model()
    (pixels, labels), (seen, seen_labels), (more, more_labels) = (
        _chosen("test", PER_CLASS),
        _chosen("train", PER_CLASS),
        _chosen("train", FITTED),
    )
    untouched = evaluate.accuracy(activations.logits(model, pixels), labels)
    partner = ablation.partners(len(labels), seed=run.seed)
    on_test, on_seen, on_more = (sites(model, images) for images in (pixels, seen, more))
    found: dict[str, list[list[float]]] = {}

    def note(name: str, values: list[float]) -> None:
        found.setdefault(name, []).append(values)

    for number, test in on_test.items():
        n_heads, width = test.blocks[0].attention.num_heads, test.heads.shape[2]
        parts = onto_each(torch.eye(width), n_heads)
        mean = on_seen[number].heads.mean(0, keepdim=True)
        instead = {"mean": [mean] * n_heads, "zero": [0 * mean] * n_heads, "resample": [test.heads[partner]] * n_heads}
        targets = torch.from_numpy(more_labels)
        instead["optimal"] = [fitted(on_more[number], targets, mean, onto, seed=run.seed) for onto in parts]

        def cost(value: torch.Tensor, onto: torch.Tensor, test: Site = test) -> float:
            return untouched - evaluate.accuracy(test.replaced(value, onto), labels)

        for reference in REFERENCES:
            note(reference, [cost(value, onto) for value, onto in zip(instead[reference], parts, strict=True)])
        for reference in ("mean", "optimal"):
            seen_logits = [
                on_seen[number].replaced(value, onto) for value, onto in zip(instead[reference], parts, strict=True)
            ]
            note(f"loss_{reference}", [evaluate.loss(logits, seen_labels) for logits in seen_logits])
        for turn, axes in enumerate(random_rotations(width, ROTATIONS, seed=(run.seed, number))):
            turned = onto_each(torch.from_numpy(axes.astype(np.float32)), n_heads)
            note(f"turn {turn}", [cost(mean, onto) for onto in turned])
    return {name: np.concatenate(rows) for name, rows in found.items()} | {
        "heads": np.array([f"{number}.{head}" for number in on_test for head in range(n_heads)])
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
        at theirs; ``lost_optimal``, ``lost_zero`` and ``lost_resample`` (seed, head). ``loss_mean`` and
        ``loss_optimal`` (seed, head): mean cross-entropy on the training images that means are of.
    """
    found = parallel.each(_of_run, [(run,) for run in population])
    names = {"lost" if name == "mean" else f"lost_{name}": name for name in REFERENCES}
    names |= {name: name for name in ("loss_mean", "loss_optimal")}
    variables = {new: (("seed", "head"), np.stack([row[name] for row in found])) for new, name in names.items()}
    turned = np.stack([[row[f"turn {turn}"] for turn in range(ROTATIONS)] for row in found])
    coords = {"seed": population.seeds, "head": found[0]["heads"].tolist()}
    return xr.Dataset({**variables, "lost_rotated": (("seed", "rotation", "head"), turned)}, coords)
