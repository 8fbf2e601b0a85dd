"""Names, queue and namespace of IT; every command reads them, so they load nothing."""

from datetime import timedelta

IT_NAMESPACE = "it-namespace"
IT_QUEUE = "it-tools-queue"
IT_SESSION = "ItSessionWorkflow"
SET_PROJECT = "set_project"
TRACK_IP = "track_ip"
JIRA_METRICS = "jira_metrics"
IP_HISTORY = "ip_history"
LOAD_SESSION = "it-load-session"
SAVE_SESSION = "it-save-session"
FETCH_METRICS = "it-fetch-metrics"

IDLE = timedelta(minutes=5)  # an open session keeps a stack in the background from ending
MOST_ADDRESSES = 500
MOST_CALLS = 100  # whose answers a session remembers for their repetitions
