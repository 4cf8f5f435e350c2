"""What a bundle says of itself to people: README.md (a model card) and curves.png. Never loaded.

Its headings are those of a model card (Mitchell et al. 2019, doi 10.1145/3287560.3287596). What only its maker knows is
a setting of the fit; what is not given stands there as not given.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.embeddings.choice import VectorsOrigin
from training.loop.checkpoint import Progress
from training.settings.config import FitConfig

Numbers = Mapping[str, Any]
NOT_GIVEN = "Not given: `zitag fit {}` fills it in."


def how_trained(config: FitConfig) -> str:
    """Return on what a network was trained, and by which seeds.

    >>> how_trained(FitConfig(train=("a.bio",), seed=5, ensemble=2))
    'trained on a.bio: 2 networks, with seeds 6 to 7, saved as one'
    """
    corpora = f"trained on {', '.join(config.train)}"
    if config.ensemble == 1:
        return f"{corpora} with seed {config.seed}"
    seeds = f"seeds {config.seed + 1} to {config.seed + config.ensemble}"
    return f"{corpora}: {config.ensemble} networks, with {seeds}, saved as one"


def _chosen(config: FitConfig, numbers: Numbers) -> str:
    """Say how the weights that are saved were chosen among those of all epochs."""
    if config.ensemble > 1:
        scores = ", ".join(f"{f1:.2%}" for f1 in numbers["ensemble"]["dev_f1"])
        return f"of each the epoch with the best entity F1 on dev ({scores}); curves are means of them."
    epoch = f"epoch {numbers['best_epoch']} of {len(numbers['epochs'])}"
    return f"{epoch} was chosen by its entity F1 on dev. It is one fit."


def write_card(path: Path, config: FitConfig, numbers: Numbers) -> None:
    """Write the model card: what it was fitted on, how, what it scored and what is not known. numbers: report.json."""
    parts = ("dev", "test")
    sections = [
        f"# {config.output.name}",
        "A Chinese named-entity tagger: frozen word2vec embeddings, BiLSTM, CRF. Load it with zitag.",
        f"T{how_trained(config)[1:]}; {_chosen(config, numbers)} Other seeds give other scores.",
        *([f"Its {VectorsOrigin(**numbers['vectors'])}."] if "vectors" in numbers else []),
        *(f"**Warning**: {sentence}." for sentence in numbers["shortfalls"]),
        *_given(config),
        *(_scores(name, numbers[name]) for name in parts if name in numbers),
        "Scores are strict entity scores: start, end and label must agree. In brackets: 95 % intervals, by resampling "
        "the sentences; they say nothing of other seeds and other texts. " + _what_was_scored(numbers),
        "## Calibration\n\n"
        + "\n\n".join(_calibration(name, numbers[name]) for name in parts if name in numbers),
        "## Limits\n\nText unlike the training text is tagged worse than these scores say; entities whose names never "
        "stood in the training text are missed more often"
        + _unseen(numbers)
        + ". Latin names are hardly found. More "
        "in report.html: scores by length, confusions, mistakes.",
        "## Settings\n\n```toml\n" + "".join(f"{k} = {_toml(v)}\n" for k, v in _settings(config)) + "```",
    ]
    path.write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def draw_curves(path: Path, progress: Progress) -> None:
    """Draw loss and dev F1 by epoch as a PNG."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    epochs = [record.epoch for record in progress.history]
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    loss, f1 = figure.subplots(1, 2)
    loss.plot(epochs, [record.loss for record in progress.history], marker="o", color="tab:red")
    loss.set(xlabel="epoch", ylabel="training loss of a sentence (nats)")
    f1.plot(epochs, [100 * record.f1 for record in progress.history], marker="o")
    f1.set(xlabel="epoch", ylabel="dev entity F1 (%)")
    for axes in (loss, f1):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.savefig(path, dpi=110)


def _given(config: FitConfig) -> Iterator[str]:
    """Yield what the maker says: purpose, data, licence."""
    fields = (
        ("Intended use", config.intended_use, "--intended-use"),
        ("Data", config.data_note, "--data-note"),
        ("Licence", config.licence, "--licence"),
    )
    for title, said, flag in fields:
        yield f"## {title}\n\n{said or NOT_GIVEN.format(flag)}"


def _scores(name: str, part: Numbers) -> str:
    labels = part["groups"].get("label", {})
    rows = [*labels.items(), *part["groups"].get("all", {}).items()]
    width = max(len("label"), *(len(label) for label, _ in rows)) if rows else len("label")
    lines = [f"{'label':<{width}}  {'precision':>21}  {'recall':>21}  {'F1':>21}  entities"]
    lines += [
        f"{label:<{width}}  {'  '.join(_with_interval(row, rate) for rate in ('precision', 'recall', 'f1'))}  "
        f"{row['gold']:>8,}"
        for label, row in rows
    ]
    # Longer than any run of backticks in a label.
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", "".join(lines))), default=0))
    return f"## {name}: {part['sentences']:,} sentences\n\n{fence}\n" + "\n".join(lines) + f"\n{fence}"


def _with_interval(row: Numbers, rate: str) -> str:
    low, high = row["interval"][rate]
    return f"{row[rate]:>6.2%} ({100 * low:.1f}-{100 * high:.1f})".rjust(21)


def _what_was_scored(numbers: Numbers) -> str:
    """Return what a fit knows of its scores: what it chose by itself, not what was tried before it."""
    if "test" not in numbers:
        return "This fit scored dev alone, and chose its best epoch by it."
    return (
        "This fit chose its best epoch by dev and scored the test set once, after that. Whether the test set was "
        "looked at before, by other fits or to choose settings, this file cannot know."
    )


def _calibration(name: str, part: Numbers) -> str:
    cuts = ", ".join(
        f"{label} {cut['precise']['min_score']:.2f} (recall {cut['precise']['recall']:.1%})"
        for label, cut in part["min_score"].items()
        if cut["precise"]
    )
    if name == "test":  # what is chosen on it has no test any more
        cuts = ""
    said = f"{name}: the expected calibration error of the scores is {part['calibration']['ece']:.3f}."
    return said + (f" 95 % of the entities are right from these scores on: {cuts}." if cuts else "")


def _unseen(numbers: Numbers) -> str:
    """Return how much more often, where the part that was scored has both kinds of names."""
    seen = numbers["test" if "test" in numbers else "dev"]["groups"].get("seen", {})
    if len(seen) < 2 or not all(row["gold"] for row in seen.values()):
        return ""
    known, others = (row["f1"] for row in seen.values())
    here = "" if others <= known else "not so here: "
    return f" ({here}F1 {others:.1%} against {known:.1%} of names that did)"


def _settings(config: FitConfig) -> Sequence[tuple[str, Any]]:
    return [(k, v) for k, v in config.model_dump(mode="json").items() if v is not None]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return f"[{', '.join(_toml(item) for item in value)}]" if isinstance(value, list) else str(value)
