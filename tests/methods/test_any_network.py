"""Instruments on any network, against a loop over images that hooks the real forward pass; and what is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from mnist_interp.methods import ablation, activations, attribution, interventions, network
from mnist_interp.methods.hooked_layer import HookedLayer
from tests.methods.modules import MODULES, N_CLASSES, Convolutions, Functional, Notebooks, made

LAYERS = [(name, layer) for name, (_, _, layers, _) in MODULES.items() for layer in layers]
SEED, DOSES = 3, (0, 0.5, 1, 3)


def entry(output: Any, name: str | int | None) -> torch.Tensor:
    return output if name is None else output[name]


def naive(
    name: str, model: nn.Module, image: torch.Tensor, layer: str, change: Callable[[torch.Tensor], torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return what a layer puts out for one image, and the logits after a change of it, by a hook of this test's own."""
    model = copy.deepcopy(model).eval()
    module_name, _, use = layer.partition("#")
    seen: list[torch.Tensor] = []

    def hook(module: nn.Module, inputs: Any, output: Any) -> Any:
        value = output[0] if isinstance(output, tuple) else output
        seen.append(value.detach().clone())
        if use and len(seen) != int(use):
            return None
        changed = change(value.detach().clone())
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    model.get_submodule(module_name).register_forward_hook(hook)
    with torch.no_grad():
        said = entry(model(image[None].to(next(model.parameters()).dtype)), MODULES[name][3])
    return seen[int(use or 1) - 1][0], said[0]


def unit_axis(value: torch.Tensor) -> int:
    """Return the axis of units in what a layer puts out for one image: tokens have their features last."""
    return value.dim() - 1 if value.dim() == 2 else 0


def put(value: torch.Tensor, unit: int, instead: torch.Tensor | float) -> torch.Tensor:
    batch = value[0]
    batch.select(unit_axis(batch), unit).copy_(torch.as_tensor(instead))
    return value


@pytest.fixture(params=LAYERS, ids=[f"{name}, {layer}" for name, layer in LAYERS])
def case(request: pytest.FixtureRequest) -> tuple[str, str, nn.Module, torch.Tensor, torch.Tensor]:
    name, layer = request.param
    return name, layer, *made(name)


def recorded(name: str, layer: str, model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    return torch.stack([naive(name, model, image, layer, lambda value: value)[0] for image in images])


def test_record_is_the_loop(case) -> None:
    name, layer, model, images, _ = case
    found = activations.record(model, images, [layer])[layer]
    torch.testing.assert_close(found, recorded(name, layer, model, images), rtol=1e-4, atol=1e-5)


def right(said: list[torch.Tensor], labels: torch.Tensor) -> np.ndarray:
    """Return accuracy by class, not a number for a class without images."""
    read = torch.stack(said).argmax(1)
    return np.array([(read == labels)[labels == c].double().mean().item() for c in range(N_CLASSES)])


def test_ablate_is_the_loop(case) -> None:
    name, layer, model, images, labels = case
    train = torch.randn(40, *images.shape[1:], generator=torch.Generator().manual_seed(8))
    values, fitted = recorded(name, layer, model, images), recorded(name, layer, model, train)
    axis = unit_axis(values[0])
    mean, partner = fitted.mean(0), ablation.partners(len(images), seed=SEED)
    found = interventions.ablate(
        model,
        images,
        labels,
        layer=layer,
        references=["zero", "mean", "resample"],
        training=(train, torch.zeros(40, dtype=torch.int64)),
        seed=SEED,
        logits=MODULES[name][3],
    )
    assert found.sizes["unit"] == values.shape[1 + axis]
    for unit in found["unit"].to_numpy()[:4]:
        for reference in ("zero", "mean", "resample"):
            said = []
            for i, image in enumerate(images):
                instead = {
                    "zero": torch.zeros(()),
                    "mean": mean.select(axis, unit),
                    "resample": values[partner[i]].select(axis, unit),
                }[reference]
                said.append(naive(name, model, image, layer, lambda v, x=instead, u=unit: put(v, u, x))[1])
            one = found.sel(reference=reference, unit=unit)
            np.testing.assert_allclose(one["accuracy"], right(said, labels), atol=1e-9)
            overall = (torch.stack(said).argmax(1) == labels).double().mean().item()
            assert one["overall"].item() == pytest.approx(overall)
    plain = [naive(name, model, image, layer, lambda value: value)[1] for image in images]
    np.testing.assert_allclose(found["untouched"], right(plain, labels), atol=1e-9)
    assert np.isnan(found["untouched"][-1]), "a class without images"


def test_dose_response_is_the_loop(case) -> None:
    name, layer, model, images, labels = case
    found = interventions.dose_response(model, images, labels, layer=layer, doses=DOSES, logits=MODULES[name][3])
    axis = unit_axis(recorded(name, layer, model, images[:1])[0])
    for unit in found["unit"].to_numpy()[:3]:
        for dose in DOSES:
            said = [
                naive(name, model, one, layer, lambda v, u=unit, d=dose: put(v, u, d * v[0].select(axis, u)))[1]
                for one in images
            ]
            one = found.sel(unit=unit, dose=dose)
            np.testing.assert_allclose(one["accuracy"], right(said, labels), atol=1e-9)
            np.testing.assert_allclose(one["logits"], torch.stack(said).mean(0), atol=1e-4)


def sequence() -> nn.Sequential:
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(3, 5, 3, stride=2, padding=1, dilation=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(5 * 9, 8),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(8, N_CLASSES),
    )


@pytest.mark.parametrize("layer", ["1", "3", "6"])
def test_the_fast_way_is_the_general_one(layer: str) -> None:
    model = sequence()
    assert interventions.is_plain(model, layer)
    generator = torch.Generator().manual_seed(1)
    images, train = torch.randn(70, 1, 6, 6, generator=generator), torch.randn(90, 1, 6, 6, generator=generator)
    labels, learned = (torch.randint(0, N_CLASSES, (len(one),), generator=generator) for one in (images, train))
    every = {"layer": layer, "references": ["zero", "mean", "optimal", "resample", "refit"]}
    fast = interventions.ablate(model, images, labels, training=(train, learned), **every)
    model[1].register_forward_hook(lambda module, inputs, output: None)
    assert not interventions.is_plain(model, layer)
    general = interventions.ablate(model, images, labels, training=(train, learned), **every)
    np.testing.assert_allclose(fast["overall"], general["overall"], atol=1.01 / len(images))
    np.testing.assert_allclose(fast["untouched"], general["untouched"])


def test_an_in_place_relu_behind_the_layer_is_seen() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Identity(), nn.Linear(4, 5), nn.ReLU(inplace=True), nn.Linear(5, 2))
    assert not interventions.is_plain(model, "1")


WRAPPED: dict[str, Callable[[nn.Module], nn.Module]] = {
    "torch.compile": torch.compile,
    "DataParallel": nn.DataParallel,
    "training mode": lambda model: model.train(),
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED.keys())
def test_what_a_network_is_wrapped_in_changes_nothing(wrap: Callable[[nn.Module], nn.Module]) -> None:
    model, images, labels = made("GELU and a residual connection")
    expected = interventions.ablate(model.eval(), images, labels, layer="act")
    wrapped = wrap(model)
    modes = [module.training for module in model.modules()]
    found = interventions.ablate(wrapped, images, labels, layer="act")
    np.testing.assert_array_equal(found["accuracy"], expected["accuracy"])
    assert [module.training for module in model.modules()] == modes
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float64])
def test_images_follow_the_networks_precision(precision: torch.dtype) -> None:
    model, images, labels = made("the notebooks' class")
    expected = interventions.ablate(model, images, labels, layer="relu#2")
    found = interventions.ablate(model.to(precision), images, labels, layer="relu#2")
    assert np.nanmax(np.abs(found["overall"] - expected["overall"])) <= (0.0 if precision == torch.float64 else 0.05)


@pytest.mark.parametrize("default", ["float64", "meta", "no gradients"])
def test_global_defaults_change_nothing(default: str) -> None:
    model, images, labels = made("the notebooks' class")
    train = images.flip(0), labels.flip(0)
    wanted = {"layer": "fc1", "references": ["zero", "mean", "optimal", "resample", "refit"], "training": train}
    expected = interventions.ablate(model, images, labels, **wanted)
    try:
        torch.set_default_dtype(torch.float64 if default == "float64" else torch.float32)
        torch.set_default_device("meta" if default == "meta" else "cpu")
        torch.set_grad_enabled(default != "no gradients")
        found = interventions.ablate(model, images, labels, **wanted)
        assert torch.is_grad_enabled() == (default != "no gradients")
        assert torch.get_default_dtype() == (torch.float64 if default == "float64" else torch.float32)
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
        torch.set_grad_enabled(True)
    np.testing.assert_array_equal(found["accuracy"], expected["accuracy"])


def test_arrays_and_lists_are_taken_as_tensors_are() -> None:
    model, images, labels = made("strided and grouped convolutions")
    expected = interventions.ablate(model, images, labels, layer="relu1")
    found = interventions.ablate(model, images.numpy(), labels.tolist(), layer="relu1")
    np.testing.assert_array_equal(found["accuracy"], expected["accuracy"])


def test_recorded_values_are_those_before_an_in_place_relu() -> None:
    model = Functional()
    values = activations.record(model, torch.randn(9, 20, generator=torch.Generator().manual_seed(0)), ["fc1"])["fc1"]
    assert (values < 0).any()
    gradients = activations.gradients(Convolutions(), torch.randn(9, 1, 6, 6), ["conv1"], torch.sum)
    assert (gradients.activations["conv1"] < 0).any()
    assert (gradients.gradients["conv1"][gradients.activations["conv1"] < 0] == 0).all(), "the ReLU lets none through"


def broken(value: float) -> nn.Module:
    model = Notebooks()
    with torch.no_grad():
        model.fc2.weight[1, 2] = value
    return model


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "weights": ({"model": broken(float("nan"))}, r"weights 'fc2.weight' are not all finite"),
    "infinite weights": ({"model": broken(float("inf"))}, r"weights 'fc2.weight' are not all finite"),
    "images": ({"images": torch.full((5, 20), torch.nan)}, r"activations of 'fc1' are not all finite"),
    "a layer": (
        {"layer": "fc9"},
        r"unknown layer 'fc9': this model has fc1, fc2, out, relu; functions .* have no name",
    ),
    "a layer used twice": ({"layer": "relu"}, r"'relu' is used more than once a pass: name the use, such as 'relu#1'"),
    "a third use": ({"layer": "relu#3"}, r"'relu#3' has no part in the forward pass"),
    "a reference": ({"references": ["nought"]}, r"unknown reference 'nought': expected some of zero, mean"),
    "a missing training set": ({"references": ["mean"]}, r"'mean' is fitted on training images"),
    "training images alone": ({"training": torch.ones(2, 20)}, r"training is a Tensor: expected a pair, training="),
    "training of three": (
        {"training": (1, 2, 3)},
        r"training is a tuple: expected a pair, training=\(images, labels\)",
    ),
    "an axis": ({"axis": 0}, r"axis 0 of \(5, 7\): expected that of units, from 1 to 1"),
    "an axis that is not there": ({"axis": 2}, r"axis 2 of \(5, 7\)"),
    "a unit": ({"units": [7]}, r"no unit 7: this layer has units 0 to 6"),
    "a unit twice": ({"units": [2, 1, 2]}, r"unit 2 is named twice"),
    "bytes": ({"images": torch.ones(5, 20, dtype=torch.uint8)}, r"images are torch.uint8: .* divided by 255"),
    "labels": ({"labels": [0, 1, 2]}, r"labels have shape \(3,\), and there are 5 images"),
    "a label": ({"labels": [0, 1, 2, 3, 4]}, r"labels from 0 to 4, and 4 logits"),
    "labels that are no numbers": ({"labels": list("abcde")}, r"expected integers from 0 on"),
    "several outputs": ({"model": made("a dictionary of outputs")[0], "layer": "head"}, r"puts out 'hidden', 'scores'"),
    "no logits": (
        {"model": nn.Sequential(nn.Linear(20, 3), nn.Unflatten(1, (3, 1))), "layer": "0"},
        r"expected logits",
    ),
}


@pytest.mark.parametrize(("given", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_in_one_sentence(given: dict[str, Any], said: str) -> None:
    plain = {"model": Notebooks(), "images": torch.ones(5, 20), "labels": [0, 1, 2, 3, 0], "layer": "fc1"}
    wanted = {**plain, **given}
    model, images, labels = (wanted.pop(name) for name in ("model", "images", "labels"))
    with pytest.raises(ValueError, match=said) as caught:
        interventions.ablate(model, images, labels, **wanted)
    assert "\n" not in str(caught.value)
    assert not any(module._forward_hooks for module in model.modules())


def test_one_name_is_taken_as_a_list_of_one() -> None:
    model, images, labels = made("the notebooks' class")
    one, listed = (interventions.ablate(model, images, labels, layer="fc1", references=r) for r in ("zero", ["zero"]))
    assert one.identical(listed)
    assert activations.record(model, images, "fc1").keys() == {"fc1"}
    assert activations.record_per_unit(model, images, "fc1")["fc1"].shape == (len(images), 7)


@pytest.mark.parametrize("layer", ["embed", "mlp"])
def test_ablate_and_attribute_mean_the_same_unit_of_tokens(layer: str) -> None:
    model, images, labels = made("an attention block")
    alone = copy.deepcopy(model)
    with torch.no_grad():  # of the layer's six units only number 4 follows the image
        linear = alone.get_submodule(layer)
        linear.weight[[0, 1, 2, 3, 5]] = 0
        linear.weight[4] *= 20
    swapped = interventions.ablate(alone, images, labels, layer=layer, references="resample", logits=0)
    untouched = (activations.logits(alone, images, 0).argmax(1) == labels).double().mean().item()
    changed = np.abs(swapped["overall"].sel(reference="resample") - untouched) > 1e-9
    assert changed.to_numpy().tolist() == [False, False, False, False, True, False]
    slopes = [attribution.attribute(alone, images, layer=layer, unit=k, method="input weights") for k in range(6)]
    assert [bool(slope.any()) for slope in slopes] == [False, False, False, False, True, False]
    values = activations.record(model, images, [layer])[layer]
    gained = values.mean(1)[:, 4] - activations.record(model, images * 0, [layer])[layer].mean(1)[:, 4]
    shares = attribution.attribute(model, images, layer=layer, unit=4, steps=300)
    np.testing.assert_allclose(shares.sum(1), gained, atol=0.02)
    hooked = HookedLayer(model, layer, images, labels, logits=0)
    torch.testing.assert_close(hooked.values.mean(2), activations.per_unit(values))


def test_units_of_maps_are_channels_and_an_axis_can_be_told() -> None:
    assert activations.unit_axis(torch.zeros(2, 3, 4, 5)) == activations.unit_axis(torch.zeros(2, 3)) == 1
    tokens = torch.rand(2, 3, 4)
    assert (activations.unit_axis(tokens), activations.unit_axis(tokens, -2)) == (2, 1)
    torch.testing.assert_close(activations.per_unit(tokens, maps="max"), tokens.amax(1))
    torch.testing.assert_close(activations.per_unit(tokens, axis=1), tokens.mean(2))
    sequence = nn.Sequential(nn.Unflatten(1, (1, 20)), nn.Conv1d(1, 3, 5), nn.Flatten(), nn.Linear(48, N_CLASSES))
    images = torch.rand(7, 20, generator=torch.Generator().manual_seed(4))
    found = attribution.attribute(sequence, images, layer="1", unit=2, method="input weights", axis=1)
    kernel = sequence[1].weight.detach()[2, 0].numpy()
    np.testing.assert_allclose(found, np.tile(np.convolve(kernel, np.ones(16)) / 16, (7, 1)), atol=1e-6)


def test_a_reference_of_another_width_is_refused() -> None:
    stage = ablation.stage(sequence().eval(), "6", torch.randn(9, 1, 6, 6), np.zeros(9, int))
    with pytest.raises(ValueError, match=r"the reference has shape \(7,\): expected \(8,\), or one an image"):
        ablation.intervene(stage, [0], torch.zeros(7))


def test_layers_are_named_inside_of_wrappers() -> None:
    model = nn.DataParallel(Notebooks())
    assert network.layer_names(model) == ["fc1", "fc2", "out", "relu"]
