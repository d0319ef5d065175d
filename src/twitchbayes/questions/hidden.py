"""What is hidden: how likely each mechanism is, before the findings and with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twitchbayes.questions.case import Case

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["mechanism_frame"]


def mechanism_frame(case: Case) -> pd.DataFrame:
    """Returns how likely every state of a mechanism is; see `Diagnosis.mechanisms`."""
    import pandas as pd

    hidden = [
        (place, variable)
        for place, variable in enumerate(case.network.variables)
        if variable.kind == "mechanism"
    ]
    places = [place for place, _ in hidden]
    states = [(variable.name, state) for _, variable in hidden for state in variable.states]
    known = [Case(case.network, case.engine, case.context), case]
    columns = {}
    for name, of in zip(("prior", "posterior"), known, strict=True):
        # a network without mechanisms may be too wide to be asked for nothing
        answer = case.engine.marginals(places, of.likelihoods()).probabilities if places else {}
        columns[name] = np.concatenate([np.empty(0), *(answer[place][0] for place in places)])
    index = pd.MultiIndex.from_tuples(states, names=["mechanism", "state"])
    return pd.DataFrame(columns, index=index)
