"""Activities that several patterns share."""
