"""Names of the assistant's agent and of its own tools, as models and rules know them."""

ASSISTANT = "Assistant"
CALCULATOR = "calculator"
WEATHER = "weather"

OWN_TOOLS = {
    CALCULATOR: "The value of an arithmetic expression.",
    WEATHER: "The weather in a city now.",
}
