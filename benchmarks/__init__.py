"""Simulated scenes with exact truth, and the accuracy and speed tables of the measuring engine."""
