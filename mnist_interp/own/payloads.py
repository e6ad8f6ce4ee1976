"""What the page of a reader's network computes with, as JSON; and the same computed here, before it is written."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
from scipy.special import erf

from mnist_interp.bench.constants import CONSTANTS, NAMES
from mnist_interp.own.described import Described
from mnist_interp.own.examples import Examples
from mnist_interp.own.measured import Held

_SHADES = 256
_CLOSE = 1e-4  # of the largest logit: PyTorch adds in 32 bits


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


def network(described: Described, shades: list[float] | None, constants: Held) -> dict[str, Any]:
    """Return the network: what it is, and its numbers as base64 of little-endian float32."""
    lie = [{"name": one.name, "byPosition": one.by_position} for one in CONSTANTS]
    sizes = {"pixels": described.pixels, "classes": described.classes, "shades": shades}
    parts = [described.values] + [constants[name][layer].ravel() for name in NAMES for layer in described.network.units]
    facts = described.network.facts | sizes | {"constants": lie}
    return {"network": facts, "values": text(np.concatenate(parts).astype("<f4"))}


def _unpacked(given: dict[str, Any], facts: dict[str, Any]) -> np.ndarray:
    content = zlib.decompress(base64.b64decode(given["packed"]))[: -given["count"]]
    if given.get("floats"):
        return np.frombuffer(content, "<f4").reshape(given["count"], -1).astype(float)
    return np.array(facts["shades"])[np.frombuffer(content, np.uint8)].reshape(given["count"], -1)


def logits(given: dict[str, Any], made: dict[str, Any]) -> np.ndarray:
    """Compute from the payloads what the scripts do, as they do it, in 64 bits: (n_images, n_classes)."""
    facts, numbers, at = made["network"], np.frombuffer(base64.b64decode(made["values"]), "<f4").astype(float), 0
    now = _unpacked(given, facts)

    def following(count: int) -> np.ndarray:
        nonlocal at
        at += count
        return numbers[at - count : at]

    for layer in [*facts["layers"], {"units": facts["classes"], "steps": []}]:
        weight = following(layer["units"] * now.shape[1]).reshape(layer["units"], -1)
        now = now @ weight.T + following(layer["units"])
        for step in layer["steps"]:
            if step["kind"] == "norm":
                now = (now - now.mean(1, keepdims=True)) / np.sqrt(now.var(1, keepdims=True) + step["eps"])
                now = now * following(layer["units"]) + following(layer["units"])
            elif step["kind"] == "gelu":
                now = 0.5 * now * (1 + erf(now / np.sqrt(2)))
            else:
                now = np.tanh(now) if step["kind"] == "tanh" else np.maximum(now, 0)
    return now


def check(given: dict[str, Any], made: dict[str, Any], expected: np.ndarray) -> float:
    """Return how far logits from the payloads are from PyTorch's, (n_images, n_classes), at most.

    Raises
    ------
    ValueError
        If that is more than 32 bits explain.
    """
    worst = float(np.abs(logits(given, made) - expected).max())
    if worst > _CLOSE * max(1.0, float(np.abs(expected).max())):
        raise ValueError(f"the page would compute other logits than PyTorch does, by up to {worst:.3g}: not written")
    return worst


def parity(lesions: list[Any], counted: np.ndarray) -> dict[str, Any]:
    """Return lesions, the first of them empty, and what PyTorch counts under each, numbers of two bytes."""
    return {"lesions": lesions, "counts": text(counted.astype("<u2"))}


def embedded(content: object) -> str:
    """Return JSON that may stand in a script element."""
    return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
