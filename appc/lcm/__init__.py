"""The domain: requests, rules and states. No I/O, no clock, no logger."""
