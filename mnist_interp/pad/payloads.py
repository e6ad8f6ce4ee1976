"""What the pad computes with, as scripts: a page opened from a file may load nothing else.

Each hands one payload to ``yourDigit.receive``. The four networks, as their training left them (float32, 445 kB
compressed), come with the first stroke, and so do the 2,000 training images with their labels (a byte a pixel,
deflated, 330 kB compressed); a hundred test images come when the reader wants to start from one, and the test images
in layer 2 (two bytes a number) where a drawing is looked up on a map of them.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping

import numpy as np

from mnist_interp.bench import lesion_sites
from mnist_interp.bench.payloads import sizes
from mnist_interp.chapters.geometry import map_frames
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings
from mnist_interp.methods import ablation
from mnist_interp.pad import familiar, networks
from mnist_interp.training.runs import Run

BUDGET_OF_NETWORKS, BUDGET_OF_IMAGES, BUDGET_OF_STARTS, BUDGET_OF_MAPPED = 500_000, 350_000, 25_000, 130_000
STARTS_PER_DIGIT = 10
MAPPED = ("published", "normalized")  # whose layer 2 is mapped
_MOST = 65_535  # of two bytes


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


def layered(run: Run, held: Mapping[str, np.ndarray]) -> dict[str, object]:
    """Return a network in the form of the bench's payloads, as it is at the end of its training.

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


def reach(run: Run) -> list[float]:
    """Return the greatest activation of each hidden unit on the test images, layer 1 first, as the dossier counts."""
    found: list[float] = recordings.hidden_units(run, "test").max(0).tolist()
    return found


def network(name: str, run: Run) -> dict[str, object]:
    """Return a network of `networks.TITLES` for the scripts, and what more they say of the first."""
    if name != networks.FIRST:
        return layered(run, {})
    return layered(run, means(run)) | {"reach": reach(run)}


def images(run: Run) -> dict[str, object]:
    """Return the 2,000 training images, their quantiles, and the plane of a network's layer 2."""
    found = {"images": _deflated("train", familiar.places()), "nearest": familiar.NEAREST}
    return found | {"quantiles": familiar.quantiles(), "plane": familiar.plane(run)}


def starts() -> dict[str, object]:
    """Return the hundred test images that a drawing can start from, and their places among the test images."""
    places = mnist.sample("test", STARTS_PER_DIGIT)
    return {"images": _deflated("test", places), "places": places.tolist()}


def mapped(runs: Mapping[str, Run]) -> dict[str, object]:
    """Return the test images of the geometry chapter's maps, and where they lie in layer 2 of each of `MAPPED`.

    Each layer's numbers, an image's in a row, are given in 65,535ths of its ``most``, as base64 of two bytes,
    little-endian.
    """
    per_class, layers = map_frames.PROJECTED_PER_CLASS, {}
    for name in MAPPED:
        values = recordings.points(runs[name], list(lesion_sites.of(runs[name]).units)[-1], per_class=per_class)
        parts = np.rint(values * (_MOST / values.max())).astype("<u2")
        layers[name] = {"most": float(values.max()), "values": base64.b64encode(parts.tobytes()).decode()}
    places, labels = mnist.sample("test", per_class), recordings.labels(per_class=per_class)
    return {"images": places.tolist(), "labels": labels.tolist(), "layers": layers}


def scripts(runs: Mapping[str, Run]) -> Iterator[tuple[str, str, int]]:
    """Yield name, script and budget (bytes, compressed) of each payload."""
    all_networks = {name: network(name, run) for name, run in networks.checked(runs).items()}
    yield "networks", script("networks", all_networks), BUDGET_OF_NETWORKS
    yield "images", script("images", images(runs[networks.FIRST])), BUDGET_OF_IMAGES
    yield "starts", script("starts", starts()), BUDGET_OF_STARTS
    yield "mapped", script("mapped", mapped(runs)), BUDGET_OF_MAPPED
