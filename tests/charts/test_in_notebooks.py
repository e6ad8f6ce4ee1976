"""Charts in a notebook that is no page of the book: what a plain kernel shows."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from mnist_interp.charts import in_notebooks
from mnist_interp.runtime import book_kernel

CELLS = (
    """import altair as alt, pandas as pd
from mnist_interp import charts
rows = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
alt.renderers.active""",
    """charts.curve(rows, x="a", y="b", x_title="a", y_title="b")""",
    """charts.figure(charts.curve(rows, x="a", y="b", x_title="a", y_title="b"), name="dots", caption="Two.",
    description="Two dots.")""",
)


@pytest.fixture(scope="module")
def shown() -> list[dict[str, str]]:
    """Run the cells in a kernel of this environment, and return what each shows, by media type."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(book_kernel.VARIABLE, raising=False)
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell.outputs[-1]["data"] for cell in notebook.cells]


def test_a_chart_is_shown_by_altair_itself(shown: list[dict[str, str]]) -> None:
    assert shown[0]["text/plain"] == "'default'"
    assert any(kind.startswith("application/vnd.vegalite") or "vega" in shown[1][kind] for kind in shown[1])


def test_a_figure_is_its_picture_and_its_caption(shown: list[dict[str, str]]) -> None:
    html = shown[2]["text/html"]
    assert "mi-picture-wide" in html
    assert "Two." in html
    assert html.startswith("<style>.mi-figure{--mi-paper:")
    assert ".mi-picture-narrow" in in_notebooks._RULES
    assert ":root" not in html
