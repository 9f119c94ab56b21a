"""Simulated RGB-D scenes with exact truth: solids, rooms made of them, and a depth sensor."""
