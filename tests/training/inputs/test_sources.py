"""The files that settings name are found, and no more of them than the fit needs."""

from pathlib import Path

import pytest

from training.inputs.sources import find_sources
from training.settings.config import ConfigError, FitConfig
from training.settings.presets import resolve_config


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("", encoding="utf-8")
    return path


def of_files(file: Path, **settings: object) -> FitConfig:
    alone = {"bigram_dim": 0, "word_vectors": "none", "dictionary": "none", "vectors": file}
    return FitConfig(**{"train": (str(file),), "raw": (str(file),), **alone, **settings})


@pytest.mark.parametrize(
    ("settings", "is_read"),
    [
        ({}, False),
        ({"vectors": None}, True),
        ({"bigram_dim": 4}, True),
        ({"word_vectors": "trained"}, True),
        ({"dictionary": "file"}, True),
        ({"dictionary": "file", "dictionary_dim": 0}, False),
    ],
)
def test_raw_text_is_read_where_something_is_learnt_from_it(
    file: Path, settings: dict[str, object], is_read: bool
) -> None:
    if "dictionary" in settings:
        settings = {**settings, "dictionary": str(file)}
    assert find_sources(of_files(file, **settings)).raw == ((file,) if is_read else ())


def test_all_files_are_listed_vectors_too(file: Path) -> None:
    sources = find_sources(of_files(file, dev=(str(file),), lexicon=(str(file),), dictionary=str(file)))
    assert sources.paths == (file,) * 6  # train, dev, raw, vectors, dictionary, lexicon


@pytest.mark.parametrize("setting", ["train", "dev", "test", "raw", "lexicon"])
def test_a_folder_is_no_file(file: Path, tmp_path: Path, setting: str) -> None:
    config = of_files(file, **{"vectors": None, setting: (str(tmp_path),)})
    with pytest.raises(
        ConfigError, match=f"--{setting}: {tmp_path}: expected a.*, got a directory; check the path"
    ):
        find_sources(config)


def test_a_device_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"--train: /dev/null: expected a corpus file.*, got a pipe or device"
    ):
        find_sources(FitConfig(train=("/dev/null",), cache=tmp_path))


@pytest.mark.parametrize("given", [{"unlabelled": ("file",)}, {"preset": "best"}, {"preset": "small"}])
def test_text_without_labels_needs_a_teacher(file: Path, given: dict[str, object]) -> None:
    if "unlabelled" in given:
        given = {"unlabelled": (str(file),)}
    flags = {**of_files(file).model_dump(exclude_unset=True), **given, "teachers": 0}
    with pytest.raises(ConfigError, match="--teachers: expected 1 or more with text without labels"):
        find_sources(resolve_config(flags))
    assert find_sources(resolve_config({**flags, "unlabelled": ("none",)})).unlabelled == ()
    assert resolve_config({**flags, "unlabelled": ("none",)}).teacher_count == 0
