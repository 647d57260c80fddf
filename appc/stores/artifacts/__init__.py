"""The artifacts of VNF types: files of TEMPLATES_DIR, and what is loaded at run time."""
