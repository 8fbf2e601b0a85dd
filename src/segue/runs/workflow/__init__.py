"""How an agent runs inside a workflow: replayed, without I/O."""
