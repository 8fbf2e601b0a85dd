"""What a feature is, and what it stands on: between the features and the rooms of the platform."""
