"""Bytes to domain and back for the LCM API, shared by northbounds and client."""
