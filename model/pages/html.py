"""HTML made from values: whatever is not HTML already is escaped, so that no text of a corpus can become markup.

"<b>" --element("td", "<b>")--> Html("<td>&lt;b&gt;</td>")
"""

import html
import json
import re
from collections.abc import Iterable
from typing import Any

# What ends an attribute or a script element early, what JavaScript once took for line ends, and halves of characters.
_UNSAFE_IN_SCRIPT = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_VOID = {"br", "hr", "img", "input", "link", "meta"}


class Html(str):
    """Text that is HTML already."""


def element(name: str, *children: object, **attributes: object) -> Html:
    """Return an element. An attribute's `_` stands for `-`, a last one for none; None and False leave it out.

    >>> element("td", 1 < 2, " & ", element("b", "<i>"), class_="num")
    '<td class="num">True &amp; <b>&lt;i&gt;</b></td>'
    >>> element("input", type="search", hidden=True, value=None)
    '<input type="search" hidden>'
    """
    written = "".join(
        f" {_attribute(key)}" if value is True else f' {_attribute(key)}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    end = "" if name in _VOID else f"</{name}>"
    return Html(f"<{name}{written}>{join(children)}{end}")


def join(parts: Iterable[object]) -> Html:
    """Return the parts one after another, each escaped unless it is Html.

    >>> join(["a<b", Html("<br>"), 7])
    'a&lt;b<br>7'
    """
    return Html("".join(map(escape, parts)))


def escape(value: object) -> Html:
    """Return a value as HTML text; half of a character, which UTF-8 cannot write, becomes U+FFFD."""
    if isinstance(value, Html):
        return value
    return Html(_SURROGATE.sub("\ufffd", html.escape(str(value), quote=True)))


def script_json(data: Any) -> str:
    r"""Return JSON that may stand in a script element: nothing in it can end the element.

    >>> script_json({"text": "小</script>\u2028"})
    '{"text":"小\\u003c/script\\u003e\\u2028"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _UNSAFE_IN_SCRIPT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
