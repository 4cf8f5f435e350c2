"""The entry point of the train image: which bundle is trained, and which is served."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from programs import DEPLOY, run

# Stands for Python: says how it was called, and makes the bundle unless told to fail.
PYTHON = """#!/bin/sh
echo "$@" >"$CALLED"
[ -z "${FAIL:-}" ] || exit 3
while [ "$1" != --output ]; do shift; done
mkdir "$2" && echo '{}' >"$2/bundle.json"
"""


class Volume:
    """A folder of bundles and one of runs, and the script over them."""

    def __init__(self, path: Path) -> None:
        self.bundles, self.workspace = path / "bundles", path / "workspace"
        self.called = path / "called"
        for folder in (self.bundles, self.workspace, path / "bin"):
            folder.mkdir()
        (path / "bin/python").write_text(PYTHON)
        (path / "bin/python").chmod(0o755)
        self.path = f"{path / 'bin'}:{os.environ['PATH']}"

    def add(self, name: str) -> None:
        (self.bundles / name).mkdir()
        (self.bundles / name / "bundle.json").write_text(json.dumps({"name": name}))

    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PATH": self.path,
            "BUNDLES": str(self.bundles),
            "CALLED": str(self.called),
            **variables,
        }
        return run("sh", str(DEPLOY / "bundles.sh"), *arguments, env=environment, cwd=self.workspace)

    @property
    def served(self) -> str:
        return os.readlink(self.bundles / "default")


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return Volume(tmp_path)


def test_once_trains_the_quick_preset_and_serves_it(volume: Volume) -> None:
    assert volume("once").returncode == 0
    assert volume.called.read_text().split() == (
        f"-m training.fit --output {volume.bundles}/quick --preset quick".split()
    )
    assert volume.served == "quick"
    assert (volume.bundles / "default/bundle.json").exists()


def test_once_leaves_a_bundle_alone(volume: Volume) -> None:
    volume.add("mine")
    volume("use", "mine")
    done = volume("once")
    assert (done.returncode, "nothing to train" in done.stdout) == (0, True)
    assert not volume.called.exists()
    assert volume.served == "mine"


def test_once_serves_a_plain_folder_named_default(volume: Volume) -> None:
    volume.add("default")
    assert volume("once").returncode == 0
    assert not volume.called.exists()


def test_once_serves_what_it_trained_before(volume: Volume) -> None:
    volume.add("quick")
    assert volume("once").returncode == 0
    assert not volume.called.exists()
    assert volume.served == "quick"


def test_no_bundle_is_seen_before_it_is_trained(volume: Volume) -> None:
    assert volume("once", FAIL="1").returncode == 3
    assert not (volume.bundles / "default").exists()


def test_killed_fit_goes_on(volume: Volume) -> None:
    volume("once", FAIL="1")
    (volume.workspace / "runs/quick").mkdir(parents=True)
    (volume.workspace / "runs/quick/checkpoint.safetensors").touch()
    assert volume("once").returncode == 0
    assert "--resume" in volume.called.read_text().split()


def test_finished_fit_is_not_resumed(volume: Volume) -> None:
    volume.add("mine")
    (volume.workspace / "runs/mine").mkdir(parents=True)
    (volume.workspace / "runs/mine/checkpoint.safetensors").touch()
    volume("fit", "mine", "--overwrite")
    assert "--resume" not in volume.called.read_text().split()


def test_fit_passes_flags_on_and_serves_the_first_bundle(volume: Volume) -> None:
    volume("fit", "mine", "--train", "my corpus.bio")
    assert (
        volume.called.read_text()
        .strip()
        .endswith("--output " + f"{volume.bundles}/mine --train my corpus.bio")
    )
    assert volume.served == "mine"


def test_fit_beside_a_served_bundle_changes_nothing_for_it(volume: Volume) -> None:
    volume("once")
    assert volume("fit", "full", "--preset", "full").returncode == 0
    assert volume.served == "quick"


def test_use_chooses_and_goes_back(volume: Volume) -> None:
    volume.add("old")
    volume.add("new")
    for name in ("old", "new", "old"):
        assert volume("use", name).returncode == 0
        assert volume.served == name
    assert sorted(path.name for path in volume.bundles.iterdir()) == ["default", "new", "old"]


def test_list_marks_what_is_served(volume: Volume) -> None:
    assert volume("list").stdout == ""
    for name in ("a", "b", "c.partial"):
        volume.add(name)
    volume("use", "b")
    assert volume("list").stdout == "  a\n* b\n"


def test_remove_spares_what_is_served(volume: Volume) -> None:
    volume.add("a")
    volume.add("b")
    volume("use", "b")
    assert volume("rm", "a").returncode == 0
    refused = volume("rm", "b")
    assert (refused.returncode, "b is served" in refused.stderr) == (2, True)
    assert volume("list").stdout == "* b\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected once, fit, use, list or rm, got ''"),
        (("serve",), "expected once, fit, use, list or rm, got 'serve'"),
        (("use", "none"), "none: there is no bundle here"),
        (("rm", "none"), "none: there is no bundle here"),
        (("use",), "expected the name of a bundle, got ''"),
        (("fit", "../x"), "expected the name of a bundle, got '../x'"),
        (("fit", "default"), "expected the name of a bundle, got 'default'"),
        (("fit", "x.partial"), "expected the name of a bundle, got 'x.partial'"),
        (("rm", ".."), "expected the name of a bundle, got '..'"),
    ],
)
def test_wrong_call_is_refused(volume: Volume, arguments: tuple[str, ...], message: str) -> None:
    done = volume(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert not volume.called.exists()


def test_a_folder_in_the_place_of_the_link_is_not_replaced(volume: Volume) -> None:
    volume.add("default")
    volume.add("mine")
    done = volume("use", "mine")
    assert (done.returncode, "expected a link to a bundle, got a folder" in done.stderr) == (2, True)


def test_help_lists_every_command(volume: Volume) -> None:
    shown = volume("--help").stdout
    for command in ("once", "fit", "use", "list", "rm"):
        assert f"bundles {command}" in shown
