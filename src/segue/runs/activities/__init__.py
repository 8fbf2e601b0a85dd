"""What the contract does outside of workflows: ask models, keep conversations, run effects."""
