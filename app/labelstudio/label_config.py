"""The labelling configuration of a Label Studio project: where the text is, and what its labels are called.

<View>
  <Labels name="label" toName="text">     from_name="label"
    <Label value="PER"/>                  labels={"PER": "PER"}
  </Labels>
  <Text name="text" value="$body"/>       to_name="text", key="body"
</View>
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn
from xml.etree import ElementTree

from app.problems import Problem

# The configuration comes with every request; the longest ones list some thousand labels.
MAX_CONFIG_CHARS = 262_144


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


def _parse(xml: str) -> list[ElementTree.Element]:
    """Return all elements of a document, in order. Entities, which can grow or read files, need a DOCTYPE."""
    if len(xml) > MAX_CONFIG_CHARS:
        _refuse(f"expected at most {MAX_CONFIG_CHARS} characters, got {len(xml)}")
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        _refuse("expected XML without DOCTYPE and ENTITY")
    try:
        return list(ElementTree.fromstring(xml).iter())
    except (ElementTree.ParseError, UnicodeEncodeError):
        _refuse("expected a well-formed XML document")


def _find_configs(elements: Iterable[ElementTree.Element], known: Sequence[str]) -> Iterator[LabelConfig]:
    """Yield one for each Labels tag that labels a text."""
    elements = list(elements)
    keys = {}
    for element in _named(elements, "text"):
        value = _attribute(element, "value")
        if value.startswith("$"):
            if _attribute(element, "valuetype").lower() == "url":
                _refuse('expected texts in the tasks, not addresses to fetch: valueType="url"')
            keys[_attribute(element, "name")] = value[1:]
    for element in _named(elements, "labels"):
        for to_name in _attribute(element, "toname").split(","):
            if to_name in keys:
                labels = _match(_named(element.iter(), "label"), known)
                yield LabelConfig(_attribute(element, "name"), to_name, keys[to_name], labels)
                break


def _match(elements: Iterable[ElementTree.Element], known: Sequence[str]) -> dict[str, str]:
    """Return the name that the project has for each label that it has."""
    shown: dict[str, str] = {}
    for element in elements:
        alias, value = _attribute(element, "alias"), _attribute(element, "value")
        for name in (*_attribute(element, "predicted_values").split(","), alias, value):
            shown.setdefault(name.strip(), alias or value)
    folded = {name.casefold(): label for name, label in reversed(shown.items())}
    matches = {label: shown.get(label) or folded.get(label.casefold()) for label in known}
    return {label: name for label, name in matches.items() if name}


def _named(elements: Iterable[ElementTree.Element], tag: str) -> Iterator[ElementTree.Element]:
    return (element for element in elements if element.tag.lower() == tag)


def _attribute(element: ElementTree.Element, name: str) -> str:
    """Return an attribute, "" if it is not there. Label Studio does not mind letter case."""
    return next((value for key, value in element.attrib.items() if key.lower() == name), "")


def _refuse(detail: str) -> NoReturn:
    raise Problem("invalid_request", f"`label_config`: {detail}")
