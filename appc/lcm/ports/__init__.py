"""The ports: what the core asks of the outside. Small protocols; an implementation inherits nothing."""
