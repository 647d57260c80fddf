"""Whom we call by HTTP: VNFs that have a REST service of their own."""
