"""RESTCONF, as ONAP's clients speak it (contract section 5.1)."""
