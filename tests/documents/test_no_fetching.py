"""A document reads its bundled fonts and nothing else: no server is asked, no file is opened."""

import io
import subprocess
import sys
import threading
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pypdf
import pytest
import weasyprint

from billing.documents import render_pdf
from billing.documents.layout import Layout
from billing.documents.press import ENGINE_LOG, AssetRefused
from tests.documents.samples_on_disk import snapshot

ROOT = Path(__file__).resolve().parents[2]


@cache
def layout():
    return Layout()


def press():
    return layout().press


@pytest.fixture
def canary_server():
    """A server that would be asked if anything were fetched; gives its address and the paths it was asked for."""
    asked: list[str] = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Canary)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def canary_file(tmp_path: Path) -> str:
    path = tmp_path / "canary.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>the-canary-sings</text></svg>')
    return path.as_uri()


WAYS = {
    "image": '<img src="{url}/a.png">',
    "style sheet": '<link rel="stylesheet" href="{url}/a.css">',
    "import": "<style>@import url({url}/a.css)</style>",
    "background": '<p style="background-image: url({url}/a.png)">x</p>',
    "list mark": '<ul><li style="list-style-image: url({url}/a.png)">x</li></ul>',
    "content": "<style>p::before {{ content: url({url}/a.png) }}</style><p>x</p>",
    "font": "<style>@font-face {{ font-family: F; src: url({url}/a.woff2) }} p {{ font-family: F }}</style><p>x</p>",
    "object": '<object data="{url}/a.svg"></object>',
    "embed": '<embed src="{url}/a.svg">',
    "vector image": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/a.png" width="9" height="9"/></svg>',
    "vector use": '<svg xmlns="http://www.w3.org/2000/svg"><use href="{url}/a.svg#x"/></svg>',
    "attachment": '<link rel="attachment" href="{url}/a.txt">',
    "attached link": '<a rel="attachment" href="{url}/a.txt">x</a>',
    "base": '<base href="{url}/"><img src="a.png">',
    "color profile": "<style>@color-profile --x {{ src: url({url}/a.icc) }}</style><p>x</p>",
}


def print_page(html: str) -> bytes | None:
    """Print a hostile page with our press; None when it refused."""
    try:
        document = press().lay_out(f"<!doctype html><title>x</title><body>{html}", accent="#0b5c70")
        return press().write(document, identifier="x", files={}, at=datetime(2026, 10, 1, tzinfo=UTC))
    except (AssetRefused, RuntimeError):
        return None


@pytest.mark.parametrize("way", WAYS)
def test_no_server_is_asked(way, canary_server):
    address, asked = canary_server
    print_page(WAYS[way].format(url=address))
    assert asked == []


@pytest.mark.parametrize("way", WAYS)
def test_no_file_gets_into_a_document(way, canary_file):
    pdf = print_page(WAYS[way].format(url=canary_file).replace("/a.", "?a."))
    if pdf is not None:
        found = pypdf.PdfReader(io.BytesIO(pdf))
        assert "canary" not in found.pages[0].extract_text()
        assert list(found.pages[0].images) == []
        assert dict(found.attachments) == {}
        assert not found.pages[0]["/Resources"].get("/XObject")


def test_the_canary_sings_when_the_fetcher_is_the_usual_one(canary_server):
    """Without our fetcher the same pages do ask: the tests above would notice."""
    address, asked = canary_server
    for way in ("image", "style sheet", "import", "background", "font", "object", "vector image"):
        before = len(asked)
        weasyprint.HTML(string=WAYS[way].format(url=address)).write_pdf()
        assert len(asked) > before, way


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "https://example.org/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "FILE:///etc/passwd",
        "data:text/plain,x", "jar:file:///x!/y", "asset:../child.py", "asset:OFL-IBM-Plex.txt", "asset:fonts.conf",
        "asset://IBMPlexSans-Regular.woff2", "asset:IBMPlexSans-Regular.woff2?x", "//127.0.0.1/x", "/etc/passwd", "",
    ],
)  # fmt: skip
def test_the_fetcher_refuses_every_other_address(url):
    with pytest.raises(AssetRefused):
        press().fetcher.fetch(url)


def test_the_fetcher_serves_the_bundled_fonts():
    assert sorted(press().fetcher.files) == [
        "asset:IBMPlexMono-Regular.woff2", "asset:IBMPlexSans-Regular.woff2", "asset:IBMPlexSans-SemiBold.woff2",
    ]  # fmt: skip
    assert press().fetcher.fetch("asset:IBMPlexSans-Regular.woff2").read()[:4] == b"wOF2"


HOSTILE = (
    '"><img src="{url}/a.png"><script>x</script><style>p{{background:url({url}/b)}}</style>{{{{ lead }}}}{{% debug %}}'
)


@pytest.mark.parametrize("part", ["buyer.name", "seller.name", "contract.product_name", "contract.po_number", "number"])
def test_a_hostile_text_is_printed_as_text(part, canary_server):
    address, asked = canary_server
    text = HOSTILE.format(url=address)
    head, _, tail = part.partition(".")
    html = layout().html(snapshot("floor", **{head: {tail: text} if tail else text}))
    # The one image that we draw ourselves is the payment code.
    assert html.count("<img") == html.count('<img src="asset:code"') == 1
    assert "<script" not in html
    assert "<style" not in html
    assert "{% debug %}" in html
    assert render_pdf(snapshot("floor", **{head: {tail: text} if tail else text}))[:5] == b"%PDF-"
    assert asked == []


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https:", "portal.example", "", None])
def test_only_a_web_address_becomes_a_link(url):
    assert "<a href" not in layout().html(snapshot("floor", seller={"portal_url": url}))


def test_a_broken_sheet_is_an_error_not_a_log_line(monkeypatch):
    # However logging was configured after the engine was loaded.
    for name, value in (("handlers", []), ("disabled", True), ("propagate", True)):
        monkeypatch.setattr(ENGINE_LOG, name, value)
    with pytest.raises(RuntimeError, match="Ignored"):
        press().parse("p { colour: red }")


CONNECT = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from billing.documents.child import leave_network
left = leave_network()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=5).close()
    print(left, "connected")
except OSError:
    print(left, "cut off")
"""


def test_a_child_that_left_the_network_cannot_connect(canary_server):
    """Where the kernel allows it, the child has no network at all; elsewhere the fetcher alone holds."""
    address, _ = canary_server
    port = address.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-c", CONNECT, str(ROOT), port], capture_output=True, text=True, check=True, env={}
    )
    assert done.stdout.split(maxsplit=1) in (["True", "cut off\n"], ["False", "connected\n"])
