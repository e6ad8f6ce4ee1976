"""The nearest other reading: closed forms, a grid, another optimizer, captum's PGD; random directions by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.robust import PGD
from scipy import optimize
from torch import nn

from mnist_interp.methods import activations, adversarial


@pytest.fixture
def linear() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(20, 4).requires_grad_(False)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(6, 20, generator=torch.Generator().manual_seed(1)).round(decimals=1)


def network(n_inputs: int, seed: int = 2) -> nn.Sequential:
    torch.manual_seed(seed)
    made = nn.Sequential(nn.Linear(n_inputs, 12), nn.ReLU(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 4))
    with torch.no_grad():
        for weight in made.parameters():
            weight.mul_(3)
    return made.requires_grad_(False)


def reads(model: nn.Module, inputs: np.ndarray) -> np.ndarray:
    return activations.logits(model, torch.from_numpy(inputs.astype(np.float32))).argmax(1).numpy()


def test_of_a_linear_network_distances_are_the_closed_form(linear: nn.Linear, images: torch.Tensor) -> None:
    found = adversarial.nearest(linear, images, bounds=None)
    logits, weight = linear(images).numpy(), linear.weight.numpy()
    for row, own in enumerate(found.read):
        assert own == logits[row].argmax()
        for other in range(4):
            apart = np.linalg.norm(weight[own] - weight[other])
            expected = (logits[row, own] - logits[row, other]) / apart if other != own else np.inf
            assert found.distances[row, other] == pytest.approx(expected, rel=2e-3, abs=1e-3)
        assert found.distance[row] == found.distances[row, found.to[row]] == found.distances[row].min()


def test_within_bounds_a_linear_network_is_where_another_optimizer_has_it(
    linear: nn.Linear, images: torch.Tensor
) -> None:
    found, free = adversarial.nearest(linear, images), adversarial.nearest(linear, images, bounds=None)
    weight, bias = linear.weight.double().numpy(), linear.bias.double().numpy()
    checked = 0
    for row, own in enumerate(found.read):
        start = images[row].double().numpy()
        for other in set(range(4)) - {int(own)}:
            slope, lead = weight[other] - weight[own], bias[other] - bias[own]
            solved = optimize.minimize(
                lambda point, start=start: ((point - start) ** 2).sum(),
                start,
                jac=lambda point, start=start: 2 * (point - start),
                bounds=[(0, 1)] * 20,
                constraints={"type": "ineq", "fun": lambda point, s=slope, b=lead: s @ point + b},
                method="SLSQP",
            )
            if solved.success:
                checked += 1
                assert found.distances[row, other] == pytest.approx(np.sqrt(solved.fun), rel=5e-3, abs=1e-3)
    assert checked > 8
    assert (found.distance >= free.distance - 1e-4).all()
    assert (found.distance > 1.02 * free.distance).any(), "bounds matter"


def test_in_two_dimensions_nothing_on_a_grid_is_nearer() -> None:
    model = network(2)
    axis = np.linspace(0, 1, 401)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    read = reads(model, grid)
    assert len(np.unique(read)) > 1
    some = np.random.default_rng(0).random((40, 2)).astype(np.float32)
    found = adversarial.nearest(model, torch.from_numpy(some))
    for row, point in enumerate(some):
        expected = np.linalg.norm(grid - point, axis=1)[read != found.read[row]].min()
        assert expected - 0.005 < found.distance[row] < expected + 0.001


def test_the_reading_changes_just_beyond_and_not_before(images: torch.Tensor) -> None:
    model = network(20)
    found, start = adversarial.nearest(model, images), images.numpy()
    np.testing.assert_allclose(np.linalg.norm(found.change, axis=1), found.distance, rtol=1e-4)
    assert (start + found.change >= -1e-6).all()
    assert (start + found.change <= 1 + 1e-6).all()
    np.testing.assert_array_equal(reads(model, start + 1.002 * found.change), found.to)
    for share in (0.25, 0.5, 0.75, 0.99):
        np.testing.assert_array_equal(reads(model, start + share * found.change), found.read)


@pytest.mark.filterwarnings("ignore:Input Tensor:UserWarning")
def test_nothing_that_projected_gradients_find_is_nearer(images: torch.Tensor) -> None:
    model = network(20)
    found = adversarial.nearest(model, images)
    attack = PGD(model, nn.CrossEntropyLoss(reduction="none"), lower_bound=0, upper_bound=1)
    targets, reached = torch.from_numpy(found.read), np.full(len(images), np.inf)
    for radius in np.geomspace(0.02, 2, 25):
        for step in (0.01, 0.05):
            moved = attack.perturb(images, float(radius), step, 40, target=targets, norm="L2")
            lengths = np.where(reads(model, moved.numpy()) != found.read, (moved - images).norm(dim=1), np.inf)
            reached = np.minimum(reached, lengths)
    assert np.isfinite(reached).all()
    assert (found.distance <= reached + 1e-4).all()


def test_a_network_that_always_says_the_same_has_nothing_near(images: torch.Tensor) -> None:
    constant = nn.Linear(20, 3)
    with torch.no_grad():
        constant.weight.zero_()
        constant.bias.copy_(torch.tensor([1.0, 0.0, 0.0]))
    found = adversarial.nearest(constant, images)
    assert np.isinf(found.distances).all()
    assert not found.changes.any()
    assert np.isinf(adversarial.along(constant, images, np.eye(20)[:3], farthest=10)).all()


def test_along_a_line_the_first_crossing_is_the_closed_form(linear: nn.Linear, images: torch.Tensor) -> None:
    ways = np.random.default_rng(0).normal(size=(7, 20))
    found = adversarial.along(linear, images, ways, farthest=100, bounds=None)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    logits, slopes = linear(images).numpy(), ways @ linear.weight.numpy().T
    for row, way in np.ndindex(found.shape):
        own = logits[row].argmax()
        gaps, closing = logits[row, own] - logits[row], slopes[way] - slopes[way, own]
        lengths = np.divide(gaps, closing, out=np.full(4, np.inf), where=closing > 1e-9)
        expected = lengths.min() if lengths.min() < 100 else np.inf
        assert found[row, way] == pytest.approx(expected, rel=5e-3)
    assert np.isfinite(found).any()


def test_within_bounds_a_length_is_what_is_left_of_it(images: torch.Tensor) -> None:
    brightest = nn.Linear(20, 2)
    with torch.no_grad():
        brightest.weight.copy_(torch.stack([torch.zeros(20), torch.ones(20)]))
        brightest.bias.copy_(torch.tensor([0.0, -18.0]))
    found = adversarial.along(brightest, images, np.ones((1, 20)), farthest=50)
    for row, image in enumerate(images.numpy()):
        steps = np.linspace(0, 1, 100_001)
        total = np.minimum(image[:, None] + steps, 1).sum(0)
        reached = np.minimum(image + steps[np.argmax(total > 18)], 1)
        assert found[row, 0] == pytest.approx(np.linalg.norm(reached - image), rel=1e-2)


def test_what_is_out_of_bounds_is_refused(linear: nn.Linear, images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"inputs reach from .* to .*: expected within \(0.0, 1.0\)"):
        adversarial.nearest(linear, images * 3)
