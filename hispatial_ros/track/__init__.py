"""Objects over time: which detection is which object, and what many measurements say together."""
