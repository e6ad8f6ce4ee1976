"""Minibatch stochastic gradient descent of one perceptron, compiled: a step of 64 images takes about 50 microseconds.

Four fifths of a digit's pixels are black, so the first layer reads and learns from the others alone: a fifth of the
products, which no dense multiplication can match. What the black pixels hold where a recipe shifts its inputs, the
background, is added through the sums of the weights' columns. All of one network stays in the processor's cache.

Arrays are float32 in C order, (in, out), padded with zeros to whole vectors (`simd.LANES`); padding stays zero. The
oracle is autograd (tests/test_learners.py).
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import njit

from mnist_interp.runtime import numba_cache
from mnist_interp.training.simd import LANES, add_rows, prefetch

NO_NORM, BEFORE, AFTER = 0, 1, 2
_EPSILON = 1e-5  # of torch.nn.LayerNorm


@njit
def pack(images: np.ndarray) -> Any:
    """Return where each image's lit pixels begin, (n_images + 1,), and these: 256 times the place, plus the byte."""
    starts = np.zeros(len(images) + 1, np.int64)
    for i in range(len(images)):
        starts[i + 1] = starts[i] + np.count_nonzero(images[i])
    lit = np.empty(starts[-1], np.uint32)
    for i in range(len(images)):
        filled = starts[i]
        for place in range(images.shape[1]):
            if images[i, place]:
                lit[filled] = 256 * place + images[i, place]
                filled += 1
    return starts, lit


@njit
def _read(out, rows, starts, lit, table, weight):
    """Add to each image's row of `out` what its lit pixels say."""
    for i in range(len(rows)):
        if i + 2 < len(rows):
            for place in range(starts[rows[i + 2]], starts[rows[i + 2] + 1], 16):
                prefetch(lit, place)
        place, end = starts[rows[i]], starts[rows[i] + 1]
        while place < end - 3:
            a, b, c, d = lit[place], lit[place + 1], lit[place + 2], lit[place + 3]
            factors = table[a & 255], table[b & 255], table[c & 255], table[d & 255]
            for column in range(0, weight.shape[1], LANES):
                add_rows(out, i, weight, (a >> 8, b >> 8, c >> 8, d >> 8), factors, column)
            place += 4
        for last in range(place, end):
            for column in range(0, weight.shape[1], LANES):
                add_rows(out, i, weight, (lit[last] >> 8,), (table[lit[last] & 255],), column)


@njit
def _learn(gradient, rows, starts, lit, table, out):
    """Add to the first layer's gradient what the lit pixels contribute, `out` being the gradient of its outputs."""
    for i in range(len(rows)):
        for place in range(starts[rows[i]], starts[rows[i] + 1]):
            for column in range(0, gradient.shape[1], LANES):
                add_rows(gradient, lit[place] >> 8, out, (i,), (table[lit[place] & 255],), column)


@njit
def _multiply(out, left, right, n):
    """Add ``left @ right`` to the first `n` rows of `out`."""
    for i in range(n):
        for k in range(0, len(right), 4):
            factors = left[i, k], left[i, k + 1], left[i, k + 2], left[i, k + 3]
            for column in range(0, out.shape[1], LANES):
                add_rows(out, i, right, (k, k + 1, k + 2, k + 3), factors, column)


@njit
def _multiply_transposed(out, left, right, n):
    """Add ``left.T @ right`` to `out`, over `n` rows, those up to a multiple of four being zero in `right`."""
    for i in range(0, n, 4):
        for k in range(len(out)):
            factors = left[i, k], left[i + 1, k], left[i + 2, k], left[i + 3, k]
            for column in range(0, out.shape[1], LANES):
                add_rows(out, k, right, (i, i + 1, i + 2, i + 3), factors, column)


@njit
def _mask(x, masks, start, n):
    """Multiply the rows of a minibatch by theirs of `masks`, in place."""
    for i in range(n):
        for j in range(x.shape[1]):
            x[i, j] *= masks[start + i, j]


@njit
def _normalize(x, normal, inverse, scale, shift, n, width):
    """Apply LayerNorm in place, and keep what its gradient needs."""
    for i in range(n):
        mean, square = 0.0, 0.0
        for j in range(width):
            mean += x[i, j]
        mean /= width
        for j in range(width):
            square += (x[i, j] - mean) ** 2
        inverse[i] = 1 / np.sqrt(square / width + _EPSILON)
        for j in range(width):
            normal[i, j] = (x[i, j] - mean) * inverse[i]
            x[i, j] = normal[i, j] * scale[0, j] + shift[0, j]


@njit
def _normalize_back(grad, normal, inverse, scale, scale_grad, shift_grad, n, width):
    """Turn, in place, the gradient of LayerNorm's outputs into that of its inputs; add those of its parameters."""
    for i in range(n):
        mean, along = 0.0, 0.0
        for j in range(width):
            scale_grad[0, j] += grad[i, j] * normal[i, j]
            shift_grad[0, j] += grad[i, j]
            grad[i, j] *= scale[0, j]
            mean += grad[i, j]
            along += grad[i, j] * normal[i, j]
        for j in range(width):
            grad[i, j] = (grad[i, j] - mean / width - normal[i, j] * along / width) * inverse[i]


@njit
def _loss_back(logits, grad, targets, n, width):
    """Write the gradient of the mean cross-entropy."""
    for i in range(n):
        largest, total = logits[i, :width].max(), 0.0
        for j in range(width):
            total += np.exp(np.float64(logits[i, j] - largest))
        for j in range(width):
            share = np.exp(np.float64(logits[i, j] - largest)) / total
            grad[i, j] = (share - (targets[i] == j)) / n


@njit
def _step(values, slopes, rate):
    """Move parameters against their gradients, and clear these."""
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            values[i, j] -= rate * slopes[i, j]
            slopes[i, j] = 0


@njit
def _forward(layers, values, pixels, order, masks, norms, widths, start, n):
    for layer in range(len(values.weight)):
        out = layers.out[layer]
        out[0] = values.bias[layer][0]
        if layer == 0 and pixels.background:
            black = np.full((1, len(values.weight[0])), np.float32(pixels.background))
            _multiply(out, black, values.weight[0], 1)
        out[1:n] = out[0]
        if layer == 0:
            _read(out, order[start : start + n], pixels.starts, pixels.lit, pixels.table, values.weight[0])
        else:
            _multiply(out, layers.out[layer - 1], values.weight[layer], n)
        if layer == len(norms):
            return
        parts = layers.normal[layer], layers.inverse[layer], values.scale[layer], values.shift[layer]
        if norms[layer] == BEFORE:
            _normalize(out, *parts, n, widths[layer])
        for i in range(n):
            for j in range(widths[layer]):
                layers.positive[layer][i, j] = out[i, j] > 0
                out[i, j] = max(out[i, j], np.float32(0))
        if norms[layer] == AFTER:
            _normalize(out, *parts, n, widths[layer])
        if len(masks[layer]):
            _mask(out, masks[layer], start, n)


@njit
def _backward(layers, values, slopes, pixels, order, masks, norms, widths, start, n):
    for layer in range(len(norms), -1, -1):
        back = layers.back[layer]
        if layer < len(norms):
            kept = layers.normal[layer], layers.inverse[layer], values.scale[layer]
            learned = slopes.scale[layer], slopes.shift[layer]
            if len(masks[layer]):
                _mask(back, masks[layer], start, n)
            if norms[layer] == AFTER:
                _normalize_back(back, *kept, *learned, n, widths[layer])
            for i in range(n):
                for j in range(widths[layer]):
                    back[i, j] = back[i, j] if layers.positive[layer][i, j] else np.float32(0)
            if norms[layer] == BEFORE:
                _normalize_back(back, *kept, *learned, n, widths[layer])
        back[n:] = 0
        for i in range(n):
            for j in range(widths[layer]):
                slopes.bias[layer][0, j] += back[i, j]
        if layer:
            _multiply_transposed(slopes.weight[layer], layers.out[layer - 1], back, n)
            layers.transposed[layer][:] = values.weight[layer].T
            layers.back[layer - 1][:n] = 0
            _multiply(layers.back[layer - 1], back, layers.transposed[layer], n)
        else:
            if pixels.background:
                slopes.weight[0][:] = np.float32(pixels.background) * slopes.bias[0]
            _learn(slopes.weight[0], order[start : start + n], pixels.starts, pixels.lit, pixels.table, back)


@njit
def descend(layers, values, slopes, pixels, order, targets, seen, masks, norms, widths, batch, rate, first_rate):
    """Take one step for every `batch` of the images in `order`, and write the logits met on the way into `seen`."""
    last = len(norms)
    for start in range(0, len(order), batch):
        n = min(batch, len(order) - start)
        _forward(layers, values, pixels, order, masks, norms, widths, start, n)
        seen[start : start + n] = layers.out[last][:n, : widths[last]]
        _loss_back(layers.out[last], layers.back[last], targets[start : start + n], n, widths[last])
        _backward(layers, values, slopes, pixels, order, masks, norms, widths, start, n)
        for kind in range(len(values)):
            for layer in range(len(values[kind])):
                _step(values[kind][layer], slopes[kind][layer], first_rate if kind + layer == 0 else rate)


numba_cache.keep([sys.modules[__name__]])
