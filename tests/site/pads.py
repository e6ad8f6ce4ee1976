"""A page that holds the pad and little else, of networks trained for one epoch; and drawing on it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from visits import until

from mnist_interp import training
from mnist_interp.charts import palette
from mnist_interp.pad import networks, widget
from mnist_interp.site import pad_files, tree
from mnist_interp.training import registry
from mnist_interp.training.runs import Run

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGE = "page"
AWAKE = "document.querySelector('#digit-pad').dataset.awake !== undefined"
_PAD = "document.querySelector('#digit-pad').dataset"
SHOWN = f"{_PAD}.asked === {_PAD}.shown"
SAYS = f"{SHOWN} && document.querySelector('.yd-unlike').textContent !== ''"
# A canvas of one's own can be read often without a word from the browser.
SEEN = """() => {
    const own = new OffscreenCanvas(28, 28).getContext("2d", { willReadFrequently: true });
    own.drawImage(document.querySelector(".yd-seen canvas"), 0, 0);
    return Array.from(own.getImageData(0, 0, 28, 28).data).filter((_, at) => at % 4 === 3);
}"""
SEVEN = ((60, 60), (220, 62), (140, 230))
Points = Sequence[tuple[float, float]]


def small_runs() -> dict[str, Run]:
    short = {"epochs": 1, "dense": 0, "dense_epochs": 0}
    few = {"images": "validation"}
    recipes = {
        "published": replace(registry.PUBLISHED, epochs=1),
        "normalized": replace(registry.NORMALIZED, epochs=1),
        "cnn": replace(registry.CNN, **short, **few),
        "transformer": replace(registry.TRANSFORMER, **short, **few),
    }
    return {name: training.run(recipe) for name, recipe in recipes.items()}


def small_site(folder: Path) -> Path:
    """Write the page as the site's extension does, and return the site."""
    site, runs = folder / "html", small_runs()
    app = SimpleNamespace(outdir=site, doctreedir=folder / "doctrees", env=SimpleNamespace(found_docs={PAGE}))
    for path in (site, app.doctreedir):
        path.mkdir(parents=True)
    handlers = {}
    app.connect = lambda event, handler: handlers.update({event: handler})
    pad_files.setup(app)  # type: ignore[arg-type]
    parts = (widget.draw(runs), widget.neurons(runs["published"]), widget.around())
    body = tree.body("".join(f"<div>{part.text}</div>" for part in parts))
    pad_files.link(body, lambda path, resource: path)
    head = f"<!DOCTYPE html><html lang='en' class='js mi-ready'><meta charset='utf-8'><title>{PAGE}</title>"
    style = f"{palette.css()}body {{ background: var(--mi-paper); }}"
    head += f"<meta name='viewport' content='width=device-width'><style>{style}</style>"
    (site / f"{PAGE}.html").write_text(f"{head}<main><h1>Pad</h1>{tree.written(body)}</main>", "utf-8")
    handlers["build-finished"](app, None)
    return site


def runs_of(page: Path) -> dict[str, Run]:
    """Return the networks that a page says it holds."""
    return networks.decided(tree.read(page).get_element_by_id("digit-pad").get("data-runs"))


def code(points: Points = (), *, start: int | None = None, thickness: int = 14) -> str:
    """Write a drawing of one line, its points counted in 280ths of the pad, as it is kept; `start` is a test image."""
    stroke = [thickness, 0, len(points), *(round(place / 2) for point in points for place in point)] if points else []
    return base64.urlsafe_b64encode(bytes([1, 0 if start is None else start + 1, *stroke])).decode().rstrip("=")


def stroke(page: Page, points: Points) -> None:
    """Draw a line by mouse, its points counted in 280ths of the pad."""
    place = page.locator(".yd-pad")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    at = [(box["x"] + x * box["width"] / 280, box["y"] + y * box["width"] / 280) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for place_ in at[1:]:
        page.mouse.move(*place_, steps=8)
    page.mouse.up()


def draw(page: Page, points: Points) -> None:
    """Draw a line by mouse, and wait for what is said of it."""
    stroke(page, points)
    until(page, SAYS)


def finger(page: Page) -> None:
    """Draw a line upward by one finger, from near the pad's lower edge."""
    box = page.locator(".yd-pad").bounding_box()
    assert box
    hand = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, float]) -> None:
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.85
    send("touchStart", {"x": x, "y": y})
    for step in range(1, 16):
        send("touchMove", {"x": x + step, "y": y - step * box["height"] * 0.04})
        page.wait_for_timeout(16)
    send("touchEnd")
