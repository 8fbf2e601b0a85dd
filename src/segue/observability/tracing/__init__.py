"""Tracing: the steps of agents as spans, sent to OpenAI's platform or to OpenTelemetry."""
