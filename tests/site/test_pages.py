"""What a built page holds: numbers, figures, mathematics, notes, downloads; and that it is the same each time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from safetensors.torch import load_file
from tinybook import HEADER, Book

from mnist_interp.data import published
from mnist_interp.site import (
    budget,
    chart_files,
    claims_file,
    data_files,
    digest,
    mathematics,
    picture_files,
    styles,
    tokens,
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
    assert "25.0%" in page
    assert ">−1.5<" in page
    shown = re.search(r'<span class="mi-published" title="test_accuracy: [^"]*">([^<]*)</span>', page)
    assert shown is not None
    assert float(shown[1]) == published.figure("test_accuracy")
    assert re.search(r'<math [^>]*display="block"', page)
    assert '<a class="reference internal" href="#equation-sum">(1)</a>' in page
    assert re.search(r'<details class="mi-fold"><summary>Solution</summary><div[^>]*>\s*<p>Folded', page)
    assert 'class="sidenote"' in page
    assert "It begins with a sum." in cover
    assert "Preview:" in page
    assert "Preview:" in cover
    assert "Content-Security-Policy" in page
    assert "unsafe-eval" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)

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


@pytest.mark.parametrize(("latex", "part"), [("x^2", "<msup>"), (r"\frac{1}{n}", "<mfrac>"), (r"\log p", "<mspace")])
def test_mathml(latex: str, part: str) -> None:
    assert part in mathematics.mathml(latex)


def test_equal_data_is_kept_once() -> None:
    data = '<script type="application/json" class="mi-data" id="data-{0}">[{0}]</script>'
    html = "".join(["<p>a</p>", data.format(1), data.format(2), "<p>b</p>", data.format(1)])
    assert chart_files.parted(html) == ("<p>a</p><p>b</p>", {"data-1": "[1]", "data-2": "[2]"})


def test_the_dark_theme_needs_no_script_and_leaves_paper_alone() -> None:
    css = ':root{--a:1}[data-theme=dark] .x,:root[data-theme="dark"]{--a:2}@media print{[data-theme=dark]{--a:1}}'
    expected = ":root:not([data-theme]) .x,:root:not([data-theme]){--a:2}"
    assert styles.dark_without_script(css) == f"@media screen and (prefers-color-scheme:dark){{{expected}}}"
    assert styles.dark_without_script(":root{--a:1}") == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1>A</h1>\n<p>b</p>\n<p>c</p><aside>d</aside>", "<h1>A</h1>\n<p>b</p>\n<p>c</p>\nLINK<aside>d</aside>"),
        ("<h1>A</h1><dl>b</dl><h1>C</h1>", "<h1>A</h1>\nLINK<dl>b</dl><h1>C</h1>"),
        ("<p>no title</p>", "<p>no title</p>"),
    ],
)
def test_the_rest_of_the_style_is_linked_where_the_opening_ends(body: str, expected: str) -> None:
    assert styles.opened(body, "LINK") == expected


def test_tables_become_one_file() -> None:
    one, two = {"a": [1, None], "b": ["x", 'say "y", so']}, {"b": [True], "c": [0.5]}
    assert data_files.lines([one]) == 'a,b\n1,x\n,"say ""y"", so"\n'
    assert data_files.lines([one, two]) == 'table,a,b,c\n1,1,x,\n1,,"say ""y"", so",\n2,,true,0.5\n'


def test_claims_are_read_from_the_page() -> None:
    html = '<p></p><script type="application/json" id="claims-json">[{"id": "a", "statement": "x <\\/b>"}]</script>'
    assert claims_file.claims_in(html) == [{"id": "a", "statement": "x </b>"}]
    with pytest.raises(BookError, match="claims-json"):
        claims_file.claims_in("<p></p>")


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


SVG = '<svg class="mi-{0}" role="img" aria-label="A &lt; b" viewBox="0 0 10 20" xmlns="x">{1}</svg>'


def test_pictures_become_files_of_both_themes() -> None:
    dark, paper = "[data-theme=dark]{--mi-ink:#eee;--mi-paper:#000;}", ":root,[data-theme=dark]{--mi-ink:#111;}"
    shades = picture_files.dark_shades(f":root{{--mi-ink:#111;}}\n{dark}\n@media print{{{paper}}}")
    assert shades == {"ink": "#eee", "paper": "#000"}
    stroke = '<path stroke="var(--mi-ink, #111)"/>'
    png = "data:image/png;base64,aGVsbG8="
    html = f'{SVG.format("wide", stroke)}{SVG.format("narrow", stroke)}<img alt="" src="{png}"><i style="a:url({png})">'
    body, files = picture_files.parted(html, shades, lambda name: f"p/{name}")
    svg, raster = sorted(files, key=lambda name: Path(name).suffix, reverse=True)
    assert files[raster] == b"hello"
    picture = files[svg].decode()
    assert "prefers-color-scheme:dark){:root{--mi-ink:#eee;}}" in picture
    assert stroke in picture
    shown = f'alt="A &lt; b" width="10" height="20" loading="lazy" decoding="async" src="p/{svg}">'
    assert body == (
        f'<img class="mi-wide" {shown}<img class="mi-narrow" {shown}'
        f'<img loading="lazy" decoding="async" alt="" src="p/{raster}"><i style="a:url(p/{raster})">'
    )


def test_of_highlighted_code_only_what_is_colored_stays_marked() -> None:
    code = '<div class="highlight"><pre><span></span><span class="kn">from</span> <span class="n">a</span></pre></div>'
    kinds = tokens.styled(".highlight .kn, .highlight .s { color: red }")
    assert kinds == {"kn", "s"}
    assert (
        tokens.plain(code + '<p class="n">', kinds) == code.replace('<span class="n">a</span>', "a") + '<p class="n">'
    )
