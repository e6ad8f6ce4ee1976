"""Which page runs first."""

from __future__ import annotations

from pathlib import Path

from mnist_interp.site import ahead


def test_pages_go_by_what_they_took_then_by_what_is_expected_then_by_their_length(tmp_path: Path) -> None:
    names = ("index", "short", "geometry", "cnn", "new")
    for name in names:
        (tmp_path / f"{name}.md").write_text("x" * len(name), encoding="utf-8")
    found = ahead.longest_first((tmp_path / f"{name}.md" for name in names), {"index": 300.0, "cnn": 5.0})
    assert [page.stem for page in found] == ["index", "geometry", "cnn", "short", "new"]
