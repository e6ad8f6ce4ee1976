"""What the lesion bench computes with, as scripts: a page opened from a file may load nothing else.

Each script hands one payload to ``lesionBench.receive``: all test images with their labels (deflated, 2 MB, loaded
when a bench is first used, the same for all networks); of each network, in a folder of its own, what it is after every
epoch with its mean activations and best constants (float32, one loaded at first, the others when scrubbed to), and
what PyTorch counts under many lesions (for the check on the page). An epoch has a budget, compressed: 120 kB for a
multilayer network (103 kB), 150 kB for a convolutional one, which has mean maps too (127 kB), and for a transformer
(133 kB); the build refuses more.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator

import numpy as np

from mnist_interp.bench import lesion_sites, oracle
from mnist_interp.bench.constants import CONSTANTS, NAMES
from mnist_interp.bench.lesion_sites import Network
from mnist_interp.data import mnist
from mnist_interp.training.runs import Run

N_CHECKED = 128
SEED = 6
BUDGET, BUDGET_OF_MAPS = 120_000, 150_000


def script(name: str, content: object) -> str:
    """Return the script that hands over a payload of this name; `content` must be JSON."""
    return f"lesionBench.receive({json.dumps(name)}, {json.dumps(content, separators=(',', ':'))});\n"


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def images() -> dict[str, object]:
    """Return how many test images there are, and their pixels, then their labels, a byte each, deflated, as base64."""
    digits = mnist.load("test")
    content = digits.images.tobytes() + digits.labels.astype(np.uint8).tobytes()
    return {"count": len(digits), "packed": base64.b64encode(zlib.compress(content, 9)).decode()}


def sizes() -> dict[str, int]:
    """Return what the scripts are told of images and classes."""
    return {"pixels": mnist.load("test").pixels.shape[1], "classes": oracle.DIGITS}


def network(run: Run, epoch: int) -> dict[str, object]:
    """Return the network after an epoch: what it is, and its numbers as base64 of little-endian float32.

    These are all weights as PyTorch keeps them, in order of use, then each of `CONSTANTS` of each hidden layer.
    """
    place, held, described = oracle.checkpoint(run, epoch), oracle.constants(run, epoch), lesion_sites.of(run)
    parts = [run.weights[name][place].ravel() for name in described.parameters]
    parts += [held[name][layer].ravel() for name in NAMES for layer in described.units]
    lie = [{"name": one.name, "byPosition": one.by_position} for one in CONSTANTS]
    return {
        "network": described.facts | sizes() | {"constants": lie},
        "values": _text(np.concatenate(parts).astype("<f4")),
    }


def budget(network: Network) -> int:
    """Return what each script of a network may weigh, compressed, in bytes."""
    return BUDGET_OF_MAPS if any(layer.convolution or layer.heads for layer in network.layers) else BUDGET


def parity(run: Run) -> dict[str, object]:
    """Return lesions, the first of them empty, and what PyTorch counts under each: 100 numbers of two bytes.

    Lesions of layers that the bench lesions on its sample come last, and are counted there.
    """
    described = lesion_sites.of(run)
    units, sampled = described.units, described.sampled
    whole = {layer: count for layer, count in units.items() if layer not in sampled}
    lesions = [{}, *oracle.random_lesions(whole, N_CHECKED, seed=SEED)]
    counts = [oracle.tallies(run, lesions)["counts"]]
    if sampled:
        drawn = oracle.random_lesions(units, N_CHECKED, seed=SEED)
        early = [lesion for lesion in drawn if not lesion.keys().isdisjoint(sampled)]
        counts.append(oracle.tallies(run, early, places=described.facts["sample"])["counts"])
        lesions += early
    return {"lesions": lesions, "counts": _text(np.concatenate(counts).astype("<u2"))}


def scripts(name: str, run: Run) -> Iterator[tuple[str, str]]:
    """Yield name and script of each payload of a run that goes by a name on the site."""
    yield f"{name}/parity", script(f"{name}/parity", parity(run))
    for epoch in range(run.recipe.epochs + 1):
        yield f"{name}/epoch-{epoch}", script(f"{name}/epoch-{epoch}", network(run, epoch))
