"""What tokens take from each other and what heads add: rollout, contributions, heads held or patched.

Patterns are what an attention layer puts out as shares, (n_images, n_heads, n_tokens, n_tokens), the rows of which, of
the tokens that read, add up to one; heads what each brings to each token, (n_images, n_tokens, n_heads, size), before
they are mixed. Which layers these are, the caller names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from mnist_interp.methods import activations, network

CLASS = 0  # place of the token from which the answer is read


def rollout(patterns: Sequence[torch.Tensor]) -> torch.Tensor:
    """Multiply attention through the blocks (Abnar and Zuidema 2020): each token's share of each input token.

    Of each block attention is averaged over heads and mixed half and half with the identity, for the residual stream;
    the blocks are multiplied.

    Parameters
    ----------
    patterns : sequence of torch.Tensor of shape (n_images, n_heads, n_tokens, n_tokens)
        Of the blocks, the first first.

    Returns
    -------
    torch.Tensor of shape (n_images, n_tokens, n_tokens)
        Rows, of the tokens at the end, add up to one.
    """
    found = torch.eye(patterns[0].shape[-1], dtype=patterns[0].dtype)
    for pattern in patterns:
        found = (pattern.mean(1) + torch.eye(pattern.shape[-1], dtype=pattern.dtype)) / 2 @ found
    return found


def contributions(layer: nn.MultiheadAttention, read: torch.Tensor, pattern: torch.Tensor) -> torch.Tensor:
    """Return how much each token adds to the class token: the length of what attention writes of it (Kobayashi 2020).

    A share of attention says nothing of how large that is of which one takes a share.

    Parameters
    ----------
    layer : torch.nn.MultiheadAttention
        With one matrix for queries, keys and values.
    read : torch.Tensor of shape (n_images, n_tokens, width)
        What the layer reads.
    pattern : torch.Tensor of shape (n_images, n_heads, n_tokens, n_tokens)
        Its pattern.

    Returns
    -------
    torch.Tensor of shape (n_images, n_tokens)
        Lengths of vectors that add up to what the layer adds to the class token, but for a constant.
    """
    value = layer.in_proj_weight.chunk(3)[2], layer.in_proj_bias.chunk(3)[2]
    values = nn.functional.linear(read, *value).unflatten(2, (layer.num_heads, -1))
    taken = pattern[:, :, CLASS].transpose(1, 2)[..., None] * values
    return (taken.flatten(2) @ layer.out_proj.weight.T).norm(dim=-1)


Heads = Mapping[str, Sequence[int]]


def _at(values: torch.Tensor, heads: Sequence[int], tokens: slice, instead: torch.Tensor) -> torch.Tensor:
    changed = values.clone()
    for head in heads:
        changed[:, tokens, head] = instead[:, tokens, head]
    return changed


def _run(model: nn.Module, images: Any, taps: Mapping[str, network.Tap]) -> torch.Tensor:
    with network.ready(model) as net, torch.no_grad(), network.tapped(net, taps):
        return network.logits(net(network.inputs(net, images)))


def held(model: nn.Module, images: Any, values: Mapping[str, torch.Tensor], heads: Heads) -> torch.Tensor:
    """Return logits with some heads at other values and everything after them recomputed.

    Parameters
    ----------
    model : torch.nn.Module
        Any with layers of heads.
    images : torch.Tensor of shape (n_images, ...)
        As the model takes them; at once, so some hundred.
    values : mapping of str to torch.Tensor of shape (n_images or 1, n_tokens, n_heads, size)
        By layer, such as its means over training images by position, (1, ...).
    heads : mapping of str to sequence of int
        Which heads of which layers.

    Returns
    -------
    torch.Tensor of shape (n_images, n_classes)
    """

    def tap(layer: str) -> network.Tap:
        return lambda own: _at(own, heads[layer], slice(None), values[layer].expand(own.shape))

    return _run(model, images, {layer: tap(layer) for layer in heads})


def patched(
    model: nn.Module,
    base: Any,
    source: Any,
    heads: Heads,
    *,
    everywhere: bool = False,
    frozen: Sequence[str] = (),
    receiver: str | None = None,
) -> torch.Tensor:
    """Give base images what some heads send the class token in source images (path patching: Wang et al. 2023).

    Parameters
    ----------
    model : torch.nn.Module
        Any with layers of heads.
    base, source : torch.Tensor of shape (n_images, ...)
        Pairs of images, as the model takes them.
    heads : mapping of str to sequence of int
        Which heads of which layers of heads.
    everywhere : bool
        Patch what the heads bring to all tokens, not to the class token alone.
    frozen : sequence of str
        Layers of heads that bring the class token what they bring it in the base images: paths that are closed.
    receiver : str, optional
        The one layer of heads that hears of it: what it then brings the class token is put into base images that are
        otherwise untouched, so that all other paths are closed.

    Returns
    -------
    torch.Tensor of shape (n_images, n_classes)
        Logits of the base images.
    """
    given = activations.record(model, source, list(heads))
    kept = activations.record(model, base, list(frozen))
    every, tokens = slice(None), slice(None) if everywhere else slice(CLASS, CLASS + 1)
    heard: list[torch.Tensor] = []

    def give(layer: str) -> network.Tap:
        return lambda own: _at(own, heads[layer], tokens, given[layer])

    def freeze(layer: str) -> network.Tap:
        return lambda own: _at(own, range(own.shape[2]), slice(CLASS, CLASS + 1), kept[layer])

    taps = {layer: give(layer) for layer in heads} | {layer: freeze(layer) for layer in frozen}
    if receiver is None:
        return _run(model, base, taps)
    _run(model, base, taps | {receiver: heard.append})
    return _run(
        model, base, {receiver: lambda own: _at(own, range(own.shape[2]), slice(CLASS, CLASS + 1), heard[0][every])}
    )
