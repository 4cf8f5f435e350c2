"""Statistics of one split, counted while its sentences are read.

sentence -> lengths, characters, entities, surfaces (the text of an entity) with their labels and places, odd edges
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from model.tags.tag_set import EntitySpan, spans_from_tags
from model.text import normalise
from training.corpus.reader import Sentence
from training.inspection.edges import edge_fault

# Upper ends of the length histogram's bars, in characters; the last bar is open.
LENGTH_BARS = (10, 20, 50, 100, 200, 500)
MAX_PLACES = 100  # kept of each surface with each label, and of each kind of odd edge
MIN_SURFACE_CHARS = 2  # the surface of one character says little: 中 is China, and 中 is a middle school


@dataclass
class SplitStatistics:
    """Counts of one split. Characters and surfaces are normalised, as the network sees them."""

    sentences: int = 0
    without_entities: int = 0
    longest: int = 0
    lengths: list[int] = field(default_factory=lambda: [0] * (len(LENGTH_BARS) + 1))
    characters: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    surfaces: Counter[tuple[str, str]] = field(default_factory=Counter)  # (surface, label)
    places: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # of the first of these
    edges: Counter[str] = field(default_factory=Counter)  # entities with odd edges, by what is odd
    edge_places: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # place and surface of these

    def add(self, sentence: Sentence) -> None:
        """Count one more sentence."""
        text = normalise(sentence.text)
        spans = spans_from_tags(sentence.tags)
        self.sentences += 1
        self.without_entities += not spans
        self.longest = max(self.longest, len(text))
        self.lengths[bisect_left(LENGTH_BARS, len(text))] += 1
        self.characters.update(text)
        self.labels.update(span.label for span in spans)
        for span in spans:
            self._add_surface(text[span.start : span.end], span, sentence.place_of(span.start))

    def _add_surface(self, surface: str, span: EntitySpan, place: str) -> None:
        self.surfaces[surface, span.label] += 1
        places = self.places.setdefault((surface, span.label), [])
        if len(places) < MAX_PLACES:
            places.append(place)
        if fault := edge_fault(surface):
            self.edges[fault] += 1
            odd = self.edge_places.setdefault(fault, [])
            if len(odd) < MAX_PLACES:
                odd.append((place, surface))


@dataclass(frozen=True)
class Unseen:
    """The characters of a split that the training split lacks: share of tokens, share of types, the top ones."""

    tokens: int
    types: int
    token_share: float
    type_share: float
    top: list[tuple[str, int]]


def unseen_characters(train: SplitStatistics, split: SplitStatistics, top: int = 10) -> Unseen:
    """Return what `split` holds that `train` does not.

    >>> train, test = SplitStatistics(), SplitStatistics()
    >>> train.add(Sentence("小明", ("O", "O"))); test.add(Sentence("小小镕基", ("O",) * 4))
    >>> unseen_characters(train, test)
    Unseen(tokens=2, types=2, token_share=0.5, type_share=0.6666666666666666, top=[('镕', 1), ('基', 1)])
    """
    new = Counter({char: times for char, times in split.characters.items() if char not in train.characters})
    return Unseen(
        tokens=new.total(),
        types=len(new),
        token_share=new.total() / split.characters.total(),
        type_share=len(new) / len(split.characters),
        top=new.most_common(top),
    )


@dataclass(frozen=True)
class Contradiction:
    """A surface that is tagged with several labels, most frequent first, and where each of them stands."""

    surface: str
    labels: list[tuple[str, int]]
    places: dict[str, list[str]]

    @property
    def minority(self) -> int:
        """How many of its entities do not have its most frequent label."""
        return sum(times for _, times in self.labels[1:])


def contradictions(splits: Iterable[SplitStatistics]) -> list[Contradiction]:
    """Return the surfaces of two characters or more with several labels, the largest minority first.

    >>> statistics = SplitStatistics()
    >>> for label in ("LOC", "ORG", "LOC"):
    ...     statistics.add(Sentence("中国", (f"B-{label}", f"I-{label}"), "a.bio", 7))
    >>> contradictions([statistics])
    [Contradiction(surface='中国', labels=[('LOC', 2), ('ORG', 1)], places={'LOC': ['a.bio:7', 'a.bio:7'], 'ORG': \
['a.bio:7']})]
    """
    labels: dict[str, Counter[str]] = {}
    places: dict[tuple[str, str], list[str]] = {}
    for statistics in splits:
        for (surface, label), times in statistics.surfaces.items():
            labels.setdefault(surface, Counter())[label] += times
            places.setdefault((surface, label), []).extend(statistics.places[surface, label])
    found = [
        Contradiction(surface, counter.most_common(), {label: places[surface, label] for label in counter})
        for surface, counter in labels.items()
        if len(counter) > 1 and len(surface) >= MIN_SURFACE_CHARS
    ]
    return sorted(found, key=lambda one: (-one.minority, one.surface))
