"""Whom we call by NETCONF (RFC 6241, over SSH: RFC 6242)."""
