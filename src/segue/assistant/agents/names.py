"""Names of the assistant's agent and of its tools, as models and rules know them."""

ASSISTANT = "Assistant"
CALCULATOR = "calculator"
WEATHER = "weather"

# Of the finance and IT servers, for the offline rules.
STOCK_PRICE = "stock_price"
CALCULATE_ROI = "calculate_roi"
SET_JIRA_PROJECT = "set_jira_project"
GET_JIRA_METRICS = "get_jira_metrics"
TRACK_IP = "track_ip"
GET_IP_HISTORY = "get_ip_history"

OWN_TOOLS = {
    CALCULATOR: "The value of an arithmetic expression.",
    WEATHER: "The weather in a city now.",
}
