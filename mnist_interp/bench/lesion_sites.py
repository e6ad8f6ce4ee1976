"""What the lesion bench knows of a network: hidden layers whose units can be lesioned, and what each layer computes.

A layer reaches from a linear map, or a convolution, to what the next one reads. A lesion acts there, at its end: after
the ReLU, or after the LayerNorm where one follows the ReLU. So lesions mean the same in every network: one unit says
something else to the next layer, and the other units of its own layer say what they said. (Before a LayerNorm a lesion
would move all of them, by the mean and the spread that it changes.) Zero, however, is the floor of a unit only after a
ReLU.

A unit is a neuron, or a channel: then its whole map is scaled, or held at its mean map. What a channel of the last
convolution sends on is a sum that can be recorded for all test images. A lesion of an earlier one convolves anew, and
the bench does that on a sample.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from torch import nn

from mnist_interp.data import mnist
from mnist_interp.training.models import Standardize
from mnist_interp.training.runs import Run

SAMPLE_PER_DIGIT = 50
_SILENCED, _ZEROED = "silenced", "set to zero"
_N_CONVOLUTIONS = (0, 2)
_PASSED = nn.Dropout | nn.Unflatten | nn.Flatten  # what does nothing to the numbers in evaluation mode


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
class Layer:
    """A hidden layer.

    Attributes
    ----------
    name : str
        Of the module at whose output lesions act, such as ``"relu2"``.
    label : str
        In words, such as ``"layer 2"``.
    units : int
        Neurons, or channels.
    steps : tuple of Step
        From the linear map's output to what lesions act on.
    convolution : Convolution or None
        What makes it a layer of channels.
    sampled : bool
        Whether the bench lesions it on a sample of the test images, `Network.sample`.
    """

    name: str
    label: str
    units: int
    steps: tuple[Step, ...] = ()
    convolution: Convolution | None = None
    sampled: bool = False

    @property
    def unit(self) -> str:
        """What one of its units is called."""
        return "channel" if self.convolution else "neuron"

    @property
    def rectified(self) -> bool:
        """Whether the layer ends in a ReLU, so that zero is silence."""
        return self.steps[-1].kind == "relu"

    @property
    def zeroed(self) -> str:
        """What a unit at zero is called."""
        return _SILENCED if self.rectified else _ZEROED

    @property
    def title(self) -> str:
        """Its label, with the place of a lesion where that is not the ReLU."""
        return self.label.capitalize() + ("" if self.rectified else ", after LayerNorm")

    @property
    def facts(self) -> dict[str, Any]:
        """What the scripts are told, as JSON."""
        facts = {"name": self.name, "units": self.units, "steps": [asdict(step) for step in self.steps]}
        return facts | asdict(self.convolution) | {"sampled": self.sampled} if self.convolution else facts


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
    """

    shift: float
    scale: float
    layers: tuple[Layer, ...]
    parameters: tuple[str, ...]

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
        return facts | {"sample": mnist.sample("test", SAMPLE_PER_DIGIT).tolist()} if self.sampled else facts


def _layer(module: nn.Module, name: str, label: str) -> Layer:
    if isinstance(module, nn.Linear):
        return Layer(name, label, module.out_features)
    assert isinstance(module, nn.Conv2d)
    return Layer(name, label, module.out_channels, (), Convolution(module.kernel_size[0], int(module.padding[0])))


def _step(module: nn.Module) -> Step:
    if isinstance(module, nn.LayerNorm):
        return Step("norm", module.eps)
    return Step("relu" if isinstance(module, nn.ReLU) else "pool")


def _checked(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Refuse hidden layers that the scripts do not compute, and say which convolutions are lesioned on a sample."""
    if not layers or not all(layer.steps for layer in layers):
        raise ValueError("the bench needs hidden layers, each a linear map and a ReLU, and a linear map to the logits")
    maps = [layer for layer in layers if layer.convolution]
    pooled = [layer for layer in layers if any(step.kind == "pool" for step in layer.steps)]
    shaped = all([step.kind for step in layer.steps] == ["pool", "relu"] for layer in maps)
    if len(maps) not in _N_CONVOLUTIONS or tuple(maps) != layers[: len(maps)] or pooled != maps or not shaped:
        raise ValueError("the bench computes no convolution, or two before all linear maps, each pooled, then a ReLU")
    return tuple(replace(layer, sampled=layer in maps[:-1]) for layer in layers)


def of(run: Run) -> Network:
    """Read the layers off a run's network.

    Raises
    ------
    ValueError
        If it has a layer that the bench cannot compute, or no hidden one.
    """
    shift, scale = 0.0, 1.0
    layers: list[Layer] = []
    parameters: list[str] = []
    for name, module in run.model().named_children():
        parameters += [f"{name}.{kind}" for kind, _ in module.named_parameters()]
        if isinstance(module, Standardize):
            shift, scale = module.shift, module.scale
        elif isinstance(module, nn.Linear | nn.Conv2d):
            layers.append(_layer(module, name, f"layer {len(layers) + 1}"))
        elif isinstance(module, nn.ReLU | nn.LayerNorm | nn.MaxPool2d) and layers:
            layers[-1] = replace(layers[-1], name=name, steps=(*layers[-1].steps, _step(module)))
        elif not isinstance(module, _PASSED):
            raise ValueError(f"the bench cannot compute {name!r}, {type(module).__name__}: expected ReLU or LayerNorm")
    return Network(shift, scale, _checked(tuple(layers[:-1])), tuple(parameters))
