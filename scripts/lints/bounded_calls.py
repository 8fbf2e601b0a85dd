"""Every activity call says how long it may take and how often it is retried.

Temporal's default is to retry for ever: a call that can never succeed then keeps a sync "running"
until somebody looks. A call may spread one named constant (``**SEARCHING``); the ``ActivityConfig``
behind that name is held to the same rule.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.lints.finding import Finding, calls

TIMEOUTS = {"start_to_close_timeout", "schedule_to_close_timeout"}
CONFIGS = {"ActivityConfig", "LocalActivityConfig"}
CALLS = {
    f"{verb}{local}_activity{form}"
    for verb in ("execute", "start")
    for local in ("", "_local")
    for form in ("", "_class", "_method")
}


def check(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Calls and configurations without a retry policy or without a timeout."""
    for call in calls(tree):
        # Only Temporal's own functions: an interceptor's `self.next.execute_activity` is no call.
        name = ast.unparse(call.func).removeprefix("workflow.")
        if name not in CALLS | CONFIGS or _spreads_constant(call):
            continue
        given = {word.arg for word in call.keywords if word.arg}
        if "retry_policy" not in given:
            yield Finding(path, call.lineno, f"{name}: pass retry_policy; the default never ends")
        if not given & TIMEOUTS:
            yield Finding(path, call.lineno, f"{name}: pass start_to_close_timeout")


def _spreads_constant(call: ast.Call) -> bool:
    spread = (word.value for word in call.keywords if word.arg is None)
    return any(ast.unparse(value).split(".")[-1].isupper() for value in spread)
