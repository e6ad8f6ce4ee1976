"""Which head carries what tells a 4 from a 9: path patching from heads to the class token (Wang et al. 2023).

Of each pair both images are read correctly. The base gets what one head brings the class token in the source; a patch
succeeds if the base is then read as the source's digit. A head of block 1 has two ways on: the class token carries it to
the end by itself, or block 2's attention hears of it. Held against it: the best of the sixteen units behind the class
token, all heads of a block, and all eight, which by construction give the source's answer, since the class token begins
the same in every image. A network takes a second.
"""

from __future__ import annotations

import numpy as np
import torch
import xarray as xr

from mnist_interp.data import mnist
from mnist_interp.experiments.interchange import DIGITS
from mnist_interp.methods import activations, attention
from mnist_interp.methods.attention import Heads
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training.runs import Population, Run

PAIRS = 50 if preview.enabled() else 200
LEARNED = preview.reduced(1_000)  # training images of each digit that pairs are drawn from
FIRST, SECOND = "block1.attention.heads", "block2.attention.heads"
N_HEADS = 4
HEADS: dict[str, Heads] = {
    f"{number}.{head}": {layer: [head]} for number, layer in enumerate((FIRST, SECOND), 1) for head in range(N_HEADS)
}
_ALL = range(N_HEADS)
WHOLE: dict[str, Heads] = {
    "block 1": {FIRST: _ALL},
    "block 2": {SECOND: _ALL},
    "all heads": {FIRST: _ALL, SECOND: _ALL},
}
PATHS = ("all", "direct", "through block 2")
UNITS = "relu3"


def pairs(model: torch.nn.Module, split: mnist.Split, per_class: int | None, *, seed: int) -> tuple[torch.Tensor, ...]:
    """Draw pairs of a 4 and a 9 that are read correctly, half in each direction.

    Returns
    -------
    base, source : torch.Tensor of shape (n_pairs, 784)
    wanted : torch.Tensor of shape (n_pairs,)
        The sources' digits.

    Raises
    ------
    ValueError
        If the network reads no image of one of the two digits correctly.
    """
    digits, generator = mnist.load(split), np.random.default_rng(seed)
    own = []
    for digit in DIGITS:
        places = np.flatnonzero(digits.labels == digit)[:per_class]
        read = activations.logits(model, digits.pixels[places]).argmax(1).numpy()
        own.append(places[read == digit])
    if min(map(len, own)) == 0:
        raise ValueError(f"no correctly read image of one of {DIGITS}")
    first, second = (generator.choice(places, PAIRS) for places in own)
    swap = np.arange(PAIRS) % 2 == 1
    base, source = np.where(swap, second, first), np.where(swap, first, second)
    return digits.pixels[base], digits.pixels[source], digits.targets[source]


def _share(logits: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((logits.argmax(1) == wanted).double().mean())


def along_paths(model: torch.nn.Module, base: torch.Tensor, source: torch.Tensor, heads: Heads) -> list[torch.Tensor]:
    """Return logits of patched base images, by `PATHS`: for heads of block 2 there is but one."""
    found = attention.patched(model, base, source, heads)
    if list(heads) != [FIRST]:
        return [found, found, found]
    return [
        found,
        attention.patched(model, base, source, heads, frozen=[SECOND]),
        attention.patched(model, base, source, heads, receiver=SECOND),
    ]


def swapped_units(model: torch.nn.Sequential, base: torch.Tensor, source: torch.Tensor) -> list[torch.Tensor]:
    """Return logits of base images, each unit of the last hidden layer in turn as it is in the source."""
    own, other = (activations.record(model, images, [UNITS])[UNITS] for images in (base, source))
    weight, bias = model.get_parameter("output.weight"), model.get_parameter("output.bias")
    logits = own @ weight.T + bias
    return [logits + (other - own)[:, [unit]] * weight[:, unit] for unit in range(own.shape[1])]


def _of_run(run: Run) -> dict[str, float]:
    model = run.model()
    base, source, wanted = pairs(model, "test", None, seed=run.seed)
    learned = pairs(model, "train", LEARNED, seed=run.seed + 1)
    found: dict[str, float] = {}
    for name, heads in {**HEADS, **WHOLE}.items():
        shares = [_share(logits, wanted) for logits in along_paths(model, base, source, heads)]
        found |= {f"{name} {path}": share for path, share in zip(PATHS, shares, strict=True)}
    by_head = {
        name: _share(attention.patched(model, learned[0], learned[1], heads), learned[2])
        for name, heads in HEADS.items()
    }
    by_unit = [_share(logits, learned[2]) for logits in swapped_units(model, learned[0], learned[1])]
    best = max(by_head, key=lambda name: by_head[name])
    units = [_share(logits, wanted) for logits in swapped_units(model, base, source)]
    everywhere = attention.patched(model, base, source, WHOLE["block 1"], everywhere=True)
    return found | {
        "best head": found[f"{best} all"],
        "which head": float(list(HEADS).index(best)),
        "best unit": units[int(np.argmax(by_unit))],
        "everywhere": _share(everywhere, wanted),
    }


@store.cached
def measured(population: Population) -> xr.Dataset:
    """Measure how often a patched head changes a 4 to a 9, or a 9 to a 4.

    Parameters
    ----------
    population : Population
        Of transformers of two blocks of four heads.

    Returns
    -------
    xarray.Dataset
        Shares of 200 test pairs whose answer becomes the source's: ``changed`` (seed, head, path), heads named
        ``"BLOCK.HEAD"`` and paths as in `PATHS`; ``whole`` (seed, heads, path), of all heads of a block and of all
        eight. By ``seed``: ``best_head``, the best one on training pairs, which ``which`` names by its place;
        ``best_unit``, of the last hidden layer, likewise; ``everywhere``, all heads of block 1 and what they bring to
        all tokens.
    """
    found = parallel.each(_of_run, [(run,) for run in population])

    def table(names: dict[str, Heads]) -> np.ndarray:
        return np.array([[[row[f"{name} {path}"] for path in PATHS] for name in names] for row in found])

    single = {"best_head": "best head", "best_unit": "best unit", "everywhere": "everywhere", "which": "which head"}
    return xr.Dataset(
        {
            "changed": (("seed", "head", "path"), table(HEADS)),
            "whole": (("seed", "heads", "path"), table(WHOLE)),
            **{new: ("seed", [row[name] for row in found]) for new, name in single.items()},
        },
        {"seed": population.seeds, "head": list(HEADS), "heads": list(WHOLE), "path": list(PATHS)},
    )
