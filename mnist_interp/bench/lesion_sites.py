"""What the lesion bench knows of a network: hidden layers whose units can be lesioned, and what each layer computes.

A layer reaches from a linear map, or a convolution, to what the next one reads. A lesion acts there, at its end: after
the ReLU, or after the LayerNorm where one follows the ReLU. So lesions mean the same in every network: one unit says
something else to the next layer, and the other units of its own layer say what they said. (Before a LayerNorm a lesion
would move all of them, by the mean and the spread that it changes.) Zero, however, is the floor of a unit only after a
ReLU.

A unit is a neuron, a channel, whose whole map is scaled, or held at its mean map, or an attention head: what it brings
to each token, before heads are mixed. What a channel of the last convolution sends on, or a head of the last block to
the class token, can be recorded for all test images. A lesion of an earlier one computes all anew, and the bench does
that on a sample.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from torch import nn

from mnist_interp.data import mnist
from mnist_interp.training.models import Standardize
from mnist_interp.training.runs import Run
from mnist_interp.training.transformer import Block, ClassToken, Tokens

SAMPLE_PER_DIGIT = 50
_SILENCED, _ZEROED = "silenced", "set to zero"
_N_CONVOLUTIONS = (0, 2)
_PASSED = nn.Dropout | nn.Unflatten | nn.Flatten | ClassToken  # what does nothing to the numbers in evaluation mode
_BEHIND_BLOCKS = (ClassToken, nn.LayerNorm, nn.Linear, nn.ReLU, nn.Linear)


@dataclass(frozen=True)
class Step:
    """What is done with a layer's numbers after its linear map.

    ``kind`` is ``relu``, ``norm`` over all of them, or ``pool``, the maximum of 2 x 2 of a map.
    """

    kind: str
    eps: float = 0.0


@dataclass(frozen=True)
class Convolution:
    """The linear map of a layer of channels: square kernels of ``kernel`` pixels, ``padding`` zeros around a map."""

    kernel: int
    padding: int


@dataclass(frozen=True)
class Heads:
    """What a layer of heads is part of: a block, whose heads bring ``size`` numbers each to each token.

    Attributes
    ----------
    size : int
        Numbers that a head brings to a token.
    hidden : int
        Units for each token behind the attention.
    eps : float
        Of the block's LayerNorms.
    """

    size: int
    hidden: int
    eps: float


@dataclass(frozen=True)
class Patches:
    """How images become tokens: ``count`` of ``width`` numbers, one of them for the class, from squares of ``patch``.

    ``eps`` is that of the LayerNorm through which the class token is read in the end; 0 where there is none.
    """

    patch: int
    width: int
    count: int
    eps: float = 0.0


@dataclass(frozen=True)
class Layer:
    """A hidden layer.

    Attributes
    ----------
    name : str
        Of the module at whose output lesions act, such as ``"relu2"``.
    label : str
        In words, such as ``"layer 2"``.
    units : int
        Neurons, channels or heads.
    steps : tuple of Step
        From the linear map's output to what lesions act on.
    convolution : Convolution or None
        What makes it a layer of channels.
    heads : Heads or None
        What makes it a layer of heads.
    sampled : bool
        Whether the bench lesions it on a sample of the test images, `Network.sample`.
    """

    name: str
    label: str
    units: int
    steps: tuple[Step, ...] = ()
    convolution: Convolution | None = None
    heads: Heads | None = None
    sampled: bool = False

    @property
    def unit(self) -> str:
        """What one of its units is called."""
        return "channel" if self.convolution else "head" if self.heads else "neuron"

    @property
    def rectified(self) -> bool:
        """Whether the layer ends in a ReLU, so that zero is silence."""
        return bool(self.steps) and self.steps[-1].kind == "relu"

    @property
    def zeroed(self) -> str:
        """What a unit at zero is called."""
        return _SILENCED if self.rectified else _ZEROED

    @property
    def heading(self) -> str:
        """Its label as the first words of a title."""
        return self.label.removeprefix("the ").capitalize()

    @property
    def title(self) -> str:
        """Its label, with the place of a lesion where that is not the ReLU."""
        return self.heading + ("" if self.rectified or self.heads else ", after LayerNorm")

    @property
    def facts(self) -> dict[str, Any]:
        """What the scripts are told, as JSON."""
        facts = {"name": self.name, "units": self.units, "steps": [asdict(step) for step in self.steps]}
        made_of = self.convolution or self.heads
        return facts | asdict(made_of) | {"sampled": self.sampled} if made_of else facts


@dataclass(frozen=True)
class Network:
    """What decides how the bench computes, apart from the weights.

    Attributes
    ----------
    shift, scale : float
        Inputs are ``(pixels - shift) / scale``.
    layers : tuple of Layer
        Hidden layers, in order; a last linear map makes the logits.
    parameters : tuple of str
        Names of all weights, in the order in which they are used.
    patches : Patches or None
        What makes it a transformer.
    """

    shift: float
    scale: float
    layers: tuple[Layer, ...]
    parameters: tuple[str, ...]
    patches: Patches | None = None

    @property
    def units(self) -> dict[str, int]:
        """Number of units of each layer, by its name."""
        return {layer.name: layer.units for layer in self.layers}

    @property
    def sampled(self) -> tuple[str, ...]:
        """Names of the layers that are lesioned on a sample."""
        return tuple(layer.name for layer in self.layers if layer.sampled)

    @property
    def called(self) -> tuple[str, ...]:
        """What its units are called, each word once."""
        return tuple(dict.fromkeys(layer.unit for layer in self.layers))

    @property
    def rectified(self) -> bool:
        """Whether zero is silence in every layer."""
        return all(layer.rectified for layer in self.layers)

    @property
    def zeroed(self) -> str:
        """What a unit at zero is called, in any layer."""
        return _SILENCED if self.rectified else _ZEROED

    @property
    def facts(self) -> dict[str, Any]:
        """What the scripts are told, as JSON; with the sample, where there is one, as places among the test images."""
        facts = {"shift": self.shift, "scale": self.scale, "layers": [layer.facts for layer in self.layers]}
        facts |= {"tokens": asdict(self.patches)} if self.patches else {}
        return facts | {"sample": mnist.sample("test", SAMPLE_PER_DIGIT).tolist()} if self.sampled else facts


def _layer(module: nn.Module, name: str, label: str) -> Layer:
    if isinstance(module, nn.Linear):
        return Layer(name, label, module.out_features)
    if isinstance(module, Block):
        heads = Heads(module.attention.head_dim, module.linear1.out_features, module.norm1.eps)
        return Layer(f"{name}.attention.heads", label, module.attention.num_heads, heads=heads)
    assert isinstance(module, nn.Conv2d)
    return Layer(name, label, module.out_channels, (), Convolution(module.kernel_size[0], int(module.padding[0])))


def _step(module: nn.Module) -> Step:
    if isinstance(module, nn.LayerNorm):
        return Step("norm", module.eps)
    return Step("relu" if isinstance(module, nn.ReLU) else "pool")


def unit_axis(layer: str) -> int:
    """Return which axis of what a layer puts out is that of its units: heads come after the tokens."""
    return 2 if layer.endswith(".heads") else 1


def _check_transformer(kinds: tuple[type[nn.Module], ...]) -> None:
    """Refuse tokens and blocks in any order but that of `training.transformer`."""
    blocks = kinds[1 : -len(_BEHIND_BLOCKS)]
    if not blocks or set(blocks) != {Block} or kinds != (Tokens, *blocks, *_BEHIND_BLOCKS):
        expected = ", ".join(kind.__name__ for kind in (Tokens, Block, *_BEHIND_BLOCKS))
        raise ValueError(f"the bench computes a transformer of {expected}, with any number of blocks")


def _checked(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Refuse hidden layers that the scripts do not compute, and say which of them are lesioned on a sample."""
    heads = [layer for layer in layers if layer.heads]
    if not layers or not all(layer.steps for layer in layers if layer not in heads):
        raise ValueError("the bench needs hidden layers, each a linear map and a ReLU, and a linear map to the logits")
    maps = [layer for layer in layers if layer.convolution]
    pooled = [layer for layer in layers if any(step.kind == "pool" for step in layer.steps)]
    shaped = all([step.kind for step in layer.steps] == ["pool", "relu"] for layer in maps)
    if len(maps) not in _N_CONVOLUTIONS or tuple(maps) != layers[: len(maps)] or pooled != maps or not shaped:
        raise ValueError("the bench computes no convolution, or two before all linear maps, each pooled, then a ReLU")
    if heads:
        layers = (*layers[:-1], replace(layers[-1], label="the last layer"))
    return tuple(replace(layer, sampled=layer in maps[:-1] + heads[:-1]) for layer in layers)


def of(run: Run) -> Network:
    """Read the layers off a run's network.

    Raises
    ------
    ValueError
        If it has a layer that the bench cannot compute, or no hidden one.
    """
    shift, scale, patches = 0.0, 1.0, None
    layers: list[Layer] = []
    parameters: list[str] = []
    children = dict(run.model().named_children())
    for name, module in children.items():
        parameters += [f"{name}.{kind}" for kind, _ in module.named_parameters()]
        if isinstance(module, Standardize):
            shift, scale = module.shift, module.scale
        elif isinstance(module, Tokens):
            patches = Patches(module.patch, module.embed.out_features, module.positions.shape[1])
        elif isinstance(module, nn.LayerNorm) and patches and layers and layers[-1].heads:
            patches = replace(patches, eps=module.eps)
        elif isinstance(module, Block):
            layers.append(_layer(module, name, f"block {len(layers) + 1}"))
        elif isinstance(module, nn.Linear | nn.Conv2d):
            layers.append(_layer(module, name, f"layer {len(layers) + 1}"))
        elif isinstance(module, nn.ReLU | nn.LayerNorm | nn.MaxPool2d) and layers:
            layers[-1] = replace(layers[-1], name=name, steps=(*layers[-1].steps, _step(module)))
        elif not isinstance(module, _PASSED):
            raise ValueError(f"the bench cannot compute {name!r}, {type(module).__name__}: expected ReLU or LayerNorm")
    kinds = tuple(type(module) for module in children.values() if not isinstance(module, Standardize))
    if not {Tokens, Block}.isdisjoint(kinds):
        _check_transformer(kinds)
    return Network(shift, scale, _checked(tuple(layers[:-1])), tuple(parameters), patches)
