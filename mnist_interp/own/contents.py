"""What the bench of a reader's network shows: how its page computes, single lesions, payloads, and the words for them.

A network is computed in its page if its forward pass is a chain (`chain`) of what scripts know: Linear layers alone as
in the book (`described`), or operations (`operations`). What the page would compute is held against PyTorch's logits on
all images first. For other networks, and where that fails, PyTorch computes lesions of one unit at a time (`ahead`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from mnist_interp.bench import tables
from mnist_interp.bench.lesion_sites import Network
from mnist_interp.bench.oracle import Lesion
from mnist_interp.data import mnist
from mnist_interp.methods import activations
from mnist_interp.own import ahead, chain, described, examples, forward, measured, operations, payloads
from mnist_interp.own.described import Described
from mnist_interp.own.examples import Examples
from mnist_interp.own.operations import Operated

_FEW = 1_000  # images, where every lesion is a forward pass
_MOST_PRODUCTS, _MOST_KEPT = 4e9, 5e7  # of a page: some seconds a lesion, and 200 MB
_UNKNOWN = "This network has layers that the page’s scripts can’t compute"


@dataclass(frozen=True, eq=False)
class Contents:
    """What a page shows.

    Attributes
    ----------
    network : Network
        Its hidden layers.
    counts : numpy.ndarray of shape (n_classes, n_classes)
        Images by true class and class read.
    singles : list of (lesion, counts)
        Each unit's, at each of `tables.ALONE`.
    payloads : dict
        What the scripts are given, by name; with ``"ahead"``, they compute nothing.
    where : list of str
        Paragraphs on where lesions act.
    said : str
        How lesions are computed.
    shown : Examples
        The images that all figures are of.
    """

    network: Network
    counts: np.ndarray
    singles: list[tuple[Lesion, np.ndarray]]
    payloads: dict[str, Any]
    where: list[str]
    said: str
    shown: Examples


def _fitted(given: Examples, shape: tuple[int, ...], most: float) -> tuple[torch.Tensor, np.ndarray, str]:
    """Return images and labels on which constants are found, MNIST's training images or those given, and the words."""
    images, labels, whose = torch.from_numpy(given.images), given.labels, "the images of this page"
    if given.is_mnist:
        train = mnist.load("train")
        images, labels, whose = train.pixels, train.labels, "MNIST’s training images"
    some = slice(None, None, max(1, math.ceil(len(labels) / most)))
    every, count = len(labels), len(labels[some])
    over = f"all {every:,} of {whose}" if count == every else f"{count:,} of {whose}, evenly spaced"
    said = f"Means are over {over}, and a unit’s best constant is the one with the least loss on them."
    return images[some].reshape(-1, *shape), labels[some], said


def _named(labels: Sequence[str]) -> str:
    return " and ".join(labels)


def _where(known: Described | Operated, of_constants: str) -> list[str]:
    maps = any(layer.unit == "channel" for layer in known.network.layers)
    of_maps = (
        "For a channel, a dose scales the whole map, the mean is its mean map, and the best constant is one number."
    )
    smooth = [layer.label for layer in known.network.layers if not layer.rectified and layer.label not in known.unnamed]
    said = [
        "A lesion acts at the end of a layer, on what the next layer takes in.",
        of_maps if maps else "",
        f"The activation behind {_named(known.unnamed)} is a function, which has no name, so lesions act before it."
        if known.unnamed
        else "",
        of_constants,
        f"Zero is not silence in {_named(smooth)}: it does not end in a ReLU." if smooth else "",
    ]
    return [" ".join(part for part in said if part)]


def _some(given: Examples, step: int) -> Examples:
    return replace(given, images=given.images[::step], labels=given.labels[::step])


def _counted(read: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    return measured.counts(read, labels, classes)


def _computed(model: nn.Module, known: Described | Operated, whole: Examples, shape: tuple[int, ...]) -> Contents:
    """Have lesions computed in the page, and check what it computes with against the reader's module first."""
    examples.check_classes(whole, known.classes)
    load = max(known.products / _MOST_PRODUCTS, known.kept / _MOST_KEPT)
    given = _some(whole, max(1, math.ceil(load * len(whole.labels))))
    asked = torch.from_numpy(given.images).reshape(-1, *shape)
    logits = activations.logits(model, asked)
    images, labels, of_constants = _fitted(given, known.shape, _MOST_KEPT / max(1, known.kept))
    pictures, shades = payloads.images(given)
    held = measured.held(known.plain, known.ends, images, labels)
    made = payloads.network(known, shades, held)
    forward.check(pictures, made, logits.numpy(), normalized=known.normalized)
    own = {name: name for name in known.ends}  # in the reader's module, where its names are places
    lesions = measured.drawn(known.network.units, few=isinstance(known, Operated))
    under = [_counted(measured.under(model, own, asked, one, held), given.labels, known.classes) for one in lesions]
    found = measured.singles(known.plain, known.ends, asked.reshape(-1, *known.shape), given.labels, held, tables.ALONE)
    said = (
        "This page computes lesions with scripts. They were checked before it was written: on all these images "
        f"their logits match PyTorch’s to within {forward.CLOSE:g} of the largest."
    )
    if len(given.labels) < len(whole.labels):
        said += f" To keep a lesion within seconds, it uses {len(given.labels):,} of the {len(whole.labels):,} images."
    return Contents(
        known.network,
        _counted(measured.reading(logits), given.labels, known.classes),
        [(lesion, _counted(read, given.labels, known.classes)) for lesion, read in found],
        {"images": pictures, "epoch-0": made, "parity": payloads.parity(lesions, np.stack(under))},
        _where(known, of_constants),
        said,
        given,
    )


def _ahead(model: nn.Module, whole: Examples, shape: tuple[int, ...], why: str) -> Contents:
    """Compute lesions of one unit now."""
    given = _some(whole, -(-len(whole.labels) // _FEW))
    batch = torch.from_numpy(given.images).reshape(-1, *shape)
    logits = activations.logits(model, batch)
    classes = logits.shape[1]
    examples.check_classes(whole, classes)
    network = ahead.layers(model, batch[:1])
    ends = {layer.name: layer.name for layer in network.layers}
    images, labels, of_constants = _fitted(given, shape, _FEW)
    held = measured.held(model, ends, images, labels)
    found = list(measured.singles(model, ends, batch, given.labels, held, ahead.DOSES))
    untouched = measured.reading(logits)
    alone = [
        (lesion, _counted(read, given.labels, classes))
        for lesion, read in found
        for doses in lesion.values()
        if set(doses.values()) <= set(tables.ALONE)
    ]
    doses = ", ".join(str(dose) for dose in ahead.DOSES if not isinstance(dose, str))
    acts = (
        f"{why}. So PyTorch computed lesions of one unit at a time in advance, at doses of {doses}, its mean and its "
        f"best constant, on {len(given.labels):,} images; the page refuses any other lesion."
    )
    pictures = payloads.images(replace(given, images=np.zeros((len(given.labels), 1), np.float32)))[0]
    whole_counts = _counted(untouched, given.labels, classes)
    return Contents(
        network,
        whole_counts,
        alone,
        {
            "images": pictures,
            "epoch-0": {"network": {}, "values": ""},
            "ahead": ahead.payload(classes, untouched, [one for one, _ in found], [read for _, read in found]),
            "parity": payloads.parity([{}], whole_counts[None]),
        },
        [f"{acts} {of_constants}"],
        "Lesions were computed by PyTorch before this page was written.",
        given,
    )


def _shape(model: nn.Module, given: Examples) -> tuple[int, ...]:
    """Return the shape of an image as the network takes it: as given, as a row, or as one map."""
    row, (height, width) = given.flat.shape[1], given.pictures.shape[1:]
    maps = [(1, height, width)] if height * width == row else []
    first = next((module for module in model.modules() if isinstance(module, nn.Linear | nn.Conv2d)), None)
    said = ""
    for shape in dict.fromkeys([given.images.shape[1:], (row,), *maps]):
        three = torch.from_numpy(given.images[[0, 0, 0]]).reshape(3, *shape)  # one alone may pass for channels
        try:
            activations.logits(model, three)
        except (RuntimeError, IndexError, TypeError) as error:
            said = said or str(error).splitlines()[0]
        else:
            return shape
    if type(model) is nn.Sequential and isinstance(first, nn.Linear) and first.in_features != row:
        whose = "MNIST’s images have" if given.is_mnist else "an image has"
        remedy = "; give your own data with --images and --labels" if given.is_mnist else ""
        raise ValueError(f"the first layer takes {first.in_features} numbers, and {whose} {row}{remedy}")
    raise ValueError(f"the network does not take images of shape {given.images.shape[1:]}: {said}")


def of(model: nn.Module, given: Examples) -> Contents:
    """Find out how a network's lesions can be computed, and compute what its page needs.

    Raises
    ------
    ValueError
        If images and network do not fit, labels are out of range, or there is nothing to lesion.
    """
    shape = _shape(model, given)
    links = chain.of(model, torch.from_numpy(given.images[[0, 0, 0]]).reshape(3, *shape))
    known = (described.of(links) or operations.of(links)) if links else None
    if known is None:
        return _ahead(model, given, shape, _UNKNOWN)
    try:
        return _computed(model, known, given, shape)
    except forward.Differs as error:
        return _ahead(model, given, shape, f"For this network {error}")
