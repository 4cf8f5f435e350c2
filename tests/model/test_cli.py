"""`python -m model` as a process: what comes out for what goes in, and what is said when it can't."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import tiny

from model.tagger import Tagger
from model.words.file import read_words

TEXTS = ["小明在北京。", "", "张三到过上海市复旦大学。😀", "a\u2028b"]


def run(bundle: Path, *arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "model", bundle, "--threads", "1", *arguments],
        input=given,
        capture_output=True,
        check=False,
        # The output's encoding must not be the locale's.
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""},
    )


def test_json_lines_of_standard_input(tiny_bundle: Path, tagger: Tagger) -> None:
    done = run(tiny_bundle, "--format", "jsonl", given="\r\n".join(TEXTS).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    lines = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    expected = [[entity._asdict() for entity in entities] for entities in tagger.tag(TEXTS)]
    assert [line["text"] for line in lines] == TEXTS
    assert [line["entities"] for line in lines] == expected


def test_files_in_order_and_standard_input_where_the_dash_stands(tiny_bundle: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.txt", tmp_path / "2.txt"
    first.write_text("\ufeff一\n二", encoding="utf-8")
    second.write_bytes("三\n".encode())
    done = run(tiny_bundle, first, "-", second, "--format", "jsonl", given="中\n".encode())
    assert [json.loads(line)["text"] for line in done.stdout.decode().splitlines()] == [
        "一",
        "二",
        "中",
        "三",
    ]


def test_gb18030_on_request(tiny_bundle: Path) -> None:
    done = run(tiny_bundle, "--encoding", "gb18030", "--format", "jsonl", given="北京\n".encode("gb18030"))
    assert json.loads(done.stdout)["text"] == "北京"


def test_bio_and_inline(tiny_bundle: Path) -> None:
    bio = run(tiny_bundle, "--format", "bio", given="小 明\n".encode()).stdout.decode()
    assert [line.split("\t")[0] for line in bio.split("\n")] == ["小", "明", "", ""]
    inline = run(tiny_bundle, given="小明\n".encode()).stdout.decode()
    assert inline.replace("[", "").count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "given", "code", "message"),
    [
        (["--format", "xml"], b"", 2, "invalid choice: 'xml'"),
        (["--threads", "0"], b"", 2, "--threads: expected 1 or more, got '0'"),
        (
            ["missing.txt"],
            b"",
            2,
            "error: missing.txt: expected a file of texts, got 'No such file or directory'",
        ),
        (["/"], b"", 2, "error: /: expected a file of texts, got 'Is a directory'"),
        (
            [],
            b"ok\n\xe5\x8c\xff\n",
            2,
            "error: stdin:2: expected utf-8, got byte b'\\xe5' at byte 0 of the line",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(
    tiny_bundle: Path, arguments: list[str], given: bytes, code: int, message: str
) -> None:
    done = run(tiny_bundle, *arguments, given=given)
    assert done.returncode == code
    assert message in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_closed_standard_input_has_no_texts(tiny_bundle: Path) -> None:
    command = ["sh", "-c", '"$@" <&-', "sh", sys.executable, "-m", "model", str(tiny_bundle)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_words_of_ones_own(tiny_bundle: Path, tagger: Tagger, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("小明\tLOC\n", encoding="utf-8")
    text = "小明在北京。"
    done = run(
        tiny_bundle, "--words", words, "--words-strength", "50", "--format", "jsonl", given=text.encode()
    )
    expected = tagger.with_words(read_words(words, tagger.labels), 50.0).tag([text])[0]
    assert json.loads(done.stdout)["entities"] == [entity._asdict() for entity in expected]
    words.write_text("小明\tSHIP\n", encoding="utf-8")
    done = run(tiny_bundle, "--words", words)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"error: {words}:1: expected a label of ")
    assert (
        b"error: .: expected a file of words, got 'Is a directory'" in run(tiny_bundle, "--words", "").stderr
    )
    assert (
        b"expected a number above 0 and up to 50, got '0'" in run(tiny_bundle, "--words-strength", "0").stderr
    )


def test_missing_bundle(tmp_path: Path) -> None:
    done = run(tmp_path / "none")
    assert done.returncode == 2
    assert b"none: expected the folder of a bundle, got none; make one with" in done.stderr
    assert b"Traceback" not in done.stderr


def test_lines_are_answered_as_they_come(tiny_bundle: Path) -> None:
    with start(tiny_bundle) as process:
        assert process.stdin
        assert process.stdout
        for text in ("小明", "北京"):
            process.stdin.write(f"{text}\n".encode())
            process.stdin.flush()
            assert process.stdout.readline()
        process.stdin.close()
        assert process.wait() == 0


def test_reader_that_leaves_ends_it_quietly(tiny_bundle: Path) -> None:
    with start(tiny_bundle) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        feed(process, (tiny.TEXT + "\n").encode() * 1000)
        assert process.wait() == 141
        assert process.stderr.read() == b""


def test_memory_does_not_grow_with_the_input(tiny_bundle: Path) -> None:
    block = (tiny.TEXT + "\n").encode() * 500
    with start(tiny_bundle) as process:
        reader = threading.Thread(target=process.stdout.read if process.stdout else None)
        reader.start()
        feed(process, block, close=False)
        before = resident_kb(process.pid)
        for _ in range(10):
            feed(process, block, close=False)
        after = resident_kb(process.pid)
        feed(process, b"")
        reader.join()
        assert process.wait() == 0
    assert after - before < 20_000  # ten times the block is 2 MB of text, 10 MB of entities


def start(bundle: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "model", bundle, "--threads", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def feed(process: subprocess.Popen[bytes], content: bytes, *, close: bool = True) -> None:
    assert process.stdin
    try:
        process.stdin.write(content)
        process.stdin.flush()
        if close:
            process.stdin.close()
    except BrokenPipeError:
        pass


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def test_verbose_says_which_bundle_and_runtime_tag(tiny_bundle: Path, tagger: Tagger) -> None:
    done = run(tiny_bundle, "--runtime", "onnx", "--verbose", given="小明".encode())
    told = f"{tiny_bundle} {tagger.fingerprint[:12]}: runtime onnx on cpu, 1 thread\n"
    assert (done.returncode, done.stderr.decode()) == (0, told)
