"""Independent pieces of work, in as many threads as there are processors."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import TypeVar

__all__ = ["all_done"]

Piece = TypeVar("Piece")


def all_done(
    do: Callable[[Piece], None],
    work: Iterable[Piece],
) -> None:
    """Does the work, in as many threads as there are processors; its pieces are independent."""
    workers = _processors()
    first = list(islice(work, 2))
    if len(first) < 2 or workers < 2:
        for piece in chain(first, work):
            do(piece)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[None]] = deque()
        try:
            for piece in chain(first, work):
                waiting.append(pool.submit(do, piece))
                # so that tables that are used no more can be let go
                if len(waiting) > 2 * workers:
                    waiting.popleft().result()
            while waiting:
                waiting.popleft().result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
