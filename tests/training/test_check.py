"""A look at a corpus finds what was planted in it, and counts as a slow and simple count does."""

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.check import check_corpora, main
from training.corpus.reader import Sentence
from training.corpus.writer import write_sentences
from training.inspection.leakage import SHINGLE_CHARS, TextIndex, folded, shingles
from training.inspection.statistics import SplitStatistics, contradictions, unseen_characters

LONG = "春江潮水连海平海上明月共潮生滟滟随波千万里何处春江无月明江流宛转绕芳甸月照花林皆似霰"


def plain(text: str, *entities: tuple[str, str]) -> Sentence:
    """Return a sentence in which each (surface, label) is tagged where the surface first stands."""
    tags = ["O"] * len(text)
    for surface, label in entities:
        start = text.index(surface)
        tags[start : start + len(surface)] = [f"B-{label}", *[f"I-{label}"] * (len(surface) - 1)]
    return Sentence(text, tuple(tags))


TRAIN = [
    plain("小明在北京。", ("小明", "PER"), ("北京", "LOC")),
    plain(LONG),
    plain("北京赢了。", ("北京", "ORG")),
    plain("北京很大。", ("北京", "LOC")),
    plain("北京很大。"),
    plain("完"),
]
PLACES = {"LOC": [4, 57], "ORG": [51]}  # lines of 北京 in train.bio
TEST = [
    plain("小明在北京。", ("小明", "PER")),  # word for word, tagged otherwise
    plain("完"),  # word for word
    plain(LONG[:30] + "另外一些话说到这里"),  # 18 of 27 shingles
    plain(LONG[:20] + "另外一些话说到这里为止了吧好吗"),  # 8 of 23: too few
    plain("镕镕基", ("镕镕基", "GPE")),
]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, list[Path]]:
    paths = {"train": [tmp_path / "train.bio"], "test": [tmp_path / "test.bio"]}
    write_sentences(paths["train"][0], TRAIN)
    write_sentences(paths["test"][0], TEST)
    return paths


def test_planted_leaks_are_found(files: dict[str, list[Path]]) -> None:
    leaks = check_corpora(files).leaks["test", "train"]
    assert [(leak.place.rpartition("/")[2], leak.other.rpartition("/")[2], leak.exact) for leak in leaks] == [
        ("test.bio:1", "train.bio:1", True),
        ("test.bio:8", "train.bio:69", True),
        ("test.bio:10", "train.bio:8", False),
    ]
    assert [leak.same_tags for leak in leaks] == [False, True, False]
    assert leaks[2].share == pytest.approx(18 / 27)


def test_a_leak_names_the_sentence_that_shares_most_and_knows_every_copy() -> None:
    index = TextIndex()
    index.add(replace(plain(LONG[:15]), line=1))
    index.add(replace(plain(LONG), line=2))
    nearest = index.find(plain(LONG[:30] + "另外一些话"))
    assert nearest is not None
    assert nearest.other.endswith(":2")
    for tags in (("O", "O", "O"), ("B-PER", "I-PER", "O"), ("O", "O", "O")):
        index.add(Sentence("镕基说", tags))
    assert [repeat.same_tags for repeat in index.repeats] == [False, True]
    found = [index.find(Sentence("镕基说", tags)) for tags in (("B-PER", "I-PER", "O"), ("B-PER", "O", "O"))]
    assert [leak and leak.same_tags for leak in found] == [True, False]
    index.add(Sentence("他 在 北 京", ("O", "O", "O", "O", "B-LOC", "I-LOC", "I-LOC")))
    leak = index.find(Sentence("他 在 北京", ("O", "O", "O", "O", "B-LOC", "I-LOC")))
    assert leak is not None
    assert leak.same_tags


def test_json_says_all_of_it(files: dict[str, list[Path]], capsys) -> None:
    arguments = ["--json", "--train", str(files["train"][0]), "--test", str(files["test"][0])]
    assert main(arguments) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["splits"]["train"] == {
        "sentences": 6,
        "characters": 64,
        "scheme": "BIO",
        "illegal": {"stray": 0, "unclosed": 0, "places": []},
        "trimmed": {"entities": 0, "first": ""},
        "formats": {},
        "resolved": [],
        "spaces": 0,
        "latin_letters": 0,
        "labels": {"LOC": 2, "PER": 1, "ORG": 1},
        "without_entities": 3,
        "lengths": {
            "1-10": 5,
            "11-20": 0,
            "21-50": 1,
            "51-100": 0,
            "101-200": 0,
            "201-500": 0,
            "over 500": 0,
        },
        "longest": 42,
        "repeats": 1,
        "repeats_tagged_otherwise": 1,
        "repeated": [
            {
                "place": f"{files['train'][0]}:63",
                "other": f"{files['train'][0]}:57",
                "text": "北京很大。",
                "share": 1.0,
                "exact": True,
                "same_tags": False,
                "entities": 0,
            }
        ],
        "odd_edges": {},
        "notes": [],
    }
    counts = {name: value for name, value in found["leakage"]["test in train"].items() if name != "leaks"}
    assert counts == {"exact": 2, "exact_tagged_otherwise": 1, "near": 1}
    assert found["leakage"]["test in train"]["leaks"][1]["text"] == "完"
    assert found["contradictions"] == [
        {
            "surface": "北京",
            "labels": [["LOC", 2], ["ORG", 1]],
            "places": {
                label: [f"{files['train'][0]}:{line}" for line in lines] for label, lines in PLACES.items()
            },
            "minority": 1,
        }
    ]
    assert ["镕", 2] in found["unseen_characters"]["test"]["top"]
    assert found["rare_labels"] == {"GPE": 0, "LOC": 2, "ORG": 1, "PER": 1}
    assert found["findings"] == [
        "test: 2 sentences stand word for word in train: its score is too high; they are 40.0% of it, with 50.0% of "
        "its entities: zitag evaluate --train scores the others too",
        "label GPE is never in train: no tagger can learn it",
    ]


def test_the_page_shows_each_finding(files: dict[str, list[Path]], capsys) -> None:
    assert main(["--train", str(files["train"][0]), "--test", str(files["test"][0])]) == 1
    page = capsys.readouterr().out
    for line in [
        "train              6          64         4        50%         1  BIO, none",
        "GPE           0         1  never trained on",
        "LOC           2         0  rare: fewer than 50 in train",
        "train: lengths in characters, the longest 42",
        "      1-10          5 █████████████████████████████████",
        "test in train: word for word 2 (1 tagged otherwise), nearly 1 (at least 50% of their 13-grams)",
        f"test.bio:1 = (tagged otherwise) {files['train'][0]}:1  小明在北京。",
        f"test.bio:10 ~ 67% of {files['train'][0]}:8  {TEST[2].text}",
        "contradictory labels: 1 surfaces with several labels, 1 entities in a minority\n"
        f"  北京: LOC 2, ORG 1 ({files['train'][0]}:51)",
        "train in itself: 1 repeat an earlier sentence word for word, so that it counts again in a fit or a score, "
        f"1 of them tagged otherwise\n  {files['train'][0]}:63 = (tagged otherwise) {files['train'][0]}:57  北京很大。",
        "镕×2",
    ]:
        assert line in page


def test_illegal_tags_are_shown_with_their_places(tmp_path: Path, capsys) -> None:
    path = tmp_path / "train.bio"
    path.write_text("小\tO\n明\tI-PER\n在\tO\n\n北\tB-LOC\n", encoding="utf-8")
    assert main(["--train", str(path)]) == 1
    page = capsys.readouterr().out
    assert page.endswith(f"\n\nfindings: 1\n  train: 1 tags break their scheme, first at {path}:2\n")
    assert f"BIO, 1 stray, 0 unclosed: {path}:2" in page
    assert "leakage: one split alone, nothing to compare" in page
    assert "unseen characters: one split alone, nothing to compare" in page


def test_words_and_gb18030_are_checked_on_request(tmp_path: Path, capsys) -> None:
    path = tmp_path / "train.bio"
    path.write_bytes("New\tB-location\nYork\tI-location\n纽约\tO\n".encode("gb18030"))
    assert main(["--unit", "word", "--encoding", "gb18030", "--train", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["splits"]["train"]["characters"] == len("New York纽约")


def test_nothing_to_mend_is_said_and_is_status_0(tmp_path: Path, capsys) -> None:
    path = tmp_path / "train.bio"
    path.write_text("小\tB-PER\n明\tI-PER\n\n北\tB-LOC\n", encoding="utf-8")
    assert main(["--train", str(path)]) == 0
    assert capsys.readouterr().out.endswith("\n\nfindings: none\n")


def test_a_corpus_that_cannot_be_read_is_one_line_and_status_2(tmp_path: Path, capsys) -> None:
    assert main(["--train", str(tmp_path / "none.bio")]) == 2
    assert capsys.readouterr().err.startswith(
        f"error: {tmp_path}/none.bio: expected a readable corpus file, got 'No such"
    )


def test_every_split_is_looked_for_in_all_before_it(tmp_path: Path) -> None:
    paths = {}
    for name in ("train", "dev", "test"):
        paths[name] = [tmp_path / name]
        write_sentences(tmp_path / name, [plain("同一句话")])
    leaks = check_corpora(paths).leaks
    assert {pair: len(found) for pair, found in leaks.items()} == {
        ("dev", "train"): 1,
        ("test", "train"): 1,
        ("test", "dev"): 1,
    }


def test_white_space_and_width_hide_no_leak() -> None:
    index = TextIndex()
    index.add(plain("ＮＢＡ开赛了"))
    assert index.find(plain("NBA 开赛了")).exact


def test_a_short_sentence_leaks_only_word_for_word() -> None:
    index = TextIndex()
    index.add(plain("春江潮水连海平"))
    assert index.find(plain("春江潮水连海平。")) is None
    assert TextIndex().find(plain(LONG)) is None


def test_an_index_may_grow_after_it_was_asked() -> None:
    index = TextIndex()
    index.add(plain("别的话" * 9))
    assert index.find(plain(LONG + "。")) is None
    index.add(plain(LONG))
    assert index.find(plain(LONG + "。")).share == pytest.approx(30 / 31)


texts = st.text(alphabet="春江花月夜ＡA ", min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(known=st.lists(texts, max_size=6), asked=texts, planted=st.booleans(), seed=st.integers(0, 99))
def test_shares_are_those_of_a_plain_set_of_substrings(known, asked, planted, seed) -> None:
    if planted and known:
        asked += random.Random(seed).choice(known)
    index = TextIndex()
    for text in known:
        index.add(plain(text))

    def grams(text: str) -> list[str]:
        text = folded(text)
        return [text[start : start + SHINGLE_CHARS] for start in range(len(text) - SHINGLE_CHARS + 1)]

    everywhere = {gram for text in known for gram in grams(text)}
    wanted = grams(asked)
    share = sum(gram in everywhere for gram in wanted) / len(wanted) if wanted else 0.0
    leak = index.find(plain(asked))
    if folded(asked) in map(folded, known):
        assert leak is not None
        assert leak.exact
    elif share >= 0.5:
        assert leak is not None
        assert leak.share == pytest.approx(share)
    else:
        assert leak is None


def test_different_shingles_have_different_hashes() -> None:
    dice = random.Random(1)
    texts = {
        "".join(dice.choices("的一是在不了有和人这中大为上个国我以要他", k=SHINGLE_CHARS))
        for _ in range(20_000)
    }
    assert len({int(shingles(text)[0]) for text in texts}) == len(texts)


def test_a_census_counts_as_by_hand() -> None:
    statistics = SplitStatistics()
    for length in (1, 10, 11, 20, 21, 500, 501, 9000):
        statistics.add(plain("字" * length))
    assert statistics.lengths == [2, 2, 1, 0, 0, 1, 2]
    assert (statistics.longest, statistics.without_entities) == (9000, 8)


def test_contradictions_come_by_the_size_of_the_minority() -> None:
    first, second = SplitStatistics(), SplitStatistics()
    for statistics, surface, label, times in [
        (first, "北京", "LOC", 5),
        (second, "北京", "ORG", 2),
        (first, "上海", "LOC", 3),
        (first, "上海", "ORG", 3),
        (second, "ＮＢＡ", "ORG", 1),
        (first, "NBA", "PER", 4),
        (first, "小明", "PER", 9),
        (first, "中", "LOC", 1),
        (first, "中", "ORG", 1),
    ]:
        for _ in range(times):
            statistics.add(plain(surface, (surface, label)))
    assert [(one.surface, one.minority) for one in contradictions([first, second])] == [
        ("上海", 3),
        ("北京", 2),
        ("NBA", 1),
    ]


def test_unseen_characters_are_counted_by_token_and_type() -> None:
    train, test = SplitStatistics(), SplitStatistics()
    train.add(plain("小明Ａ"))
    test.add(plain("小镕镕基A"))
    unseen = unseen_characters(train, test)
    assert (unseen.tokens, unseen.types, unseen.token_share, unseen.type_share) == (3, 2, 3 / 5, 2 / 4)
    assert Counter(dict(unseen.top)) == Counter("镕镕基")


def test_a_corpus_without_blank_lines_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sentences(tmp_path / "a.bio", [plain("小明来了。他走了。", ("小明", "PER"))])
    assert main(["--train", str(tmp_path / "a.bio")]) == 1
    told = [line for line in capsys.readouterr().out.splitlines() if "no blank line in" in line]
    assert len(told) == 1
    assert "no blank line in 9 characters, which are read as one sentence" in told[0]
    assert "put a blank line after each sentence, for example after '小明来了。'" in told[0]


def test_help_says_what_each_split_is(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for said in (
        "--train FILE [FILE ...] corpus files that",
        "--dev FILE [FILE ...] corpus files",
        "--test FILE [FILE ...] corpus files",
    ):
        assert said in text


def test_a_train_without_entities_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "train.bio"
    path.write_text("好\tO\n\n早\tO\n", "utf-8")
    assert main(["--train", str(path)]) == 1
    assert capsys.readouterr().out.endswith(
        "findings: 1\n  train: no entity in 2 sentences: no tagger can learn from it\n"
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--suspects", "{train}"], "error: --suspects: expected a new file, got {train}, which is a corpus"),
        (["--html", "{train}"], "error: --html: expected a new file, got {train}, which is a corpus"),
        (["--drop-duplicates"], "error: --drop-duplicates: expected --fix FOLDER beside it, got none"),
    ],
)
def test_no_corpus_is_written_over_and_no_flag_is_ignored(
    files: dict[str, list[Path]], capsys: pytest.CaptureFixture[str], flags: list[str], message: str
) -> None:
    train = files["train"][0]
    before = train.read_bytes()
    assert main(["--train", str(train), *(flag.format(train=train) for flag in flags)]) == 2
    assert capsys.readouterr().err.startswith(message.format(train=train))
    assert train.read_bytes() == before


def test_no_character_of_a_corpus_reaches_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "train.bio"
    path.write_text("\x1b\tB-PER\n\u202e\tI-PER\n好\tO\n\n" * 2, "utf-8")
    main(["--train", str(path)])
    said = capsys.readouterr().out
    assert "\\x1b\\u202e好" in said
    assert "\x1b" not in said
