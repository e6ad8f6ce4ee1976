"""Networks with maps, on their page against PyTorch by hand; and classes of networks, read off their forward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.own import contents, page
from mnist_interp.own.examples import Examples
from mnist_interp.own.operations import Operated
from tests.own.given import EVALUATE, Opened, by_hand, described, given, saying

if TYPE_CHECKING:
    from mnist_interp.bench.oracle import Lesion


def lived(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> nn.BatchNorm1d | nn.BatchNorm2d:
    """Give a BatchNorm statistics of its own."""
    for tensor in (norm.weight, norm.bias, norm.running_mean):
        assert tensor is not None
        nn.init.normal_(tensor)
    assert norm.running_var is not None
    nn.init.uniform_(norm.running_var, 0.5, 2)
    return norm


def networks() -> dict[str, tuple[nn.Sequential, Examples, list[str]]]:
    """Build networks with maps, their images, and the names of their layers."""
    torch.manual_seed(8)
    return {
        "strides": (
            nn.Sequential(
                *(nn.Conv2d(2, 5, (3, 2), stride=(2, 1), padding=(1, 0)), nn.GELU()),
                *(nn.Conv2d(5, 3, 2, padding="same", dilation=2), nn.Tanh(), nn.MaxPool2d(3, 2, 1)),
                *(nn.Flatten(), nn.Linear(3 * 2 * 2, 6), nn.LayerNorm(6), nn.ReLU(), nn.Dropout(), nn.Linear(6, 4)),
            ),
            given(2, 7, 5, classes=4),
            ["1", "4", "8"],
        ),
        "normed": (
            nn.Sequential(
                *(nn.Conv2d(1, 4, 3, bias=False), lived(nn.BatchNorm2d(4)), nn.ReLU()),
                *(nn.Conv2d(4, 9, 3, padding=1), nn.ReLU(), lived(nn.BatchNorm2d(9)), nn.MaxPool2d((2, 3))),
                *(nn.LayerNorm((9, 3, 2)), nn.Flatten(), nn.Linear(54, 7), nn.Tanh(), lived(nn.BatchNorm1d(7))),
                *(nn.Linear(7, 5), nn.LogSoftmax(1)),
            ),
            given(1, 8, 8, classes=5, shades=9),
            ["2", "7", "11"],
        ),
        "rows": (
            nn.Sequential(nn.Linear(6, 5), nn.ReLU(), lived(nn.BatchNorm1d(5)), nn.Linear(5, 3)),
            given(6, classes=3),
            ["2"],
        ),
    }


def asked_of(units: dict[str, int]) -> list[Lesion]:
    """List lesions of one unit and of several, in one layer and in all, at doses, and at means."""
    singles: list[Lesion] = [
        {},
        *({name: {str(count - 1): dose}} for name, count in units.items() for dose in (0, "mean")),
    ]
    return [*singles, {name: {"0": 2.5, "1": 0} for name in units}, {list(units)[-1]: {"0": 0, "2": "mean", "1": 0.3}}]


@pytest.mark.parametrize("name", networks())
def test_lesions_as_torch_computes_them(opened: Callable[[str], Opened], name: str) -> None:
    model, images, ends = networks()[name]
    known = described(saying(model), images)
    assert isinstance(known, Operated)
    assert list(known.network.units) == ends
    found = opened(page.bench(model, images, name="mine.pt"))
    batch, means = torch.from_numpy(images.images), dict[str, torch.Tensor]()
    by_hand(model, batch, {}, means)
    lesions, seen = asked_of(known.network.units), set()
    for lesion, got in zip(lesions, found.page.evaluate(EVALUATE, lesions), strict=True):
        read = by_hand(model, batch, lesion, means).argmax(1).numpy()
        assert got["accuracy"] == (read == images.labels).mean(), lesion
        seen.add(got["accuracy"])
    assert len(seen) > len(lesions) // 2
    checked = found.page.evaluate("lesionBench.parts.parity.check()")
    assert checked["untouched"]
    assert checked["worst"] <= 1
    assert checked["lesions"] > 20
    assert found.said == []


class Ordinary(nn.Module):
    """Written as most are: functions between modules, one pooling module in two places."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 6, 3)
        self.pool, self.three, self.four = nn.MaxPool2d(2), nn.Linear(24, 8), nn.Linear(8, 4)

    def forward(
        self, x: torch.Tensor, lesion: Callable[[str, torch.Tensor], torch.Tensor] | None = None
    ) -> torch.Tensor:
        at = lesion or (lambda name, value: value)
        x = at("pool#1", self.pool(F.relu(self.one(x))))
        x = at("pool#2", self.pool(torch.tanh(self.two(x))))
        x = F.dropout(torch.flatten(x, 1), training=self.training)
        return F.log_softmax(self.four(F.gelu(at("three", self.three(x.view(x.size(0), -1))))), dim=1)


def test_a_class_with_functions(opened: Callable[[str], Opened]) -> None:
    torch.manual_seed(2)
    model, images = Ordinary().eval(), given(1, 12, 12, classes=4)
    for module in (model.one, model.two, model.three, model.four):
        nn.init.normal_(module.weight)
    found = opened(page.bench(model, images, name="mine.pt"))
    names = found.page.eval_on_selector_all(".lb-layer", "all => all.map(one => one.dataset.name)")
    assert names == ["three", "pool#2", "pool#1"]
    assert "behind three is a function, which has no name, so lesions act before it" in found.page.inner_text("main")
    lesions: list[Lesion] = [{"pool#1": {"3": 0}}, {"pool#2": {"5": 0}}, {"three": {"7": 0}}, {"three": {"1": 2}}]
    seen = set()
    for lesion, got in zip(lesions, found.page.evaluate(EVALUATE, lesions), strict=True):
        ((layer, ((unit, dose),)),) = ((name, list(doses.items())) for name, doses in lesion.items())

        def act(
            name: str, value: torch.Tensor, layer: str = layer, unit: str = unit, dose: float | str = dose
        ) -> torch.Tensor:
            changed = value.clone()
            if name == layer:
                changed[:, int(unit)] *= dose
            return changed

        with torch.no_grad():
            read = model(torch.from_numpy(images.images), act).argmax(1).numpy()
        assert got["accuracy"] == (read == images.labels).mean(), lesion
        seen.add(got["accuracy"])
    assert len(seen) > 2


@pytest.mark.parametrize(
    "module", [nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 3, padding_mode="circular", padding=1), nn.AvgPool2d(2)]
)
def test_what_operations_do_not_know_is_left_to_others(module: nn.Module) -> None:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), module, nn.Flatten(), nn.LazyLinear(6), nn.ReLU(), nn.Linear(6, 3)
    )
    images = given(1, 8, 8, classes=3)
    model(torch.from_numpy(images.images[:2]))
    assert described(model.eval(), images) is None


def test_images_of_one_map_in_any_shape() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(2 * 4 * 4, 3))
    for shape in ((36,), (6, 6), (1, 6, 6)):
        assert contents._shape(model, given(*shape, classes=3)) == (1, 6, 6)
    with pytest.raises(ValueError, match="does not take images of shape"):
        contents._shape(model, given(2, 6, 6, classes=3))


def test_so_many_images_that_a_lesion_takes_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    model, images, _ = networks()["normed"]
    monkeypatch.setattr(contents, "_MOST_KEPT", 10_000)
    made = contents.of(saying(model), images)
    assert 1 < len(made.shown.labels) < len(images.labels)
    np.testing.assert_array_equal(made.shown.labels, images.labels[:: -(-len(images.labels) // len(made.shown.labels))])
    assert f"it uses {len(made.shown.labels)} of the {len(images.labels)} images" in made.said
