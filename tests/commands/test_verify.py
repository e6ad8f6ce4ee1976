"""Two builds from clean clones compared byte by byte, and one that is killed; of a book that is built in a moment."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from mnist_interp.commands import verify
from mnist_interp.commands.refused import Refused
from mnist_interp.commands.steps import PREVIEW

BUILD = """
import os, pathlib, sys, time
cache, site = pathlib.Path(os.environ["MNIST_INTERP_CACHE"]), pathlib.Path("_build/preview/_build/html")
for folder in (cache / "pages", site):
    folder.mkdir(parents=True, exist_ok=True)
for page in range(4):
    kept = cache / "pages" / str(page)
    if not kept.exists():
        {write}
    (site / f"{page}.html").write_bytes(kept.read_bytes())
{after}
"""
WHOLE = """
        part = kept.with_suffix(".part")
        part.write_text(f"page {page} begins ")
        time.sleep(0.15)
        part.write_text(f"page {page} begins and ends")
        part.replace(kept)
"""
HALF = """
        with kept.open("w") as file:
            file.write(f"page {page} begins ")
            file.flush()
            time.sleep(0.15)
            file.write("and ends")
"""


def _git(folder: Path, *words: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


def checkout(folder: Path, *, write: str = WHOLE, after: str = "") -> Path:
    """Make a repository whose preview is four small pages, each written by `write`, and then `after`."""
    for name in ("mnist_interp", "book"):
        (folder / name).mkdir(parents=True)
        (folder / name / "kept").touch()
    for name in ("_config.yml", "_toc.yml"):
        (folder / name).touch()
    (folder / "mnist_interp" / "__init__.py").touch()
    (folder / "mnist_interp" / "__main__.py").write_text(BUILD.replace("{write}", write).replace("{after}", after))
    _git(folder, "init", "-q")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-qm", "all")
    return folder


def verified(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **wanted: int) -> str:
    monkeypatch.chdir(folder)
    try:
        verify.verify(**wanted)
    except subprocess.CalledProcessError:
        return "differs\n" + capsys.readouterr().out
    return capsys.readouterr().out


def test_same_bytes_are_counted_and_said(tmp_path, monkeypatch, capsys) -> None:
    said = verified(checkout(tmp_path / "a"), monkeypatch, capsys)
    assert "4 files, 88 bytes: all the same in 'one' and 'another, with a longer name'" in said


def test_page_that_knows_its_folder_is_named(tmp_path, monkeypatch, capsys) -> None:
    after = '(site / "2.html").write_text(f"built in {os.getcwd()}")'
    said = verified(checkout(tmp_path / "a", after=after), monkeypatch, capsys)
    assert said.startswith("differs")
    assert "1 of 4 files differ" in said
    assert "2.html: from byte" in said


def test_build_that_is_killed_comes_to_the_same_bytes(tmp_path, monkeypatch, capsys) -> None:
    said = verified(checkout(tmp_path / "a"), monkeypatch, capsys, kills=5, seed=1)
    assert "killed 5 times" in said
    assert said.count("all the same") == 2


def test_half_a_file_that_a_killed_build_left_and_the_next_trusts_is_found(tmp_path) -> None:
    builds = [verify.Build(tmp_path / name, PREVIEW, ("-m", "mnist_interp", "preview")) for name in ("whole", "killed")]
    source = checkout(tmp_path / "a", write=HALF)
    for build in builds:
        build.clone(source)
    builds[0].finish()
    page = builds[1].folder / "cache" / "pages" / "0"
    process = builds[1].start()
    while not (page.exists() and page.stat().st_size):
        pass
    process.kill()
    process.wait()
    builds[1].finish()
    found = verify.differences(builds[0].site, builds[1].site)
    assert [one.path for one in found] == ["0.html"]


def test_moments_are_drawn_until_so_many_found_it_at_work(tmp_path) -> None:
    build = verify.Build(tmp_path / "b", PREVIEW, ("-m", "mnist_interp", "preview"))
    build.clone(checkout(tmp_path / "a"))
    moments = list(verify.kill_at_random(build, times=4, seconds=0.8, chance=random.Random(0)))
    assert len(moments) == 4
    assert max(moments) <= 0.4


def test_file_that_one_site_lacks_is_named_and_sites_without_files_are_refused(tmp_path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    with pytest.raises(Refused, match="no file"):
        verify.differences(one, other)
    for name in ("a", "b"):
        (one / name).write_bytes(b"same")
        (other / name).write_bytes(b"same")
    (one / "c").write_bytes(b"")
    (other / "b").write_bytes(b"sane")
    found = {difference.path: difference.says for difference in verify.differences(one, other)}
    assert found.keys() == {"b", "c"}
    assert found["b"].startswith("from byte 2 on")
    assert found["c"] == "only in the first"


def test_build_that_fails_says_its_last_lines(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(checkout(tmp_path / "a", after='sys.exit("no more room")'))
    with pytest.raises(Refused, match="no more room"):
        verify.verify()


def test_folder_that_git_does_not_know_is_refused(tmp_path, monkeypatch) -> None:
    for name in ("mnist_interp", "book", "_config.yml", "_toc.yml"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match="no clone"):
        verify.verify()
