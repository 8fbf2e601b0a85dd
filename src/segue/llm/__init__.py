"""Who answers for agents: real models, fallbacks and offline rules."""
