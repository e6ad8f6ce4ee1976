"""Many networks of one architecture as one: every weight carries a leading seed dimension.

A population trains as a single model: one batched matrix product a layer in place of one per seed, with ordinary
autograd and optimizers. On 784-32-16-10 that is about thirty times as fast per seed as a loop over the notebook's
DataLoader, and each seed's weights come out as they would alone: bitwise on the processors tried, up to rounding
elsewhere. Convolutions have no batched form that is faster than one seed after the other. Memory is that of the parts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.training.transformer import Block, ClassToken, Tokens


class StackedLinear(nn.Module):
    """`torch.nn.Linear` for each seed: (n_seeds, batch, in) to (n_seeds, batch, out)."""

    def __init__(self, parts: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([part.weight.detach().T for part in parts]).contiguous())
        self.bias = nn.Parameter(torch.stack([part.bias.detach() for part in parts]).unsqueeze(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply each seed's map to its own batch."""
        return torch.baddbmm(self.bias, x, self.weight)

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return the weights as `torch.nn.Linear` names and lays them out, with a leading seed dimension."""
        return {"weight": self.weight.detach().transpose(1, 2), "bias": self.bias.detach().squeeze(1)}


class StackedLayerNorm(nn.Module):
    """`torch.nn.LayerNorm` for each seed."""

    def __init__(self, parts: Sequence[nn.LayerNorm]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([part.weight.detach() for part in parts]).unsqueeze(1))
        self.bias = nn.Parameter(torch.stack([part.bias.detach() for part in parts]).unsqueeze(1))
        self.shape = tuple(parts[0].normalized_shape)
        self.eps = parts[0].eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize over units, then scale and shift by each seed's own parameters."""
        return F.layer_norm(x, self.shape, eps=self.eps) * self.weight + self.bias

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return weight and bias with a leading seed dimension."""
        return {"weight": self.weight.detach().squeeze(1), "bias": self.bias.detach().squeeze(1)}


class StackedBatchNorm(nn.Module):
    """`torch.nn.BatchNorm1d` for each seed, with running statistics of its own."""

    running_mean: torch.Tensor
    running_var: torch.Tensor
    num_batches_tracked: torch.Tensor

    def __init__(self, parts: Sequence[nn.BatchNorm1d]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([part.weight.detach() for part in parts]).unsqueeze(1))
        self.bias = nn.Parameter(torch.stack([part.bias.detach() for part in parts]).unsqueeze(1))
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, torch.stack([getattr(part, name).clone() for part in parts]))
        self.momentum = float(parts[0].momentum or 0.0)
        self.eps = parts[0].eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize each unit over its seed's batch while training, by the running statistics afterward."""
        if self.training:
            variance, mean = torch.var_mean(x, dim=1, correction=0)
            with torch.no_grad():
                unbiased = variance * (x.shape[1] / (x.shape[1] - 1))
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
                self.num_batches_tracked += 1
        else:
            mean, variance = self.running_mean, self.running_var
        normal = (x - mean.unsqueeze(1)) * torch.rsqrt(variance.unsqueeze(1) + self.eps)
        return normal * self.weight + self.bias

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return parameters and running statistics with a leading seed dimension."""
        return {
            "weight": self.weight.detach().squeeze(1),
            "bias": self.bias.detach().squeeze(1),
            "running_mean": self.running_mean,
            "running_var": self.running_var,
            "num_batches_tracked": self.num_batches_tracked,
        }


def fill_dropout_mask(mask: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Draw what `torch.nn.Dropout` multiplies by: 0 for a share of the units, for the others what makes up for it."""
    return mask.bernoulli_(1 - share, generator=generator).div_(1 - share)


class StackedDropout(nn.Module):
    """`torch.nn.Dropout` with a generator for each seed, so that a seed's masks are the same in any company."""

    def __init__(self, parts: Sequence[nn.Dropout], generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        self.share = parts[0].p
        self.generators = list(generators)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Mask and rescale while training; pass through afterward."""
        if not self.training:
            return x
        masks = torch.empty_like(x)
        for mask, generator in zip(masks, self.generators, strict=True):
            fill_dropout_mask(mask, self.share, generator)
        return x * masks

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return nothing: dropout has no parameters."""
        return {}


class StackedConv2d(nn.Module):
    """`torch.nn.Conv2d` for each seed, one after the other: grouped convolutions are slower."""

    def __init__(self, parts: Sequence[nn.Conv2d]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([part.weight.detach() for part in parts]).contiguous())
        self.bias = nn.Parameter(torch.stack([part.bias.detach() for part in parts]))  # type: ignore[union-attr]
        self.padding = parts[0].padding

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve each seed's batch, (n_seeds, batch, channels, height, width), with its own filters."""
        if len(x) == 1:  # unbinding and stacking would copy the maps, back and forth, and lose their memory format
            return self._convolve(x.squeeze(0), self.weight.squeeze(0), self.bias.squeeze(0)).unsqueeze(0)
        return torch.stack([self._convolve(*one) for one in zip(x, self.weight, self.bias, strict=True)])

    def _convolve(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        weight = weight.clone(memory_format=torch.channels_last)  # as in `models.cnn`
        return F.conv2d(x, weight, bias, padding=self.padding)

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return weight and bias with a leading seed dimension."""
        return {"weight": self.weight.detach(), "bias": self.bias.detach()}


class OneByOne(nn.Module):
    """A layer of any kind for each seed, applied one after the other: for those that no batched form makes faster."""

    def __init__(self, parts: Sequence[nn.Module]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply each seed's layer to its own batch, (n_seeds, batch, ...)."""
        return torch.stack([part(one) for part, one in zip(self.parts, x, strict=True)])

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return each array of the layers' ``state_dict`` with a leading seed dimension."""
        states = [part.state_dict() for part in self.parts]
        return {name: torch.stack([state[name] for state in states]) for name in states[0]}


class Alike(nn.Module):
    """A layer without parameters, the same for every seed, applied to the images of all."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the layer to (n_seeds * batch, ...)."""
        return self.part(x.flatten(0, 1)).unflatten(0, x.shape[:2])

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return nothing: there are no parameters."""
        return {}


class StackedReLU(nn.ReLU):
    """`torch.nn.ReLU`, the same for every seed."""

    def arrays(self) -> dict[str, torch.Tensor]:
        """Return nothing: a ReLU has no parameters."""
        return {}


def stack(models: Sequence[nn.Sequential], generators: Sequence[torch.Generator]) -> nn.Sequential:
    """Join models of one architecture into one that maps (n_seeds, batch, 784) to (n_seeds, batch, 10).

    Parameters
    ----------
    models : sequence of torch.nn.Sequential
        With the same named layers.
    generators : sequence of torch.Generator
        One a model; what dropout draws its masks from.

    Raises
    ------
    ValueError
        If a layer is of a kind that has no stacked form.
    """
    joined: OrderedDict[str, nn.Module] = OrderedDict()
    for name, first in models[0].named_children():
        parts = [model.get_submodule(name) for model in models]
        match first:
            case nn.Linear():
                joined[name] = StackedLinear(parts)  # type: ignore[arg-type]
            case nn.LayerNorm():
                joined[name] = StackedLayerNorm(parts)  # type: ignore[arg-type]
            case nn.BatchNorm1d():
                joined[name] = StackedBatchNorm(parts)  # type: ignore[arg-type]
            case nn.Dropout():
                joined[name] = StackedDropout(parts, generators)  # type: ignore[arg-type]
            case nn.Conv2d():
                joined[name] = StackedConv2d(parts)  # type: ignore[arg-type]
            case nn.ReLU():
                joined[name] = StackedReLU()
            case nn.MaxPool2d() | nn.Flatten() | nn.Unflatten() | ClassToken():
                joined[name] = Alike(first)
            case Tokens() | Block():
                joined[name] = OneByOne(parts)
            case _:
                raise ValueError(
                    f"layer {name!r} is a {type(first).__name__}, which has no stacked form: expected Linear, Conv2d, "
                    "ReLU, LayerNorm, BatchNorm1d, Dropout, MaxPool2d, Flatten, Unflatten or a transformer's"
                )
    return nn.Sequential(joined)


def snapshot(model: nn.Sequential) -> dict[str, torch.Tensor]:
    """Copy a stacked model's weights, named as in the parts' ``state_dict``, each (n_seeds, ...)."""
    return {
        f"{layer}.{name}": tensor.clone()
        for layer, module in model.named_children()
        for name, tensor in module.arrays().items()  # type: ignore[operator]
    }
