"""What the pad computes with, as scripts: a page opened from a file may load nothing else.

Each hands one payload to ``yourDigit.receive``. The four networks, as their training left them (float32, 445 kB
compressed), come with the first stroke, and so do the 2,000 training images with their labels (a byte a pixel,
deflated, 330 kB compressed); a hundred test images come when the reader wants to start from one.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping

import numpy as np

from mnist_interp.bench import lesion_sites
from mnist_interp.bench.payloads import sizes
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings
from mnist_interp.methods import ablation
from mnist_interp.pad import familiar, networks
from mnist_interp.training import models
from mnist_interp.training.runs import Run

BUDGET_OF_NETWORKS, BUDGET_OF_IMAGES, BUDGET_OF_STARTS = 500_000, 350_000, 25_000
STARTS_PER_DIGIT = 10
_ATTENDS = "transformer"


def script(name: str, content: object) -> str:
    """Return the script that hands over a payload of this name; `content` must be JSON."""
    return f"yourDigit.receive({json.dumps(name)}, {json.dumps(content, separators=(',', ':'))});\n"


def _floats(parts: list[np.ndarray]) -> str:
    return base64.b64encode(np.concatenate(parts).astype("<f4").tobytes()).decode()


def _deflated(split: mnist.Split, places: np.ndarray) -> str:
    """Return pixels of images, then their labels, a byte each, deflated, as base64."""
    digits = mnist.load(split)
    content = digits.images[places].tobytes() + digits.labels[places].astype(np.uint8).tobytes()
    return base64.b64encode(zlib.compress(content, 9)).decode()


def attending(run: Run) -> dict[str, object]:
    """Return a vision transformer: sizes, and all its weights by name, in order, as base64 of little-endian float32.

    Raises
    ------
    ValueError
        If pixels are prepared before it reads them, which the scripts don't do.
    """
    if models.preparation(run.recipe):
        raise ValueError("the scripts compute a transformer that reads pixels as they are")
    model = run.model()
    tokens, block = model.get_submodule("tokens"), model.get_submodule("block1")
    facts = {
        "patch": tokens.patch,
        "heads": block.get_submodule("attention").num_heads,
        "blocks": sum(name.startswith("block") for name, _ in model.named_children()),
        "eps": block.get_submodule("norm1").eps,
    }
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    shapes = {name: value.shape for name, value in state.items()}
    return {"facts": facts, "shapes": shapes, "values": _floats([value.ravel() for value in state.values()])}


def layered(run: Run, held: Mapping[str, np.ndarray]) -> dict[str, object]:
    """Return a multilayer or a convolutional network in the form of the bench's payloads, at the end of its training.

    Parameters
    ----------
    run : Run
        Of a network that the bench can compute.
    held : mapping of str to numpy.ndarray of shape (n_units,)
        The means of its layers, where neurons are to be held at them; else empty.
    """
    described = lesion_sites.of(run)
    facts = {name: fact for name, fact in described.facts.items() if name != "sample"}
    parts = [run.weights[name][-1].ravel() for name in described.parameters]
    parts += [held[layer] for layer in described.units if held]
    lie = [{"name": "mean", "byPosition": False}] if held else []
    return {"network": facts | sizes() | {"constants": lie}, "values": _floats(parts)}


def means(run: Run) -> dict[str, np.ndarray]:
    """Return what the neurons of a perceptron average over the training images, (n_units,) by layer."""
    layers = lesion_sites.of(run).units
    return {layer: ablation.mean(recordings.stage(run, layer, "train")).numpy() for layer in layers}


def network(name: str, run: Run) -> dict[str, object]:
    """Return a network of `networks.TITLES` for the scripts: as `attending`, or as `layered`."""
    if run.recipe.model == _ATTENDS:
        return attending(run)
    return layered(run, means(run) if name == networks.FIRST else {})


def images(run: Run) -> dict[str, object]:
    """Return the 2,000 training images, their quantiles, and the plane of a network's layer 2."""
    found = {"images": _deflated("train", familiar.places()), "nearest": familiar.NEAREST}
    return found | {"quantiles": familiar.quantiles(), "plane": familiar.plane(run)}


def starts() -> dict[str, object]:
    """Return the hundred test images that a drawing can start from, and their places among the test images."""
    places = mnist.sample("test", STARTS_PER_DIGIT)
    return {"images": _deflated("test", places), "places": places.tolist()}


def scripts(runs: Mapping[str, Run]) -> Iterator[tuple[str, str, int]]:
    """Yield name, script and budget (bytes, compressed) of each payload."""
    all_networks = {name: network(name, run) for name, run in networks.checked(runs).items()}
    yield "networks", script("networks", all_networks), BUDGET_OF_NETWORKS
    yield "images", script("images", images(runs[networks.FIRST])), BUDGET_OF_IMAGES
    yield "starts", script("starts", starts()), BUDGET_OF_STARTS
