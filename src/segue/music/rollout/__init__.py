"""Old and new path side by side: which a sync takes, how they do, when the new one is left."""
