"""Why something cannot be played, before it is tried.

NotPlayable          the template, or what filled it, asks for what must not be
└── PlaybookMissing  there is no such playbook
"""


class NotPlayable(Exception):
    """The text says which field, and what is wrong with it."""


class PlaybookMissing(NotPlayable):
    """PLAYBOOKS_DIR has none of this name."""
