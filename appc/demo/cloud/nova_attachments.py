"""Nova's volume attachments. Source: the Compute API reference, "Servers with volume attachments"."""

from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud import actions, nova_calls
from appc.demo.cloud.actions import Order
from appc.demo.cloud.answers import Call, Guard, as_json
from appc.demo.cloud.attachments import NotAttached
from appc.demo.cloud.bodies import read_attachment
from appc.demo.cloud.faults import Fault
from appc.demo.cloud.live import Live
from appc.demo.cloud.nova_calls import minor_of, route, server_of
from appc.demo.cloud.refusals import NotFound

_PATH = "/servers/{server_id}/os-volume_attachments"


class NovaAttachments:
    """The calls below a server's `os-volume_attachments`."""

    def __init__(self, live: Live, guard: Guard) -> None:
        self._live = live
        self._guard = guard

    def routes(self) -> list[Route]:
        """List, show, attach, detach."""
        one = _PATH + "/{volume_id}"
        return [
            route(_PATH, self._list, self._guard),
            route(_PATH, self._attach, self._guard, "POST"),
            route(one, self._show, self._guard),
            route(one, self._detach, self._guard, "DELETE"),
        ]

    def _list(self, call: Call) -> Response:
        return as_json({"volumeAttachments": self._views(call)})

    def _show(self, call: Call) -> Response:
        volume_id = call.request.path_params["volume_id"]
        for view in self._views(call):
            if view["volumeId"] == volume_id:
                return as_json({"volumeAttachment": view})
        server_id = call.request.path_params["server_id"]
        raise Fault(404, f"Instance {server_id} is not attached to volume {volume_id}")

    def _attach(self, call: Call) -> Response:
        order = read_attachment(call.body)
        self._act(call, order)
        (made,) = (view for view in self._views(call) if view["volumeId"] == order.volume)
        return as_json({"volumeAttachment": made})

    def _detach(self, call: Call) -> Response:
        self._act(call, Order(actions.DETACH_VOLUME, volume=call.request.path_params["volume_id"]))
        return Response(status_code=202)

    def _act(self, call: Call, order: Order) -> None:
        try:
            nova_calls.act(self._live, call, order)
        except NotAttached as problem:
            raise Fault(404, str(problem)) from None
        except NotFound:
            raise Fault(404, f"Volume {order.volume} could not be found.") from None

    def _views(self, call: Call) -> list[dict[str, object]]:
        server, minor = server_of(self._live, call), minor_of(call)
        volumes = self._live.present().block.volumes
        views = []
        for volume_id in server.volumes:
            attachment = volumes[volume_id].attachment
            view: dict[str, object] = {"volumeId": volume_id, "serverId": server.id}
            view["device"] = attachment.device if attachment else None
            if minor < 89:
                view["id"] = volume_id
            elif attachment:
                view |= {"attachment_id": attachment.id, "bdm_uuid": attachment.id}
            if minor >= 70:
                view["tag"] = None
            if minor >= 79:
                view["delete_on_termination"] = False
            views.append(view)
        return views
