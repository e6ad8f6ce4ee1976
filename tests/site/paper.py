"""Reading a PDF as the browser writes it: how many runs of text stand on each of its pages."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(?<!\d)(\d+) 0 obj\s(.*?)endobj", re.DOTALL)
_PAGE = re.compile(rb"/Type /Page\b(?!s).*?/Contents (\d+) 0 R|/Contents (\d+) 0 R.*?/Type /Page\b(?!s)", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)endstream", re.DOTALL)


def runs(pdf: bytes) -> list[int]:
    """Count the runs of text of each page: a line is one, or as many as it has fonts and numbers."""
    objects = dict(_OBJECT.findall(pdf))
    drawn = [page[1] or page[2] for body in objects.values() if (page := _PAGE.search(body))]
    return [_unpacked(objects[number]).count(b"BT\n") for number in drawn]


def _unpacked(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    assert stream is not None
    return zlib.decompressobj().decompress(stream[1])
