"""Ansible: playbooks of PLAYBOOKS_DIR, by this machine's Ansible or by an Ansible server."""
