"""Metric names and log lines."""
