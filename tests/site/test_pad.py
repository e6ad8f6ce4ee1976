"""The pad: what it says agrees with torch, drawing works by mouse, finger and keyboard, and it keeps to itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pads import AWAKE, PAGE, SAYS, SEEN, SEVEN, SHOWN, draw, finger, runs_of, small_site
from visits import Watched, axe_violations, opened, until

from mnist_interp.data import mnist
from mnist_interp.methods import attribution
from mnist_interp.pad import example, familiar, payloads, widget
from mnist_interp.site import notebooks, pad_files
from mnist_interp.site.errors import BookError
from mnist_interp.training.runs import Run
from tests.places import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EVALUATE = "async images => { const r = []; for (const i of images) r.push(await yourDigit.evaluate(i)); return r; }"
REFUSED = "async given => { try { await yourDigit.evaluate(given); return null } catch (e) { return e.message } }"
CENTER = "([drawings, width]) => drawings.map(one => yourDigit.center(one, width))"
KEPT = "localStorage.getItem('your-digit')"
N_IMAGES, TOLERANCE = 200, 1e-4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_site(tmp_path_factory.mktemp("pad"))


@pytest.fixture(scope="module")
def runs(site: Path) -> dict[str, Run]:
    return runs_of(site / f"{PAGE}.html")


@pytest.fixture
def visited(browser: Browser, site: Path) -> Iterator[Callable[..., Watched]]:
    """Return what opens the page, with settings of the browser's; at the end nothing was complained of."""
    begun: list[Any] = []

    def start(address: str = "", **settings: Any) -> Watched:
        context = opened(browser, site.as_uri(), PAGE, **settings)
        watched = context.__enter__()
        begun.append((context, watched))
        if address:
            watched.page.goto("about:blank")
            watched.page.goto(f"{site.as_uri()}/{PAGE}.html{address}")
        if settings.get("java_script_enabled", True):
            until(watched.page, AWAKE)
        return watched

    yield start
    for context, watched in begun:
        assert watched.said == []
        assert watched.foreign == []
        context.__exit__(None, None, None)


@pytest.fixture
def page(visited: Callable[..., Watched]) -> Page:
    return visited().page


def images() -> np.ndarray:
    return mnist.load("test").pixels[:: 10_000 // N_IMAGES].numpy()


def agrees(page: Page, runs: dict[str, Run]) -> None:
    said = page.evaluate(EVALUATE, images().tolist())
    for name, run in runs.items():
        expected = run.model()(mnist.load("test").pixels[:: 10_000 // N_IMAGES]).softmax(1).numpy()
        found = np.array([one[name] for one in said])
        assert found.shape == (N_IMAGES, 10)
        assert np.abs(found - expected).max() < TOLERANCE, name


def test_the_four_networks_say_what_torch_says(page: Page, runs: dict[str, Run]) -> None:
    agrees(page, runs)


def test_the_networks_of_the_book_say_what_torch_says(browser: Browser, built_site: Path) -> None:
    if not (built_site / "yours.html").is_file():
        missing("the built site has no page of the pad")
    with opened(browser, built_site.as_uri(), "yours") as watched:
        agrees(watched.page, runs_of(built_site / "yours.html"))
        assert watched.said == []


@pytest.mark.parametrize("given", [None, [], [0.5] * 783, [0.5] * 783 + [1.01], [-0.1] + [0] * 783, ["x"] + [0] * 783])
def test_what_is_no_image_is_refused(page: Page, given: Any) -> None:
    assert "784 numbers from 0 to 1" in page.evaluate(REFUSED, given)


def test_a_test_image_enlarged_and_moved_comes_back_as_it_was(page: Page) -> None:
    rng, drawings = np.random.default_rng(7), []
    for image in images()[:40]:
        top, left = rng.integers(0, 140 - 84, 2)
        drawing = np.zeros((140, 140))
        drawing[top : top + 84, left : left + 84] = np.kron(image.reshape(28, 28), np.ones((3, 3)))
        drawings.append(drawing.ravel().tolist())
    found = np.array(page.evaluate(CENTER, [drawings, 140]))
    np.testing.assert_allclose(found, images()[:40], atol=1e-6)


def test_a_drawing_fills_the_box_whatever_its_size_and_an_empty_one_none(page: Page) -> None:
    bar, dot = np.zeros((60, 60)), np.zeros((60, 60))
    bar[3:53, 40:45] = 1
    dot[50, 50] = 1
    found = np.array(page.evaluate(CENTER, [[one.ravel().tolist() for one in (bar, dot, bar * 0)], 60]))
    tall, square, empty = found.reshape(3, 28, 28)
    assert (tall.sum(1) > 0).sum() == 20
    np.testing.assert_allclose(tall.sum(1)[4:24], 2.0, atol=1e-9)  # a tenth as wide as it is tall
    assert (square > 0.999).sum() == 400
    assert not empty.any()
    assert "width x width" in page.evaluate(
        "() => { try { yourDigit.center([1, 2], 2) } catch (e) { return e.message } }"
    )


def test_an_empty_pad_says_nothing_and_loads_no_weights(page: Page) -> None:
    shown = "document.querySelector('.yd-live .yd-readings tbody').textContent"
    assert page.evaluate(shown) == "0123456789"
    assert not page.evaluate("Array.from(document.scripts).some(one => one.src.includes('payload'))")
    draw(page, SEVEN)
    assert len(page.evaluate(shown)) > 40
    page.get_by_role("button", name="Clear").click()
    until(page, f"{SHOWN} && !({SAYS})")
    assert page.evaluate(shown) == "0123456789"
    assert page.locator(".yd-reading").inner_text() == ""
    page.get_by_role("button", name="Undo").click()
    until(page, SAYS)


def test_what_is_seen_is_centered_until_the_switch_leaves_it_out(page: Page) -> None:
    draw(page, [(x / 4, y / 4) for x, y in SEVEN])
    seen = np.array(page.evaluate(SEEN)).reshape(28, 28)
    assert max(np.ptp(np.flatnonzero(seen.any(axis))) for axis in (0, 1)) >= 19
    page.get_by_role("button", name="Centered").click()
    until(page, SAYS)
    raw = np.array(page.evaluate(SEEN)).reshape(28, 28)
    assert raw[:8, :8].sum() == raw.sum() > 0


def test_the_lesions_are_torchs(page: Page, runs: dict[str, Run]) -> None:
    image = example.pixels()
    found = page.evaluate(
        """async pixels => { await yourDigit.evaluate(pixels); const { networks, lesions } = yourDigit.parts;
        const { published } = await networks.load(); return lesions.all(published, published.record(pixels)); }""",
        image[0].tolist(),
    )
    expected = example.lesions(runs["published"], image)
    assert len(found) == len(expected) == 48
    for one, torchs in zip(found, expected, strict=True):
        assert (one["layer"], one["unit"]) == (torchs.layer, torchs.unit)
        assert one["activation"] == pytest.approx(torchs.activation, abs=1e-4)
        np.testing.assert_allclose(one["zero"], torchs.zero, atol=TOLERANCE)
        np.testing.assert_allclose(one["held"], torchs.mean, atol=TOLERANCE)


def test_the_pixels_shares_are_captums(page: Page, runs: dict[str, Run]) -> None:
    image, model = example.pixels(), runs["published"].model()
    for digit in (3, 8):
        found = page.evaluate(
            """async ([pixels, digit]) => { await yourDigit.evaluate(pixels);
            const { networks, gradients } = yourDigit.parts;
            return gradients.shares((await networks.load()).published, pixels, digit); }""",
            [image[0].tolist(), digit],
        )
        expected, _ = attribution.integrated_gradients(model, image, "output", digit, steps=500)
        np.testing.assert_allclose(found, expected[0], atol=0.02 * np.abs(expected).max())
        gain = float(model(image)[0, digit] - model(0 * image)[0, digit])
        assert sum(found) == pytest.approx(gain, abs=0.02 * abs(gain) + 0.01)


def test_neighbors_and_ranks_are_numpys(page: Page, runs: dict[str, Run]) -> None:
    asked = images()[:12]
    found = page.evaluate(
        """async images => { await yourDigit.evaluate(images[0]); const known = await yourDigit.parts.familiar.load();
        return images.map(one => known.near(one)); }""",
        asked.tolist(),
    )
    train = mnist.load("train")
    others = train.pixels.numpy()[familiar.places()].astype(float)
    quantiles = familiar.quantiles()
    np.testing.assert_allclose([one["distance"] for one in found], familiar.distances(asked, others), atol=1e-4)
    shares = np.linspace(0, 1, familiar.STEPS + 1)
    for name, rank in (("distance", "farther"), ("ink", "darker")):
        expected = np.interp([one[name] for one in found], quantiles[name], shares)
        np.testing.assert_allclose([one[rank] for one in found], expected, atol=1e-6)
    nearest = np.linalg.norm(others - asked[0], axis=1).argsort()[: familiar.NEAREST]
    assert [one["place"] for one in found[0]["shown"]] == nearest.tolist()
    assert [one["digit"] for one in found[0]["shown"]] == train.labels[familiar.places()][nearest].tolist()


def test_a_scribble_is_called_unlike_the_training_images_and_a_digit_is_not(page: Page) -> None:
    draw(page, SEVEN)
    assert page.locator(".yd-unlike").inner_text().startswith("This is like the training images")
    draw(page, [(20 + 240 * (step % 2), 10 + 8 * step) for step in range(32)])
    assert page.locator(".yd-unlike").inner_text().startswith("This is unlike")
    assert re.search(r"it has more ink than (all|99\.\d %) of them", page.locator(".yd-unlike").inner_text())


def test_the_words_and_the_table_follow_the_reading(page: Page) -> None:
    draw(page, SEVEN)
    best = page.locator(".yd-live .yd-readings .yd-best")
    assert best.count() == 4
    read = page.evaluate(
        "Array.from(document.querySelectorAll('.yd-live .yd-best'), one => one.parentNode.rowIndex - 1)"
    )
    words = page.locator(".yd-reading").inner_text()
    assert words.startswith("All four networks read" if len(set(read)) == 1 else "They disagree")
    rows = page.locator(".yd-live .yd-lesions tbody tr")
    assert rows.count() == example.SHOWN
    page.get_by_role("button", name="Show all 48").click()
    assert rows.count() == 48
    assert page.locator(".yd-near li").count() == familiar.NEAREST


def test_a_finger_draws_and_the_page_stays(visited: Callable[..., Watched]) -> None:
    page = visited(width=390, has_touch=True, is_mobile=True).page
    finger(page)
    until(page, SAYS)
    assert page.evaluate("scrollY") == 0
    inked = np.array(page.evaluate(SEEN)).reshape(28, 28).any(1).sum()
    assert inked >= 19
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_line_ends_where_the_button_is_released_even_outside(page: Page) -> None:
    draw(page, [(140, 60), (140, 220), (-30, 220)])
    seen, box = page.evaluate(SEEN), page.locator(".yd-pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 200, box["y"] + 40, steps=5)
    page.wait_for_timeout(200)
    assert page.evaluate(SEEN) == seen


def test_the_keyboard_draws_and_undoes(page: Page) -> None:
    page.locator(".yd-pad").focus()
    for key in ("ArrowUp", "Space", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "ArrowRight", "Space"):
        page.keyboard.press(key)
    until(page, SAYS)
    assert page.locator(".yd-spoken").inner_text() == "Row 18, column 15, pen up"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")  # with the pen lifted
    before = page.evaluate(SEEN)
    page.keyboard.press("u")
    until(page, f"{SHOWN} && !({SAYS})")
    assert any(before)
    assert not any(page.evaluate(SEEN))
    assert page.evaluate("scrollY") == 0


def test_a_test_image_to_start_from_is_seen_as_it_is_and_can_be_changed(page: Page) -> None:
    page.get_by_text("Or start from a test image").click()
    page.locator(".yd-hundred button").nth(99).wait_for()
    place = mnist.sample("test", payloads.STARTS_PER_DIGIT)[42]
    button = page.locator(".yd-hundred button").nth(42)
    assert button.get_attribute("aria-label") == f"Test image {place}, a {mnist.load('test').labels[place]}"
    button.click()
    until(page, SAYS)
    assert page.evaluate(SEEN) == mnist.load("test").images[place].ravel().tolist()
    page.get_by_role("button", name="Eraser").click()
    draw(page, ((10, 140), (270, 140)))
    erased = np.array(page.evaluate(SEEN))
    assert (erased != mnist.load("test").images[place].ravel()).any()


def test_a_drawing_is_kept_on_the_device_until_it_is_forgotten(page: Page) -> None:
    draw(page, SEVEN)
    assert page.get_by_text("It is kept on your device only.").is_visible()
    seen = page.evaluate(SEEN)
    page.reload()
    until(page, f"{AWAKE} && {SAYS}")
    assert page.evaluate(SEEN) == seen
    page.get_by_role("button", name="Forget it").click()
    page.get_by_role("button", name="Centered").click()  # no change of the drawing
    until(page, SAYS)
    assert page.evaluate(KEPT) is None
    page.reload()
    until(page, f"{AWAKE} && {SHOWN}")
    assert page.evaluate(KEPT) is None
    assert not any(page.evaluate(SEEN))


def test_a_browser_that_keeps_nothing_says_nothing_of_it(visited: Callable[..., Watched]) -> None:
    watched = visited()
    refuse = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
    watched.page.add_init_script(refuse)
    watched.page.reload()
    until(watched.page, AWAKE)
    draw(watched.page, SEVEN)
    assert not watched.page.get_by_text("It is kept on your device only.").is_visible()


def test_a_link_holds_the_drawing_and_does_not_replace_the_readers_own(page: Page, visited: Any) -> None:
    draw(page, SEVEN)
    seen, own = page.evaluate(SEEN), page.evaluate(KEPT)
    page.get_by_role("button", name="Link to this drawing").click()
    address = page.locator(".yd-link input").input_value()
    mark = address[address.index("#") :]
    other = visited(mark).page
    until(other, SAYS)
    assert other.evaluate(SEEN) == seen
    assert other.evaluate(KEPT) is None
    assert own in mark


HOSTILE = [
    "",
    "%3Cimg%20src=x%3E",
    "AQ",
    "AQAO",
    "AQAO__8AAA",
    "AWU",
    "AgAOAAEBAQ",
    "AQAOAAH_AQ",
    "../../x",
    "AQAAAAEBAQ",
]


@pytest.mark.parametrize("mark", [*HOSTILE, "A" * 20_000])
def test_a_hostile_link_does_nothing_but_a_message(visited: Callable[..., Watched], mark: str) -> None:
    page = visited(f"#digit={mark}").page
    until(page, "!document.querySelector('.yd-note').hidden")
    assert "no drawing that it can read" in page.locator(".yd-note").inner_text()
    assert not any(page.evaluate(SEEN))
    assert not page.evaluate(SAYS)
    draw(page, SEVEN)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_it_is_accessible_empty_and_drawn_on(visited: Callable[..., Watched], width: int, theme: str) -> None:
    page = visited(width=width, color_scheme=theme).page
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    assert axe_violations(page, ".yd") == []
    draw(page, SEVEN)
    assert axe_violations(page, ".yd") == []


def test_the_theme_repaints_the_ink(page: Page) -> None:
    draw(page, SEVEN)
    ink = "document.querySelector('.yd-pad canvas').getContext('2d').getImageData(0, 0, 140, 140).data"
    red = f"Math.max(...{ink}.filter((_, at) => at % 4 === 0))"
    light = page.evaluate(red)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    until(page, f"{red} > {light} + 100")


def test_without_scripts_a_fixed_example_stands_there(visited: Callable[..., Watched], site: Path, runs: Any) -> None:
    path = site / f"{PAGE}.html"
    path_text = path.read_text("utf-8")
    path.write_text(path_text.replace("class='js mi-ready'", ""), "utf-8")
    try:
        page = visited(java_script_enabled=False).page
        assert not page.locator(".yd-pad").is_visible()
        rows = page.locator(".yd-fixed .yd-readings tbody tr")
        assert rows.count() == 10
        said = example.probabilities(runs, example.pixels())["cnn"]
        shown = [float(row.locator("td").nth(2).inner_text()) for row in rows.all()]
        np.testing.assert_allclose(shown, 100 * said, atol=0.5)
        assert page.locator(".yd-fixed .yd-lesions tbody tr").count() == example.SHOWN
    finally:
        path.write_text(path_text, "utf-8")


def test_a_notebook_has_the_fixed_example_alone(runs: dict[str, Run]) -> None:
    kept = notebooks.still(widget.neurons(runs["published"]).text, "yours", "")
    assert kept.count("<tr>") == 2 + example.SHOWN
    assert "canvas" not in notebooks.still(widget.around().text, "yours", "")


def test_payloads_are_within_their_budgets_and_two_pads_of_different_networks_are_refused(
    site: Path, tmp_path: Path
) -> None:
    folder = site / "_static" / pad_files.NAME / "payload"
    sizes = {path.stem: pad_files.compressed(path.read_bytes()) for path in folder.glob("*.js")}
    assert sizes["networks"] <= 500_000
    assert sizes["images"] <= 350_000


def test_two_pads_of_different_networks_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.html").write_text(f'<section class="yd" data-runs="{name}"></section>', "utf-8")
    with pytest.raises(BookError, match="different networks"):
        pad_files._held([tmp_path / "one.html", tmp_path / "two.html"])
