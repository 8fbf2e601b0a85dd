"""Temporal's sandbox for workflows, as all workers and replayers of Segue use it."""

from typing import Any, cast

from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

# An import that was forgotten in `imports_passed_through()` is executed anew for every run: slow,
# and its classes are no longer the ones that the worker catches. Here it is an error at once.
# The error tree is passed through for all: the worker names a class of it, and it has no state.
_RESTRICTIONS = SandboxRestrictions.default.with_passthrough_modules(
    "segue.errors"
).with_import_notification_policy(
    SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
    | SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
)
_IN_SANDBOX = "__temporal_in_sandbox"  # the name under which an instance holds what is inside


class _Runner(SandboxedWorkflowRunner):
    """The sandbox, but whose a payload is it says without being entered.

    The SDK asks that of every payload, some twenty times a turn of a conversation, and enters the
    sandbox for it, which compiles a line of code and changes the builtins: 2 ms a turn. The answer
    is read from the commands that are pending; no code of the workflow is run for it.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance = super().create_instance(det)
        direct = cast("Any", instance)
        inside = direct.globals_and_locals[_IN_SANDBOX]
        direct.get_serialization_context = inside.get_serialization_context
        direct.get_external_store_context = inside.get_external_store_context
        return instance


def sandboxed_runner() -> SandboxedWorkflowRunner:
    """What runs workflows; an import that was forgotten to be passed through is an error."""
    return _Runner(restrictions=_RESTRICTIONS)
