"""Whom we call: one file or folder for each protocol; each implements the Executor port."""
