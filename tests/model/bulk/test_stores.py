"""URLs: an S3-compatible store, and a file system of fsspec's, are read and written as the disk is."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bulk import bulk, run_here
from ports import free_port
from pyarrow import fs
from raw_client import HOST

from model.bulk.inputs import find_inputs
from model.bulk.job import BulkError, Job, Outcome, Split
from model.bulk.stores.arrow import open_root
from model.bulk.stores.base import written_aside
from model.bulk.stores.choice import full_path, open_store

LINES = [f"第{number}号小明在北京" for number in range(40)]


@pytest.fixture(scope="module")
def s3() -> Iterator[fs.S3FileSystem]:
    """An S3-compatible server with a bucket; the environment says where, as people set it."""
    port = free_port()
    command = [sys.executable, "-c", "import sys; from moto.server import main; main(sys.argv[1:])"]
    with (
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen(
            [*command, "-p", str(port)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as server,
    ):
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }.items():
            patch.setenv(name, value)
        _wait_for(port)
        system = fs.S3FileSystem(
            endpoint_override=f"http://{HOST}:{port}", region="us-east-1", allow_bucket_creation=True
        )
        system.create_dir("bucket")
        try:
            yield system
        finally:
            open_root.cache_clear()
            server.kill()
            server.communicate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((HOST, port)).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def put(system: fs.FileSystem, path: str, content: bytes) -> None:
    with system.open_output_stream(path) as file:
        file.write(content)


def names(system: fs.FileSystem, folder: str) -> list[str]:
    """Return everything below a folder, empty objects that stand for folders included."""
    found = system.get_file_info(fs.FileSelector(folder, recursive=True))
    return sorted(info.path.removeprefix(f"{folder}/") for info in found)


def read(system: fs.FileSystem, path: str) -> bytes:
    with system.open_input_stream(path) as file:
        content: bytes = file.read()
        return content


def test_an_object_store_is_read_and_written(s3: fs.S3FileSystem, tiny_bundle: Path, tmp_path: Path) -> None:
    content = "\n".join(LINES).encode()
    put(s3, "bucket/in/a.txt", content)
    put(s3, "bucket/in/_x/b.txt", content)
    (tmp_path / "a.txt").write_bytes(content)
    bulk(tiny_bundle, tmp_path / "a.txt", tmp_path / "out", split_mb=0.0002)
    target = "s3://bucket/out"

    def stops(job: Job, splits: Iterable[Split]) -> Generator[Outcome | None, None, None]:
        with pytest.raises(ZeroDivisionError), written_aside(open_store(target), target, "x"):
            raise ZeroDivisionError
        yield from list(run_here(job, list(splits)[:3]))
        put(s3, "bucket/out/_temporary/left", b"by a kill")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        bulk(tiny_bundle, "s3://bucket/in", target, stops, split_mb=0.0002)
    assert len([name for name in names(s3, "bucket/out") if name.startswith("_splits/")]) == 3
    summary = bulk(tiny_bundle, "s3://bucket/in/", target, split_mb=0.0002)
    assert summary["rows"] == len(LINES)
    assert names(s3, "bucket/out") == sorted(path.name for path in (tmp_path / "out").iterdir())
    for path in (tmp_path / "out").glob("*.jsonl"):
        assert read(s3, f"bucket/out/{path.name}") == path.read_bytes()
    assert json.loads(read(s3, "bucket/out/_SUCCESS"))["rows"] == len(LINES)


def test_parquet_and_patterns_of_an_object_store(s3: fs.S3FileSystem, tiny_bundle: Path) -> None:
    with s3.open_output_stream("bucket/p/x/a.parquet") as file:
        pq.write_table(pa.table({"text": LINES}), file, row_group_size=10)
    bulk(tiny_bundle, "s3://bucket/p/*/*.parquet", "s3://bucket/tagged", split_mb=0.0001)
    parts = [name for name in names(s3, "bucket/tagged/x") if name.endswith(".parquet")]
    texts = [
        pq.read_table(f"bucket/tagged/x/{part}", filesystem=s3).column("text").to_pylist() for part in parts
    ]
    assert (len(parts), [text for part in texts for text in part]) == (4, LINES)


def test_a_file_system_of_fsspec(tiny_bundle: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/in/a.txt", "北京".encode())
    bulk(tiny_bundle, "memory://in", "memory://out")
    assert sorted(path.rpartition("/")[2] for path in memory.find("/out")) == [
        "_SUCCESS", "_manifest.json", "a.txt.jsonl",
    ]  # fmt: skip
    memory.rm("/in", recursive=True)
    memory.rm("/out", recursive=True)


@pytest.mark.parametrize("url", ["nowhere://x/y", "s3://bucket/none", "memory://none"])
def test_a_url_without_files_is_told(s3: fs.S3FileSystem, url: str) -> None:
    with pytest.raises(
        BulkError, match=f"{url[:10]}.*: expected (the URL of a file system|a file, a folder)"
    ):
        find_inputs(url)


@pytest.mark.parametrize(
    ("path", "full"),
    [("s3://b/x", "s3://b/x"), ("file:///data/x", "/data/x"), ("/data/../x", "/x"), ("/data/x/", "/data/x")],
)
def test_paths_that_workers_understand(path: str, full: str) -> None:
    assert full_path(path) == full
