"""A drawing on the device goes through the book: what the chapters say of it is torch's, and one switch hides it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from pads import SEVEN, code, runs_of
from visits import Watched, axe_violations, opened, until

from mnist_interp import training
from mnist_interp.bench import lesion_sites
from mnist_interp.data import mnist, transforms
from mnist_interp.pad import payloads
from mnist_interp.site import bench_files
from mnist_interp.training.runs import Run
from tests.places import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PLACES = {"neurons": "#fig-dossier", "geometry": "#fig-honesty", "cnn": "#fig-moved", "interventions": ".mi-bench"}
BENCHES = ("interventions", "normalization", "cnn", "architectures")
START = 42  # of the hundred test images
WAVE = ((40, 60), (220, 40), (140, 120), (230, 170), (150, 240), (50, 200))
DRAWINGS = {"a test image": code(start=START), "a line": code(SEVEN), "a 3": code(WAVE)}
OWN = """async () => { const { keep, raster, starts, sight } = yourDigit.parts, given = keep.kept();
    const start = given.start === null ? null : (await starts.load())[given.start];
    return sight.of(raster.whole(start && start.pixels, given.strokes), true) }"""
LINE = ".yd-along p"
ASKED = "Array.from(document.querySelectorAll('script[src], link[href]'), one => one.src || one.href)"


@pytest.fixture(scope="module", autouse=True)
def site(built_site: Path) -> Path:
    if not (built_site / "yours.html").is_file():
        missing("the built site has no page of the pad")
    return built_site


@pytest.fixture(scope="module")
def runs(site: Path) -> dict[str, Run]:
    return runs_of(site / "yours.html")


@pytest.fixture
def visited(browser: Browser, site: Path) -> Iterator[Callable[..., Watched]]:
    """Return what opens a page in a browser that keeps a drawing; at the end nothing was complained of."""
    with ExitStack() as stack:
        begun: list[Watched] = []

        def start(name: str, drawing: str | None = DRAWINGS["a line"], **settings: Any) -> Watched:
            watched = stack.enter_context(opened(browser, site.as_uri(), "claims", **settings))
            begun.append(watched)
            if drawing is not None:
                watched.page.evaluate("drawing => localStorage.setItem('your-digit', drawing)", drawing)
            to(watched, name)
            return watched

        yield start
        for watched in begun:
            assert watched.said == []
            assert watched.foreign == []


def to(watched: Watched, name: str) -> None:
    """Go to a page, to the place where it shows the drawing."""
    page = watched.page
    page.goto(f"{watched.home}/{name}.html")
    until(page, "document.documentElement.classList.contains('mi-ready')")
    if name in PLACES:
        page.locator(PLACES[name]).scroll_into_view_if_needed()


def said(page: Page, place: str, words: str = "Yours") -> str:
    """Wait until a place says something of the drawing, beginning with these words."""
    line = f"document.querySelector('{place} {LINE}')"
    until(page, f"{line}?.textContent.startsWith({words!r}) && {line}.getClientRects().length > 0", seconds=60)
    return page.locator(f"{place} {LINE}").inner_text()


def own(page: Page) -> torch.Tensor:
    """Return the drawing as the networks see it, (1, 784)."""
    return torch.tensor([page.evaluate(OWN)], dtype=torch.float32)


@pytest.mark.parametrize("name", ["index", *PLACES])
def test_without_a_drawing_nothing_is_asked_for_and_nothing_stands_there(
    visited: Callable[..., Watched], name: str
) -> None:
    page = visited(name, None).page
    page.wait_for_timeout(1500)
    assert [address for address in page.evaluate(ASKED) if "your-digit" in address] == []
    assert page.locator(".yd-along, .yd-marks, .yd-moved").count() == 0


def test_the_drawing_that_is_kept_is_the_one_that_is_seen(visited: Callable[..., Watched]) -> None:
    page = visited("neurons", DRAWINGS["a test image"]).page
    said(page, "#fig-dossier")
    place = mnist.sample("test", payloads.STARTS_PER_DIGIT)[START]
    np.testing.assert_allclose(own(page)[0], mnist.load("test").pixels[place], atol=1e-6)


def _hidden(run: Run, pixels: torch.Tensor) -> np.ndarray:
    """Return the activations of a perceptron of plain ReLUs, all layers side by side, by hand."""
    weights = {name: torch.from_numpy(kept[-1].copy()) for name, kept in run.weights.items()}
    first = (pixels @ weights["linear1.weight"].T + weights["linear1.bias"]).clamp(min=0)
    second = (first @ weights["linear2.weight"].T + weights["linear2.bias"]).clamp(min=0)
    return torch.hstack([first, second]).numpy()


MARK = """({ share, tenths }) => {
    const { view } = miFigures.dossier.panels.find(one => one.number === 4), x = view.scale('x');
    const tenth = Math.min(tenths, Math.ceil(share * tenths));
    const line = document.querySelector('#fig-dossier .yd-line'), drawn = line && line.getPointAtLength(0).x;
    return { drawn, start: x(tenth), width: x.bandwidth(), tenth,
        words: document.querySelector('#fig-dossier .yd-marks text')?.textContent };
}"""


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_the_dossier_marks_the_drawing_s_activation(
    visited: Callable[..., Watched], runs: dict[str, Run], drawing: str
) -> None:
    page = visited("neurons", DRAWINGS[drawing]).page
    until(page, "miFigures.dossier.status === 'alive'")
    said(page, "#fig-dossier")
    activations = _hidden(runs["published"], own(page))[0]
    reach = _hidden(runs["published"], mnist.load("test").pixels).max(0)
    for unit in (32, 38, 47, 3, 20):
        page.evaluate("unit => miFigures.dossier.state.set({ unit })", unit)
        page.evaluate("miFigures.dossier.settled()")
        page.wait_for_timeout(100)
        name = f"layer {1 + unit // 32}, neuron {unit % 32}"
        words = said(page, "#fig-dossier", f"Yours: {name} ")
        value, share = activations[unit], float(activations[unit] / reach[unit])
        assert (f"responds with {value:.2f}" if value > 0 else "is silent") in words
        if value > 0:
            assert f"{round(100 * share)}% of its maximum" in words
        mark = page.evaluate(MARK, {"share": share, "tenths": 10})
        within = min(1, 10 * share - mark["tenth"] + 1) if value > 0 else 0.5
        assert mark["drawn"] == pytest.approx(mark["start"] + within * mark["width"], abs=0.5)
        assert mark["words"].startswith("yours")


def _read(run: Run, pixels: torch.Tensor, lesion: Mapping[str, Mapping[int, float]]) -> int:
    """Return what a network reads with units scaled, by hooks."""
    model = run.model()

    def scaled(layer: str, doses: Mapping[int, float]) -> Callable[..., torch.Tensor]:
        def hook(module: object, given: object, out: torch.Tensor) -> torch.Tensor:
            out = out.clone()
            for unit, dose in doses.items():
                out.select(lesion_sites.unit_axis(layer), unit).mul_(dose)
            return out

        return hook

    hooks = [model.get_submodule(layer).register_forward_hook(scaled(layer, doses)) for layer, doses in lesion.items()]
    read = int(model(pixels).argmax(1))
    for hook in hooks:
        hook.remove()
    return read


def _lesions(run: Run) -> list[dict[str, dict[int, float]]]:
    """Draw lesions of half of the units of each layer, and of all layers, so that readings turn."""
    rng, layers = np.random.default_rng(5), lesion_sites.of(run).units
    found = []
    for chosen in [*([layer] for layer in layers), list(layers)]:
        for dose in (0.0, 2.5):
            doses = {layer: rng.permutation(layers[layer])[: layers[layer] // 2].tolist() for layer in chosen}
            found.append({layer: dict.fromkeys(units, dose) for layer, units in doses.items()})
    return found


@pytest.mark.parametrize("name", BENCHES)
def test_the_bench_says_what_its_network_reads(visited: Callable[..., Watched], site: Path, name: str) -> None:
    watched = visited(name, DRAWINGS["a 3"])
    page, place = watched.page, ".mi-bench"
    page.locator(place).scroll_into_view_if_needed()
    ((recipe, seed),) = bench_files.networks([site / f"{name}.html"]).values()
    run = training.run(recipe, seed)
    until(page, "document.querySelector('.mi-bench').dataset.shown !== undefined", seconds=90)
    pixels = own(page)
    whole, turned = _read(run, pixels, {}), 0
    words = said(page, place, f"Yours: {whole}")
    assert words == f"Yours: {whole}"
    for lesion in _lesions(run):
        doses = ",".join(f"{layer}:{unit}={dose:g}" for layer, units in lesion.items() for unit, dose in units.items())
        page.wait_for_timeout(500)  # the bench writes its address a moment after a change, over one that is newer
        page.evaluate("doses => { location.hash = '#bench=' + doses }", doses)
        read = _read(run, pixels, lesion)
        turned += read != whole
        expected = f"Yours: still {whole}" if read == whole else f"Yours: {whole} → {read}"
        until(page, f"document.querySelector('{place} {LINE}').textContent === {expected!r}", seconds=60)
    assert turned > 0


def test_the_bench_holds_a_neuron_at_its_mean_and_goes_back_in_training(
    visited: Callable[..., Watched], runs: dict[str, Run]
) -> None:
    page, run = visited("interventions", DRAWINGS["a 3"]).page, runs["published"]
    until(page, "document.querySelector('.mi-bench').dataset.shown !== undefined", seconds=90)
    pixels, means = own(page), _hidden(run, mnist.load("train").pixels).mean(0)
    weight, bias = (torch.from_numpy(run.weights[f"output.{kind}"][-1].copy()) for kind in ("weight", "bias"))
    last = torch.from_numpy(_hidden(run, pixels)[:, 32:])
    held = last.clone()
    held[:, :8] = torch.from_numpy(means[32:40])
    whole, read = (int((values @ weight.T + bias).argmax()) for values in (last, held))
    page.evaluate("doses => { location.hash = '#bench=' + doses }", ",".join(f"relu2:{unit}=mean" for unit in range(8)))
    expected = f"Yours: still {whole}" if read == whole else f"Yours: {whole} → {read}"
    until(page, f"document.querySelector('.mi-bench {LINE}').textContent === {expected!r}", seconds=60)
    page.evaluate("location.hash = '#bench=&epoch=0'")
    before = int(run.model(0)(pixels).argmax())
    until(page, f"document.querySelector('.mi-bench {LINE}').textContent === 'Yours: {before}'", seconds=60)


RINGS = """() => {
    const figure = miFigures.honesty, { view } = figure.panels.find(one => one.number === 0);
    const { network, map } = figure.state.values, at = (mark, name) => mark[name].baseVal.value;
    const dots = figure.about.panels[0].data.map(mi.columns).find(one => one.image);
    const here = Object.keys(dots.image).filter(k => dots.network[k] === network && dots.map[k] === map);
    const near = (mark, k) => Math.hypot(at(mark, 'cx') - view.scale('x')(dots.x[k]),
        at(mark, 'cy') - view.scale('y')(dots.y[k])) < 0.5;
    const marks = Array.from(document.querySelectorAll('#fig-honesty .yd-line'));
    return { rings: marks.length, drawn: Array.from(new Set(dots.image)),
        images: marks.map(mark => here.filter(k => near(mark, k)).map(k => dots.image[k])) };
}"""


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_the_map_circles_the_nearest_of_the_images_it_shows(
    visited: Callable[..., Watched], runs: dict[str, Run], drawing: str
) -> None:
    page = visited("geometry", DRAWINGS[drawing]).page
    until(page, "miFigures.honesty.status === 'alive'")
    said(page, "#fig-honesty")
    pixels = own(page)
    for network, kind in (("baseline", "UMAP"), ("normalized", "UMAP"), ("normalized", "PCA"), ("baseline", "t-SNE")):
        page.evaluate("([network, map]) => miFigures.honesty.state.set({ network, map })", [network, kind])
        page.evaluate("miFigures.honesty.settled()")
        page.wait_for_timeout(100)
        run, found = runs["published" if network == "baseline" else network], page.evaluate(RINGS)
        drawn = np.array(found["drawn"])
        layers: list[torch.Tensor] = []
        hook = run.model()
        hook.get_submodule("relu2").register_forward_hook(lambda module, given, out, kept=layers: kept.append(out))
        for batch in (pixels, mnist.load("test").pixels[drawn]):
            hook(batch)
        distances = (layers[1] - layers[0]).norm(dim=1).numpy()
        nearest = drawn[distances.argsort(kind="stable")[:6]]
        assert found["rings"] == 6
        assert all(set(one) & set(nearest.tolist()) for one in found["images"])
        assert set(nearest.tolist()) <= {image for one in found["images"] for image in one}
        digits = ", ".join(str(mnist.load("test").labels[image]) for image in nearest)
        assert page.locator(f"#fig-honesty {LINE}").inner_text().endswith(f"in layer 2: {digits}.")


SAID = {
    "published": "times from the published network",
    "normalized": "from the normalized network",
    "cnn": "from the CNN",
}
ROWS = "Array.from(document.querySelectorAll('.yd-moved tbody tr'), r => Array.from(r.cells, c => c.textContent))"


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_moved_and_turned_it_is_read_as_torch_reads_it(
    visited: Callable[..., Watched], runs: dict[str, Run], drawing: str
) -> None:
    page = visited("cnn", DRAWINGS[drawing]).page
    words = said(page, "#fig-moved", "Yours, moved")
    pixels, rows = own(page), page.evaluate(ROWS)
    moved = [[pixels]]
    moved += [
        [transforms.shift(pixels, by * d, by * r) for d, r in ((-1, 0), (0, 1), (1, 0), (0, -1))] for by in (1, 2, 3, 4)
    ]
    moved += [[transforms.rotate(pixels, sign * by) for sign in (1, -1)] for by in (10, 20, 30, 45)]
    assert len(rows) == len(moved)
    for column, name in enumerate(("published", "normalized", "cnn"), 1):
        model, same = runs[name].model(), 0
        still = int(model(pixels).argmax())
        for row, images in zip(rows, moved, strict=True):
            logits = [model(image)[0] for image in images]
            assert row[column] == "".join(str(int(one.argmax())) for one in logits), (name, row[0])
            same += sum(int(one.argmax()) == still for one in logits)
        assert f"{same - 1} {SAID[name]}" in words


def test_one_switch_hides_it_everywhere(visited: Callable[..., Watched]) -> None:
    watched = visited("neurons")
    page = watched.page
    said(page, "#fig-dossier")
    until(page, "document.querySelectorAll('#fig-dossier .yd-line').length === 1")
    page.get_by_role("button", name="Hide your digit").press("Enter")
    until(page, "document.querySelectorAll('.yd-line').length === 0")
    assert page.get_by_role("button", name="Show your digit").is_visible()
    for name, place in PLACES.items():
        to(watched, name)
        page.locator(place).get_by_role("button", name="Show your digit").wait_for()
        page.wait_for_timeout(300)
        assert not page.locator(f"{place} {LINE}").is_visible()
        assert page.locator(f"{place} .yd-line, {place} .yd-moved table").count() == 0
        assert [one for one in page.evaluate(ASKED) if "your-digit/payload" in one] == []
    to(watched, "index")
    page.wait_for_timeout(500)
    assert [one for one in page.evaluate(ASKED) if "your-digit" in one] == []
    to(watched, "yours")
    switch = page.get_by_role("button", name="Hidden there")
    switch.wait_for()
    assert switch.get_attribute("aria-pressed") == "false"
    switch.click()
    page.get_by_role("button", name="Shown there").wait_for()
    for name, place in PLACES.items():
        to(watched, name)
        said(page, place)


def test_forgotten_in_one_tab_it_is_gone_from_another(visited: Callable[..., Watched]) -> None:
    page = visited("neurons").page
    said(page, "#fig-dossier")
    page.evaluate("localStorage.removeItem('your-digit'); dispatchEvent(new StorageEvent('storage'))")
    until(page, "document.querySelector('.yd-along').hidden && !document.querySelector('.yd-line')")


@pytest.mark.parametrize("kept", ["AQ", "nonsense", "AQAO", "<img src=x>"])
def test_what_is_no_drawing_shows_nothing(visited: Callable[..., Watched], kept: str) -> None:
    page = visited("neurons", kept).page
    until(page, "document.querySelector('.yd-along') !== null")
    page.wait_for_timeout(300)
    assert not page.locator(".yd-along").is_visible()


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_it_is_accessible_and_fits(visited: Callable[..., Watched], name: str, width: int, theme: str) -> None:
    page = visited(name, width=width, color_scheme=theme).page
    said(page, PLACES[name])
    assert axe_violations(page, f"{PLACES[name]} .yd-along") == []
    if name == "cnn":
        assert axe_violations(page, ".yd-moved") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_figure_alone_has_it_too(visited: Callable[..., Watched]) -> None:
    watched = visited("claims")
    watched.page.goto(f"{watched.home}/neurons.html?figure#fig-dossier")
    said(watched.page, "#fig-dossier")
