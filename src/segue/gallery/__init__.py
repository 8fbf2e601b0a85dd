"""The gallery: every pattern of agents as a workflow that survives everything, one file each."""
