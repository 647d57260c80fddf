"""The client of the LCM API."""
