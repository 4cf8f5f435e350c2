"""A fit from end to end on a toy corpus: what comes out, that it is repeatable, and how it stops."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from toy import toy_flags, write_toy_corpus

import training.export.output
from model.bundle.bundle import load_bundle
from model.features.channels import WordChannel
from model.tagger import Tagger
from training.corpus.reader import read_sentences
from training.distillation.teach import Lessons
from training.export.output import check_output
from training.fit import main
from training.loop.checkpoint import CHECKPOINT, LOG
from training.settings import by_size
from training.settings.config import ConfigError, FitConfig

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def fitted(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of one fit; its cache and run lie beside it."""
    output = tmp_path_factory.mktemp("fit") / "toy"
    assert main(toy_flags(corpus, output)) == 0
    return output


def beside(fitted: Path, name: str) -> Path:
    """Return an output that shares the vectors of `fitted`."""
    return fitted.parent / name


def start(flags: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "training.fit", *flags]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_epoch(process: subprocess.Popen[str], log: Path, epochs: int) -> None:
    """Wait until so many epochs are in the log."""
    deadline = time.monotonic() + 240
    while not log.exists() or len(log.read_text().splitlines()) <= epochs:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no epoch was finished in 240 s"
        time.sleep(0.02)


def weights(output: Path) -> bytes:
    return (output / "weights.safetensors").read_bytes()


def test_bundle_tags_what_the_corpus_taught(fitted: Path) -> None:
    report = json.loads((fitted / "report.json").read_text(encoding="utf-8"))
    assert report["dev"]["strict"]["micro"]["f1"] > 0.9
    assert report["test"]["strict"]["labels"]["PER"]["support"] > 20
    compared = load_bundle(fitted).int8
    assert compared is None or report["int8"] == compared.model_dump(exclude={"ranges"})
    found = Tagger.load(fitted, threads=1).tag(["小明昨天到了北京。😀在上海，张三见到了李四。"])[0]
    assert [(entity.text, entity.label) for entity in found] == [
        ("小明", "PER"),
        ("北京", "LOC"),
        ("上海", "LOC"),
        ("张三", "PER"),
        ("李四", "PER"),
    ]


def test_bundle_says_where_it_comes_from(fitted: Path, corpus: Path) -> None:
    origin = load_bundle(fitted).origin
    assert origin.fit["seed"] == 7
    assert [file.name for file in origin.corpora] == [
        str(corpus / f"{part}.bio") for part in ("train", "dev", "test")
    ]
    assert "tensorflow-addons" in origin.versions
    assert "strict" not in (fitted / "bundle.json").read_text()
    card = (fitted / "README.md").read_text(encoding="utf-8")
    assert "## test: 60 sentences" in card
    assert "seed = 7" in card
    assert "Whether the test set was looked at before" in card
    assert "Warning" not in card
    assert (fitted / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_card_and_page_have_the_numbers_of_the_report(fitted: Path) -> None:
    card, page = ((fitted / name).read_text(encoding="utf-8") for name in ("README.md", "report.html"))
    for part in ("dev", "test"):
        groups = json.loads((fitted / "report.json").read_text(encoding="utf-8"))[part]["groups"]
        for row in (groups["label"]["PER"], groups["all"]["all"]):
            low, high = row["interval"]["f1"]
            assert f"{row['f1']:.2%} ({100 * low:.1f}-{100 * high:.1f})" in card
            assert f"{row['f1']:.2%} <small>{100 * low:.1f}–{100 * high:.1f}</small>" in page
    assert "Learning curves" in page


def test_fit_that_learnt_nothing_says_so(
    fitted: Path, corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = beside(fitted, "unlearnt")
    assert main(toy_flags(corpus, output, "--epochs", "1", "--max-steps", "1")) == 0
    assert "warning: the tagger has learnt" in capsys.readouterr().out
    assert "**Warning**: the tagger has learnt" in (output / "README.md").read_text("utf-8")
    assert json.loads((output / "report.json").read_text("utf-8"))["shortfalls"]


def test_run_folder_has_settings_log_and_curves(fitted: Path) -> None:
    run = fitted.parent / "runs" / "toy"
    assert FitConfig.model_validate_json((run / "config.json").read_text()).seed == 7
    assert len((run / LOG).read_text().splitlines()) == 1 + 6
    assert list((run / "tensorboard").glob("events.*"))


def test_scores_are_at_the_temperature_that_is_reported(fitted: Path) -> None:
    temperature = json.loads((fitted / "report.json").read_text(encoding="utf-8"))["temperature"]
    assert temperature != 1
    with safe_open(fitted.parent / "runs" / "toy" / CHECKPOINT, framework="numpy") as checkpoint:
        for name in ("emission.kernel", "crf.transitions"):
            expected = checkpoint.get_tensor(f"best.{name}") / temperature
            np.testing.assert_allclose(load_bundle(fitted).weights[name], expected, rtol=1e-6)


def test_last_line_printed_is_the_bundle(
    corpus: Path, fitted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = beside(fitted, "printed")
    assert main(toy_flags(corpus, output, "--epochs", "1")) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == str(output)
    assert "epoch 1/1  loss" in out
    assert "chars/s" in out


def test_same_seed_gives_the_same_weights_byte_for_byte(corpus: Path, fitted: Path) -> None:
    output = beside(fitted, "again")
    assert main(toy_flags(corpus, output)) == 0
    assert weights(output) == weights(fitted)
    other = beside(fitted, "other-seed")
    assert main(toy_flags(corpus, other, "--seed", "8")) == 0
    assert weights(other) != weights(fitted)


def test_one_thread_gives_the_same_bundle_twice_its_vectors_trained_anew(
    corpus: Path, fitted: Path, tmp_path: Path
) -> None:
    output = tmp_path / "anew"
    process = start(toy_flags(corpus, output))  # another process, and a cache of its own
    said = process.communicate(timeout=240)
    assert process.returncode == 0, said
    assert weights(output) == weights(fitted)


def test_fit_killed_and_resumed_ends_at_the_weights_of_an_uninterrupted_one(
    corpus: Path, fitted: Path
) -> None:
    output = beside(fitted, "killed")
    flags = toy_flags(corpus, output)
    process = start(flags)
    wait_for_epoch(process, fitted.parent / "runs" / "killed" / LOG, 1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not output.exists()
    assert main([*flags, "--resume"]) == 0
    assert weights(output) == weights(fitted)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_fit_saves_the_best_so_far_and_says_so(
    corpus: Path, fitted: Path, how: signal.Signals
) -> None:
    output = beside(fitted, f"interrupted-{how.name}")
    process = start(toy_flags(corpus, output, "--epochs", "5000", "--patience", "5000"))
    wait_for_epoch(process, fitted.parent / "runs" / output.name / LOG, 2)
    process.send_signal(how)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "saving the best so far, epoch" in out
    assert f"the best so far is saved as {output}" in err
    assert "Traceback" not in err
    assert Tagger.load(output, threads=1).labels == ("LOC", "ORG", "PER")


def test_dev_is_cut_out_of_train_when_none_is_given(corpus: Path, fitted: Path) -> None:
    output = beside(fitted, "cut")
    flags = toy_flags(corpus, output, "--epochs", "1")
    place = flags.index("--dev")
    del flags[place : place + 2]
    assert main(flags) == 0
    report = json.loads((output / "report.json").read_text(encoding="utf-8"))
    assert report["dev"]["sentences"] == 24  # a tenth of 240


def test_words_of_the_user_become_a_channel(corpus: Path, tmp_path: Path) -> None:
    words, vectors = tmp_path / "words.txt", tmp_path / "words.vec"
    dictionary = tmp_path / "dictionary.txt"
    dictionary.write_text("北京\tns\t3\n天气\tn\t2\n怎么样\tr\t1\n昨天\tt\t1\n", "utf-8")
    words.write_text("贵州省\tplace\n欧阳修\tperson\n复旦大学\n", "utf-8")
    vectors.write_text("3 6\n北京 1 0 0 0 0 1\n上海 0 1 0 0 1 0\nBBC 0 0 1 1 0 0\n", "utf-8")
    extra = ["--lexicon", str(words), "--word-vectors", str(vectors), "--epochs", "1", "--overwrite"]
    extra += ["--dictionary", str(dictionary), "--segment-dim", "5"]
    path = tmp_path / "out"
    assert main(toy_flags(corpus, path, *extra)) == 0
    bundle = load_bundle(path)
    channels = {channel.name: channel for channel in bundle.config.channels}
    assert (channels["word"].rows, channels["word"].dim) == (3, 4)  # 6 wide, projected
    assert (channels["type"].rows, channels["type"].dim) == (4, 3)
    assert (channels["segment"].rows, channels["segment"].dim) == (
        1 + 4 + 4,
        5,
    )  # 4 kinds, 4 words of the text
    assert {str(words), str(vectors), str(dictionary)} <= {file.name for file in bundle.origin.corpora}
    lexicons = [channel.lexicon for channel in bundle.features.channels if isinstance(channel, WordChannel)]
    assert [lexicon.words for lexicon in lexicons] == [
        ("北京", "上海"),
        ("贵州省", "欧阳修", "复旦大学"),
        ("北京", "天气", "怎么样", "昨天"),
    ]
    texts = [sentence.text for sentence in read_sentences([corpus / "test.bio"])]
    assert Tagger.load(path, "onnx").find(texts) == Tagger.load(path, "tensorflow").find(texts)


def test_early_stop_after_epochs_without_gain(
    corpus: Path, fitted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = beside(fitted, "early")
    # With next to no learning rate the weights, and so the dev F1, stay as they are.
    assert (
        main(toy_flags(corpus, output, "--learning-rate", "1e-12", "--epochs", "50", "--patience", "2")) == 0
    )
    assert "no better dev F1 in 2 epochs: stopped early" in capsys.readouterr().out
    assert len((fitted.parent / "runs" / "early" / LOG).read_text().splitlines()) == 1 + 3


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (
            ["--train", "none.bio"],
            "--train: none.bio: expected a corpus file or the name of a corpus (msra), got "
            "'No such file or directory'; check the path",
        ),
        (
            ["--vectors", "none.vec"],
            "none.vec: expected word2vec vectors (text, .bin or .gz), got 'No such file or directory'",
        ),
        (
            ["--raw", "none.txt"],
            "--raw: none.txt: expected a text file, none, or one of people-daily, web-news, got 'No such",
        ),
        (
            ["--word-vectors", "none.bin"],
            "--word-vectors: none.bin: expected a word2vec file, wiki, trained or none, got",
        ),
        (
            ["--lexicon", "none.txt"],
            "--lexicon: none.txt: expected a file of words, or none, got 'No such file or directory'",
        ),
        (
            ["--dictionary", "none.txt"],
            "--dictionary: none.txt: expected a file of words, jieba or none, got 'No such file or directory'",
        ),
        (["--units", "0"], "units: Input should be greater than or equal to 1, got '0'"),
        (["--resume"], "no epoch to resume from; start without --resume"),
        (
            ["--dev", "msra"],
            "--dev: msra: expected a corpus file, got 'No such file or directory'; check the path\n",
        ),
        (["--max-chars", "10001"], "max_chars: Input should be less than or equal to 10000"),
        (["--layers", "65"], "layers: Input should be less than or equal to 64"),
        (["--char-min-count", "100000"], "no token occurs 100000 times"),
    ],
)
def test_what_the_user_can_mend_is_said_without_a_traceback(
    corpus: Path, fitted: Path, capsys: pytest.CaptureFixture[str], extra: list[str], message: str
) -> None:
    output = beside(fitted, "mistaken")
    assert main(toy_flags(corpus, output, *extra)) == 2
    assert message in capsys.readouterr().err
    assert not output.exists()


def test_existing_bundle_is_kept_unless_told(
    corpus: Path, fitted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = weights(fitted)
    assert main(toy_flags(corpus, fitted)) == 2
    assert (
        f"--output: {fitted}: exists; choose another name, or overwrite it (--overwrite)"
        in capsys.readouterr().err
    )
    assert weights(fitted) == before


def test_corpus_error_names_file_and_line(
    corpus: Path, fitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.bio"
    broken.write_text("中\tO\n国人\tO\n", encoding="utf-8")
    assert main(toy_flags(corpus, beside(fitted, "broken"), "--train", str(broken))) == 2
    assert "broken.bio:2: " in capsys.readouterr().err


@pytest.mark.parametrize("part", ["dev", "test"])
def test_a_fault_in_dev_or_test_is_told_before_the_fit(
    corpus: Path, fitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    broken = tmp_path / "broken.bio"
    broken.write_text((corpus / f"{part}.bio").read_text(encoding="utf-8") + "国人\tO\n", encoding="utf-8")
    output = beside(fitted, f"broken-{part}")
    assert main(toy_flags(corpus, output, f"--{part}", str(broken))) == 2
    told = capsys.readouterr()
    assert f"{broken}:" in told.err
    assert not told.out
    assert not (fitted.parent / "runs" / output.name).exists()


@pytest.mark.parametrize(
    ("tag", "got"),
    [("O", "no entity; give more text, or another --dev"), ("B-PERSON", "only PERSON; correct")],
)
def test_a_dev_that_cannot_choose_is_refused(
    corpus: Path, fitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], tag: str, got: str
) -> None:
    dev = tmp_path / "dev.bio"
    dev.write_text(f"中\t{tag}\n国\tO\n", encoding="utf-8")
    assert main(toy_flags(corpus, beside(fitted, "mistaken"), "--dev", str(dev))) == 2
    expected = (
        f"--dev: {dev}: expected entities of LOC, ORG, PER, as in --train, to tell the best epoch by, got "
    )
    assert expected + got in capsys.readouterr().err


def test_labels_that_train_has_not_and_repairs_are_told(
    corpus: Path, fitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = tmp_path / "test.bio"
    test.write_text("中\tB-GPE\n国\tI-GPE\n人\tI-PER\n好\tO\n", encoding="utf-8")
    output = beside(fitted, "mistaken")
    assert main(toy_flags(corpus, output, "--test", str(test), "--char-min-count", "100000")) == 2
    told = capsys.readouterr().out
    assert f"test {test}: 1 sentences, 4 characters, tagged in BIO; GPE 1, PER 1" in told
    assert f"repaired 1 I- tags that continue no entity and 0 entities without end, first at {test}:3" in told
    assert "test has labels that train does not have: GPE; all of their entities will count as missed" in told


def test_what_is_no_bundle_is_never_overwritten(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "bundles"
    (folder / "mine").mkdir(parents=True)
    assert main(toy_flags(corpus, folder, "--overwrite")) == 2
    assert (
        f"--output: {folder}: expected a bundle to overwrite, got something else" in capsys.readouterr().err
    )
    assert (folder / "mine").is_dir()


def test_raw_text_that_is_not_utf_8_is_told_with_its_line(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_bytes("好\n".encode() + "北京".encode("gb18030") + b"\n")
    assert main(toy_flags(corpus, tmp_path / "out", "--raw", str(raw))) == 2
    assert f"error: {raw}:2: expected UTF-8, got byte" in capsys.readouterr().err


def test_checkpoint_of_other_vectors_or_another_dev_is_not_resumed(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = write_toy_corpus(tmp_path / "corpus")
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("2 2\n小 1 2\n明 3 4\n", encoding="utf-8")
    flags = toy_flags(own, tmp_path / "out", "--epochs", "1", "--vectors", str(vectors))
    assert main(flags) == 0
    vectors.write_text("2 2\n小 1 2\n明 3 5\n", encoding="utf-8")
    assert main([*flags, "--resume", "--overwrite"]) == 2
    assert "the corpora or vectors have changed since its first start" in capsys.readouterr().err
    vectors.write_text("2 2\n小 1 2\n明 3 4\n", encoding="utf-8")
    dev = own / "dev.bio"
    dev.write_text(dev.read_text(encoding="utf-8") + "好\tO\n", encoding="utf-8")
    assert main([*flags, "--resume", "--overwrite"]) == 2
    assert "the corpora or vectors have changed since its first start" in capsys.readouterr().err


def test_checkpoint_of_other_corpora_is_not_resumed(
    corpus: Path, fitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "moved"
    own = write_toy_corpus(tmp_path / "corpus")
    flags = toy_flags(own, output, "--epochs", "1")
    assert main(flags) == 0
    train = own / "train.bio"
    train.write_text(train.read_text(encoding="utf-8") + "好\tO\n", encoding="utf-8")
    assert main([*flags, "--resume", "--overwrite"]) == 2
    assert "the corpora or vectors have changed since its first start" in capsys.readouterr().err


def test_general_vectors_are_named_in_card_and_report_and_can_be_resumed(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text((corpus / "train.bio").read_text("utf-8").replace("\tO\n", ""), encoding="utf-8")
    output = tmp_path / "out"
    flags = toy_flags(corpus, output, "--raw", str(raw), "--vectors-from", "general", "--epochs", "1")
    assert main(flags) == 0
    said = re.search(r"vectors: the general ones of raw.txt \((\w{24})\), .*", capsys.readouterr().out)
    assert said
    assert f"Its {said[0]}." in (output / "README.md").read_text("utf-8")
    report = json.loads((output / "report.json").read_text("utf-8"))
    assert (report["vectors"]["name"], report["vectors"]["sha256"]) == ("raw.txt", said[1])
    assert main([*flags, "--resume", "--overwrite"]) == 0
    assert "resumed after epoch 1" in capsys.readouterr().out


class TestRoom:
    """What could not be written at the end is said before anything is done."""

    def config(self, folder: Path) -> FitConfig:
        return FitConfig(output=folder / "bundle", runs=folder / "runs", cache=folder / "cache")

    def test_enough_room_leaves_nothing_behind(self, tmp_path: Path) -> None:
        check_output(self.config(tmp_path), 1 << 20)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_folder_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(
            ConfigError, match=r"--output: .*file: cannot hold \d+ MB: .*; choose another folder"
        ):
            check_output(self.config(tmp_path / "file"))

    def test_too_little_free(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"--output: .* MB are needed, \d+ MB are free; make room"):
            check_output(self.config(tmp_path), 1 << 55)

    def test_disk_that_is_full_whatever_it_claims(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(training.export.output.os, "posix_fallocate", full)
        with pytest.raises(ConfigError, match=r"cannot hold \d+ MB: No space left on device"):
            check_output(self.config(tmp_path))
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_interruption_before_the_first_epoch_saves_nothing(corpus: Path, fitted: Path) -> None:
    output = beside(fitted, "at-once")
    process = start(toy_flags(corpus, output))
    deadline = time.monotonic() + 240
    while not (fitted.parent / "runs" / "at-once" / "config.json").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not output.exists()
    assert not (fitted.parent / "runs" / "at-once" / CHECKPOINT).exists()


def test_an_ensemble_is_saved_as_one_network(
    corpus: Path, fitted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = beside(fitted, "ensemble")
    flags = [*toy_flags(corpus, output), "--ensemble", "2"]
    assert main(flags) == 0
    first, _, second = capsys.readouterr().out.partition("network 2 of 2")
    assert "fits on the CPU: 1 threads" in first
    assert "saved as one of" in second
    bundle, one = load_bundle(output), load_bundle(fitted)
    assert bundle.config.units == 2 * one.config.units
    report = json.loads((output / "report.json").read_text(encoding="utf-8"))
    assert len(report["ensemble"]["dev_f1"]) == 2
    assert report["dev"]["strict"]["micro"]["f1"] > 0.9
    before = weights(output)
    assert main([*flags, "--resume", "--overwrite"]) == 0  # both are there already
    assert "epoch" not in capsys.readouterr().out.partition("network 2 of 2")[0]
    assert weights(output) == before


def test_a_taught_network_reports_its_teachers_and_survives_a_kill(
    corpus: Path, fitted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "raw.txt"
    raw.write_text("小明和张三昨天在上海见面。\n" * 40 + "欧阳修在巴黎。\n" * 20, encoding="utf-8")
    taught = ["--teachers", "2", "--unlabelled", str(raw)]
    whole, resumed = beside(fitted, "taught"), beside(fitted, "taught-resumed")
    assert main([*toy_flags(corpus, whole), *taught]) == 0
    told = capsys.readouterr().out
    assert "teacher 2 of 2" in told
    assert "0 sentences left out" in told
    report = json.loads((whole / "report.json").read_text(encoding="utf-8"))
    assert len(report["teachers"]["dev_f1"]) == 2
    assert report["dev"]["strict"]["micro"]["f1"] > 0.9
    flags = [*toy_flags(corpus, resumed), *taught]
    process = start(flags)
    runs = Path(flags[flags.index("--runs") + 1])
    wait_for_epoch(process, runs / resumed.name / "teacher-2" / LOG, 1)
    process.kill()
    process.communicate()
    assert main([*flags, "--resume"]) == 0
    assert "teacher 1 of 2" in capsys.readouterr().out
    assert weights(resumed) == weights(whole)


def test_the_full_preset_is_taught_where_the_corpus_is_of_middle_size(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_size, "SMALL_CORPUS_CHARS", 1_000)
    (tmp_path / "raw.txt").write_text("小明和张三昨天在上海见面。\n" * 40, encoding="utf-8")
    output = tmp_path / "bundles" / "full"
    flags = toy_flags(corpus, output, "--raw", str(tmp_path / "raw.txt"), "--epochs", "2")
    assert main(flags) == 0
    told = capsys.readouterr().out
    assert "3 networks are fitted first" in told
    assert f"unlabelled {tmp_path / 'raw.txt'}: 520 characters" in told
    assert len(json.loads((output / "report.json").read_text(encoding="utf-8"))["teachers"]["dev_f1"]) == 3
    before = weights(output)
    assert main([*flags, "--resume", "--overwrite"]) == 0
    assert "epoch 1" not in capsys.readouterr().out
    assert weights(output) == before
    assert main([*flags, "--teachers", "0", "--overwrite"]) == 0
    assert "teacher" not in capsys.readouterr().out


def test_a_teacher_that_is_better_is_saved_in_the_place_of_its_student(
    corpus: Path, fitted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lessons, "better_than", lambda lessons, student: lessons.equals[1])
    output = beside(fitted, "worse-than-its-teachers")
    flags = [*toy_flags(corpus, output), "--teachers", "2"]
    assert main(flags) == 0
    teachers = json.loads((output / "report.json").read_text(encoding="utf-8"))["teachers"]
    told = capsys.readouterr().out
    assert f"the network that was taught has dev F1 {teachers['dev_f1_student']:.4f}" in told
    assert f"is saved in its place, dev F1 {teachers['dev_f1'][1]:.4f}" in told
    run = Path(flags[flags.index("--runs") + 1]) / output.name / "teacher-2"
    with safe_open(str(run / CHECKPOINT), framework="numpy") as file:
        kernel = file.get_tensor("best.lstm.0.forward.kernel")
    assert np.array_equal(load_bundle(output).weights["lstm.0.forward.kernel"], kernel)


@pytest.mark.parametrize("flag", ["--teachers", "--ensemble"])
def test_several_networks_are_refused_to_several_workers(
    flag: str, corpus: Path, fitted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = {"worker": ["127.0.0.1:2222", "127.0.0.1:2223"]}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": workers, "task": {"type": "worker", "index": 0}}))
    assert main([*toy_flags(corpus, beside(fitted, "alone")), flag, "2"]) == 2
    assert f"{flag}: expected none with 2 workers, got 2; " in capsys.readouterr().err
