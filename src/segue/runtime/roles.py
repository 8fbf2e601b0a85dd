"""Roles of worker processes, so that each kind of work can be scaled by itself."""

from enum import StrEnum


class Role(StrEnum):
    """The share of the work that one worker process takes."""

    ALL = "all"
    WORKFLOWS = "workflows"
    MODELS = "models"
    TOOLS = "tools"
