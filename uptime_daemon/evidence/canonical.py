"""One value, one sequence of bytes: JSON that two people write alike, so that a digest means something."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def canonical(value: Any) -> bytes:
    """JSON in UTF-8 with sorted keys, two spaces a level and a final newline; `TypeError` names a value it refuses.

    Floats are refused: they are no exact amounts, and two machines may print one differently. The indentation is part
    of the form, so that a person who opens the file can read it.
    """
    plain = _plain(value, "case")
    return (json.dumps(plain, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=2) + "\n").encode()


def _plain(value: Any, path: str) -> Any:
    if isinstance(value, str | int | bool | None):
        return value
    if isinstance(value, Mapping):
        return {_key(key, path): _plain(inner, f"{path}.{key}") for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_plain(inner, f"{path}[{index}]") for index, inner in enumerate(value)]
    raise TypeError(f"{path}: {value!r} is no text, whole number, truth value, null, list or mapping")


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{path}: the key {key!r} is no text")
    return key
