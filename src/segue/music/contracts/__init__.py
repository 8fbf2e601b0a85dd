"""What crosses a boundary in the music feature: every model here is a wire format.

Fields are never renamed or reused, because they live in workflow histories; new ones get defaults.
This room loads neither the engine nor the database.
"""
