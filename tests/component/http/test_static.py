"""The console's files."""
import gzip, pathlib, tempfile

import pytest

from front import front

PAGE = b"<!doctype html><title>t</title>" + b" " * 500
SCRIPT = b"console.log(1);" * 50


@pytest.fixture(scope="module")
def server():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "assets").mkdir()
        (root / "index.html").write_bytes(PAGE)
        (root / "index.html.gz").write_bytes(gzip.compress(PAGE))
        (root / "assets" / "app-Di3wrgTd.js").write_bytes(SCRIPT)
        (root / "assets" / "app-Di3wrgTd.js.gz").write_bytes(gzip.compress(SCRIPT))
        (root / "assets" / "app-Di3wrgTd.js.br").write_bytes(b"pretend brotli")
        (root / "favicon.svg").write_text("<svg/>")
        (root / "secret.txt").symlink_to("/etc/hostname")
        with front(web=folder) as running:
            yield running


def test_the_root_is_the_page_under_a_strict_policy(server):
    for target in ("/", "/index.html"):
        answer = server.get(target)
        assert answer.status == 200 and answer.body == PAGE and answer["Content-Type"] == "text/html; charset=utf-8"
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer["Cache-Control"] == "no-cache" and answer["Referrer-Policy"] == "no-referrer"
        assert server.get(target, f"If-None-Match: {answer['ETag']}").status == 304


def test_variants_are_chosen_by_what_the_client_accepts(server):
    path = "/assets/app-Di3wrgTd.js"
    plain, packed, best = server.get(path), server.get(path, "Accept-Encoding: gzip"), server.get(path, "Accept-Encoding: gzip, deflate, br")
    assert plain.body == SCRIPT and plain["Content-Encoding"] is None
    assert gzip.decompress(packed.body) == SCRIPT and packed["Content-Encoding"] == "gzip"
    assert best.body == b"pretend brotli" and best["Content-Encoding"] == "br"
    assert {a["Vary"] for a in (plain, packed, best)} == {"Accept-Encoding"}
    assert len({a["ETag"] for a in (plain, packed, best)}) == 3
    assert server.get(path, "Accept-Encoding: br;q=0, gzip;q=0").body == SCRIPT
    assert {a["Content-Type"] for a in (plain, packed, best)} == {"text/javascript; charset=utf-8"}


def test_hashed_files_are_immutable_and_others_are_not(server):
    assert server.get("/assets/app-Di3wrgTd.js")["Cache-Control"] == "public, max-age=31536000, immutable"
    assert server.get("/favicon.svg")["Cache-Control"] == "no-cache"


def test_only_files_of_the_folder_are_served(server):
    for target in ("/assets/app-Di3wrgTd.js.gz", "/secret.txt", "/assets/", "/assets", "/index.html/"):
        assert server.get(target).status == 404, target
    with server.client() as client:
        assert client.ask("POST", "/elsewhere").status == 404
        assert client.ask("POST", "/").status == 405


def test_without_files_the_root_says_that_the_console_is_not_installed():
    for folder in ("/nonexistent", tempfile.gettempdir() + "/gatehouse-no-such-folder"):
        with front(web=folder) as server:
            answer = server.get("/")
            assert answer.status == 200 and b"not installed" in answer.body and answer["Content-Security-Policy"]
