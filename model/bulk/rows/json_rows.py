"""Rows of Arrow columns as JSON: what JSON has no value for is spelt out.

columns -> Python's values, one by one where some of a column have none -> the JSON of an object, a row each
"""

import json
import math
from typing import Any

import pyarrow as pa

# Of a value that Python has not: nanoseconds, a year beyond 9999.
_BEYOND = (ValueError, OverflowError)


def json_rows(table: Any) -> list[str]:
    r"""Return each row of a record batch as the JSON of an object.

    Bytes are text, those that are no UTF-8 spelt `\xff`; NaN and the infinite are null; times are text.

    >>> json_rows(pa.record_batch({"a": [b"\xe5\x8c\x97"], "b": [math.nan], "c": pa.array([1], pa.timestamp("ns"))}))
    ['{"a": "北", "b": null, "c": "1970-01-01 00:00:00.000000001"}']
    """
    try:
        columns = [_values(column) for column in table.columns]
    except UnicodeDecodeError:  # the row that has it loses its fields
        if table.num_rows == 1:
            return ["{}"]
        return [json_rows(table.slice(index, 1))[0] for index in range(table.num_rows)]
    return [_json(dict(zip(table.schema.names, row, strict=True))) for row in zip(*columns, strict=True)]


def _values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        raise
    except _BEYOND:
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:
    """Return a scalar as Python has it; what Python has not is spelt out."""
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        raise
    except _BEYOND:
        if isinstance(scalar, pa.StructScalar):
            return {name: _value(value) for name, value in scalar.items()}
        if isinstance(scalar, pa.ListScalar):  # a map, too: a list of pairs
            return [_value(one) for one in scalar.values]
        return scalar.cast(pa.string()).as_py()


def _json(row: dict[str, Any]) -> str:
    try:
        return json.dumps(row, ensure_ascii=False, default=_as_text, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(row), ensure_ascii=False, default=_as_text)


def _as_text(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
