"""What each architecture cannot see: permutations of the pixels that only rename its weights.

A perceptron does not know where a pixel stands: permute the pixels of all images and the columns of its first weights
alike, and it is the same network, step after step. So it is with a transformer if whole patches change their places,
and the positions that it adds along with them, or if one permutation rearranges the inside of every patch; and with a
CNN in the mirror. These are identities, no evidence: what is measured is by how much our code misses them, and how far
off the runs are where no renaming is known. In double precision, as Adam would make whole steps of what rounding leaves
of a gradient that is zero, such as that of a key's bias. A few seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.runtime import store, torch_defaults
from mnist_interp.training import models
from mnist_interp.training.autograd_learner import AutogradLearner
from mnist_interp.training.batch_order import MinibatchOrder, generator_for
from mnist_interp.training.recipe import Recipe

STEPS, BATCH, HELD_OUT = 40, 16, 200
SIDE, PATCH = 28, 7
PER_ROW, N_PATCHES, PER_PATCH = SIDE // PATCH, (SIDE // PATCH) ** 2, PATCH * PATCH
State = dict[str, torch.Tensor]


def _cut(pixels: torch.Tensor) -> torch.Tensor:
    """Return one image's pixels, (784,), patch by patch, (16, 49)."""
    return pixels.view(PER_ROW, PATCH, PER_ROW, PATCH).transpose(1, 2).reshape(N_PATCHES, PER_PATCH)


def _joined(patches: torch.Tensor) -> torch.Tensor:
    """Return what `_cut` was given."""
    return patches.view(PER_ROW, PER_ROW, PATCH, PATCH).transpose(1, 2).reshape(SIDE * SIDE)


def arrangements() -> dict[str, torch.Tensor]:
    """Return permutations of the pixels by name, each (784,): an arranged image is ``image[order]``."""
    places, patches = torch.arange(SIDE * SIDE), models.Shuffle(PATCH).order
    generator = torch.Generator().manual_seed(1)
    shared = torch.randperm(PER_PATCH, generator=generator)
    own = torch.stack([torch.randperm(PER_PATCH, generator=generator) for _ in range(N_PATCHES)])
    return {
        "mirror": places.view(SIDE, SIDE).flip(1).flatten(),
        "patches": patches,
        "within, shared": _joined(_cut(places)[:, shared]),
        "patches and within, shared": _joined(_cut(patches)[:, shared]),
        "within, each its own": _joined(_cut(places).gather(1, own)),
        "pixels": models.Shuffle().order,
    }


def _perceptron(state: State, order: torch.Tensor) -> State:
    return {"linear1.weight": state["linear1.weight"][:, order]}


def _cnn(state: State, order: torch.Tensor) -> State | None:
    """Mirror every filter, and the places that the hidden layer reads."""
    if not torch.equal(order, arrangements()["mirror"]):
        return None
    side = round((state["linear3.weight"].shape[1] / len(state["conv2.bias"])) ** 0.5)
    read = state["linear3.weight"].unflatten(1, (-1, side, side)).flip(3).flatten(1)
    return {name: state[name].flip(3) for name in ("conv1.weight", "conv2.weight")} | {"linear3.weight": read}


def _transformer(state: State, order: torch.Tensor) -> State | None:
    """Permute the columns of the embedding, and the positions, unless patches are mixed or rearranged differently."""
    home = _joined(torch.arange(SIDE * SIDE).view(N_PATCHES, PER_PATCH))  # of each pixel: 49 * its patch + its place
    patch, place = (part(home[_cut(order)], PER_PATCH) for part in (torch.floor_divide, torch.remainder))
    if (patch != patch[:, :1]).any() or (place != place[:1]).any():
        return None
    positions = state["tokens.positions"]
    moved = torch.cat([positions[:, :1], positions[:, 1 + patch[:, 0]]], dim=1)
    return {"tokens.embed.weight": state["tokens.embed.weight"][:, place[0]], "tokens.positions": moved}


_RENAMINGS = {"mlp": _perceptron, "cnn": _cnn, "transformer": _transformer}


def renamed(model: str, state: State, order: torch.Tensor) -> State | None:
    """Return weights that say of arranged images what `state` says of those in place.

    Parameters
    ----------
    model : {"mlp", "cnn", "transformer"}
        As of `Recipe.model`.
    state : dict of torch.Tensor
        As of ``state_dict``; it stays as it is.
    order : torch.Tensor of shape (784,)
        A permutation of the pixels.

    Returns
    -------
    dict of torch.Tensor or None
        None where no renaming is known.
    """
    changed = _RENAMINGS[model](state, order)
    return None if changed is None else state | changed


def _trained(recipe: Recipe, seed: int, start: State, images: torch.Tensor) -> State:
    """Train from given weights on images, (n_images, 784), `STEPS` minibatches; return the weights."""
    model, _ = models.initialize(recipe, seed)
    model.load_state_dict(start)
    masks = generator_for(seed, "dropout")
    learner = AutogradLearner(recipe, [model.double()], [masks], images, STEPS)
    order = MinibatchOrder("generator", seed, masks).epoch(len(images))[None]
    learner.advance(order, mnist.load("validation").targets[order], torch.empty(*order.shape, 10))
    return {name: value[0] for name, value in learner.snapshot().items()}


def _logits(recipe: Recipe, state: State, images: torch.Tensor) -> torch.Tensor:
    model = models.build(recipe).double().eval()
    model.load_state_dict(state)
    with torch.no_grad():
        return model(images)


def _compared(recipe: Recipe, seed: int) -> dict[str, dict[str, float]]:
    """Train in place, and on each arrangement from renamed or the same weights; compare the ends."""
    pixels = mnist.load("validation").pixels.double()
    learned, held_out = pixels[: STEPS * BATCH], pixels[-HELD_OUT:]
    start = {name: value.double() for name, value in models.initialize(recipe, seed)[0].state_dict().items()}
    plain = _trained(recipe, seed, start, learned)
    said, found = _logits(recipe, plain, held_out), {}
    for name, order in arrangements().items():
        first = renamed(recipe.model, start, order)
        other = _trained(recipe, seed, start if first is None else first, learned[:, order])
        heard = _logits(recipe, other, held_out[:, order])
        expected = renamed(recipe.model, plain, order)
        found[name] = {
            "logits": float((heard - said).abs().max()),
            "answers": float((heard.argmax(1) != said.argmax(1)).double().mean()),
            "weights": np.nan
            if expected is None
            else max(float((expected[key] - value).abs().max()) for key, value in other.items()),
        }
    return found


@store.cached
def missed(recipes: Mapping[str, Recipe], seed: int) -> xr.Dataset:
    """Train networks of each recipe for a few steps on images in place, and on arranged ones, and compare them.

    Parameters
    ----------
    recipes : mapping of str to Recipe
        By name, of any models that `renamed` knows; minibatches are of `BATCH` images, the rest is as it is.
    seed : int
        Decides first weights and order.

    Returns
    -------
    xarray.Dataset
        By ``network`` and ``arrangement`` (of `arrangements`): ``logits``, the largest difference on 200 images that
        neither saw; ``answers``, the share of these that the two classify differently; ``weights``, the largest
        difference from renamed weights, not a number where no renaming is known.
    """
    with torch_defaults.as_it_comes():
        found = {name: _compared(replace(recipe, batch_size=BATCH), seed) for name, recipe in recipes.items()}
    names, of_first = ("logits", "answers", "weights"), next(iter(found.values()))
    return xr.Dataset(
        {
            name: (("network", "arrangement"), [[row[name] for row in one.values()] for one in found.values()])
            for name in names
        },
        coords={"network": list(found), "arrangement": list(of_first)},
    )
