"""What the page of a reader's network computes with, as JSON."""

from __future__ import annotations

import base64
import json
import math
import zlib
from typing import Any

import numpy as np

from mnist_interp.bench.constants import CONSTANTS, NAMES
from mnist_interp.own.described import Described
from mnist_interp.own.examples import Examples
from mnist_interp.own.measured import Held
from mnist_interp.own.operations import Operated

_SHADES = 256


def text(array: np.ndarray) -> str:
    """Return an array's bytes as base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def packed(content: bytes) -> str:
    """Return bytes deflated, as base64."""
    return base64.b64encode(zlib.compress(content, 9)).decode()


def images(examples: Examples) -> tuple[dict[str, Any], list[float] | None]:
    """Return images with their labels, and what a byte of an image stands for.

    Images of at most 256 numbers, such as grays, are bytes, the commonest number first; of more they are float32, and
    there is nothing to look up.
    """
    labels = examples.labels.astype(np.uint8).tobytes()
    values, places, times = np.unique(examples.flat, return_inverse=True, return_counts=True)
    if len(values) > _SHADES:
        content = np.ascontiguousarray(examples.flat.astype("<f4")).tobytes()
        return {"count": len(examples.labels), "packed": packed(content + labels), "floats": True}, None
    order = np.argsort(-times, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    content = rank[places.reshape(-1)].astype(np.uint8).tobytes()
    return {"count": len(examples.labels), "packed": packed(content + labels)}, values[order].astype(float).tolist()


def network(described: Described | Operated, shades: list[float] | None, constants: Held) -> dict[str, Any]:
    """Return the network: what it is, and its numbers as base64 of little-endian float32."""
    lie = [{"name": one.name, "byPosition": one.by_position} for one in CONSTANTS]
    sizes = {"pixels": math.prod(described.shape), "classes": described.classes, "shades": shades}
    parts = [described.values] + [constants[name][layer].ravel() for name in NAMES for layer in described.network.units]
    facts = described.facts | sizes | {"constants": lie}
    return {"network": facts, "values": text(np.concatenate(parts).astype("<f4"))}


def parity(lesions: list[Any], counted: np.ndarray) -> dict[str, Any]:
    """Return lesions, the first of them empty, and what PyTorch counts under each, numbers of two bytes."""
    return {"lesions": lesions, "counts": text(counted.astype("<u2"))}


def embedded(content: object) -> str:
    """Return JSON that may stand in a script element."""
    return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
