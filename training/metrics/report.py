"""How well some sentences were tagged: the report of an evaluation, as tables or JSON."""

from dataclasses import dataclass
from typing import Any, TypedDict

from training.metrics.calibration import Calibration, format_calibration
from training.metrics.error_analysis import ErrorAnalysis, format_confusion, format_kinds
from training.metrics.scoring import Scores, format_scores


class NewSentences(TypedDict):
    """The score of the sentences whose text does not stand in training, and how many others were left aside."""

    sentences: int
    in_train: int
    strict: Scores


@dataclass(frozen=True)
class Report:
    """How well some sentences were tagged."""

    strict: Scores
    conlleval: Scores
    calibration: Calibration
    sentences: int
    characters: int
    errors: ErrorAnalysis
    seen: Scores | None = None  # entities whose text stands in training with that label
    unseen: Scores | None = None
    new: NewSentences | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints; `seen`, `unseen` and `new` only where they were asked for."""
        names = ["strict", "conlleval", "calibration", "sentences", "characters"]
        if self.seen is not None:
            names += ["seen", "unseen"]
        if self.new is not None:
            names.append("new")
        return {name: getattr(self, name) for name in names}


def format_report(report: Report) -> str:
    """Return the report as tables for people."""
    same = report.conlleval == report.strict
    parts = [
        f"{report.sentences:,} sentences, {report.characters:,} characters",
        f"strict\n{format_scores(report.strict)}",
        "conlleval: the same" if same else f"conlleval\n{format_scores(report.conlleval)}",
    ]
    if report.new is not None:
        parts.append(_format_new(report.new))
    if report.seen is not None and report.unseen is not None:
        parts.append(f"entities that stand in training\n{format_scores(report.seen)}")
        parts.append(f"entities that do not\n{format_scores(report.unseen)}")
    parts += [
        format_kinds(report.errors.kinds),
        f"expected (down), got (across)\n{format_confusion(report.errors.confusion)}",
        f"calibration of the scores\n{format_calibration(report.calibration)}",
        *report.errors.examples,
    ]
    return "\n\n".join(parts)


def _format_new(new: NewSentences) -> str:
    if not new["in_train"]:
        return "sentences that do not stand in training: all of them"
    return (
        f"the {new['sentences']:,} sentences that do not stand in training, without the {new['in_train']:,} that do, "
        f"strict\n{format_scores(new['strict'])}"
    )
