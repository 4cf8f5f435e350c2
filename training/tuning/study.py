"""The study: all trials so far, in a database that outlives the process and that several may share.

Study.run(objective) -> draw values -> objective(trial) -> F1, given up by the median, or stopped -> the next
                        a trial whose process was killed, or that was stopped, is tried again
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from training.loop.errors import DivergedError, FitInterrupted
from training.settings.config import ConfigError
from training.tuning.space import Range, Values
from training.tuning.storage import STARTUP_TRIALS, no_warnings, open_study

FACTS = "facts"

Objective = Callable[["Trial"], float]


@dataclass(frozen=True)
class Trial:
    """One trial while it runs: its number, what it draws, and where it says how it is doing."""

    number: int
    values: Values
    _trial: Any

    def report(self, step: int, score: float) -> None:
        """Say the score so far; optuna.TrialPruned if others had better ones by this step."""
        from optuna import TrialPruned

        self._trial.report(score, step)
        if self._trial.should_prune():
            raise TrialPruned(f"worse than the median of the others after step {step}")


@dataclass(frozen=True)
class Outcome:
    """What became of a trial: "done", "given up", "stopped" or "running", and its score or the last that it had."""

    number: int
    values: Values
    state: str
    score: float | None
    steps: int


class Study:
    """Trials of settings in `ranges`, kept in `storage`: a database's URL or the path of a journal file."""

    def __init__(self, storage: str, name: str, ranges: Sequence[Range], facts: dict[str, Any]) -> None:
        """Open the study, or begin it. Raises ConfigError when it was begun for other settings or can't be opened.

        facts: what has to be the same for scores to be compared, as JSON.
        """
        self._ranges = ranges
        self._study = open_study(storage, name)
        said = json.loads(json.dumps(facts, sort_keys=True))
        before = self._study.user_attrs.get(FACTS)
        if before is None:
            self._study.set_user_attr(FACTS, said)
        elif changed := sorted(key for key in {*said, *before} if said.get(key) != before.get(key)):
            raise ConfigError(
                f"--storage: the study {name!r} was begun with other values of {', '.join(changed)}: give the same, "
                "or another --output, which names the study"
            )

    def suggest(self, values: Values) -> None:
        """Have these values tried first, unless the study has trials already."""
        if values and not self._study.get_trials(deepcopy=False):
            self._study.enqueue_trial(values)

    def run(
        self, objective: Objective, trials: int, timeout_s: float | None, say: Callable[[str], None]
    ) -> None:
        """Run trials until the study has `trials` of them, or none begins because the time is over.

        A trial that raises FitInterrupted or KeyboardInterrupt is put back to be tried again, and its error raised.
        """
        from optuna.study import MaxTrialsCallback
        from optuna.trial import TrialState

        finished = (TrialState.COMPLETE, TrialState.PRUNED)
        if len(self._study.get_trials(deepcopy=False, states=finished)) >= trials:
            return
        with no_warnings():
            self._study.optimize(
                lambda trial: self._try(trial, objective, say),
                timeout=timeout_s,
                callbacks=[
                    MaxTrialsCallback(trials, states=finished),
                    lambda _, trial: say(self._line(trial)),
                ],
            )

    def outcomes(self) -> list[Outcome]:
        """Return what became of each trial, the best first, then those given up, and so on."""
        states = {"COMPLETE": "done", "PRUNED": "given up", "FAIL": "stopped", "RUNNING": "running"}
        found = [
            Outcome(
                trial.number,
                dict(trial.params),
                states[trial.state.name],
                _score(trial),
                max(trial.intermediate_values, default=0),
            )
            for trial in self._study.get_trials(deepcopy=False)
            if trial.state.name in states
        ]
        order = list(states.values())
        return sorted(found, key=lambda one: (order.index(one.state), -(one.score or 0), one.number))

    def importances(self) -> dict[str, float]:
        """Return what share of the differences in F1 each setting explains (PED-ANOVA); none for too few trials.

        A trial that was given up counts with the F1 that it had: it was below the median of the others.
        """
        import optuna

        finished = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
        scored = [
            optuna.trial.create_trial(params=trial.params, distributions=trial.distributions, value=score)
            for trial in self._study.get_trials(deepcopy=False, states=finished)
            if (score := _score(trial)) is not None
        ]
        if len(scored) < 2 * STARTUP_TRIALS or len({trial.value for trial in scored}) < 2:
            return {}
        with no_warnings():
            compared = optuna.create_study(direction="maximize")
            compared.add_trials(scored)
            # The better half against all: of few trials the best tenth, which is usual, would be one or two.
            evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.5)
            return dict(optuna.importance.get_param_importances(compared, evaluator=evaluator))

    def _try(self, trial: Any, objective: Objective, say: Callable[[str], None]) -> float:
        from optuna import TrialPruned

        values = {one.name: one.draw(trial) for one in self._ranges}
        say(f"trial {trial.number}: {describe(values)}")
        try:
            return objective(Trial(trial.number, values, trial))
        except DivergedError as error:
            raise TrialPruned(str(error)) from error
        except (FitInterrupted, KeyboardInterrupt):
            self._study.enqueue_trial(values, user_attrs={"again": trial.number})
            raise

    def _line(self, trial: Any) -> str:
        if trial.state.name == "COMPLETE":
            best = self._study.best_trial
            so_far = f"the best is {best.value:.4f}, of trial {best.number}"
            return f"trial {trial.number}: dev F1 {trial.value:.4f}; {so_far}"
        steps = max(trial.intermediate_values, default=0)
        return f"trial {trial.number}: given up after {steps} epochs"


def describe(values: Values) -> str:
    """Return values as people read them.

    >>> describe({"units": 136, "learning_rate": 0.00312})
    'units 136, learning rate 0.0031'
    """
    return ", ".join(f"{name.replace('_', ' ')} {value:.2g}" if isinstance(value, float) else
                     f"{name.replace('_', ' ')} {value}" for name, value in values.items())  # fmt: skip


def _score(trial: Any) -> float | None:
    if trial.value is not None and trial.state.name == "COMPLETE":
        return float(trial.value)
    values = trial.intermediate_values
    return float(values[max(values)]) if values else None
