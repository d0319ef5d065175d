"""Shapley values: what each player adds to a sum, over all orders in which they may come."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import NDArray

from twitchbayes.questions.arguments import MOST_SEED, whole

__all__ = ["MOST_EXACT", "Shares", "shapley"]

MOST_EXACT = 14
"""So many players have 16,384 subsets, which are all looked at; of more, orders are drawn."""

MOST_ORDERS = 100_000

Values = NDArray[np.float64]
Worth = Callable[[NDArray[np.bool_]], Values]


Shares = tuple[Values, Values]
"""What each player adds, shape (players, ...), and the standard error of that (0: exact)."""


def shapley(worth: Worth, players: int, *, orders: int, seed: int) -> Shares:
    """Returns what each player adds on average over all orders (Shapley 1953).

    Law: what all add is the worth of all less the worth of none.

    Args:
        worth: takes subsets, shape (subsets, players), to their worth, shape (subsets, ...).
        players: how many there are. Up to `MOST_EXACT` all subsets are valued; of more, `orders`
            orders are drawn, each with its reverse (antithetic, Mitchell et al. 2022).
        orders: how many orders are drawn, half of them the reverse of another.
        seed: of what is drawn.

    Raises:
        QueryError: `orders` or `seed` is no whole number, or out of bounds.
    """
    pairs = whole("orders", orders, 4, MOST_ORDERS) // 2
    random = np.random.default_rng(whole("seed", seed, 0, MOST_SEED))
    if players <= MOST_EXACT:
        return _exact(worth, players)
    return _drawn(worth, players, pairs, random)


def _exact(worth: Worth, players: int) -> Shares:
    numbers = np.arange(2**players)
    members = (numbers[:, np.newaxis] >> np.arange(players) & 1).astype(np.bool_)
    values = worth(members)
    sizes = members.sum(axis=1)
    shares = np.zeros((players, *values.shape[1:]))
    for player in range(players):
        without = numbers[~members[:, player]]
        weights = np.array([1 / (players * comb(players - 1, size)) for size in range(players)])
        gains = values[without | 1 << player] - values[without]
        shares[player] = np.tensordot(weights[sizes[without]], gains, axes=1)
    return shares, np.zeros_like(shares)


def _drawn(worth: Worth, players: int, pairs: int, random: np.random.Generator) -> Shares:
    half = np.stack([random.permutation(players) for _ in range(pairs)])
    orders = np.concatenate([half, half[:, ::-1]])
    ranks = np.argsort(orders, axis=1)
    # of each order the subsets of its first 0, 1, ... players
    members = ranks[:, np.newaxis] < np.arange(players + 1)[:, np.newaxis]
    values = worth(members.reshape(-1, players))
    values = values.reshape(len(orders), players + 1, *values.shape[1:])
    gains = np.diff(values, axis=1)
    of_player = gains[np.arange(len(orders))[:, np.newaxis], ranks]
    by_pair = (of_player[:pairs] + of_player[pairs:]) / 2
    error = by_pair.std(axis=0, ddof=1) / np.sqrt(pairs)
    return by_pair.mean(axis=0), error
