"""Networks of many makes, in little: what instruments must cope with."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

N_CLASSES = 4


class Notebooks(nn.Module):
    """As the published notebooks write it: own attributes, the ReLU one module used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.out = nn.Linear(20, 7), nn.Linear(7, 5), nn.Linear(5, N_CLASSES)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.relu(self.fc2(self.relu(self.fc1(x)))))


class Functional(nn.Module):
    """ReLUs that are functions, one of them in place, and no biases."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(20, 6, bias=False), nn.Linear(6, N_CLASSES, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.relu_(self.fc1(x)))


class Residual(nn.Module):
    """GELU, a residual connection, dropout and batch statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.norm, self.act = nn.Linear(20, 20), nn.BatchNorm1d(20), nn.GELU()
        self.drop, self.out = nn.Dropout(0.5), nn.Linear(20, N_CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.drop(x + self.act(self.norm(self.fc1(x)))))


class Convolutions(nn.Module):
    """A strided convolution, one in groups that pads in circles, and an in-place ReLU behind each."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, stride=2, padding=1)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4, 6, 3, groups=2, padding=1, padding_mode="circular")
        self.relu2 = nn.ReLU(inplace=True)
        self.out = nn.Linear(6 * 9, N_CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.relu2(self.conv2(self.relu1(self.conv1(x)))).flatten(1))


class Attention(nn.Module):
    """A small attention block over five tokens of four numbers; it returns a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.attention = nn.Linear(4, 6), nn.MultiheadAttention(6, 2, batch_first=True)
        self.mlp, self.out = nn.Linear(6, 6), nn.Linear(6, N_CLASSES)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = self.embed(x.unflatten(1, (5, 4)))
        mixed, weights = self.attention(tokens, tokens, tokens)
        tokens = tokens + mixed
        return self.out((tokens + self.mlp(tokens).relu()).mean(1)), weights


class Named(nn.Module):
    """A dictionary of outputs, one of which is the logits; double precision."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 6), nn.Tanh())
        self.head = nn.Linear(6, N_CLASSES)
        self.double()

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        hidden = self.body(x)
        return {"hidden": hidden, "scores": self.head(hidden)}


# By name: the module, the shape of an image, layers to take units from, and which entry of its output the logits are.
MODULES: dict[str, tuple[type[nn.Module], tuple[int, ...], tuple[str, ...], str | int | None]] = {
    "the notebooks' class": (Notebooks, (20,), ("fc1", "relu#1", "relu#2"), None),
    "functional and in-place ReLUs": (Functional, (20,), ("fc1",), None),
    "GELU and a residual connection": (Residual, (20,), ("act", "norm"), None),
    "strided and grouped convolutions": (Convolutions, (1, 6, 6), ("conv1", "relu1", "relu2"), None),
    "an attention block": (Attention, (20,), ("embed", "attention", "mlp"), 0),
    "a dictionary of outputs": (Named, (20,), ("body.1", "body"), "scores"),
}


def made(name: str) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """Return a module of `MODULES`, with images and labels of which one class is absent."""
    torch.manual_seed(11)
    kind, shape, _, _ = MODULES[name]
    model = kind()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    generator = torch.Generator().manual_seed(5)
    images = torch.randn(61, *shape, generator=generator)
    return model, images, torch.randint(0, N_CLASSES - 1, (61,), generator=generator)
