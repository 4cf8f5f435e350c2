"""Words of one's own in the service: by flag, read anew with the bundle, refused with file and line."""

import signal
from pathlib import Path

from loopback import Server


def test_words_are_read_anew_with_the_bundle(tiny_bundle: Path, tmp_path: Path) -> None:
    """What becomes of the tags is tested in tests/model/words; here, which words serve."""
    words = tmp_path / "words"
    words.write_text("小明\tPER\n", encoding="utf-8")
    command = ("-m", "app", "--words", str(words))
    with Server({"bundle": tiny_bundle, "threads": 1, "words_strength": 9}, command) as server:
        first = server.get("/bundle").json
        for content, said in (
            ("小明\tPER\n张三\tPER\n", "ready: serving"),
            ("小明\n", f"reload refused: {words}:1: expected a word, a tab and a label, got '小明'"),
        ):
            seen = len(server.log)
            words.write_text(content, encoding="utf-8")
            server.process.send_signal(signal.SIGHUP)
            server.wait_for(said, after=seen)
        second = server.get("/bundle").json
        assert second["fingerprint"] != first["fingerprint"]
        assert (first["words"], second["words"]) == (1, 2)
        assert b"\nzitag_words 2.0\n" in server.get("/metrics").body
        assert server.post("/tag", {"text": "小明"}).json["bundle"] == second["bundle"]


def test_a_start_with_words_that_cannot_be_used_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    server = Server({"bundle": tiny_bundle, "words": tmp_path / "none"}, wait_ready=False)
    with server:
        assert server.process.wait(60) == 2
        assert server.wait_for(f"cannot serve: {tmp_path}/none: expected a file of words")
