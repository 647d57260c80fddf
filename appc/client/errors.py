"""The errors of the client library: nothing that a controller answers is one, a rejection is an `Answer`.

    ClientError
    ├── InvalidAction    a field is wrong; nothing was sent (also a ValueError)
    ├── NotTaken         the bus will never take the message: it is too large; nothing was sent
    ├── Unreachable      bus or controller are out of reach or do not let the client in; it may have been sent
    ├── AnswerTimeout    no final answer within the time-out; the request goes on (also a TimeoutError)
    └── ClientClosed     the client was closed before the final answer; the request goes on

After the last three, `ActionStatus` says what became of the request.
"""


class ClientError(Exception):
    """Why there is no final answer."""


class InvalidAction(ClientError, ValueError):
    """What was to be sent is wrong; the text names the field."""


class NotTaken(ClientError):
    """The bus will never take the message."""


class Unreachable(ClientError):
    """The bus or the controller is out of reach, or does not let the client in; the text says where and why."""


class AnswerTimeout(ClientError, TimeoutError):
    """No final answer came in time."""


class ClientClosed(ClientError):
    """The client was closed first."""
