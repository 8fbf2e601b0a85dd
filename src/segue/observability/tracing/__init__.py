"""Tracing: what agents did, step by step, told to OpenAI's platform or to OpenTelemetry."""
