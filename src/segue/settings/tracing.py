"""Who is told what agents do, step by step."""

from typing import Annotated, Literal

from pydantic import Field

from segue.settings.base import Room


class TracingSettings(Room):
    """Who is told what agents do, step by step."""

    exporter: Annotated[
        Literal["auto", "openai", "otlp", "off"],
        Field(
            alias="SEGUE_TRACING",
            description="`auto`: OpenTelemetry when OTEL_EXPORTER_OTLP_ENDPOINT is set, else none.",
        ),
    ] = "auto"
    with_content: Annotated[
        bool,
        Field(
            alias="SEGUE_TRACING_CONTENT",
            description="Put prompts, answers and tool data into the traces.",
        ),
    ] = False
    otlp_endpoint: Annotated[
        str | None,
        Field(
            alias="OTEL_EXPORTER_OTLP_ENDPOINT",
            description="Where OpenTelemetry sends; its other standard variables work as well.",
        ),
    ] = None
    otlp_traces_endpoint: Annotated[
        str | None,
        Field(
            alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            description="Where it sends traces, where that is another place.",
        ),
    ] = None

    @property
    def kind(self) -> Literal["off", "openai", "otlp"]:
        """Who is told, with ``auto`` resolved."""
        if self.exporter != "auto":
            return self.exporter
        return "otlp" if self.otlp_endpoint or self.otlp_traces_endpoint else "off"
