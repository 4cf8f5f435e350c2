"""From trained weights to a bundle: the graph written as ONNX, golden texts chosen, parity checked, saved.

weights -> network.onnx -> Tagger in memory -> same emissions as the network? -> golden texts -> save_bundle
        -> loaded back, golden texts replayed -> renamed
"""

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, ValueInfoProto, helper

from model.bundle import Bundle, BundleError, Origin, TextRules, save_bundle
from model.config import NetworkConfig
from model.features import Features
from model.golden import EDGE_TEXTS, Golden
from model.graph import FLOAT16, OPSET, Tensor, emissions_graph
from model.runtime import Ids, OnnxRuntime
from model.tagger import Tagger
from model.tags import TagSet
from model.text import normalise, split_sentences
from model.weights import Floats, pack_weights

# (ids int32 [batch, time] by channel, lengths int32 [batch]) -> emissions float32 [batch, time, tags]
Reference = Callable[[Ids, NDArray[np.int32]], Floats]

# Where the declared weights say they are; never opened by ONNX Runtime, which gets them from memory.
WEIGHTS_FILE = "weights.safetensors"
# The oldest IR that has this opset, so that older ONNX Runtimes read the file.
IR_VERSION = 8

# Share of the largest emission. float32 in another order of summation differs by 1e-6; a wrong gate by 1.
PARITY_TOLERANCE = 1e-4
# A text whose second-best tagging is nearly as probable would be tagged otherwise by another processor.
_GOLDEN_MARGIN = 0.9


def export_bundle(
    path: str | Path,
    *,
    config: NetworkConfig,
    tag_set: TagSet,
    features: Features,
    weights: Mapping[str, NDArray[Any]],
    golden_texts: Iterable[str],
    rules: TextRules | None = None,
    origin: Origin | None = None,
    reference: Reference | None = None,
    overwrite: bool = False,
    finish: Callable[[Path, Tagger], None] = lambda partial, tagger: None,
) -> Path:
    """Write the bundle of these trained parts to the folder `path` and return it.

    weights: every array of `model.weights.weight_shapes`. Embeddings go to float16 if all their values are
    float16 values already. golden_texts: real texts to replay at each load; texts of every awkward kind are
    added. reference: the network itself, whose emissions the written graph must give. finish: called with the
    written folder and the tagger loaded from it before the folder takes its name; it may add files for people.
    Raises BundleError; then nothing is left behind, and an earlier bundle stays as it was.
    """
    packed = pack_weights(weights)
    half_tables = packed[f"embedding.{config.channels[0].name}"].dtype == np.float16
    bundle = Bundle(
        config=config,
        tag_set=tag_set,
        features=features,
        rules=rules or TextRules(),
        weights=packed,
        graph=build_onnx(config, half_tables=bool(half_tables)),
        origin=origin or Origin(),
    )
    tagger = Tagger(bundle, OnnxRuntime(bundle))
    texts = [*EDGE_TEXTS, *golden_texts]
    if reference is not None:
        check_parity(path, tagger, reference, texts)
    golden = choose_golden(tagger, texts)
    return save_bundle(
        path,
        Bundle(**{**vars(bundle), "golden": golden}),
        overwrite=overwrite,
        check=lambda partial: finish(partial, Tagger.load(partial)),
    )


def build_onnx(config: NetworkConfig, *, half_tables: bool = False) -> bytes:
    """Return network.onnx for `config`; `half_tables` says that the embeddings are float16.

    It holds structure only: each weight is an external initializer, so that weights.safetensors is the one
    truth. tf2onnx would turn a Keras LSTM into a slow `Loop`; here it is one node. The same config gives the
    same bytes.
    """
    graph = emissions_graph(config, half_tables=half_tables)
    nodes = [helper.make_node(n.op, n.inputs, n.outputs, **dict(n.attributes)) for n in graph.nodes]
    proto = helper.make_model(
        helper.make_graph(
            nodes,
            "zitag",
            [_value(tensor) for tensor in graph.inputs],
            [_value(tensor) for tensor in graph.outputs],
            initializer=[_weight(tensor) for tensor in graph.weights],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="zitag",
    )
    return bytes(proto.SerializeToString(deterministic=True))


def check_parity(path: str | Path, tagger: Tagger, reference: Reference, texts: Iterable[str]) -> None:
    """Raise BundleError unless the tagger's runtime and `reference` give the same emissions for the texts.

    path: where the bundle is to go, for the message.
    """
    runtime = tagger.runtime
    for text in texts:
        for start, end in split_sentences(text, tagger.rules.max_chars):
            piece = normalise(text[start:end])
            ids = {name: channel[None, :] for name, channel in tagger.features.encode(piece).items()}
            lengths = np.array([len(piece)], np.int32)
            ours, theirs = runtime.emissions(ids, lengths), reference(ids, lengths)  # [1, chars, tags]
            difference = float(np.abs(ours - theirs).max())
            allowed = PARITY_TOLERANCE * max(1.0, float(np.abs(theirs).max()))
            if not difference <= allowed:
                raise BundleError(
                    f"{path}: {piece[:40]!r}: expected the emissions of the network within {allowed:.2g}, "
                    f"got a difference of {difference:.2g} from {runtime.name}; graph and network disagree: "
                    "report it, with the fit config"
                )


def choose_golden(tagger: Tagger, texts: Iterable[str]) -> tuple[Golden, ...]:
    """Return those texts whose best tagging is clearly the best, with its entities."""
    texts = list(texts)
    golden = []
    for text, tagging in zip(texts, tagger.tag_details(texts, nbest=2), strict=True):
        best, *rest = tagging.nbest or []
        if all(other.probability < _GOLDEN_MARGIN * best.probability for other in rest):
            golden.append(Golden(text, tuple(entity.span for entity in tagging.entities)))
    return tuple(golden)


def _value(tensor: Tensor) -> ValueInfoProto:
    return helper.make_tensor_value_info(tensor.name, tensor.type, tensor.dims)


def _weight(tensor: Tensor) -> TensorProto:
    dims = [int(dim) for dim in tensor.dims]
    proto = TensorProto(
        name=tensor.name, data_type=tensor.type, dims=dims, data_location=TensorProto.EXTERNAL
    )
    length = math.prod(dims) * (2 if tensor.type == FLOAT16 else 4)
    for key, value in (("location", WEIGHTS_FILE), ("offset", 0), ("length", length)):
        entry = proto.external_data.add()
        entry.key, entry.value = key, str(value)
    return proto
