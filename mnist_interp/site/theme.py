"""The look of every page: our layout and style instead of the theme's, on the theme's directives.

Jupyter Book's theme gives margin notes and side notes; its layout, its icon script (543 kB, which also makes live SVG
crawl) and its styles are replaced by one template, one style sheet and one small script, and what no page uses is not
shipped. The content security policy stands in each page: scripts come from the site alone, but for the one line, which
is admitted by its hash, that sets the color theme, and whether code is shown, before the first paint and asks for the
other scripts after it.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from mnist_interp.runtime import preview
from mnist_interp.site import address, figure_pages, glossary, numbered, quiz, social, tree

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

HERE = Path(__file__).parent
FIRST_SCRIPT = (
    "var t;try{t=localStorage.getItem('theme')}catch(e){}"
    "t=t||(matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light');"
    "document.documentElement.dataset.theme=t;"
    "document.documentElement.classList.add('js');"
    "try{if(sessionStorage.getItem('code'))document.documentElement.dataset.code='shown'}catch(e){}"
    "if(location.search=='?figure'){"  # one figure alone (`figure_pages`): nothing is painted before it
    "document.documentElement.classList.add('mi-alone');document.documentElement.hidden=true}"
    "(function(){var d=document,done;"
    "function go(){if(d.readyState=='loading')addEventListener('DOMContentLoaded',go);else if(!done){done=1;"
    "d.documentElement.dataset.scripts.split(' ').forEach(function(u){"
    "var s=d.createElement('script');s.src=u;s.async=false;d.head.append(s)})}}"
    "try{new PerformanceObserver(go).observe({type:'paint',buffered:true})}catch(e){}"
    "addEventListener('load',function(){setTimeout(go,1000)})})()"
)
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' {hash}",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}
_SIGN = {"class": "mi-mark", "width": "22", "height": "22", "aria-hidden": "true"}
_UNUSED = ("styles", "scripts", "vendor", "locales", "images", "webpack-macros.html", "sbt-webpack-macros.html")
_UNUSED_OF_SPHINX = (
    *("basic.css", "pygments.css", "mystnb.*.css", "*.png", "doctools.js", "documentation_options.js"),
    *("searchtools.js", "language_data.js", "sphinx_highlight.js"),
)


def content_security_policy() -> str:
    """Return the policy as it stands in each page's head."""
    digest = base64.b64encode(hashlib.sha256(FIRST_SCRIPT.encode()).digest()).decode()
    policy = "; ".join(f"{name} {value}" for name, value in POLICY.items())
    return policy.format(hash=f"'sha256-{digest}'")


def scripts(context: dict[str, Any]) -> list[str]:
    """Name what the page loads after its first paint, in order."""
    names = [
        "site.js",
        *(glossary.SCRIPTS if context["mi_terms"] else ()),
        *([quiz.SCRIPT] if context["mi_quizzes"] else ()),
        *(["cards.js"] if context["mi_cards"] else ()),
        *([figure_pages.SCRIPT] if context["mi_charts"] else ()),
        *filter(None, [context["mi_data"]]),
        *(f"charts/{name}" for name in context["mi_chart_scripts"] if context["mi_charts"]),
    ]
    return [context["pathto"](f"_static/{name}", 1) for name in (*names, *["design-tabs.js"] * context["mi_grids"])]


def mark() -> str:
    """Return the book's sign, which is also its icon, as it stands in the bar."""
    sign = etree.parse(HERE / "static" / "favicon.svg").getroot()
    sign.attrib.update(_SIGN)
    text: str = etree.tostring(sign, encoding="unicode")
    return text


def contents(toctree: str) -> str:
    """Return the contents as they stand in the bar: parts are no headings there, and one page is the reader's."""
    body = tree.body(toctree)
    for part in body.find_class("caption"):
        for name in ("role", "aria-level"):
            part.attrib.pop(name, None)
    for link in body.iterfind(".//a"):
        if "current" in link.classes:
            link.set("aria-current", "page")
    return tree.written(body)


def neighbor(app: Sphinx, page: str | None) -> dict[str, str] | None:
    """Describe the page before or after: name, numbered title, and the sentence that invites to it (``teaser``)."""
    if not page:
        return None
    return {
        "page": page,
        "title": numbered.titled(app.env, page),
        "teaser": app.env.metadata.get(page, {}).get("teaser", ""),
    }


def _configure(app: Sphinx, config: Config) -> None:
    config.html_baseurl = address.of(config)
    config.templates_path.insert(0, str(HERE / "templates"))
    config.html_static_path.append(str(HERE / "static"))
    # Styles stand in every page: a changed one must write all pages again, and a changed setting makes Sphinx do so;
    # nor does it copy a changed script where no page is written.
    looks = sorted(path for kind in ("styles", "templates", "static") for path in (HERE / kind).glob("*.*"))
    config.html_context["mi_looks"] = hashlib.sha256(b"".join(path.read_bytes() for path in looks)).hexdigest()


def _context(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    before, after = app.builder.relations.get(page, [None, None, None])[1:]  # type: ignore[attr-defined]
    metadata = app.env.metadata.get(page, {})
    own = numbered.titled(app.env, page) if page in app.env.titles else context.get("title")
    title = own or app.config.html_title
    cover = page == app.config.root_doc
    toctree = context["toctree"]
    context.update(
        mi_policy=content_security_policy(),
        mi_first_script=FIRST_SCRIPT,
        mi_preview=preview.enabled(),
        mi_before=neighbor(app, before),
        mi_after=neighbor(app, after),
        mi_description=social.description(metadata, doctree),
        mi_address=app.config.html_baseurl,
        mi_title=app.config.html_title if cover else f"{title} · {app.config.html_title}",
        mi_cover=cover,
        mi_has_code="kernelspec" in metadata,
        mi_mark=mark(),
        mi_contents=lambda: contents(toctree(maxdepth=1, collapse=False, titles_only=True, includehidden=True)),
    )
    context["mi_scripts"] = scripts(context)


def _prune(app: Sphinx, exception: Exception | None) -> None:
    static = Path(app.outdir, "_static")
    for name in (*_UNUSED, *_UNUSED_OF_SPHINX):
        for path in static.glob(name):
            if path.name != social.NAME:  # drawn again it would take every build some seconds
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        for child in path.iterdir():
            _remove(child)
        path.rmdir()
    elif path.exists():
        path.unlink()


def setup(app: Sphinx) -> None:
    """Put our templates and files before the theme's, and drop what no page loads when the site is written."""
    if "comments_config" not in app.config.values:  # Jupyter Book sets it even where nothing reads it
        app.add_config_value("comments_config", {}, "")
    app.connect("config-inited", _configure, priority=900)
    app.connect("html-page-context", _context, priority=900)
    app.connect("build-finished", _prune)
