"""The client library of the LCM API, for Python programs that send requests.

from appc.client import Restart, connect

with connect("http://127.0.0.1:8181") as client:
    answer = client.call(Restart(vnf_id="vnf-1", vserver_id="66362df9-17ba-5bf5-af21-19f3a03b9d35"))
    print(answer.code, answer.message)
"""

from appc.client import actions
from appc.client.access import Access
from appc.client.actions import *  # noqa: F403 - the 33 actions
from appc.client.connecting import connect
from appc.client.errors import AnswerTimeout, ClientClosed, ClientError, InvalidAction, NotTaken, Unreachable
from appc.client.lcm_client import LcmClient, RawRequest
from appc.client.transport import Topics
from appc.client.typed_action import TypedAction
from appc.lcm.status import Category
from appc.wire.answers import Answer

__all__ = [
    "Access",
    "Answer",
    "AnswerTimeout",
    "Category",
    "ClientClosed",
    "ClientError",
    "InvalidAction",
    "LcmClient",
    "NotTaken",
    "RawRequest",
    "Topics",
    "TypedAction",
    "Unreachable",
    "connect",
]
__all__ += actions.__all__
