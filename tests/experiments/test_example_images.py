"""Specimens: each kind is what it says, on two small networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import example_images


class _Power(torch.nn.Module):
    """Pixels raised to a power."""

    def __init__(self, power: float) -> None:
        super().__init__()
        self.power = power

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x**self.power


class _Run:
    """A network that reads well enough: nearest class mean, by pixels raised to a power."""

    def __init__(self, power: float) -> None:
        digits = mnist.load("train")
        few = mnist.sample("train", 200)
        pixels, labels = digits.pixels[few] ** power, digits.targets[few]
        means = torch.stack([pixels[labels == digit].mean(0) for digit in range(10)])
        self.power = power
        self.linear = torch.nn.Linear(784, 10).requires_grad_(False)
        self.linear.weight.copy_(2 * means)
        self.linear.bias.copy_(-means.square().sum(1))

    def model(self) -> torch.nn.Module:
        return torch.nn.Sequential(_Power(self.power), self.linear)


@pytest.fixture(scope="module")
def runs() -> tuple[_Run, _Run]:
    return _Run(1.0), _Run(0.5)


def test_each_kind_is_what_it_says(runs: tuple[_Run, _Run]) -> None:
    first, second = (example_images.margins(run) for run in runs)
    labels = mnist.load("test").labels
    read = runs[0].model()(mnist.load("test").pixels).argmax(1).numpy()
    assert np.array_equal(first > 0, read == labels)
    found = example_images.choose(*runs, each=4)
    assert found.groupby("kind").size().to_dict() == dict.fromkeys(example_images.KINDS, 4)
    for row in found.itertuples():
        right = {"mlp": first[row.image] > 0, "cnn": second[row.image] > 0}
        expected = {"misread by the MLP alone": (False, True), "misread by the CNN alone": (True, False)}
        assert (right["mlp"], right["cnn"]) == expected.get(row.kind, (True, True))
        assert row.label == labels[row.image]
        assert (row.mlp == row.label) == right["mlp"]
    typical = found[found["kind"] == "typical"]["label"].tolist()
    assert typical == sorted(set(typical))
    odd = found[found["kind"] == "odd"]["image"]
    assert np.median(first[odd]) < np.median(first[first > 0])
