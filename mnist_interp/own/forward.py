"""What the scripts compute from payloads, computed as they do it, in 64 bits, before a page is written."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import erf, log_softmax

CLOSE = 1e-4  # of the largest logit, or of 1: PyTorch adds in 32 bits
_TOGETHER = 100  # images of a pass
Next = Callable[[int], np.ndarray]


class Differs(ValueError):
    """Logits from the payloads that differ from PyTorch's."""


def _unpacked(given: dict[str, Any], facts: dict[str, Any]) -> np.ndarray:
    content = zlib.decompress(base64.b64decode(given["packed"]))[: -given["count"]]
    if given.get("floats"):
        return np.frombuffer(content, "<f4").reshape(given["count"], -1).astype(float)
    return np.array(facts["shades"])[np.frombuffer(content, np.uint8)].reshape(given["count"], -1)


def _gelu(now: np.ndarray) -> np.ndarray:
    return 0.5 * now * (1 + erf(now / np.sqrt(2)))


_ACTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda now: np.maximum(now, 0),
    "gelu": _gelu,
    "tanh": np.tanh,
}


def _normed(now: np.ndarray, eps: float, following: Next) -> np.ndarray:
    size = now.shape[1]
    now = (now - now.mean(1, keepdims=True)) / np.sqrt(now.var(1, keepdims=True) + eps)
    return now * following(size) + following(size)


def _windows(now: np.ndarray, fact: dict[str, Any], outside: float) -> np.ndarray:
    """Return what each place's window covers, (n_images, rows, columns, channels, kernel height, kernel width)."""
    (channels, height, width), (_, rows, columns) = fact["given"], fact["shape"]
    places = []
    for axis, count in enumerate((rows, columns)):
        starts = np.arange(count) * fact["stride"][axis] - fact["padding"][axis]
        places.append(starts[:, None] + np.arange(fact["kernel"][axis]) * fact["dilation"][axis])
    down, across = places[0][:, None, :, None], places[1][None, :, None, :]
    inside = (down >= 0) & (down < height) & (across >= 0) & (across < width)
    maps = now.reshape(-1, channels, height, width)
    found = np.where(inside, maps[:, :, down.clip(0, height - 1), across.clip(0, width - 1)], outside)
    return found.transpose(0, 2, 3, 1, 4, 5)


def _operated(now: np.ndarray, fact: dict[str, Any], following: Next) -> np.ndarray:
    kind, count = fact["kind"], len(now)
    if kind == "linear":
        weight = following(fact["units"] * fact["inputs"]).reshape(fact["units"], -1)
        return now @ weight.T + following(fact["units"])
    if kind == "convolution":
        units = fact["shape"][0]
        patches = _windows(now, fact, 0.0).reshape(count, fact["shape"][1] * fact["shape"][2], -1)
        weight = following(units * patches.shape[2]).reshape(units, -1)
        return (patches @ weight.T + following(units)).transpose(0, 2, 1).reshape(count, -1)
    if kind == "pool":
        return _windows(now, fact, -np.inf).max((4, 5)).transpose(0, 3, 1, 2).reshape(count, -1)
    if kind == "scale":
        rate, shift = (np.repeat(following(fact["units"]), fact["area"]) for _ in range(2))
        return now * rate + shift
    return _normed(now, fact["eps"], following) if kind == "norm" else _ACTS[kind](now)


def _of_layers(now: np.ndarray, facts: dict[str, Any], following: Next) -> np.ndarray:
    for layer in [*facts["layers"], {"units": facts["classes"], "steps": []}]:
        weight = following(layer["units"] * now.shape[1]).reshape(layer["units"], -1)
        now = now @ weight.T + following(layer["units"])
        for step in layer["steps"]:
            now = _normed(now, step["eps"], following) if step["kind"] == "norm" else _ACTS[step["kind"]](now)
    return now


def _of_operations(now: np.ndarray, facts: dict[str, Any], following: Next) -> np.ndarray:
    for fact in [*(fact for layer in facts["layers"] for fact in layer["operations"]), *facts["rest"]]:
        now = _operated(now, fact, following)
    return now


def logits(given: dict[str, Any], made: dict[str, Any]) -> np.ndarray:
    """Compute from the payloads what the scripts do, as they do it, in 64 bits: (n_images, n_classes)."""
    facts, numbers = made["network"], np.frombuffer(base64.b64decode(made["values"]), "<f4").astype(float)
    images = _unpacked(given, facts)
    forward = _of_operations if "rest" in facts else _of_layers
    found = []
    for start in range(0, len(images), _TOGETHER):
        at = 0

        def following(count: int) -> np.ndarray:
            nonlocal at
            at += count
            return numbers[at - count : at]

        found.append(forward(images[start : start + _TOGETHER], facts, following))
    return np.concatenate(found)


def check(given: dict[str, Any], made: dict[str, Any], expected: np.ndarray, *, normalized: bool = False) -> float:
    """Return how far logits from the payloads are from PyTorch's, (n_images, n_classes), at most.

    Where the network puts out the logarithms of probabilities (`normalized`), so are logits before they are compared.

    Raises
    ------
    Differs
        If that is more than `CLOSE` allows.
    """
    found = logits(given, made)
    worst = float(np.abs((log_softmax(found, 1) if normalized else found) - expected).max())
    if not worst <= CLOSE * max(1.0, float(np.abs(expected).max())):  # not a number is no agreement
        raise Differs(f"the page’s logits would differ from PyTorch’s by up to {worst:.3g}")
    return worst
