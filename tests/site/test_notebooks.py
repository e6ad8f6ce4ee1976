"""The notebooks that readers take away: plain text, pictures, and a package that installs where it is not."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import venv
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from mnist_interp.site import notebooks, plain_text, tree, wheel
from tests.pages import glued
from tests.places import facts, missing

BOOK = plain_text.Book(
    page="chapter",
    base="https://example.org/",
    glued={"share": "0.948", "lost": "-1.5", "verdict": "'mixed'"},
    terms={"dead neuron": "glossary.html#term-dead-neuron"},
    titles={"chapter": "A chapter", "index": "Cover"},
    cited={"a2020": ("A and B", "2020", "bibliography.html#id1"), "c2021": ("C", "2021", "bibliography.html#id2")},
    equations={"eq-one": ("chapter.html#equation-eq-one", 3)},
    published=lambda path, form: format({"loss": 1.7227}[path], form),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{glue:text}`share:.1%` and {glue:text}`lost:.1f`", "94.8% and −1.5"),
        ("*{glue:text}`verdict`*, {published}`loss:.2f`", "*mixed*, 1.72†"),
        (
            "so {cite:p}`a2020,c2021`",
            "so ([A and B, 2020](https://example.org/bibliography.html#id1); "
            "[C, 2021](https://example.org/bibliography.html#id2))",
        ),
        ("{cite:t}`c2021` say", "[C (2021)](https://example.org/bibliography.html#id2) say"),
        (
            "{term}`dead neurons <dead\nneuron>`, {eq}`eq-one`, {doc}`index`",
            "[dead neurons](https://example.org/glossary.html#term-dead-neuron), "
            "[(3)](https://example.org/chapter.html#equation-eq-one), [Cover](https://example.org/index.html)",
        ),
        ("$$\nx\n$$ (eq-one)", "$$\nx \\tag{3}\n$$"),
        ("[a](claims.md#b), [c](d.html)", "[a](https://example.org/claims.html#b), [c](d.html)"),
        ('<a href="#bench=x">b</a>', '<a href="https://example.org/chapter.html#bench=x">b</a>'),
        ("(label)=\n% a remark\n# Title", "# Title"),
        ("```{margin} A\nb\n\nc\n```\nd", "> **A**\n> \n> b\n> \n> c\nd"),
        (
            "```{admonition} A\n:class: dropdown\n{glue:text}`share:.0%`\n```",
            "<details><summary>A</summary>\n\n95%\n\n</details>",
        ),
        ("Zero\n: Nothing.\n\nMean\n: The mean.", "**Zero.** Nothing.\n\n**Mean.** The mean."),
        ("`{cite}` and ```code``` stay", "`{cite}` and ```code``` stay"),
    ],
)
def test_text_becomes_plain_markdown(text: str, expected: str) -> None:
    assert plain_text.of(text, BOOK) == expected


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match="nothing"):
        plain_text.of("{glue:text}`nothing`", BOOK)


def test_authors_are_named_by_their_last_names() -> None:
    def person(*last: str) -> SimpleNamespace:
        return SimpleNamespace(prelast_names=list(last[:-1]), last_names=[last[-1]])

    assert notebooks.authors([person("van", "der", "A"), person("B")]) == "van der A and B"
    assert notebooks.authors([person("A"), person("others")]) == "A et al."
    assert notebooks.authors([person("A"), person("B"), person("C")]) == "A et al."


FIGURE = (
    '<figure class="mi-figure" id="fig-one">'
    '<svg class="mi-picture-wide" aria-label="A" viewBox="0 0 20 10"><rect/></svg>'
    '<svg class="mi-picture-narrow" viewBox="0 0 5 10"></svg><script class="mi-spec">{}</script>'
    '<figcaption><strong>One.</strong> See.<div class="mi-tools">x</div></figcaption></figure>'
)


def test_a_figure_becomes_its_picture_caption_and_address() -> None:
    shown = tree.body(notebooks.still(FIGURE, "chapter", "../../"))
    (picture,) = shown.iter("img")
    assert (picture.get("alt"), picture.get("width")) == ("A", "20")
    assert shown.xpath("//a/@href") == ["../../figure.html#chapter/one"]
    assert shown.findtext(".//figcaption/strong") == "One."
    assert not shown.xpath("//script | //*[@class='mi-tools']")
    assert notebooks.still("<table></table>", "chapter", "../../") == "<table></table>"


@pytest.mark.parametrize(
    ("base", "installs"), [("https://a.org/", "https://a.org/downloads/notebooks/p.whl"), ("../../", "./p.whl")]
)
def test_it_installs_from_the_public_address_or_from_beside(base: str, installs: str) -> None:
    made = notebooks.beginning("chapter", BOOK, base=base, book="The book", package="p.whl")
    assert made[1].source == f"%pip install --quiet {installs}"
    assert f"[A chapter]({base}chapter.html)" in made[0].source
    assert re.search(r"takes about \d+ minutes? on one\s+processor", made[0].source)


def exported(folder: Path) -> dict[str, nbformat.NotebookNode]:
    paths = sorted((folder / wheel.FOLDER).glob("*.ipynb"))
    return {path.stem: nbformat.read(path, as_version=4) for path in paths}


def test_no_notebook_shows_what_only_the_site_can_read(built_site: Path) -> None:
    found = exported(built_site)
    assert sorted(found) == facts(built_site)["with_code"]
    for page, notebook in found.items():
        nbformat.validate(notebook)
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert re.findall(r"\{[\w:+.-]+\}`|^[`:]{3,}\{|\.md[)#]|\]\(#|^\([\w-]+\)=$", text, re.MULTILINE) == []
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        html = "".join(output.data["text/html"] for output in outputs if "text/html" in output.get("data", {}))
        figures = tree.read(built_site / f"{page}.html").find_class("mi-figure")
        assert html.count("figure.html#") == len(figures)
        assert "mi-spec" not in html
        plain = "".join(output.data.get("text/plain", "") for output in outputs if "data" in output)
        assert re.findall(r" at 0x[0-9a-f]+", plain) == []  # another in each build
        for address in re.findall(r"\]\((\.\./[^)#]*)", text):
            assert (built_site / wheel.FOLDER / address).is_file(), address


def test_the_wheel_is_the_same_each_time_and_holds_the_data(tmp_path: Path) -> None:
    if not wheel.sources():
        missing("the package is not in a checkout")
    first, second = (tmp_path / name for name in ("first", "second"))
    for folder in (first, second):
        folder.mkdir()
    made = [wheel.make(wheel.sources(), folder) for folder in (first, second)]
    assert made[0].read_bytes() == made[1].read_bytes()
    assert made[0].stat().st_size > 10_000_000


def fresh(folder: Path) -> Path:
    """Make an environment that has the packages of this one but for the book's own, and return its Python."""
    venv.create(folder, symlinks=os.name != "nt", with_pip=False)
    lent = folder / "lent"
    lent.mkdir()
    for place in dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]):
        for entry in Path(place).iterdir():
            if not re.match(r"(__editable__.*)?_*mnist[-_]interp|.*\.pth$", entry.name):
                (lent / entry.name).symlink_to(entry)
    (own,) = folder.glob("lib/python*/site-packages") if os.name != "nt" else [folder / "Lib" / "site-packages"]
    (own / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


RUN = """
import sys
import nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": "."}}).execute()
nbformat.write(notebook, "ran.ipynb")
"""


def test_a_notebook_runs_where_the_package_is_not_installed(built_site: Path, tmp_path: Path) -> None:
    """Installed for real is the package's wheel; what it needs is lent by this environment, not downloaded."""
    page = "toolbox"
    python = fresh(tmp_path / "environment")
    place = tmp_path / "place"
    place.mkdir()
    for name in (f"{page}.ipynb", *(path.name for path in (built_site / wheel.FOLDER).glob("*.whl"))):
        (place / name).symlink_to(built_site / wheel.FOLDER / name)
    kernels = tmp_path / "environment" / "share" / "jupyter"
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {"MNIST_INTERP_PREVIEW": "1", "PIP_NO_INDEX": "1", "JUPYTER_PATH": str(kernels)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), *words]
        return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)

    assert "No module named 'mnist_interp'" in run("-c", "import mnist_interp").stderr
    installed = run("-m", "ipykernel", "install", "--sys-prefix", "--name", "python3")
    assert installed.returncode == 0, installed.stderr
    done = run("-c", RUN, f"{page}.ipynb")
    assert done.returncode == 0, done.stdout + done.stderr
    where = Path(run("-c", "import mnist_interp; print(mnist_interp.__file__)").stdout.strip())
    assert where.is_relative_to(tmp_path / "environment")
    found = glued.glued(nbformat.read(place / "ran.ipynb", as_version=4))
    assert found.keys() == glued.of_site(built_site, page).keys()
