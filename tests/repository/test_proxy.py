"""A proxy in the environment, which may not answer, is not asked for what this machine serves to itself."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator

import pytest

SERVED = b"from this machine"
ASK = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=20).read())"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(SERVED)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve something, and name proxies where nobody listens."""
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_this_process_and_others_reach_this_machine(address: str) -> None:
    assert urllib.request.urlopen(address, timeout=20).read() == SERVED
    asked = subprocess.run([sys.executable, "-c", ASK, address], capture_output=True, text=True, check=False)
    assert asked.stdout == f"{SERVED}\n", asked.stderr


def test_the_browser_reaches_this_machine(address: str, chromium: str) -> None:
    found = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", address],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert SERVED.decode() in found.stdout
