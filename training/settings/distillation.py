"""The settings of what is learnt from several networks: teachers, text without labels, an ensemble."""

from typing import Literal

from pydantic import Field

from training.settings.base import Settings

DEFAULT_TEACHERS = 3  # where text without labels is given


class DistillationSettings(Settings):
    """What a network learns from beside the tags of its corpus."""

    unlabelled: tuple[str, ...] = Field(
        (),
        description="text without labels, a sentence or paragraph per line, that teachers tag for the network to learn "
        "from; a name: people-daily, web-news",
    )
    teachers: int = Field(
        0,
        ge=0,
        le=16,
        description="networks, each of another seed, that are fitted first and teach the one that is saved; unless "
        f"given none, or {DEFAULT_TEACHERS} with --unlabelled",
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
