"""What a bundle says of itself to people: README.md (a model card) and curves.png. Never loaded."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.loop.checkpoint import Progress
from training.metrics.report import Report
from training.metrics.scoring import Scores, format_scores
from training.settings.config import FitConfig


def write_card(
    path: Path, config: FitConfig, progress: Progress, reports: dict[str, Report], fell_short: Sequence[str]
) -> None:
    """Write the model card: what it was fitted on, how, and what it scored."""
    best = progress.best_epoch
    parts = [
        f"# {config.output.name}",
        "A Chinese named-entity tagger: frozen word2vec embeddings, BiLSTM, CRF. Load it with zitag.",
        f"Trained on {', '.join(config.train)} with seed {config.seed}; epoch {best.epoch if best else 0} of "
        f"{len(progress.history)} was chosen by its entity F1 on dev.",
        *(f"**Warning**: {sentence}." for sentence in fell_short),
        *(_score_section(name, report) for name, report in reports.items()),
        "Scores are strict entity scores: start, end and label must agree. " + _what_was_scored(reports),
        "## Limits\n\nText unlike the training text is tagged worse than these scores say; entities whose names never "
        "stood in the training text are missed more often. Every answer has a probability, made to fit dev "
        "by one number (temperature scaling): see the calibration in report.json.",
        "## Settings\n\n```toml\n" + "".join(f"{k} = {_toml(v)}\n" for k, v in _settings(config)) + "```",
    ]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _what_was_scored(reports: Mapping[str, Report]) -> str:
    """Return what a fit knows of its scores: what it chose by itself, not what was tried before it."""
    if "test" not in reports:
        return "This fit scored dev alone, and chose its best epoch by it."
    return (
        "This fit chose its best epoch by dev and scored the test set once, after that. Whether the test set was "
        "looked at before, by other fits or to choose settings, this file cannot know."
    )


def draw_curves(path: Path, progress: Progress) -> None:
    """Draw loss and dev F1 by epoch as a PNG."""
    from matplotlib.figure import Figure

    epochs = [record.epoch for record in progress.history]
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    loss, f1 = figure.subplots(1, 2)
    loss.plot(epochs, [record.loss for record in progress.history], marker="o", color="tab:red")
    loss.set(xlabel="epoch", ylabel="training loss of a sentence (nats)")
    f1.plot(epochs, [100 * record.f1 for record in progress.history], marker="o")
    f1.set(xlabel="epoch", ylabel="dev entity F1 (%)")
    figure.savefig(path, dpi=110)


def _score_section(name: str, report: Report) -> str:
    return f"## {name}: {report.sentences:,} sentences\n\n```\n{_table(report.strict)}\n```"


def _table(scores: Scores) -> str:
    return format_scores(scores)


def _settings(config: FitConfig) -> list[tuple[str, Any]]:
    return [(k, v) for k, v in config.model_dump(mode="json").items() if v is not None]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(_toml(item) for item in value)}]" if isinstance(value, list) else str(value)
