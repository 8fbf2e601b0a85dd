"""The workflow of the assistant, and the tools that its agent has there."""
