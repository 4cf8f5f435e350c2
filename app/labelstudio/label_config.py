"""The labelling configuration of a Label Studio project: where the text is, and what its labels are called.

<View>
  <Labels name="label" toName="text">     from_name="label"
    <Label value="PER"/>                  labels={"PER": "PER"}
  </Labels>
  <Text name="text" value="$body"/>       to_name="text", key="body"
</View>
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from xml.etree import ElementTree

from app.problems import Problem

# The configuration comes with every request; the longest ones list some thousand labels, some ten views deep.
MAX_CONFIG_CHARS, MAX_ELEMENTS, MAX_DEPTH = 262_144, 10_000, 100

_Attributes = Mapping[str, str]


@dataclass(frozen=True)
class LabelConfig:
    """What a prediction must be called to show up in a project.

    key: the member of a task's data that holds the text. labels: the bundle's label -> the project's.
    """

    from_name: str
    to_name: str
    key: str
    labels: Mapping[str, str]


def read_label_config(xml: str | None, known: Sequence[str]) -> LabelConfig:
    """Return what a configuration says of the labels `known` to the bundle; without one, the usual names.

    A label of the bundle is found under a Label's `predicted_values`, `alias` or `value`, if need be in other
    letter case, and shown as its alias or value. Of several Labels tags the one with the most of them counts.
    Raises Problem: invalid_request, unknown_label.

    >>> view = '<View><Text name="t" value="$body"/><Labels name="l" toName="t">%s</Labels></View>'
    >>> read_label_config(view % '<Label value="人名" predicted_values="PER"/>', ["PER", "LOC"])
    LabelConfig(from_name='l', to_name='t', key='body', labels={'PER': '人名'})
    """
    if not xml:
        return LabelConfig("label", "text", "text", {label: label for label in known})
    configs = list(_find_configs(_parse(xml), known))
    if not configs:
        _refuse('expected a Labels tag whose toName is the name of a Text tag with value="$..."')
    best = max(configs, key=lambda config: len(config.labels))
    if not best.labels:
        expected = f"expected a Label for some of {', '.join(known)}"
        detail = f"`label_config`: {expected}; rename one, or give it predicted_values"
        raise Problem("unknown_label", detail, labels=list(known))
    return best


@dataclass
class _Elements:
    """What matters of a document, its names in lower case; built by the parser, element by element."""

    texts: list[_Attributes] = field(default_factory=list)
    labels: list[tuple[_Attributes, list[_Attributes]]] = field(
        default_factory=list
    )  # with each Label in them
    _open: list[list[_Attributes] | None] = field(
        default_factory=list
    )  # the Labels tag that each open element is in
    _count: int = 0

    def start(self, tag: str, attributes: _Attributes) -> None:
        """Take the beginning of an element. Raises Problem if there are too many, or too many in each other."""
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            _refuse(f"expected at most {MAX_ELEMENTS} elements, nested at most {MAX_DEPTH} deep")
        within = self._open[-1] if self._open else None
        name = tag.lower()
        if name == "text":
            self.texts.append(attributes)
        elif name == "labels":
            within = []
            self.labels.append((attributes, within))
        elif name == "label" and within is not None:
            within.append(attributes)
        self._open.append(within)

    def end(self, _: str) -> None:
        """Take the end of an element."""
        self._open.pop()


def _parse(xml: str) -> _Elements:
    """Return the elements of a document. Entities, which can grow or read files, need a DOCTYPE."""
    if len(xml) > MAX_CONFIG_CHARS:
        _refuse(f"expected at most {MAX_CONFIG_CHARS} characters, got {len(xml)}")
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        _refuse("expected XML without DOCTYPE and ENTITY")
    elements = _Elements()
    try:
        ElementTree.XML(xml, ElementTree.XMLParser(target=elements))
    except (ElementTree.ParseError, UnicodeEncodeError):
        _refuse("expected a well-formed XML document")
    return elements


def _find_configs(elements: _Elements, known: Sequence[str]) -> Iterator[LabelConfig]:
    """Yield one for each Labels tag that labels a text."""
    keys = {}
    for text in elements.texts:
        value = _attribute(text, "value")
        if value.startswith("$"):
            if _attribute(text, "valuetype").lower() == "url":
                _refuse('expected texts in the tasks, not addresses to fetch: valueType="url"')
            keys[_attribute(text, "name")] = value[1:]
    for labels, children in elements.labels:
        for to_name in _attribute(labels, "toname").split(","):
            if to_name in keys:
                matches = _match(children, known)
                yield LabelConfig(_attribute(labels, "name"), to_name, keys[to_name], matches)
                break


def _match(labels: Sequence[_Attributes], known: Sequence[str]) -> dict[str, str]:
    """Return the name that the project has for each label that it has."""
    shown: dict[str, str] = {}
    for label in labels:
        alias, value = _attribute(label, "alias"), _attribute(label, "value")
        for name in (*_attribute(label, "predicted_values").split(","), alias, value):
            shown.setdefault(name.strip(), alias or value)
    folded = {name.casefold(): label for name, label in reversed(shown.items())}
    matches = {label: shown.get(label) or folded.get(label.casefold()) for label in known}
    return {label: name for label, name in matches.items() if name}


def _attribute(attributes: _Attributes, name: str) -> str:
    """Return an attribute, "" if it is not there. Label Studio does not mind letter case."""
    return next((value for key, value in attributes.items() if key.lower() == name), "")


def _refuse(detail: str) -> NoReturn:
    raise Problem("invalid_request", f"`label_config`: {detail}")
