"""The content policy holds on every page, from files and in another site's sandboxed frame, where a page works as well.

In each, what a page must not do is tried in every way that would do it: the browser names the rule that forbids it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from visits import Watched, page_names

from mnist_interp.site import theme, tree

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = [*page_names(), "search", "figure"]
ELSEWHERE = "https://elsewhere.invalid"
FORBIDDEN = {
    *("script-src-elem", "script-src-attr", "script-src", "style-src-elem", "img-src", "font-src", "media-src"),
    *("connect-src", "frame-src", "object-src", "worker-src", "base-uri", "form-action"),
}
_TRY = f"""async () => {{
    const broken = new Set(), there = '{ELSEWHERE}';
    document.addEventListener('securitypolicyviolation', event => broken.add(event.effectiveDirective));
    const add = (name, values, text = '') => {{
        const element = Object.assign(document.createElement(name), values);
        element.append(text);
        document.body.append(element);
        return element;
    }};
    const quietly = action => {{ try {{ Promise.resolve(action()).catch(() => 0); }} catch (error) {{ }} }};
    window.ran = [];
    add('script', {{}}, 'ran.push("inline")');
    add('script', {{src: there + '/x.js'}});
    add('script', {{src: 'data:text/javascript,ran.push("data")'}});
    add('button', {{}}).setAttribute('onclick', 'ran.push("attribute")');
    document.body.lastChild.click();
    add('a', {{href: 'javascript:ran.push("address")'}}).click();
    quietly(() => setTimeout('ran.push("text")', 0));
    setTimeout(() => quietly(() => Function('ran.push("function")')()), 0); // later: the tester itself may
    add('link', {{rel: 'stylesheet', href: there + '/x.css'}});
    add('style', {{}}, `@font-face {{ font-family: there; src: url(${{there}}/x.woff2) }}`);
    add('p', {{style: 'font-family: there'}}, 'Words');
    add('img', {{src: there + '/x.png'}});
    add('video', {{src: there + '/x.mp4'}});
    add('iframe', {{src: there + '/'}});
    add('object', {{data: there + '/x.swf'}});
    add('base', {{href: there}});
    add('form', {{action: there}}).requestSubmit();
    quietly(() => fetch(there));
    quietly(() => navigator.sendBeacon(there, 'x'));
    quietly(() => new Worker('data:text/javascript,0'));
    for (let n = 0; n < 100 && broken.size < {len(FORBIDDEN)}; n++) await new Promise(done => setTimeout(done, 20));
    return [[...broken].sort(), window.ran, document.baseURI.startsWith(there)];
}}"""


@pytest.mark.parametrize("way", ["files", "sandbox"])
@pytest.mark.parametrize("name", PAGES)
def test_it_forbids_what_a_page_must_not_do(
    browser: Browser, built_site: Path, served: str, name: str, way: str
) -> None:
    home = built_site.as_uri() if way == "files" else served
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watched = Watched(page, home)
    address = f"{home}/{name}.html"
    if way == "files":
        page.goto(address)
    else:
        allowed = "allow-scripts allow-forms"  # forms, so that it is the policy that forbids one
        page.set_content(f'<iframe sandbox="{allowed}" src="{address}" width="1200" height="800"></iframe>')
    place = page.main_frame if way == "files" else page.frames[1]
    place.locator("html.mi-ready").wait_for()
    if way == "sandbox":
        assert place.evaluate("origin") == "null"
    page.wait_for_timeout(200)
    assert watched.said == []
    assert watched.foreign == []
    broken, ran, moved = place.evaluate(_TRY)
    assert set(broken) == FORBIDDEN
    assert (ran, moved) == ([], False)
    assert watched.foreign == []
    context.close()


def test_every_page_says_the_same_policy_before_any_script(built_site: Path) -> None:
    for path in sorted(built_site.glob("*.html")):
        head = tree.read(path).getroottree().find("head")
        first = next(child for child in head if child.tag in ("script", "link", "style") or child.get("http-equiv"))
        assert first.get("content") == theme.content_security_policy(), path.name
