"""What a built page holds: numbers, figures, mathematics, notes, downloads; and that it is the same each time."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from safetensors.torch import load_file
from tinybook import HEADER, Book

from mnist_interp import methods
from mnist_interp.data import published
from mnist_interp.site import (
    accessible,
    bench_files,
    budget,
    chart_files,
    claims_file,
    data_files,
    digest,
    mathematics,
    notes,
    picture_files,
    styles,
    theme,
    tree,
    typeset,
    under_title,
)
from mnist_interp.site.errors import BookError
from mnist_interp.site.prose import glue

PAGE = (
    HEADER.replace("---\n", "---\nteaser: It begins with a sum.\n", 1)
    + """# Page

The share is {glue:text}`share:.1%`, published {published}`test_accuracy:.2f`,
and lost {glue:text}`lost:.1f`. See {eq}`sum` and {doc}`index`.[^note]

[^note]: Beside the line.

$$ s = \\sum_i x_i $$ (sum)

```{margin} Aside
In the margin.
```

```{admonition} Solution
:class: dropdown
Folded.
```

```{code-cell} ipython3
import numpy as np
from mnist_interp.site.prose import glue
glue("share", np.float64(0.25))
glue("lost", -1.5)
```
"""
)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_page_and_downloads(book: Book, tmp_path: Path) -> None:
    book.write("page", PAGE)
    done = book.build()
    assert done.returncode == 0, done.stdout + done.stderr
    page, cover = book.page("page"), book.page("index")
    content = tree.document(page)
    assert [glued.text for glued in content.find_class("pasted-text")] == ["25.0%", "−1.5"]
    (shown,) = content.find_class("mi-published")
    assert shown.get("title").startswith("test_accuracy: ")
    assert float(shown.text) == published.figure("test_accuracy")
    assert content.find(".//math[@display='block']") is not None
    assert content.findtext(".//a[@class='reference internal'][@href='#equation-sum']") == "(1)"
    (fold,) = content.find_class("mi-fold")
    assert fold.findtext("summary") == "Solution"
    assert fold.findtext("div/p") == "Folded."
    assert content.find_class("sidenote")
    assert "It begins with a sum." in cover
    assert "Preview:" in page
    assert "Preview:" in cover
    assert "Content-Security-Policy" in page
    assert "unsafe-eval" not in page
    assert not [address for address in content.xpath("//@src | //@href") if "//" in address]

    notebook = nbformat.read(book.site / "downloads" / "notebooks" / "page.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec == {"display_name": "Python 3", "name": "python3"}
    weights = load_file(book.site / "downloads" / "baseline-seed31416.safetensors")
    assert {name: tuple(tensor.shape) for name, tensor in weights.items()} == {
        "linear1.weight": (32, 784),
        "linear1.bias": (32,),
        "linear2.weight": (16, 32),
        "linear2.bias": (16,),
        "output.weight": (10, 16),
        "output.bias": (10,),
    }
    assert json.loads((book.site / "site.json").read_text())["with_code"] == ["page"]
    before = files(book.site)

    (book.folder / "_build").rename(tmp_path / "first")
    elsewhere = Book(tmp_path / "elsewhere", book.environment)
    elsewhere.folder.mkdir()
    for name in ("book", "_config.yml"):
        (book.folder / name).rename(elsewhere.folder / name)
    assert elsewhere.build().returncode == 0
    after = files(elsewhere.site)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []


def test_every_public_instrument_is_in_the_reference(built_site: Path) -> None:
    names = set()
    for path in sorted(Path(methods.__path__[0]).glob("[!_]*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                names.add(f"mnist_interp.methods.{path.stem}.{node.name}")
    shown = set(tree.read(built_site / "toolbox.html").xpath("//dt/@id"))
    assert names - shown == set()
    assert len(names) > 80


def test_every_link_leads_to_an_anchor(built_site: Path) -> None:
    pages = {path.name: tree.read(path) for path in built_site.glob("*.html")}
    anchors = {name: set(page.xpath("//@id | //a/@name")) for name, page in pages.items()}
    found = [(name, address) for name, page in pages.items() for address in page.xpath("//a/@href")]
    lost, followed = [], 0
    for name, address in found:
        place = urlsplit(address)
        if place.scheme or not place.fragment or Path(place.path).suffix not in ("", ".html"):
            continue
        followed += 1
        scripted = {"bench": "lesion-bench", "neuron": "fig-dossier"}  # by what stands before an equals sign
        anchor = scripted.get(place.fragment.split("=")[0], unquote(place.fragment))
        if anchor not in anchors.get(place.path or name, ()):
            lost.append(f"{name}: {address}")
    assert lost == []
    assert followed > len(pages)


def test_digest_moves_no_line_and_covers_imports() -> None:
    text = HEADER + "# Page\n\n```{code-cell}\nfrom mnist_interp.methods import statistics\n%time\n```\n"
    marked = digest.with_digest(text, "abc")
    assert marked.splitlines()[8:] == text.splitlines()[8:]
    assert '"mnist_interp": "abc"' in marked
    assert digest.modules_of(text) == ["mnist_interp.methods.statistics"]
    assert digest.of_page(text) == digest.of_page(text.replace("# Page", "# Other words"))
    assert digest.of_page(text) != digest.of_page(text.replace("statistics", "ranks"))


def test_preview_is_another_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_INTERP_PREVIEW", "0")
    whole = digest.of_page(HEADER)
    monkeypatch.setenv("MNIST_INTERP_PREVIEW", "1")
    assert digest.of_page(HEADER) != whole


def test_glue_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="cannot glue 'shares': got a list"):
        glue("shares", [0.1, 0.2])


@pytest.mark.parametrize(
    ("latex", "part"),
    [
        ("x^2", "<msup>"),
        (r"\frac{1}{n}", "<mfrac>"),
        (r"\log p", '<mi>log</mi><mspace width="0.1667em" /><mi>p</mi>'),
        ("a < b", 'data-latex="a &lt; b"'),
        ("a < b", "<mo>&lt;</mo>"),
    ],
)
def test_mathml(latex: str, part: str) -> None:
    assert part in mathematics.mathml(latex)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"a = b, \qquad c = d", ["a = b, ", " c = d"]),
        (r"\text{a \qquad b}", [r"\text{a \qquad b}"]),
        (r"\begin{split}a \qquad b\end{split}", [r"\begin{split}a \qquad b\end{split}"]),
        (r"\{a\} \qquad b", [r"\{a\} ", " b"]),
    ],
)
def test_a_formula_is_parted_at_wide_spaces(latex: str, expected: list[str]) -> None:
    assert mathematics.parts(latex) == expected


def test_no_space_before_a_bracket() -> None:
    assert "mspace" not in mathematics.mathml(r"\ln(x)")


def test_equal_data_is_kept_once() -> None:
    data = '<script type="application/json" class="mi-data" id="data-{0}">[{0}, "<b>"]</script>'
    body = tree.body("".join(["<p>a</p>", data.format(1), data.format(2), "<p>b</p>", data.format(1)]))
    assert chart_files.take_data(body) == {"data-1": '[1, "<b>"]', "data-2": '[2, "<b>"]'}
    assert tree.written(body) == "<p>a</p><p>b</p>"


@pytest.mark.parametrize(
    "html",
    [
        "words &lt; <b>bold</b> &amp; é",
        '<p>a<aside>b</aside></p><details open><summary>c</summary></details><input checked value="d">',
        '<script type="application/json">{"a<b": "&amp;</p>"}</script><pre>\n  a\n</pre>',
        '<math display="block"><mi>x</mi><mspace width="1em"></mspace></math>',
    ],
)
def test_what_no_part_changes_stays_as_it_is(html: str) -> None:
    assert tree.written(tree.body(html)) == html


def test_accessible_words() -> None:
    body = tree.body(
        '<table border="1" class="dataframe"><tr><th></th><th>a</th></tr></table>'
        '<details class="hide"><summary aria-label="Toggle hidden content">Code</summary></details>'
        '<label><span id="n">\n<sup>1</sup></span>\n</label><span class="pasted-text">-1.5</span>'
        '<span class="pasted-text">-0.00</span><span class="pasted-text">-a</span>'
        '<h2>B<a class="headerlink" href="#b">#</a></h2>'
    )
    accessible.mend(body)
    assert tree.written(body) == (
        '<table class="dataframe"><tr><td></td><th>a</th></tr></table>'
        '<details class="hide"><summary>Code</summary></details>'
        '<label><span id="n"><sup>1</sup></span></label><span class="pasted-text">−1.5</span>'
        '<span class="pasted-text">0.00</span><span class="pasted-text">-a</span>'
        '<h2>B<a class="headerlink" href="#b" aria-hidden="true" tabindex="-1">#</a></h2>'
    )


def test_apostrophes_and_minus_signs_are_set_everywhere_but_in_code() -> None:
    given = (
        "<p>a layer's -1<code>d['a'] -1</code> digits' mean</p><pre>it's</pre><span class=\"sig\">x='y'</span>"
        "<figure><text>-0.04</text><p>(-2 to 1-3)</p></figure><table><tr><td>-1%</td></tr></table>"
    )
    body = tree.body(given)
    typeset.mend(body)
    assert tree.written(body) == (
        "<p>a layer’s -1<code>d['a'] -1</code> digits’ mean</p><pre>it's</pre><span class=\"sig\">x='y'</span>"
        "<figure><text>−0.04</text><p>(−2 to 1-3)</p></figure><table><tr><td>−1%</td></tr></table>"
    )


def test_contents_are_no_headings_and_name_the_page_that_is_read() -> None:
    entry = '<p{}>Part</p><a class="current reference internal" href="#"{}>One</a>'
    given = entry.format(' aria-level="2" class="caption" role="heading"', "")
    assert theme.contents(given) == entry.format(' class="caption"', ' aria-current="page"')


def test_the_dark_theme_needs_no_script_and_leaves_paper_alone() -> None:
    css = ':root{--a:1}[data-theme=dark] .x,:root[data-theme="dark"]{--a:2}@media print{[data-theme=dark]{--a:1}}'
    expected = ":root:not([data-theme]) .x,:root:not([data-theme]){--a:2}"
    assert styles.dark_without_script(css) == f"@media screen and (prefers-color-scheme:dark){{{expected}}}"
    assert styles.dark_without_script(":root{--a:1}") == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1>A</h1>\n<p>b</p>\n<p>c</p><aside>d</aside>", "<h1>A</h1>\n<p>b</p>\n<p>c</p>LINK<aside>d</aside>"),
        ('<h1>A</h1><div class="mi-aids">b</div><p>c</p>', '<h1>A</h1><div class="mi-aids">b</div><p>c</p>LINK'),
        ("<h1>A</h1><dl>b</dl><h1>C</h1>", "<h1>A</h1>LINK<dl>b</dl><h1>C</h1>"),
        ("<p>no title</p>", "<p>no title</p>"),
    ],
)
def test_the_rest_of_the_style_is_linked_where_the_opening_ends(body: str, expected: str) -> None:
    content = tree.body(body)
    assert styles.part(content, "below.css") == ("LINK" in expected)
    assert tree.written(content) == expected.replace("LINK", '<link rel="stylesheet" href="below.css">')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>{long}</p>{note}{wide}", "<div class='mi-beside'>{note}<p>{long}</p></div>{wide}"),
        (
            "<p>{long}</p><p>{short}</p>{note}{wide}",
            "<div class='mi-beside'>{note}<p>{long}</p><p>{short}</p></div>{wide}",
        ),
        ("<p>{long}</p>{note}{code}{wide}", "<div class='mi-beside'>{note}<p>{long}</p></div>{code}{wide}"),
        ("<p>{short}</p>{note}{wide}", "<p>{short}</p>{column}{wide}"),
        ("{wide}{note}<p>{short}</p>{wide}", "{wide}{column}<p>{short}</p>{wide}"),
        ("<p>{long}</p>{note}<p>{long}</p>{wide}", None),
        ("<p>{long}</p>{note}<h2>b</h2>{wide}", None),
        ("<p>{long}</p>{note}", None),
    ],
)
def test_a_note_rises_or_stands_in_the_column_where_a_wide_figure_follows(body: str, expected: str | None) -> None:
    parts = {
        "long": "word " * 100,
        "short": "word " * 10,
        "note": f'<aside class="margin sidebar"><p>{"word " * 50}</p></aside>',
        "column": f'<aside class="margin sidebar mi-in-column"><p>{"word " * 50}</p></aside>',
        "code": '<div class="cell"><details class="hide">x</details></div>',
        "wide": '<div class="cell"><div class="cell_output"><figure class="mi-wide-figure">x</figure></div></div>',
    }
    content = tree.body(body.format(**parts))
    notes.place(content)
    assert tree.written(content) == (expected or body).replace("'", '"').format(**parts)


def test_what_stands_under_a_title() -> None:
    code = "x\n" * 13  # a shorter fold needs no way to close it at its end
    fold = f'<div class="cell tag_hide-input"><details class="admonition hide"><pre>{code}</pre></details></div>'
    sections = '<ul><li><a href="#">A</a><ul><li><a href="#b">B</a></li></ul></li></ul>'
    content = tree.body(f"<h1>A</h1><p>a</p>{fold}")
    assert under_title.close_code(content)
    under_title.add(content, sections, has_code=True)
    assert [link.get("href") for link in content.xpath("//h1/following-sibling::*[1]/details/nav//a")] == ["#", "#b"]
    assert content.xpath("//div[@class='mi-aids']/button/span/text()") == ["Show code", "Hide code"]
    assert content.xpath("//details[contains(@class, 'hide')]/*[last()]/text()") == ["Close"]
    bare = tree.body("<h1>A</h1><p>a</p>")
    assert not under_title.close_code(bare)
    under_title.add(bare, "", has_code=False)
    assert tree.written(bare) == "<h1>A</h1><p>a</p>"


@pytest.mark.parametrize("home", ["", "https://example.org/book/"])
def test_paper_names_the_address_of_a_bench(home: str) -> None:
    content = tree.body('<section class="mi-bench" id="lesion-bench">x</section>')
    bench_files.link(content, "page", lambda path, resource: path, home)
    assert content.findtext(".//p[@class='mi-on-paper']/span") == f"{home}page.html#lesion-bench"


def test_tables_become_one_file() -> None:
    one, two = {"a": [1, None], "b": ["x", 'say "y", so']}, {"b": [True], "c": [0.5]}
    assert data_files.lines([one]) == 'a,b\n1,x\n,"say ""y"", so"\n'
    assert data_files.lines([{"units": [["0", "2"], []]}]) == 'units\n"0,2"\n""\n'  # as scripts write lists
    assert data_files.lines([one, two]) == 'table,a,b,c\n1,1,x,\n1,,"say ""y"", so",\n2,,true,0.5\n'


def test_claims_are_read_from_the_page() -> None:
    html = '<p></p><script type="application/json" id="claims-json">[{"id": "a", "statement": "x <\\/b>"}]</script>'
    assert claims_file.claims_in(tree.document(html)) == [{"id": "a", "statement": "x </b>"}]
    with pytest.raises(BookError, match="claims-json"):
        claims_file.claims_in(tree.document("<p></p>"))


def test_the_filter_of_claims_names_chapters_by_number_and_title() -> None:
    env: Any = SimpleNamespace(
        toc_secnumbers={"neurons": {"": (2,)}}, titles={"neurons": SimpleNamespace(astext=lambda: "What they do")}
    )
    options = "".join(f'<label><input name="mi-chapter" value="{name}">1</label>' for name in ("all", "neurons"))
    body = tree.body(options)
    claims_file.name_chapters(body, env)
    assert [label.text_content() for label in body.iter("label")] == ["1", "2. What they do"]


def test_page_over_budget_names_its_heaviest_parts(tmp_path: Path) -> None:
    noise = "".join(f"{index * 7919 % 99991:05d}" for index in range(4000))
    (tmp_path / "site.js").write_text(noise, encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text(f'<html data-scripts="site.js"><svg id="big-one">{noise}</svg><svg id="small">x</svg>')
    budget.check(page)
    with pytest.raises(
        BookError, match=r"page.html weighs with its data \d+ kB .* budget of 1 kB. Heaviest: svg big-one"
    ):
        budget.check(page, page=1000)
    with pytest.raises(BookError, match=r"page.html loads at once \d+ kB .* Heaviest: site.js"):
        budget.check(page, frame=1000)


SVG = '<svg class="mi-picture-{0}" role="img" aria-label="A &lt; b" viewBox="0 0 10 20" xmlns="x">{1}</svg>'


def test_pictures_become_files_of_both_themes() -> None:
    dark, paper = "[data-theme=dark]{--mi-ink:#eee;--mi-paper:#000;}", ":root,[data-theme=dark]{--mi-ink:#111;}"
    shades = picture_files.dark_shades(f":root{{--mi-ink:#111;}}\n{dark}\n@media print{{{paper}}}")
    assert shades == {"ink": "#eee", "paper": "#000"}
    stroke = '<clipPath id="c"><path stroke="var(--mi-ink, #111)"/></clipPath><text>a &lt; b</text>'
    png = "data:image/png;base64,aGVsbG8="
    html = f'{SVG.format("wide", stroke)}{SVG.format("narrow", stroke)}<img alt="" src="{png}"><i style="a:url({png})">'
    body = tree.body(html)
    files = picture_files.part(body, shades, lambda name: f"p/{name}")
    svg, raster = sorted(files, key=lambda name: Path(name).suffix, reverse=True)
    assert files[raster] == b"hello"
    picture = files[svg].decode()
    assert "prefers-color-scheme:dark){:root{--mi-ink:#eee;}}" in picture
    assert stroke in picture
    shown = f'alt="A &lt; b" width="10" height="20" loading="lazy" decoding="async" src="p/{svg}">'
    assert tree.written(body) == (
        f'<img class="mi-picture-wide" {shown}<img class="mi-picture-narrow" {shown}'
        f'<img alt="" src="p/{raster}" loading="lazy" decoding="async"><i style="a:url(p/{raster})"></i>'
    )
