"""Who calls us: one file or folder for each API."""
