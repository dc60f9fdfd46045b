"""
Tortoise's migrations, without the half of their time that nobody has a use for.

Before each operation it makes the classes of all tables once more, as they were before. An
operation that takes something away looks at them, and few of ours do: they are made when
they are asked for.
"""

from functools import cached_property

from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.executor import MigrationTarget as MigrationTarget  # noqa: PLC0414
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps


class Executor(MigrationExecutor):
    async def _project_state(
        self, applied: set[MigrationKey], *, upto: MigrationKey | None = None
    ) -> State:
        state = await super()._project_state(applied, upto=upto)
        return _Now(models=state.models, apps=state.apps)


class _Now(State):
    def clone(self) -> State:
        return _Before({key: each.clone() for key, each in self.models.items()}, self.apps)


class _Before(State):
    """
    What each table was before an operation; their classes, if the operation asks for them.
    """

    def __init__(self, models: dict[tuple[str, str], ModelState], of: StateApps) -> None:
        self.models = models
        self._of = of

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]
        # Of the present ones it takes the connections only, whatever became of them since.
        return self._of.clone(model_states=self.models)
