"""The settings of what is learnt from several networks: teachers, text without labels, an ensemble."""

from typing import Any, Literal

from pydantic import Field

from training.settings import by_size
from training.settings.base import Settings

DEFAULT_TEACHERS = 3  # where text without labels is given


class DistillationSettings(Settings):
    """What a network learns from beside the tags of its corpus."""

    unlabelled: tuple[str, ...] = Field(
        (),
        description="text without labels, a sentence or paragraph per line, that teachers tag for the network to learn "
        "from; a name: people-daily, web-news",
    )
    teachers: int | None = Field(
        None,
        ge=0,
        le=16,
        description="networks, each of another seed, that are fitted first and teach the one that is saved; unless "
        f"given {DEFAULT_TEACHERS} with --unlabelled, else none, but for the full preset by corpus size: 0, or "
        f"{by_size.FULL_TEACHERS} with --raw as text without labels",
    )
    teacher_network: Literal["same", "full"] = Field(
        "same",
        description="network of the teachers: the same as the one that is saved, or the one that the full preset takes "
        "for this corpus",
    )
    unlabelled_ratio: float = Field(
        2.0,
        gt=0,
        allow_inf_nan=False,
        description="characters without labels that an epoch reads for each character of train",
    )
    gold_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="of what is learnt from a sentence of train: its own tags, the rest is what the teachers think",
    )

    ensemble: int = Field(
        1,
        ge=1,
        le=16,
        description="networks, each of another seed, that are fitted and saved as one that is as many times as wide: "
        "better, slower, larger",
    )

    @property
    def fits_others(self) -> bool:
        """Whether other networks are fitted before there is anything to save."""
        return self.teacher_count > 0 or self.ensemble > 1

    @property
    def teacher_count(self) -> int:
        """The number of teachers: as given, or chosen because there is text without labels."""
        texts = set(self.unlabelled) - {"none"}
        return self.teachers or (DEFAULT_TEACHERS if texts else 0)

    def teaching_for(self, chars: int, preset: str, raw: tuple[str, ...]) -> dict[str, Any]:
        """Return how many teachers there are and what text without labels they tag.

        chars: in train. preset, raw: the settings of these names. The full preset alone chooses by size.
        """
        texts = set(self.unlabelled) - {"none"}
        chooses = preset == "full" and self.teachers is None and self.ensemble == 1 and not texts
        teachers = by_size.full_teachers(chars) if chooses else self.teacher_count
        return {
            "teachers": teachers,
            "unlabelled": self.unlabelled or (raw if chooses and teachers else ()),
        }
