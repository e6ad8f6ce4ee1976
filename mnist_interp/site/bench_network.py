"""What the lesion bench knows of a network: hidden layers whose units can be lesioned, and what each layer computes.

A layer reaches from a linear map to what the next linear map reads. A lesion acts there, at its end: after the ReLU,
or after the LayerNorm where one follows the ReLU. So lesions mean the same in every network: one unit says something
else to the next layer, and the other units of its own layer say what they said. (Before a LayerNorm a lesion would move
all of them, by the mean and the spread that it changes.) Zero, however, is the floor of a unit only after a ReLU.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from torch import nn

from mnist_interp.models import Standardize
from mnist_interp.training import Run

_SILENCED, _ZEROED = "silenced", "set to zero"


@dataclass(frozen=True)
class Step:
    """What is done with a layer's numbers after its linear map: ``kind`` is ``relu`` or ``norm``, over all of them."""

    kind: str
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
        Neurons.
    steps : tuple of Step
        From the linear map's output to what lesions act on.
    """

    name: str
    label: str
    units: int
    steps: tuple[Step, ...] = ()

    @property
    def rectified(self) -> bool:
        """Whether the layer ends in a ReLU, so that zero is silence."""
        return self.steps[-1].kind == "relu"

    @property
    def zeroed(self) -> str:
        """What a neuron at zero is called."""
        return _SILENCED if self.rectified else _ZEROED

    @property
    def title(self) -> str:
        """Its label, with the place of a lesion where that is not the ReLU."""
        return self.label.capitalize() + ("" if self.rectified else ", after LayerNorm")


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
        """Number of neurons of each layer, by its name."""
        return {layer.name: layer.units for layer in self.layers}

    @property
    def rectified(self) -> bool:
        """Whether zero is silence in every layer."""
        return all(layer.rectified for layer in self.layers)

    @property
    def zeroed(self) -> str:
        """What a neuron at zero is called, in any layer."""
        return _SILENCED if self.rectified else _ZEROED

    @property
    def facts(self) -> dict[str, Any]:
        """What the scripts are told, as JSON."""
        layers = [
            {"name": layer.name, "units": layer.units, "steps": [asdict(step) for step in layer.steps]}
            for layer in self.layers
        ]
        return {"shift": self.shift, "scale": self.scale, "layers": layers}


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
        elif isinstance(module, nn.Linear):
            layers.append(Layer(name, f"layer {len(layers) + 1}", module.out_features))
        elif isinstance(module, nn.ReLU | nn.LayerNorm) and layers:
            step = Step("norm", module.eps) if isinstance(module, nn.LayerNorm) else Step("relu")
            layers[-1] = replace(layers[-1], name=name, steps=(*layers[-1].steps, step))
        elif not isinstance(module, nn.Dropout):  # which does nothing in evaluation mode
            raise ValueError(f"the bench cannot compute {name!r}, {type(module).__name__}: expected ReLU or LayerNorm")
    hidden = tuple(layers[:-1])
    if not hidden or not all(layer.steps for layer in hidden):
        raise ValueError("the bench needs hidden layers, each a linear map and a ReLU, and a linear map to the logits")
    return Network(shift, scale, hidden, tuple(parameters))
