"""Names of the assistant's agent and of its own tools, as models and rules know them."""

ASSISTANT = "Assistant"
CALCULATOR = "calculator"
WEATHER = "weather"
