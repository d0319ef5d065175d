"""What was made once, kept for the next time it is asked for, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Kept"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by key; when there are too many it begins anew. May be asked from many threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Returns what is kept under a key, None if nothing is."""
        return self._values.get(key)

    def put(self, key: K, value: V) -> V:
        """Keeps a value, and returns it."""
        if len(self._values) >= self._most:
            self._values.clear()
        self._values[key] = value
        return value

    def made(self, key: K, make: Callable[[], V]) -> V:
        """Returns what is kept under a key, made now if nothing is."""
        try:
            return self._values[key]
        except KeyError:
            return self.put(key, make())
