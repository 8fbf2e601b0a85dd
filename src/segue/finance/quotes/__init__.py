"""Where stock prices come from: a port, a service that speaks it, and sample data."""
