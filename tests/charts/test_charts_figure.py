"""Figures: what is refused, what is the same each time, what the pictures and the data hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest
from figures_page import BINS, CHECKPOINTS, IMAGES, bins, counts, make_figures, misread, projection

from mnist_interp import charts
from mnist_interp.charts.builders.scales import Spread
from mnist_interp.charts.compact import compact
from mnist_interp.runtime import book_kernel

TEXT = {"name": "some", "caption": "Some.", "description": "Some."}


def chart() -> alt.Chart:
    return charts.heatmap(
        bins(), x="epoch", y="start", value="share", x_title="epoch", y_title="bin", value_title="share"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"caption": " "}, "has no caption"),
        ({"description": ""}, "has no description"),
        ({"name": "Not A Slug"}, "expected words of a-z"),
        ({"panels": []}, "has no panels"),
        ({"panels": 3}, "is an Altair chart of one view"),
        ({"panels": alt.hconcat(chart(), chart())}, "several panels in a list"),
        ({"panels": alt.Chart(bins()).mark_point().encode(row="epoch:O")}, "split by facet"),
        ({"panels": alt.Chart("far.csv").mark_point().encode(x="a:Q")}, "data at an address"),
        ({"panels": chart().configure_view(stroke="red")}, "configuration of its own"),
        ({"taps": [charts.Tap(2, {"epoch": "at"})]}, "names panel 2"),
        ({"caption": "A: one. B: the other."}, "speaks of panel B; the figure has A to A"),
        ({"controls": [charts.Scrub("at", [1, 2]), charts.Choose("at", {"a": 1, "b": 2})]}, "two controls set"),
    ],
)
def test_refused(changes: dict, message: str) -> None:
    given = {"panels": chart()} | TEXT | changes
    with pytest.raises(ValueError, match=message):
        charts.figure(given.pop("panels"), **given)


@pytest.mark.parametrize(
    ("caption", "letters"),
    [
        ("A: one. B: the other.", ["A", "B"]),
        ("A and B: both.", ["A", "B"]),
        ("One (A) and the other (B).", ["A", "B"]),
        ("Tap B: it tells.", ["A", "B"]),
        ("A curve by kind. Chapter B says more.", []),
    ],
)
def test_panels_bear_the_letters_that_the_caption_names(caption: str, letters: list[str]) -> None:
    made = charts.figure([chart(), chart()], **TEXT | {"caption": caption})
    assert re.findall(r'data-panel="\d"><p class="mi-letter">(\w)</p>', made.html) == letters
    labels = [
        panel["label"].split(":")[0]
        for panel in json.loads(made.html.split('"mi-spec">')[1].split("</script>")[0])["panels"]
    ]
    assert labels == [f"Panel {letter}" for letter in letters or ("1 of 2", "2 of 2")]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: charts.Scrub("true", [1, 2]), "no word of Vega's own"),
        (lambda: charts.Scrub("at", [1]), "two values or more"),
        (lambda: charts.Scrub("at", [1, 2], ["one"]), "2 values but 1 labels"),
        (lambda: charts.Scrub("at", [1, 2], initial=3), "not among its values"),
        (lambda: charts.Choose("at", {"one": 1}), "two options or more"),
        (lambda: charts.Choose("at", {"one": 1, "two": 2}, addresses={"at=3": 3}), "addressed value 3 of 'at'"),
        (lambda: charts.ChooseMany("at", {"one": 1, "two": 2}, initial=[3]), "not among its values"),
        (lambda: charts.Tap(0, {}), "sets nothing"),
        (lambda: charts.Gallery(misread().drop(columns="label"), title="A"), "lacks label"),
        (lambda: charts.Gallery(misread().assign(image=10_000), title="A"), "0 to 9999"),
        (lambda: charts.scatter(bins(), x="x", y="y"), "no column image"),
        (lambda: charts.confusion(bins().rename(columns={"share": "count"})), "no column true"),
        (lambda: charts.confusion(counts().astype({"true": str})), "expected the digits 0 to 9 as integers"),
        (lambda: charts.glyphs(projection().assign(label=12), x="x", y="y"), "holds 12"),
        (lambda: charts.digits(np.full((1, 28, 28), 200.0), description="a"), "expected bytes"),
        (lambda: charts.digits(np.zeros((1, 28, 28)), description=" "), "no description"),
    ],
)
def test_refused_parts(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def bare(**environment: str) -> str:
    """Show a chart by itself in a shell, and say what came of the cell."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell as Shell; shell = Shell.instance(); "
        "result = shell.run_cell('import altair as alt, pandas as pd\\nfrom mnist_interp import charts\\n"
        'alt.Chart(pd.DataFrame({"a": [1]})).mark_point().encode(x="a:Q")\'); '
        "print('SUCCESS' if result.success else 'FAILED', result.error_in_exec)"
    )
    variables = {name: value for name, value in os.environ.items() if name != book_kernel.VARIABLE} | environment
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=variables)
    return done.stdout


def test_a_bare_chart_fails_its_cell_on_a_page_alone() -> None:
    said = bare(**{book_kernel.VARIABLE: "1"})
    assert "FAILED" in said
    assert "charts.figure(chart, name=..." in said
    assert "SUCCESS" in bare()


def test_the_same_figures_give_the_same_bytes(figures: dict[str, charts.Figure]) -> None:
    assert [figure.html for figure in make_figures()] == [figure.html for figure in figures.values()]


def test_ids_are_unique_among_figures(figures: dict[str, charts.Figure]) -> None:
    html = re.sub(r"<script.*?</script>", "", "".join(figure.html for figure in figures.values()), flags=re.DOTALL)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_pictures_show_the_initial_state_at_both_widths(figures: dict[str, charts.Figure]) -> None:
    def picture(name: str, width: str) -> str:
        found = re.search(rf'<svg class="mi-picture-{width}".*?</svg>', figures[name].html, re.DOTALL)
        assert found is not None
        return found.group()

    def shapes(path: str) -> int:
        return path.count("Z")

    for width, design in [("wide", 720), ("narrow", 360)]:
        assert picture("projection", width).count("h0") == IMAGES
        assert picture("projection", width).count("var(--mi-digit-") == 10
        glyphs = re.findall(r"var\(--mi-text-digit-(\d), #\w+\)\">(\d+)</text>", picture("glyphs", width))
        assert glyphs == [(digit, digit * (IMAGES // 10)) for digit in "0123456789"]
        assert f'viewBox="0 0 {design} ' in picture("projection", width)
        assert (
            sum(map(shapes, re.findall(r'd="([^"]*)" fill="var\(--mi-series-0', picture("histogram", width)))) == BINS
        )
        cells = re.findall(r'd="([^"]*)" fill="var\(--mi-seq-', picture("heat", width))
        assert sum(map(shapes, cells)) == BINS * len(CHECKPOINTS)
        assert len(cells) <= 9
        assert 'role="img" aria-label="What it shows."' in picture("heat", width)
    assert figures["confusion"].html.count('class="mi-digit"') == len(misread())


def test_state_is_put_into_every_panel_and_kept_by_name(figures: dict[str, charts.Figure]) -> None:
    html = figures["projection"].html
    about = json.loads(re.search(r'class="mi-spec">(.*?)</script>', html, re.DOTALL).group(1))
    assert about["state"] == {"epoch": 4, "shown": list(range(10))}
    assert about["shared"] == ["shown"]
    assert {"name": "epoch", "value": 4} in about["panels"][0]["spec"]["params"]


def test_panels_that_show_the_same_rows_share_them(figures: dict[str, charts.Figure]) -> None:
    assert figures["heat"].payloads.keys() == figures["histogram"].payloads.keys()
    both = charts.figure([chart(), chart()], **TEXT)
    assert both.html.count('class="mi-data"') == 1


def test_the_caption_takes_inline_markdown_and_no_html() -> None:
    html = charts.figure(chart(), name="a", caption="**Bold** <b>", description="x").html
    assert "<strong>Bold</strong> <b>" not in html
    assert "<strong>Bold</strong> &lt;b&gt;" in html


def test_axes_do_not_follow_the_state() -> None:
    at = charts.where.equals("epoch", "epoch")
    spec = charts.scatter(projection(), x="x", y="y", where=at).to_dict()
    low, high = spec["encoding"]["x"]["scale"]["domain"]
    assert low < projection()["x"].min() < projection()["x"].max() < high


def test_pictures_of_digits_are_the_same_each_time() -> None:
    images = np.arange(4 * 784, dtype=np.uint8).reshape(4, 28, 28)
    one, two = (charts.digits(images, description="Four.", columns=2).png for _ in range(2))
    assert one == two


def test_joined_dots_and_glyphs_keep_their_places_and_looks() -> None:
    arc = "M1.9,0A1.9,1.9,0,1,1,-1.9,0A1.9,1.9,0,1,1,1.9,0"
    dots = [(n + 0.04, 2 * n, "red" if n % 2 else "blue") for n in range(9)]
    drawn = "".join(
        f'<path transform="translate({x},{y})" d="{arc}" fill="{c}" stroke-width="2" opacity="0.8"/>'
        for x, y, c in dots
    )
    light = compact(f"<g>{drawn}</g>")
    assert light.count("<path") == 2
    for color in ("red", "blue"):
        path = "".join(f"M{round(x)},{y}h0" for x, y, c in dots if c == color)
        assert f'stroke-width="3.8" d="{path}" stroke="{color}" opacity="0.8"/>' in light
    digits = "".join(f'<text transform="translate({n},{n})" fill="red">{n % 2}</text>' for n in range(8))
    assert '<text x="1 3 5 7" y="1 3 5 7" fill="red">1111</text>' in compact(digits)
    apart = drawn.replace("/><path", "/><rect/><path")
    assert compact(apart).count("<path") == 9


def test_one_interval_can_be_marked_and_many_stand_closer() -> None:
    frame = pd.DataFrame({"seed": [f"seed {n}" for n in range(16)], "at": range(16), "low": range(16), "high": 16})
    places = {"category": "seed", "value": "at", "lower": "low", "upper": "high", "x_title": "at"}
    marked = charts.intervals(frame, highlight="seed 3", **places).to_dict()
    colors = marked["layer"][1]["encoding"]["color"]["scale"]["range"]
    assert [n for n, color in enumerate(colors) if color != colors[0]] == [3]
    few = charts.intervals(frame.head(8), **places).to_dict()
    assert marked["height"] / 16 < few["height"] / 8
    with pytest.raises(ValueError, match="cannot highlight 'seed 99'"):
        charts.intervals(frame, highlight="seed 99", **places)


def test_an_axis_of_whole_numbers_has_no_halves() -> None:
    whole = pd.DataFrame({"x": [0, 1, 2], "y": [0.1, 0.2, 0.3]})
    by_step = [
        charts.curve(frame, x="x", y="y", x_title="x", y_title="y").to_dict()["layer"][0]["encoding"]["x"]["axis"]
        for frame in (whole, whole / 2)
    ]
    assert by_step == [{"format": ",d", "values": [0, 1, 2]}, {}]


def test_titles_of_signed_pictures_take_the_themes_gray() -> None:
    arrays = np.array([[[1.0, -1.0]], [[0.0, 0.5]]])
    named = charts.weights(arrays, description="Two.", titles=["one", "two"], columns=2)
    assert named.png == charts.weights(arrays, description="Two.", titles=["a", "b"], columns=2).png
    html = named._repr_mimebundle_()["text/html"]
    assert html.count(f'fill="{charts.palette.MUTED.css}"') == 2
    assert re.findall(r">(\w+)</text>", html) == ["one", "two"]


def test_a_bar_below_zero_has_its_value_at_its_left() -> None:
    frame = pd.DataFrame({"digit": ["0", "1"], "value": [-1.8, 2.5]})
    chart = charts.bars(frame, category="digit", value="value", x_title="logit", x_format=".1f")
    picture = charts.figure(chart, **TEXT).html.split('<svg class="mi-picture-wide"')[1].split("</svg>")[0]
    placed = {
        said: (anchor, float(x))
        for anchor, x, said in re.findall(
            r'<text text-anchor="(\w+)" transform="translate\(([-\d.]+),[-\d.]+\)"[^>]*>(−?\d\.\d)<', picture
        )
    }
    assert placed["−1.8"][0] == "end"
    assert placed["2.5"][0] == "start"
    assert placed["−1.8"][1] < placed["2.5"][1]


def test_confusion_draws_every_cell() -> None:
    assert len(charts.confusion(counts()).to_dict()["layer"]) == 2
    assert len(pd.DataFrame(counts())) == 100


def test_a_state_finds_its_rows_though_other_columns_are_rounded() -> None:
    third = 1 / 3 + 1e-9
    frame = pd.DataFrame({"at": [third, 2 * third], "low": [0.0, 0.0], "high": [1.0, 1.0], "n": [third, 1000.0]})
    chart = charts.histogram(
        frame,
        start="low",
        end="high",
        count="n",
        x_title="x",
        y_title="n",
        where=charts.where.equals("at", "at"),
    )
    made = charts.figure(chart, controls=[charts.Scrub("at", [third, 2 * third])], **TEXT)
    (payload,) = made.payloads.values()
    assert payload.columns["at"] == [third, 2 * third]
    assert payload.columns["n"] == [0.3, 1000]
    assert made.html.split('<svg class="mi-picture-wide"')[1].split("</svg>")[0].count("var(--mi-series-0") == 1


def test_a_gallery_of_changed_readings_counts_what_is_left_out_and_names_the_digit_of_a_wrong_one() -> None:
    frame = pd.DataFrame(
        {"image": [4, 7, 9], "label": [1, 1, 2], "before": [1, 1, 7], "predicted": [3, 3, 2], "left_out": [1500, 0, 0]}
    )
    html = charts.Gallery(frame, title="Changed", filters={"label": "digit"}).markup({"digit": None})
    assert "Changed: 1,503 images, 3 shown<" in html
    assert html.count("1&thinsp;→&thinsp;3<br>true 1<") == 2
    assert "7&thinsp;→&thinsp;2<" in html
    assert "Test image 9: a 2, classified as 7 before and as 2 now" in html
    one = charts.Gallery(frame, title="Changed", filters={"label": "digit"}).markup({"digit": 2})
    assert "Changed: 1 image<" in one
    without = charts.Gallery(frame.drop(columns=["before", "left_out"]), title="Misread", most=2).markup({})
    assert "Misread: 3 images, the first 2 shown<" in without
    assert without.count("1&thinsp;→&thinsp;3<") == 2


@pytest.mark.parametrize(
    ("values", "spread", "ends", "told"),
    [
        ([-0.0094, 0.0031], "harm", [-0.01, 0.01], ("−0.01", "0.01")),
        ([-1.3712, 0.8], "diverging", [-1.4, 1.4], ("−1.4", "1.4")),
        ([0.9361, 0.9708], "sequential", [0.936, 0.972], ("0.936", "0.972")),
        ([0.0, 10.83], "sequential", [0.0, 11.0], ("0", "11")),
        ([0.0, 1.0], "sequential", [0.0, 1.0], ("0", "1")),
        ([0.0, 0.0], "diverging", [-1.0, 1.0], ("−1", "1")),
    ],
)
def test_a_scale_without_a_domain_ends_at_round_numbers_and_its_key_says_them(
    values: list[float], spread: Spread, ends: list[float], told: tuple[str, str]
) -> None:
    frame = pd.DataFrame({"x": ["a", "b"], "y": "row", "value": values})
    titles = {"x_title": "x", "y_title": "y", "value_title": "value"}
    drawn = charts.heatmap(frame, x="x", y="y", value="value", spread=spread, **titles).to_dict()
    key = drawn["usermeta"]["mi"]["ramp"]
    assert drawn["encoding"]["fill"]["scale"]["domain"] == ends
    assert (key["low"], key["high"]) == told


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_a_count_of_thousands_fits_its_cell(columns: int) -> None:
    frame = counts().assign(count=lambda rows: np.where(rows["true"] == rows["predicted"], 1106, 3))
    html = charts.figure([charts.confusion(frame)] * columns, columns=columns, wide=True, **TEXT).html
    wide = html.split('<svg class="mi-picture-wide"')[1].split("</svg>")[0]
    size = float(re.search(r'font-size="([\d.]+)px"[^>]*>(?:<tspan>)?1,106', wide)[1])
    cell = 0.095 * float(re.search(r'd="M0,0h([\d.]+)', wide)[1])
    assert 8.5 <= size <= 11
    assert 2.86 * size < cell  # four digits and a comma of the widest font


def test_lines_and_rows_take_the_colors_they_are_given_and_dots_stand_where_they_are_asked() -> None:
    frame = pd.DataFrame(
        {"x": [1, 2] * 2, "y": [0.1, 0.2, 0.3, 0.4], "of": ["a"] * 2 + ["b"] * 2, "low": 0.0, "high": 1.0}
    )
    colors = {"b": charts.palette.SERIES[2], "a": charts.palette.SERIES[4]}
    named: dict[str, Any] = {"x_title": "x", "colors": colors}
    lines = charts.curve(
        frame, x="x", y="y", series="of", y_title="y", dots=charts.where.equals("x", "here"), **named
    ).to_dict()
    rows = charts.intervals(frame, category="of", value="y", lower="low", upper="high", **named).to_dict()
    for chart in (lines, rows):
        scales = [layer["encoding"]["color"]["scale"] for layer in chart["layer"] if "color" in layer["encoding"]]
        expected = {"domain": ["a", "b"], "range": [charts.palette.SERIES[4].css, charts.palette.SERIES[2].css]}
        assert scales
        assert all(scale == expected for scale in scales)
    dots = [layer for layer in lines["layer"] if {"filter": 'datum["x"] === here'} in layer.get("transform", [])]
    assert [layer["mark"]["type"] for layer in dots] == ["circle"]
