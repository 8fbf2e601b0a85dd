"""The offline model: rules that lie beside the agents they serve (docs/offline-model.md)."""
