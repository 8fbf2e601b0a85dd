"""Keys of workflows, with which everything that Temporal stores of them is encrypted."""
