"""Each page with code can be taken away as an executed notebook that runs elsewhere, the same bytes for the same page.

It begins with what it is, what it will train, and a cell that installs the package: from the book's public address if
it has one, else from the wheel beside the notebook (`wheel`). Its text is that of the page (`plain_text`); its figures
are pictures, with a link to where they are alive.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from mnist_interp.data import published
from mnist_interp.runtime import code_digest, preview
from mnist_interp.runtime.progress import minutes
from mnist_interp.site import ahead, data_files, figure_pages, pad_files, picture_files, plain_text, stamps, tree, wheel
from mnist_interp.site.digest import KEY
from mnist_interp.site.errors import BookError
from mnist_interp.site.execution import executed_name, glued
from mnist_interp.training import costs, registry

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from pybtex.database import Person
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

INSTALLS = "mi-install"  # tag of the cell that the page does not have
_BESIDE = "../../"  # the site, from the notebooks' folder
_MOST_AUTHORS = 2
_PAPER = '<rect width="100%" height="100%" fill="#fff"/>'
_BEGINNING = """\
*This notebook is the page [{title}]({address}) of the book “{book}”, as it ran when the book was built.{preview}*

**Before you run it.** It needs Python 3.11 or newer. The next cell installs the package `mnist-interp`, digits
included, from {source}, along with its dependencies; PyTorch alone may take gigabytes.

Cells train the networks they use, out of the book’s {networks:,}. Training all of those takes {training} on one
processor of {rate:.0f} GFLOP/s, and this page’s other computations take {page}. Results are saved in your cache folder
(or the folder that `MNIST_INTERP_CACHE` names), so a second run is quick. With `MNIST_INTERP_PREVIEW=1` in the
environment, everything is small and fast, and the numbers mean nothing.\
"""


def _network_seconds() -> tuple[int, float]:
    """Return how many networks the book has, and how long they all take to train."""
    pairs = {(recipe, seed) for recipe, seeds in registry.BOOK.values() for seed in seeds}
    return len(pairs), sum(costs.seconds(recipe) for recipe, _ in pairs)


def beginning(page: str, referred: plain_text.Book, *, base: str, book: str, package: str) -> list[Any]:
    """Return the two cells that a notebook begins with: what to know, and what installs the package.

    Parameters
    ----------
    page : str
        Name of the page.
    referred : plain_text.Book
        What the pages are called.
    base : str
        Address of the site's folder, with a slash at its end.
    book : str
        Title of the book.
    package : str
        Name of the wheel's file.
    """
    networks, seconds = _network_seconds()
    public = base != _BESIDE
    text = _BEGINNING.format(
        title=referred.titles[page],
        address=f"{base}{page}.html",
        book=book,
        source="the book’s own address"
        if public
        else f"the file `{package}`, which must be in the same folder as this notebook",
        networks=networks,
        training=minutes(seconds),
        rate=costs.RATE,
        page=minutes(ahead.EXPECTED.get(page, 0)),
        preview=" It is a preview: 3 seeds, 1 epoch, and its numbers mean nothing." if preview.enabled() else "",
    )
    where = f"{base}{wheel.FOLDER}/{package}" if public else f"./{package}"
    code = nbformat.v4.new_code_cell(f"%pip install --quiet {where}", metadata={"tags": [INSTALLS]})
    return [nbformat.v4.new_markdown_cell(text), code]


def _picture(svg: HtmlElement) -> str:
    width, height = svg.get("viewbox").split()[2:]
    content = picture_files.drawing(_PAPER + tree.svg(svg), width=int(width), height=int(height), shades={})
    data = base64.b64encode(content.encode()).decode()
    alt = escape(svg.get("aria-label") or "")
    return f'<img alt="{alt}" width="{width}" height="{height}" src="data:image/svg+xml;base64,{data}">'


def still(html: str, page: str, base: str) -> str:
    """Return an output of a page as a notebook can show it: of a figure its pictures, its caption and its address.

    Parameters
    ----------
    html : str
        The output.
    page : str
        Name of the page.
    base : str
        Address of the site's folder, with a slash at its end.
    """
    body = tree.body(html)
    if body.find_class("mi-bench"):
        return f'<p>The <a href="{base}{page}.html#lesion-bench">lesion bench</a> is on the page.</p>'
    if body.find_class(pad_files.PART):
        for live in body.find_class(pad_files.LIVE):
            live.drop_tree()
        return tree.written(body)
    figures = body.find_class("mi-figure")
    if not figures:
        return html
    (figure,) = figures
    pictures = "\n".join(_picture(svg) for svg in figure.find_class("mi-picture-wide") if svg.tag == "svg")
    (caption,) = figure.iter("figcaption")
    for tools in caption.find_class("mi-tools"):
        tools.drop_tree()
    address = f"{base}{figure_pages.PAGE}.html#{page}/{data_files.called(figure)}"
    link = f'<a href="{address}">The figure alive, with its data</a>.'
    return f"<figure>\n{pictures}\n<figcaption>{tree.written(caption)} {link}</figcaption>\n</figure>"


def authors(people: list[Person]) -> str:
    """Return the last names of authors, of more than two the first one's."""
    names = [" ".join(person.prelast_names + person.last_names).strip("{}") for person in people]
    alone = len(names) <= _MOST_AUTHORS and "others" not in names
    return " and ".join(names) if alone else f"{names[0]} et al."


def _book(env: BuildEnvironment, page: str, base: str, values: dict[str, str]) -> plain_text.Book:
    data = env.domaindata
    cited = {
        one.key: (
            authors(one.entry.persons["author"]),
            one.entry.fields["year"],
            f"{one.bibliography_key.docname}.html#{one.citation_id}",
        )
        for one in data.get("cite", {}).get("citations", ())
    }
    equations = data["math"]["objects"].items()
    return plain_text.Book(
        page=page,
        base=base,
        glued=values,
        terms={term: f"{name}.html#{anchor}" for term, (name, anchor) in data["std"]["terms"].items()},
        titles={name: title.astext() for name, title in env.titles.items()},
        cited=cited,
        equations={label: (f"{name}.html#equation-{label}", number) for label, (name, number) in equations},
        published=lambda path, form: format(published.figure(path), form),
    )


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Give cells ids by their number and take out what only this build needed, in place."""
    notebook.metadata.get("kernelspec", {}).pop(KEY, None)
    notebook.metadata.pop("source_map", None)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:03d}"
        cell.metadata.pop("execution", None)
    return notebook


def _exported(notebook: nbformat.NotebookNode, book: plain_text.Book, *, title: str, package: str | None) -> str:
    page, base = book.page, book.base
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            try:
                cell.source = plain_text.of(cell.source, book)
            except KeyError as error:
                raise BookError(f"the notebook of {page}.md cannot be written: nothing is called {error}") from None
        for output in cell.get("outputs", ()):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = still(output.data["text/html"], page, base)
    if package:
        notebook.cells = [*beginning(page, book, base=base, book=title, package=package), *notebook.cells]
    return nbformat.writes(tidy(notebook)) + "\n"


def _write(app: Sphinx, exception: Exception | None) -> None:
    pages = sorted(getattr(app.env, "mi_digests", {})) if exception is None else []
    if not pages:
        return
    executed = Path(app.env.mystnb_config.output_folder)  # type: ignore[attr-defined]
    folder = Path(app.outdir, wheel.FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    package, code = wheel.keep(app), code_digest.of_modules([__name__])
    for page in pages:
        source = executed / executed_name(page)
        if not source.is_file():
            raise BookError(f"the executed notebook of {page}.md is missing ({source.name}); build again with --all")
        content, target = source.read_bytes(), folder / f"{page}.ipynb"
        notebook = nbformat.reads(content.decode(), as_version=4)
        book = _book(app.env, page, app.config.html_baseurl or _BESIDE, glued(notebook))
        named = (sorted(found.items()) for found in (book.terms, book.titles, book.cited, book.equations))
        refers = repr((package, book.base, *named))  # sorted, as a page that is read again comes last
        key = hashlib.sha256(content + refers.encode() + code.encode()).hexdigest()
        if not stamps.stands(app, f"notebook-{page}", key, [target]):
            text = _exported(notebook, book, title=app.config.html_title, package=package)
            target.write_text(text, encoding="utf-8")
            stamps.written(app, f"notebook-{page}", key)


def setup(app: Sphinx) -> None:
    """Write the notebooks when all pages are written, and `strict` has found nothing missing in them."""
    app.connect("build-finished", _write, priority=920)
