"""What a network calls things in words: labels of variables, states, causes, findings, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twitchbayes.evidence import Finding, describe
from twitchbayes.listing import stated
from twitchbayes.network import Network

__all__ = ["Names", "bits", "odds", "points", "signed_bits", "times"]


@dataclass(frozen=True, eq=False)
class Names:
    """The labels of a network; where it has none, the names."""

    network: Network

    def variable(self, name: str) -> str:
        """Returns the label of a variable."""
        return self.network.by_name[name].label or name

    def state(self, name: str, state: str) -> str:
        """Returns `Babinski sign: yes`."""
        return f"{self.variable(name)}: {self.network.by_name[name].state_label(state)}"

    def finding(self, finding: Finding) -> str:
        """Returns a finding: `Age: 40 to 59 (58 years)`, and whether it was assumed."""
        variable = self.network.by_name[finding.variable]
        labels = [variable.state_label(state) for state in variable.states]
        words = f"{self.variable(finding.variable)}: "
        words += describe(labels, finding.weights, finding.measured)
        return f"{words} (assumed)" if finding.assumed else words

    def case(self, findings: Sequence[Finding]) -> tuple[str, ...]:
        """Returns a sentence of what was found, and one of what was assumed, if anything was."""
        found = "; ".join(self.finding(f) for f in findings if not f.assumed)
        assumed = [self.finding(f).removesuffix(" (assumed)") for f in findings if f.assumed]
        sentences = [f"Findings: {found or 'none given'}."]
        return (*sentences, f"Assumed: {'; '.join(assumed)}.") if assumed else tuple(sentences)

    def cause(self, name: str) -> str:
        """Returns the label of a cause or of a group of causes."""
        target = self.network.by_name[str(self.network.target)]
        return self._cause(name) if name in target.states else self.group(name)

    def group(self, name: str) -> str:
        """Returns the label of a group of causes."""
        return next(group.label or name for group in self.network.groups if group.name == name)

    def causes(self, states: Sequence[str]) -> str:
        """Returns several causes together: a group's label where they are one, else a list."""
        if len(states) == 1:
            return self._cause(states[0])
        for group in self.network.groups:
            if set(group.states) == set(states):
                return group.label or group.name
        return " or ".join(self._cause(state) for state in states)

    def given(self, variable: str, words: str) -> str:
        """Returns the conditions of a row in labels, of those that `estimates()` has in names."""
        row = next((row for w, row, _, _ in stated(self.network.by_name[variable]) if w == words))
        parts = [
            f"{self.variable(parent)}: "
            + " or ".join(self.network.by_name[parent].state_label(state) for state in states)
            for parent, states in row.when
        ]
        return "; ".join(parts) or words

    def _cause(self, state: str) -> str:
        """Returns a cause's label; of states that are a plain yes or no with the target's name."""
        target = self.network.by_name[str(self.network.target)]
        label = target.state_label(state)
        plain = label == state and state in ("no", "yes")
        return f"{target.label or target.name}: {label}" if plain else label


def times(factor: float) -> str:
    """Returns a factor to two or three digits.

    Example:
        >>> [times(f) for f in (1234.5, 12.34, 1.234, 0.0123)]
        ['1,230', '12.3', '1.23', '0.0123']
    """
    return f"{float(f'{factor:.3g}'):,.10g}"


def odds(log10_odds: float) -> str:
    """Returns odds as people say them.

    Example:
        >>> [odds(x) for x in (1.0, 0.0, -2.0)]
        ['10 to 1', '1 to 1', '1 to 100']
    """
    size = times(10 ** abs(log10_odds))
    return f"{size} to 1" if log10_odds >= 0 else f"1 to {size}"


def points(difference: float) -> str:
    """Returns a difference of probabilities in percentage points.

    Example:
        >>> [points(x) for x in (0.1234, -0.00001, 0.0)]
        ['+12.3', '-<0.1', '0']
    """
    if difference == 0:
        return "0"
    if abs(difference) < 0.0005:
        return f"{'+' if difference > 0 else '-'}<0.1"
    return f"{100 * difference:+.1f}"


def bits(information: float) -> str:
    """Returns how much something tells; never nothing unless it is exactly that.

    Example:
        >>> [bits(x) for x in (0.4071, 0.00001, 0.0)]
        ['0.407', '<0.001', '0']
    """
    if information == 0:
        return "0"
    return "<0.001" if information < 0.001 else f"{information:.3f}"


def signed_bits(difference: float) -> str:
    """Returns a difference in bits, with its sign.

    Example:
        >>> [signed_bits(x) for x in (0.4071, -0.00001, 0.0)]
        ['+0.41', '-<0.01', '0']
    """
    if difference == 0:
        return "0"
    if abs(difference) < 0.01:
        return f"{'+' if difference > 0 else '-'}<0.01"
    return f"{difference:+.2f}"
