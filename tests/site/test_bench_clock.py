"""The lesion bench of the baseline against the clock: an evaluation, and the lesions that it is compared with."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from benches import Oracle, drawn_lesions, visit
from visits import opened, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_chance_within_two_seconds_from_a_worker(
    browser: Browser, built_site: Path, bench_name: str, oracle: Oracle
) -> None:
    with opened(browser, built_site.as_uri(), bench_name) as watched:
        page = visit(watched, bench_name, "relu1:0=0,relu1:1=mean,relu1:2=2.5,relu2:3=0,relu2:4=3")
        answered = "document.querySelector('.lb-null-words').dataset.of !== undefined"
        until(page, answered)
        assert [worker.url[:5] for worker in page.workers] == ["blob:"]
        page.locator(".lb-neuron[data-layer=relu2]").nth(5).click()
        began = time.monotonic()
        until(page, f"!({answered})")
        until(page, answered)
        took = time.monotonic() - began
        print(f"chance for a lesion of six neurons: {took:.2f} s, {page.locator('.lb-dot').count()} random lesions")
        assert took < 2
        assert page.locator(".lb-dot").count() >= 30
        page = visit(watched, bench_name, "relu2:8=0")
        until(page, answered)
        accuracies = [oracle.counts({"relu2": {str(unit): 0}}).diagonal().sum() for unit in range(16)]
        low = sum(accuracy <= accuracies[8] for accuracy in accuracies)
        assert page.locator(".lb-null-words").inner_text().startswith("Of all 16 lesions of this kind")
        assert f"(this one included), {low} hurt" in page.locator(".lb-null-words").inner_text()
        assert page.locator(".lb-dot").count() == 16


def test_an_evaluation_takes_less_than_50_ms(awake: Page) -> None:
    times = awake.evaluate(
        "async lesions => { const t = []; for (let k = 0; k < 3; k++) for (const l of lesions) {"
        " const began = performance.now(); await lesionBench.evaluate(l); t.push(performance.now() - began); }"
        " return t }",
        drawn_lesions(24),
    )
    median = sorted(times)[len(times) // 2]
    print(f"an evaluation: {median:.1f} ms, nine of ten below {sorted(times)[len(times) * 9 // 10]:.1f} ms")
    assert median < 50
