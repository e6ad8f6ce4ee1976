"""How to cite a page, and where to report an error in it or run it: at the end of each page.

The citation stands on every page, without scripts and on paper. The two links need the repository that ``_config.yml``
names (``repository: url``); one to run the page needs a service that is named there too (``launch_buttons``), and the
repository to be on GitHub, as such a service's addresses say.
"""

from __future__ import annotations

import functools
import importlib.metadata
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from mnist_interp.site import address, numbered

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

NAME = "mnist-interp"
_GITHUB = "github.com"


@functools.cache
def version() -> str:
    """Return the book's version: the checkout's, else that of the package as installed."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    if project.is_file():
        given: str = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
        return given
    return importlib.metadata.version(NAME)


def words(config: Config, page: str, title: str) -> dict[str, str]:
    """Return what a citation is made of: ``author``, ``year``, ``book``, ``title``, ``page``, ``version``, ``url``.

    Parameters
    ----------
    config : Config
        The book's settings.
    page : str
        Name of the page.
    title : str
        Its title, without markup; of the cover, the book's.
    """
    base, book = address.of(config), config.html_title
    name = "" if page == config.root_doc else f"{page}.html"
    return {
        "author": config.author,
        "year": str(config.copyright),
        "book": book,
        "title": "" if page == config.root_doc else title,
        "page": page,
        "version": version(),
        "url": f"{base}{name}" if base else "",
    }


def bibtex(cited: dict[str, str]) -> str:
    """Return the citation as an entry for BibTeX: of the book, or of a page in it."""
    fields = {
        "author": f"{{{cited['author']}}}",
        "title": cited["title"] or cited["book"],
        "booktitle": cited["book"] if cited["title"] else "",
        "year": cited["year"],
        "note": f"Version {cited['version']}",
        "url": cited["url"],
    }
    kind, name = ("incollection", f"-{cited['page']}") if cited["title"] else ("book", "")
    lines = "".join(f"  {field} = {{{value}}},\n" for field, value in fields.items() if value)
    return f"@{kind}{{interpreting-mnist{name},\n{lines}}}"


def _repository(config: Config) -> str:
    url = str((config.html_theme_options or {}).get("repository_url") or "").strip().rstrip("/")
    return url if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc else ""


def report(config: Config, title: str) -> str:
    """Return the address at which an error in a page of this title is reported; empty without a repository."""
    url = _repository(config)
    return f"{url}/issues/new?title={quote(f'Error in “{title}”', safe='')}" if url else ""


def launch(config: Config, page: str) -> str:
    """Return the address at which Binder opens a page's source; empty without a service or a repository on GitHub."""
    url = urlsplit(_repository(config))
    buttons = (config.html_theme_options or {}).get("launch_buttons") or {}
    service = str(buttons.get("binderhub_url") or "").rstrip("/")
    if not service.startswith("https://") or url.netloc != _GITHUB:
        return ""
    place = quote(f"lab/tree/book/{page}.md", safe="")
    return f"{service}/v2/gh{url.path}/HEAD?urlpath={place}"


def _context(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    title = numbered.titled(app.env, page) if page in app.env.titles else str(context.get("title") or "")
    plain = app.env.titles[page].astext() if page in app.env.titles else title
    cited = words(app.config, page, plain)
    has_code = "kernelspec" in app.env.metadata.get(page, {})
    context.update(
        mi_cited=cited,
        mi_bibtex=bibtex(cited),
        mi_report=report(app.config, title),
        mi_launch=launch(app.config, page) if has_code else "",
    )


def setup(app: Sphinx) -> None:
    """Give every page its citation and its links."""
    app.connect("html-page-context", _context, priority=900)
