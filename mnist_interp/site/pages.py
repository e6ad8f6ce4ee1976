"""What becomes of a page's HTML before its template: parsed once, changed by each part in turn, written once.

This is the one place where pages are changed; what is done to them each part says itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnist_interp.site import (
    accessible,
    bench_files,
    chapter_cards,
    chart_files,
    claims_file,
    data_files,
    figure_pages,
    frame_files,
    glossary,
    notes,
    pad_files,
    picture_files,
    quiz,
    styles,
    tree,
    typeset,
    under_title,
)

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

_GRIDS = ("sd-row", "sd-tab-set")


def _change(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    pathto = context["pathto"]
    below = pathto(styles.LINKED, 1)
    body = tree.body(context.get("body") or "")
    frame_files.part(app, body, lambda name: pathto(f"_static/{frame_files.FOLDER}/{name}", 1))
    accessible.mend(body)
    chapter_cards.fill(body, page, app.env, pathto)
    claims_file.name_chapters(body, app.env)
    typeset.mend(body)
    quizzes = quiz.fill(body, page)
    data = chart_files.take_data(body)
    data_files.link(body, page, pathto)
    figure_pages.link(body, page, pathto)
    pictures = picture_files.part(
        body,
        app.mi_shades,  # type: ignore[attr-defined]
        lambda name: pathto(f"_static/{picture_files.FOLDER}/{name}", 1),
    )
    has_code = under_title.close_code(body)
    if page != app.config.root_doc:
        under_title.add(body, context["toc"] if context.get("display_toc") else "", has_code=has_code)
    parted = styles.part(body, below)
    notes.place(body)
    bench_files.link(body, page, pathto, app.config.html_baseurl)
    pad_files.link(body, pathto)
    picture_files.write(app, pictures)
    context.update(
        body=tree.written(body),
        mi_switch=tree.outer(under_title.switch()) if has_code else "",
        mi_data=data_files.keep(app, page, data),
        mi_terms=glossary.uses(body),
        mi_quizzes=quizzes,
        mi_cards=bool(body.find_class("mi-claim")),
        mi_charts=bool(body.find_class("mi-figure")),
        mi_chart_scripts=app.mi_chart_files["scripts"],  # type: ignore[attr-defined]
        mi_grids=any(body.find_class(name) for name in _GRIDS),
        mi_style=app.mi_style + (app.mi_cover_style if body.find_class("mi-small") else ""),  # type: ignore[attr-defined]
        mi_below="" if parted else tree.outer(styles.sheet(below)),  # a page that is all template has it in its head
    )


def setup(app: Sphinx) -> None:
    """Change each page before its template is filled."""
    app.connect("html-page-context", _change, priority=600)
