"""What stands in a frame on the site: the toolbox's bench, alive where no script in its text may run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from mnist_interp.own.notebook import Frame
from mnist_interp.site import frame_files, tree

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_a_frame_and_its_script_become_files(tmp_path: Path) -> None:
    body = tree.body(f"<p>a</p>{Frame('<p>“1 < 2”</p>')._repr_html_()}<p>b</p>")
    frame_files.part(SimpleNamespace(outdir=tmp_path), body, lambda name: f"files/{name}")  # type: ignore[arg-type]
    frame, script = next(body.iter("iframe")), next(body.iter("script"))
    held = tmp_path / "_static" / frame_files.FOLDER
    assert frame.get("srcdoc") is None
    assert (held / frame.get("src").removeprefix("files/")).read_text("utf-8") == "<p>“1 < 2”</p>"
    assert "hold(document.currentScript" in (held / script.get("src").removeprefix("files/")).read_text("utf-8")
    assert not script.text


def test_the_toolbox_ends_with_its_own_network_on_the_bench(browser: Browser, built_site: Path) -> None:
    tab, said = browser.new_page(viewport={"width": 1280, "height": 900}), list[str]()
    tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    tab.goto((built_site / "toolbox.html").as_uri())
    frame = tab.locator('iframe[title="The lesion bench"]')
    frame.scroll_into_view_if_needed()
    inside = tab.frame_locator('iframe[title="The lesion bench"]')
    inside.locator(".lb-neuron:enabled").nth(3).click()
    inside.get_by_text("Neuron 3 of relu silenced.").first.wait_for()
    assert inside.locator(".lb-neuron").count() == 24
    for _ in range(100):
        if (box := frame.bounding_box()) and box["height"] > 900:
            break
        tab.wait_for_timeout(50)
    else:
        raise AssertionError("the frame is not as high as its page")
    assert said == []
    tab.close()
