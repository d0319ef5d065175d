"""Other programs, each asked for the posterior of the target in its own best way.

What a question is in the form that a program takes is made before the clock starts, and its answer
is made an array after it stopped; so a peer's time is that of its inference alone.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pyagrum as gum
from cases import Codes
from numpy.typing import NDArray

import twitchbayes as tb
from oracles import agrum_network, agrum_values

__all__ = [
    "FAILURES",
    "Agrum",
    "BayesianCpp",
    "Nbn",
    "Peer",
    "Pgmpy",
    "Values",
    "fastest_agrum",
    "fastest_nbn",
]

Values = NDArray[np.float64]

FAILURES = (MemoryError, RuntimeError, ValueError, ImportError, gum.GumException, tb.TooWideError)
"""What a program may say when it cannot answer, or is not there."""


class Peer(Protocol):
    """A program that is asked.

    Attributes:
        name: of the program, and how it is asked.
        tolerance: how far its probabilities may be from the truth, in its precision.
    """

    @property
    def name(self) -> str: ...

    @property
    def tolerance(self) -> float: ...

    def ready(self, codes: Codes) -> list[Any]:
        """The questions that answer these cases, in order: one per case, or per batch."""

    def ask(self, question: Any) -> Any:
        """What is timed."""

    def values(self, answers: Sequence[Any]) -> Values:
        """The answers as posteriors, shape (cases, states)."""


class Agrum:
    """pyAgrum (C++, float64): one case after the other, the target named beforehand."""

    tolerance = 1e-9

    def __init__(self, net: Any, targets: Sequence[str], method: Any) -> None:
        self.name = f"pyAgrum, {method.__name__.removesuffix('Inference')}"
        # numbers of nodes are quicker than names
        self._targets = [net.idFromName(target) for target in targets]
        self._nodes = sorted(net.nodes())  # agrum_network adds them in the network's order
        self._inference = method(net)
        for target in self._targets:
            self._inference.addTarget(target)

    def ready(self, codes: Codes) -> list[dict[int, int]]:
        return [
            {node: code for node, code in zip(self._nodes, row, strict=True) if code >= 0}
            for row in codes.tolist()
        ]

    def ask(self, question: dict[int, int]) -> list[Any]:
        self._inference.setEvidence(question)
        self._inference.makeInference()
        return [self._inference.posterior(target) for target in self._targets]

    def values(self, answers: Sequence[list[Any]]) -> Values:
        return np.array(
            [np.concatenate([agrum_values(tensor) for tensor in of_case]) for of_case in answers]
        )


def fastest_agrum(
    model: tb.DiagnosticModel, codes: Codes, targets: Sequence[str] | None = None
) -> Agrum:
    """pyAgrum with the quickest of its three exact methods, as tried on some cases twice."""
    net = agrum_network(model.network)
    asked = [model.target.name] if targets is None else targets
    methods = (gum.ShaferShenoyInference, gum.LazyPropagation, gum.VariableElimination)
    tried = []
    for method in methods:
        peer = Agrum(net, asked, method)
        questions = peer.ready(codes)
        for _ in range(2):
            start = time.perf_counter()
            for question in questions:
                peer.ask(question)
            seconds = time.perf_counter() - start
        tried.append((seconds, peer.name, peer))
    return min(tried)[2]


class Pgmpy:
    """pgmpy's variable elimination (NumPy, float64), a fresh engine for every case."""

    name = "pgmpy, VariableElimination"
    tolerance = 1e-9

    def __init__(self, model: tb.DiagnosticModel) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own future
            from pgmpy.inference import VariableElimination

        self._engine = VariableElimination
        self._model = model
        self._net = model.to_pgmpy()

    def ready(self, codes: Codes) -> list[dict[str, str]]:
        return [
            {
                variable.name: variable.states[code]
                for variable, code in zip(self._model.network.variables, row, strict=True)
                if code >= 0
            }
            for row in codes.tolist()
        ]

    def ask(self, question: dict[str, str]) -> Any:
        engine = self._engine(self._net)
        return engine.query([self._model.target.name], question, show_progress=False)

    def values(self, answers: Sequence[Any]) -> Values:
        target = self._model.target
        return np.array(
            [
                [answer.get_value(**{target.name: state}) for state in target.states]
                for answer in answers
            ]
        )


class BayesianCpp:
    """bayesian-cpp's variable elimination (C++, float32 logarithms), one case after the other.

    Its junction tree is not asked: with evidence its answers are wrong, on alarm by up to 0.4.
    """

    name = "bayesian-cpp, Inference"
    tolerance = 1e-4

    def __init__(self, model: tb.DiagnosticModel) -> None:
        import bayesian

        network = model.network
        self._variables = [
            bayesian.Variable(place, variable.name, len(variable.states))
            for place, variable in enumerate(network.variables)
        ]
        factors = []
        for variable in network.variables:
            scope = (*variable.parents, variable.name)
            factors.append(
                bayesian.Potential(
                    [self._variables[network.position[name]] for name in scope],
                    network.table(variable.name).ravel().tolist(),
                )
            )
        self._target = [self._variables[network.position[model.target.name]]]
        self._inference = bayesian.Inference(factors)

    def ready(self, codes: Codes) -> list[dict[Any, int]]:
        return [
            {node: code for node, code in zip(self._variables, row, strict=True) if code >= 0}
            for row in codes.tolist()
        ]

    def ask(self, question: dict[Any, int]) -> Any:
        return self._inference.conditional_given(self._target, question)

    def values(self, answers: Sequence[Any]) -> Values:
        return np.array([answer.probabilities() for answer in answers])


class Nbn:
    """nbn's batched variable elimination (PyTorch, float32 as is its default), on the CPU.

    It takes no missing values: all cases of a batch observe the same variables. So every finding
    has a child that is always observed, with one state more: half of the time it tells the state
    of the finding, and half of the time it tells nothing.
    """

    tolerance = 1e-4

    def __init__(self, model: tb.DiagnosticModel, observed: Sequence[str]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from nbn import NeuralBayesianNetwork
            from nbn.inference.tensor_ve import TensorVariableElimination

        self._network = model.network
        self._target = model.target.name
        self._children = {name: f"{name}__seen" for name in observed}
        cards = {v.name: len(v.states) for v in self._network.variables}
        tables = {
            variable.name: (variable.parents, self._network.table(variable.name))
            for variable in self._network.variables
        }
        for name, child in self._children.items():
            tells = np.hstack([np.eye(cards[name]), np.ones((cards[name], 1))]) / 2
            tables[child] = ((name,), tells)
        self._net = NeuralBayesianNetwork(
            [(parent, name) for name, (parents, _) in tables.items() for parent in parents],
            {name: ("discrete", table.shape[-1]) for name, (_, table) in tables.items()},
            default_engine=TensorVariableElimination(),
            device="cpu",
        )
        for name, (parents, table) in tables.items():
            axes = [parents.index(parent) for parent in self._net.dag.parents(name)]
            self._net.set_mechanism(name, _mechanism(table.transpose(*axes, len(axes))))
        self.batch(16)

    def batch(self, size: int) -> None:
        """Sets how many cases are one question."""
        self._size = size
        self.name = f"nbn, batches of {size:,}"

    def ready(self, codes: Codes) -> list[dict[str, Any]]:
        import torch

        columns = {}
        for name, child in self._children.items():
            column = codes[:, self._network.position[name]].astype(np.int64)
            missing = len(self._network.variable(name).states)
            columns[child] = torch.from_numpy(np.where(column < 0, missing, column))
        return [
            {child: column[start : start + self._size] for child, column in columns.items()}
            for start in range(0, len(codes), self._size)
        ]

    def ask(self, question: dict[str, Any]) -> Any:
        return self._net.query_batch([self._target], question)

    def values(self, answers: Sequence[Any]) -> Values:
        return np.concatenate([answer.numpy() for answer in answers])


def _mechanism(table: Values) -> Any:
    """A table as nbn holds it; filled in as its reader of BIF files does, but with exact zeros."""
    import torch
    from nbn.mechanisms import CategoricalTableMechanism

    states = table.shape[-1]
    with np.errstate(divide="ignore"):
        logits = torch.from_numpy(np.log(table.reshape(-1, states))).float()
    mechanism = CategoricalTableMechanism()
    mechanism._logits = torch.nn.Parameter(logits, requires_grad=False)
    mechanism._n_classes = states
    mechanism._set_parent_layout(list(table.shape[:-1]))
    mechanism._class_values = torch.arange(states, dtype=torch.float)
    mechanism.output_dim = 1
    return mechanism


def fastest_nbn(model: tb.DiagnosticModel, codes: Codes, patience: float) -> Nbn:
    """nbn with the best size of batches and number of threads, each tried twice.

    Larger batches are not tried where they would take longer than some seconds of patience. Where
    other programs run too, several threads can take a hundred times as long as one.
    """
    import torch

    seen = np.flatnonzero((codes >= 0).any(axis=0)).tolist()
    observed = [model.variables[place] for place in seen]
    peer = Nbn(model, observed)
    tried = []
    for threads in sorted({1, torch.get_num_threads()}):
        torch.set_num_threads(threads)
        for size in (16, 256, 1024, 4096, 16384):
            if size > len(codes):
                break
            peer.batch(size)
            (question,) = peer.ready(codes[:size])
            times = []
            for _ in range(2):
                start = time.perf_counter()
                peer.ask(question)
                times.append(time.perf_counter() - start)
            tried.append((min(times) / size, size, threads))
            if 4 * min(times) > patience:
                break
    _, size, threads = min(tried)
    torch.set_num_threads(threads)
    peer.batch(size)
    peer.name += f", {threads} thread{'s' * (threads > 1)}"
    return peer
