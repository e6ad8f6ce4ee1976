"""A finger on a page of Playwright's: its own touchscreen taps, but moves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def swipe(page: Page, slider: Locator, across: float, down: float) -> None:
    """Put a finger down near the slider's right end, move it, and lift it."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    x, y = box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, float]) -> None:
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", {"x": x, "y": y})
    for step in range(1, 11):
        send("touchMove", {"x": x + across * step / 10, "y": y + down * step / 10})
        page.wait_for_timeout(16)
    send("touchEnd")
    page.wait_for_timeout(300)
