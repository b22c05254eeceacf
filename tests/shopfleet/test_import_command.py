"""`shopfleet import` as a person runs it: its output, report and exit code."""

import csv
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.shopfleet.fake_api import FakeApi

TRAPS = Path(__file__).parent / "data" / "tmall_traps.csv"
ROOT = Path(__file__).resolve().parents[2]


class Served:
    """The fake API on a port of its own."""

    def __init__(self) -> None:
        api = self.api = FakeApi()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def log_message(self, *_: object) -> None:
                pass

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                url = f"http://{self.headers['Host']}{self.path}"
                answer = api(httpx.Request(self.command, url, content=body))
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.content)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    thread = threading.Thread(target=served.server.serve_forever)
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


def run(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "SHOPFLEET_URL": url,
        "SHOPFLEET_TOKEN": "t",
        "XDG_STATE_HOME": str(folder / "state"),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, "-m", "shopfleet.cli", "import", *words],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=60,
    )


def test_a_whole_file_is_taken_and_repeated_without_effect(served: Served, tmp_path: Path) -> None:
    words = ("tmall_orders", str(TRAPS), "--store", "s1")

    first = run(served.url, tmp_path, *words)
    second = run(served.url, tmp_path, *words)

    assert (first.returncode, first.stdout) == (0, "10 rows: 10 created\n"), first.stderr
    assert (second.returncode, second.stdout) == (0, "10 rows: 10 unchanged\n")
    assert len(served.api.orders) == 10
    assert list((tmp_path / "state" / "shopfleet").glob("*")) == []


def test_rejected_rows_are_reported_and_decide_the_exit_code(
    served: Served, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    bad = "=cmd,5.0,0.0,上海,yesterday,,0.0\r\n".encode()
    file.write_bytes(TRAPS.read_bytes() + bad)
    served.api.refused = {"7"}
    report = tmp_path / "report.csv"

    done = run(served.url, tmp_path, "tmall", str(file), "--store", "s1", "--report", str(report))

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "11 rows: 9 created, 2 rejected",
        "  line 8 (order 7): /total: No amount. (money)",
        "  line 12 (order =cmd): 订单创建时间: 'yesterday' is no time",
    ]
    with report.open(encoding="utf-8-sig", newline="") as lines:
        assert list(csv.reader(lines)) == [
            ["line", "external_id", "reasons"],
            ["8", "7", "/total: No amount. (money)"],
            ["12", "'=cmd", "订单创建时间: 'yesterday' is no time"],
        ]


def test_a_dry_run_says_so(served: Served, tmp_path: Path) -> None:
    done = run(served.url, tmp_path, "tmall", str(TRAPS), "--store", "s1", "--dry-run")

    assert done.stdout == "dry run, nothing was written: 10 rows: 10 created\n"
    assert served.api.orders == {}


@pytest.mark.parametrize(
    ("content", "store", "told"),
    [
        (b"\xde\xad\xbe\xef" * 100, "s1", "its first line does not name 订单编号"),
        (b"", "s1", "is empty"),
        (TRAPS.read_bytes(), "s2", "there is no store s2: open it first"),
    ],
    ids=["garbage", "empty", "unknown store"],
)
def test_what_cannot_be_imported_is_told_in_one_line(
    served: Served, tmp_path: Path, content: bytes, store: str, told: str
) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(content)

    done = run(served.url, tmp_path, "tmall", str(file), "--store", store)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr
    assert served.api.orders == {}


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    done = run("http://127.0.0.1:9", tmp_path, "tmall", str(TRAPS), "--store", "s1")

    assert done.returncode == 2
    assert done.stderr.startswith("shopfleet: directory does not answer")
    assert len(done.stderr.splitlines()) == 1
