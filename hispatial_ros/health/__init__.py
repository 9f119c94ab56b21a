"""What is well and what is not, as plain data: checks, components, the process itself."""
