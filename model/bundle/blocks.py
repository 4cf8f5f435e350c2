"""Networks of one shape side by side in one, as many times as wide, whose emissions are the mean of theirs.

arrays of each, over the same vectors --merge_networks--> shape and arrays of a network that every runtime takes
shape and arrays of a network --split_network--> those of the networks that it is made of, to be summed

What belongs to one network stays apart from what belongs to the others: kernels are block diagonal. Only the last
layer brings them together. The mean of the scores of linear-chain CRFs is that of one CRF, with the mean of their
weights: a logarithmic opinion pool (Smith, Cohn and Osborne 2005).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.bundle.config import NetworkConfig
from model.features.word_sets import SETS

Array = npt.NDArray[Any]
Places = npt.NDArray[np.intp]

GATES = 4  # of an LSTM
DIRECTIONS = ("forward", "backward")
MAX_NETWORKS = 16


def merge_networks(
    network: NetworkConfig, arrays: Sequence[Mapping[str, Array]]
) -> tuple[NetworkConfig, dict[str, Array]]:
    """Return the network that several of the shape `network` are together, and its arrays.

    arrays: of each, as `fold_projections` returns them. Tables of keys must be the same for all; those of words, which
    each network has projected in its own way, come to stand side by side.

    >>> from model.bundle.config import ChannelConfig
    >>> one = NetworkConfig(channels=(ChannelConfig(name="char", rows=1, dim=1),), tags=1, units=1)
    >>> lstm = {"kernel": np.ones((1, 4)), "recurrent": np.ones((1, 4)), "bias": np.ones(4)}
    >>> arrays = {f"lstm.0.{way}.{name}": array for way in DIRECTIONS for name, array in lstm.items()}
    >>> arrays |= {"embedding.char": np.ones((1, 1)), "emission.kernel": np.ones((2, 1)), "emission.bias": np.ones(1)}
    >>> arrays |= {name: np.zeros(1) for name in ("crf.transitions", "crf.start", "crf.end")}
    >>> merged, both = merge_networks(one, [arrays, arrays])
    >>> merged.units, both["lstm.0.forward.recurrent"][:, :2].tolist(), both["emission.kernel"].ravel().tolist()
    (2, [[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5, 0.5, 0.5])
    """
    among = [Place(network, number, len(arrays)) for number in range(len(arrays))]
    merged = among[0].merged
    found: dict[str, Array] = {}
    for name in arrays[0]:
        parts = [own[name] for own in arrays]
        where = [one.of(name) for one in among]
        found[name] = _placed(parts, where) if where[0] else _shared(name, parts)
    found["emission.kernel"] = found["emission.kernel"] / len(arrays)
    return merged, found


def split_network(
    network: NetworkConfig, arrays: Mapping[str, Array]
) -> list[tuple[NetworkConfig, dict[str, Array]]]:
    """Return the networks, shape and arrays, whose emissions add up to those of `network`: itself, where it is one.

    They are found by their zeros, so that nothing has to be known of where the network comes from.
    """
    for count in range(MAX_NETWORKS, 1, -1):
        one = _narrower(network, count)
        if one is None:
            continue
        among = [Place(one, number, count) for number in range(count)]
        # Each column of a table is one network's: nothing there could join two.
        kernels = {name: array for name, array in arrays.items() if not name.startswith("embedding.")}
        if all(_are_apart(array, [each.of(name) for each in among]) for name, array in kernels.items()):
            return [(one, _taken(each, arrays)) for each in among]
    return [(network, dict(arrays))]


@dataclass(frozen=True)
class Place:
    """Where the arrays of one of `count` networks stand in those of all."""

    network: NetworkConfig
    number: int
    count: int

    @property
    def merged(self) -> NetworkConfig:
        """The shape of all together."""
        network, count = self.network, self.count
        channels = [
            channel if channel.kind == "keys" else channel.model_copy(update={"dim": channel.dim * count})
            for channel in network.channels
        ]
        wider = {"units": network.units * count, "conv_filters": network.conv_filters * count}
        return network.model_copy(update={"channels": tuple(channels), **wider})

    def of(self, name: str) -> tuple[Places, ...]:
        """Return the places of an array on each of its axes; none where the array is one for all."""
        part, _, rest = name.partition(".")
        if part == "lstm":
            layer, _, kind = rest.split(".")
            gates = self._repeated(self.network.units, GATES)
            states = self._repeated(self.network.units, 1)
            rows = {"kernel": self._inputs(int(layer)), "recurrent": states}
            return (rows[kind], gates) if kind in rows else (gates,)
        if part == "conv":
            filters = self._repeated(self.network.conv_filters, 1)
            return (np.arange(3), self._characters(), filters) if rest == "kernel" else (filters,)
        if name == "emission.kernel":
            return self._inputs(self.network.layers), np.arange(self.network.tags)
        channel = next(
            (one for one in self.network.channels if part == "embedding" and one.name == rest), None
        )
        if channel is None or channel.kind == "keys":
            return ()
        return np.arange(channel.rows), self._repeated(channel.dim, 1)

    def _inputs(self, layer: int) -> Places:
        """Return where the inputs of a BiLSTM layer are; after the last, of the emissions."""
        if layer:
            return self._repeated(self.network.units, len(DIRECTIONS))
        filters = self.network.conv_filters
        return self._repeated(filters, 1) if filters else self._characters()

    def _characters(self) -> Places:
        """Return where what this network sees of a character is."""
        places, start = [], 0
        for channel in self.network.channels:
            if channel.kind == "keys":
                places.append(start + np.arange(channel.dim))
                start += channel.dim
            else:
                places.append(start + self._repeated(channel.dim, len(SETS)))
                start += channel.width * self.count
        return np.concatenate(places)

    def _repeated(self, width: int, times: int) -> Places:
        """Return the places of this network's `width` columns in each of `times` blocks of all networks' columns."""
        blocks = np.arange(times)[:, None] * (width * self.count)
        return (blocks + self.number * width + np.arange(width)).ravel()


def _placed(parts: Sequence[Array], where: Sequence[tuple[Places, ...]]) -> Array:
    """Return the array that has each part in its places, and 0 elsewhere."""
    shape = [int(max(one[axis].max() for one in where)) + 1 for axis in range(parts[0].ndim)]
    placed = np.zeros(shape, parts[0].dtype)
    for part, places in zip(parts, where, strict=True):
        placed[np.ix_(*places)] = part
    return placed


def _shared(name: str, parts: Sequence[Array]) -> Array:
    """Return what several networks have in common: the mean of their weights, or the same table."""
    if name.startswith("embedding."):
        assert all(np.array_equal(part, parts[0]) for part in parts), name
        return parts[0]
    mean: Array = np.mean(parts, axis=0)
    return mean


def _narrower(network: NetworkConfig, count: int) -> NetworkConfig | None:
    """Return the shape of which `count` make `network`; None where there is no such."""
    words = [channel for channel in network.channels if channel.kind == "words"]
    if any(width % count for width in (network.units, network.conv_filters, *(one.dim for one in words))):
        return None
    channels = [
        channel if channel.kind == "keys" else channel.model_copy(update={"dim": channel.dim // count})
        for channel in network.channels
    ]
    narrower = {"units": network.units // count, "conv_filters": network.conv_filters // count}
    return network.model_copy(update={"channels": tuple(channels), **narrower})


def _are_apart(array: Array, where: Sequence[tuple[Places, ...]]) -> bool:
    """Return whether an array is zero wherever none of these places are."""
    inside = sum(np.count_nonzero(array[np.ix_(*places)]) for places in where if places)
    return not where[0] or inside == np.count_nonzero(array)


def _taken(place: Place, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return what is at this place; a bias of all is the first network's, so that it is added once."""
    taken = {}
    for name, array in arrays.items():
        places = place.of(name)
        taken[name] = np.ascontiguousarray(array[np.ix_(*places)]) if places else array
    if place.number:
        taken["emission.bias"] = np.zeros_like(taken["emission.bias"])
    return taken
