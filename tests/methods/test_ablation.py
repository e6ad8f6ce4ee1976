"""Interventions: against the naive loop over images, closed forms, the theorem, and published figures."""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import nn

from mnist_interp import training
from mnist_interp.data import mnist, published
from mnist_interp.experiments import recordings
from mnist_interp.methods import ablation, bias_refit, evaluate
from mnist_interp.methods.ablation import Stage
from mnist_interp.training import models, registry
from mnist_interp.training.recipe import Recipe

PIXELS, LABELS = mnist.load("test").pixels, mnist.load("test").labels
FEW = mnist.sample("test", 20)
WIDTHS = {"relu1": 32, "relu2": 16}


@pytest.fixture(scope="module")
def model() -> nn.Sequential:
    """Return an untrained network with weights large enough for lesions to show."""
    torch.manual_seed(3)
    built = models.mlp().eval().requires_grad_(False)
    for parameter in built.parameters():
        parameter *= 2
    return built


@pytest.fixture(scope="module", params=["relu1", "relu2"])
def layer(request: pytest.FixtureRequest) -> str:
    return request.param


def staged(model: nn.Sequential, layer: str) -> Stage:
    return ablation.stage(model, layer, PIXELS[FEW], LABELS[FEW])


def naive(
    model: nn.Sequential, layer: str, image: torch.Tensor, unit: int, value: float, factor: float
) -> torch.Tensor:
    """Send one image through, with a hook that sets a unit to ``value + factor * activation``."""

    def lesion(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        output = output.clone()
        output[:, unit] = value + factor * output[:, unit]
        return output

    handle = getattr(model, layer).register_forward_hook(lesion)
    try:
        with torch.no_grad():
            return model(image[None])[0]
    finally:
        handle.remove()


@pytest.mark.parametrize(("value", "factor"), [(0.0, 0.0), (1.7, 0.0), (0.0, 0.35), (0.0, 3.0)])
def test_an_intervention_is_the_loop_over_images(model: nn.Sequential, layer: str, value: float, factor: float) -> None:
    stage = staged(model, layer)
    for unit in (0, 5, WIDTHS[layer] - 1):
        found = ablation.intervene(stage, [unit], value + ablation.scale(stage, factor))
        expected = torch.stack([naive(model, layer, image, unit, value, factor) for image in PIXELS[FEW]])
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_sets_of_units_are_the_network_without_their_weights(model: nn.Sequential, layer: str) -> None:
    stage = staged(model, layer)
    units = [1, 4, 9]
    reader = {"relu1": "linear2", "relu2": "output"}[layer]
    cut = models.mlp().eval().requires_grad_(False)
    cut.load_state_dict(model.state_dict())
    getattr(cut, reader).weight[:, units] = 0
    found = ablation.intervene(stage, units, ablation.zero(stage))
    torch.testing.assert_close(found, cut(PIXELS[FEW]), rtol=1e-4, atol=1e-5)


def test_no_unit_and_a_factor_of_one_change_nothing(model: nn.Sequential, layer: str) -> None:
    stage = staged(model, layer)
    for units in ([], range(stage.n_units)):
        found = ablation.intervene(stage, list(units), ablation.scale(stage, 1.0))
        torch.testing.assert_close(found, model(PIXELS[FEW]), rtol=1e-4, atol=1e-5)


def test_sweep_each_pairs_and_cumulative_agree_with_single_interventions(model: nn.Sequential, layer: str) -> None:
    stage = staged(model, layer)
    zero = ablation.zero(stage)

    def counts(units: list[int], replacement: torch.Tensor) -> np.ndarray:
        return evaluate.confusion(ablation.intervene(stage, units, replacement), stage.labels)

    swept, logits = ablation.sweep(stage, (0.0, 1.0, 2.5))
    each, pairs = ablation.each_unit(stage, zero), ablation.pairs(stage, zero)
    for unit in range(stage.n_units):
        np.testing.assert_array_equal(each[unit], counts([unit], zero))
        np.testing.assert_array_equal(swept[unit, 0], each[unit])
        np.testing.assert_array_equal(pairs[unit, unit], each[unit])
        expected = ablation.intervene(stage, [unit], ablation.scale(stage, 2.5))
        np.testing.assert_array_equal(swept[unit, 2], evaluate.confusion(expected, stage.labels))
        np.testing.assert_allclose(logits[unit, 2], expected.mean(0), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(pairs[2, 7], counts([2, 7], zero))
    np.testing.assert_array_equal(pairs, pairs.swapaxes(0, 1))
    order = np.arange(stage.n_units)[::-1]
    track = ablation.cumulative(stage, order[None], zero)[0]
    for gone in (0, 1, 3, stage.n_units):
        expected = counts(order[:gone].tolist(), zero)
        assert track[gone] == pytest.approx(np.trace(expected) / len(FEW))


def test_resampling_keeps_each_units_values_and_gives_no_image_its_own(model: nn.Sequential, layer: str) -> None:
    stage = ablation.stage(model, layer, PIXELS, LABELS)
    found = ablation.resample(stage, seed=1)
    torch.testing.assert_close(found.sort(0).values, stage.values.sort(0).values)
    assert (found == stage.values).all(1).float().mean() < 0.01
    assert torch.equal(found, ablation.resample(stage, seed=1))
    assert not torch.equal(found, ablation.resample(stage, seed=2))


def test_accuracies_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, recall_score

    logits = torch.randn(500, 10, generator=torch.Generator().manual_seed(0))
    labels = np.arange(500) % 10
    counts = evaluate.confusion(logits, labels)
    read = logits.argmax(1).numpy()
    np.testing.assert_array_equal(counts, confusion_matrix(labels, read))
    found = evaluate.accuracies(counts)
    assert found[0] == pytest.approx(accuracy_score(labels, read))
    np.testing.assert_allclose(found[1:], recall_score(labels, read, average=None))


def test_refitted_biases_are_those_of_a_general_optimizer() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 10, (2_000,), generator=generator).numpy()
    logits = torch.randn(2_000, 10, generator=generator) + 2 * torch.eye(10)[labels] + 3 * torch.arange(10) / 10

    def loss(bias: np.ndarray) -> float:
        return float(nn.functional.cross_entropy(logits.double() + torch.from_numpy(bias), torch.from_numpy(labels)))

    found = bias_refit.output_biases(logits, labels).double().numpy()
    assert found.sum() == pytest.approx(0, abs=1e-5)
    expected = minimize(loss, np.zeros(10), method="BFGS", options={"gtol": 1e-7}).x
    np.testing.assert_allclose(found, expected - expected.mean(), atol=1e-3)
    np.testing.assert_allclose(bias_refit.output_biases(logits + torch.from_numpy(found).float(), labels), 0, atol=1e-4)


def test_refitting_undoes_any_constant_in_the_last_layer(model: nn.Sequential) -> None:
    stage = staged(model, "relu2")
    logits = [ablation.intervene(stage, [3], torch.full((16,), value)) for value in (0.0, 4.0)]
    refitted = [one + bias_refit.output_biases(one, stage.labels) for one in logits]
    centered = [one - one.mean(1, keepdim=True) for one in refitted]
    torch.testing.assert_close(*centered, rtol=0, atol=2e-3)


def test_attribution_adds_up_to_the_centered_logits(model: nn.Sequential) -> None:
    stage = staged(model, "relu2")
    bias = stage.linear.bias
    found = ablation.direct_logit_attribution(stage).sum(1) + bias - bias.mean()
    logits = model(PIXELS[FEW])
    torch.testing.assert_close(found, logits - logits.mean(1, keepdim=True), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="last hidden layer"):
        ablation.direct_logit_attribution(staged(model, "relu1"))


def test_the_theorem_on_turning_up(model: nn.Sequential) -> None:
    stage = ablation.stage(model, "relu2", PIXELS, LABELS)
    factors = np.linspace(0, 3, 31)
    counts, _ = ablation.sweep(stage, factors)
    top = stage.linear.weight.argmax(0).numpy()
    for unit in range(16):
        right = counts[unit, :, top[unit], top[unit]]
        assert (np.diff(right) >= 0).all()
        assert (np.diff(counts[unit, :, :, top[unit]].sum(1)) >= 0).all()
    others = np.diff(counts.diagonal(axis1=2, axis2=3), axis=1) < 0
    assert others.any(), "no digit ever falls: this network could not have told a wrong theorem"


def test_synergy_of_costs_that_add_up_is_zero() -> None:
    alone = np.array([0.1, 0.02, 0.0, 0.3])
    both = alone[:, None] + alone
    both[np.arange(4), np.arange(4)] = alone
    both[0, 2] = both[2, 0] = 0.15
    found = ablation.synergy(np.float64(0.9), 0.9 - both)
    expected = np.zeros((4, 4))
    expected[0, 2] = expected[2, 0] = 0.05
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_bad_input_is_refused(model: nn.Sequential) -> None:
    with pytest.raises(ValueError, match="no unit 16: this layer has units 0 to 15"):
        ablation.intervene(staged(model, "relu2"), [16], torch.zeros(16))
    with pytest.raises(ValueError, match="unknown layer 'relu3'"):
        staged(model, "relu3")
    with pytest.raises(ValueError, match="followed by ReLU"):
        staged(model, "linear1")
    normed = models.mlp(norms=("layer-after", "none")).eval().requires_grad_(False)
    with pytest.raises(ValueError, match="followed by LayerNorm"):
        staged(normed, "relu1")


def test_the_published_table_of_neuron_14_was_computed_on_bytes() -> None:
    run = training.run(Recipe(order="dataloader"), registry.PROTAGONIST)
    table = published.figure("neuron14_scaling")
    for name, stage in {
        "bytes": ablation.stage(run.model(), "relu2", (255 * PIXELS).round(), LABELS),
        "pixels": recordings.stage(run, "relu2"),
    }.items():
        apart = []
        for digit in (7, 9):
            for factor, percent in table[f"class{digit}"].items():
                logits = ablation.intervene(stage, [14], ablation.scale(stage, float(factor)))
                accuracy = evaluate.accuracies(evaluate.confusion(logits, LABELS))[digit + 1]
                apart.append(abs(100 * accuracy - percent))
        assert max(apart) < 0.25 if name == "bytes" else max(apart) > 5  # two images of a thousand


def test_a_sweep_is_500_times_faster_than_image_by_image(
    model: nn.Sequential, capsys: pytest.CaptureFixture[str]
) -> None:
    """16 neurons, 30 scales, 10,000 images: ours whole, the naive loop on 400 images at one scale and scaled up."""
    torch.set_num_threads(1)
    n_units, n_factors, n_sample = 16, 30, 400
    ours, loop = [], []
    for _ in range(3):
        started = time.perf_counter()
        for image in PIXELS[:n_sample]:
            naive(model, "relu2", image, 3, 0.0, 0.5)
        loop.append((time.perf_counter() - started) / n_sample * n_units * n_factors * len(PIXELS))
        started = time.perf_counter()
        stage = ablation.stage(model, "relu2", PIXELS, LABELS)
        ablation.sweep(stage, np.linspace(0, 3, n_factors))
        ours.append(time.perf_counter() - started)
    ratio = median(loop) / median(ours)
    with capsys.disabled():
        print(
            f"\nsweep of layer 2: {median(ours):.2f} s, "
            f"image by image {median(loop):.0f} s (scaled up): {ratio:.0f} times"
        )
    assert ratio >= 500


@pytest.mark.parametrize(
    ("norms", "read"),
    [
        (("none", "none"), ["relu1", "relu2"]),
        (("layer-after", "layer-before"), ["norm1", "relu2"]),
        (("layer-before", "layer-after"), ["relu1", "norm2"]),
    ],
)
def test_read_layers_are_those_that_a_stage_takes(norms: tuple[models.Norm, models.Norm], read: list[str]) -> None:
    model = models.mlp(norms=norms, dropout=(0.2, 0.0)).eval().requires_grad_(False)
    assert ablation.read_layers(model) == read
    for layer in read:
        one = staged(model, layer)
        torch.testing.assert_close(one.finish(one.read), model(PIXELS[FEW]))
    for layer in {"relu1", "relu2"} - set(read):
        with pytest.raises(ValueError, match="followed by LayerNorm"):
            staged(model, layer)


@pytest.fixture(scope="module")
def convolutional() -> nn.Sequential:
    torch.manual_seed(5)
    built = models.cnn(channels=(3, 4), hidden=6).eval().requires_grad_(False)
    for parameter in built.parameters():
        parameter *= 2
    return built


MAPS = {"relu1": 3, "relu2": 4, "relu3": 6}


@pytest.mark.parametrize("layer", MAPS)
@pytest.mark.parametrize("factor", [0.0, 0.35, 3.0])
def test_a_channel_is_replaced_whole(convolutional: nn.Sequential, layer: str, factor: float) -> None:
    stage = staged(convolutional, layer)
    assert stage.n_units == MAPS[layer]
    for unit in range(stage.n_units):
        found = ablation.intervene(stage, [unit], ablation.scale(stage, factor))
        expected = torch.stack([naive(convolutional, layer, image, unit, 0.0, factor) for image in PIXELS[FEW]])
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layer", MAPS)
def test_sets_of_channels_take_their_mean_maps(convolutional: nn.Sequential, layer: str) -> None:
    stage = staged(convolutional, layer)
    mean = ablation.mean(stage)
    assert mean.shape == stage.values.shape[1:]

    def lesion(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        output = output.clone()
        output[:, [0, 2]] = mean[[0, 2]]
        return output

    handle = convolutional.get_submodule(layer).register_forward_hook(lesion)
    expected = convolutional(PIXELS[FEW])
    handle.remove()
    torch.testing.assert_close(ablation.intervene(stage, [2, 0], mean), expected, rtol=1e-4, atol=1e-5)
    counts = evaluate.confusion(expected, stage.labels)
    assert np.array_equal(ablation.pairs(stage, mean)[2, 0], counts)
    order = np.array([[0, 2, *(unit for unit in range(stage.n_units) if unit not in (0, 2))]])
    reached = ablation.cumulative(stage, order, mean)[0, 2]
    assert reached == pytest.approx(np.trace(counts) / counts.sum())


def test_the_layers_that_are_read_as_they_are(convolutional: nn.Sequential) -> None:
    assert ablation.read_layers(convolutional) == ["relu1", "relu2", "relu3"]
    assert ablation.read_layers(models.mlp(norms=("layer-after", "none"))) == ["norm1", "relu2"]
    with pytest.raises(ValueError, match="'pool1' is followed by ReLU"):
        staged(convolutional, "pool1")
    with pytest.raises(ValueError, match="last hidden layer"):
        ablation.direct_logit_attribution(staged(convolutional, "relu2"))


def test_the_readout_of_a_channel_is_all_that_reads_its_map(convolutional: nn.Sequential) -> None:
    weight = convolutional.linear3.weight.double().view(6, 4, 49)
    expected = (weight - weight.mean(0)).square().sum((0, 2)).sqrt().numpy()
    np.testing.assert_allclose(ablation.readout_norms(staged(convolutional, "relu2")), expected, rtol=1e-6)
    stage = staged(convolutional, "relu1")
    np.testing.assert_allclose(stage.levels, stage.values.mean((2, 3)).numpy())
