"""Glance v2: discovery, the list of images, one image.

Source: the Image API v2 reference.
"""

from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud.answers import Call, Guard, as_json, endpoint, fixed
from appc.demo.cloud.faults import Fault, as_glance, no_such_path, refusing
from appc.demo.cloud.isotime import seconds
from appc.demo.cloud.live import Live
from appc.demo.cloud.paging import next_url, page
from appc.demo.cloud.seed import TENANCY
from appc.demo.cloud.values import Image

_ROOT = "/image/v2"
#: Images on a page without a limit, and most on one page (Glance's `limit_param_default`, `api_limit_max`).
_PAGE, _MOST = 25, 1000
#: Members of a query that are no filters.
_NO_FILTERS = {"limit", "marker", "sort", "sort_key", "sort_dir", "member_status"}


class Glance:
    """The image service."""

    def __init__(self, url: str, live: Live, guard: Guard) -> None:
        self._url = url
        self._live = live
        self._guard = guard

    def routes(self) -> list[Route]:
        """Discovery needs no token."""
        show = endpoint(refusing(self._show, as_glance), self._guard)
        delete = endpoint(refusing(self._delete, as_glance), self._guard)
        choices = endpoint(fixed(self._described(), 300))
        return [
            Route(_ROOT + "/images/{image_id}", show, methods=["GET"]),
            Route(_ROOT + "/images/{image_id}", delete, methods=["DELETE"]),
            Route(f"{_ROOT}/images", endpoint(refusing(self._list, as_glance), self._guard), methods=["GET"]),
            Route("/image", choices, methods=["GET"]),
            Route("/image/", choices, methods=["GET"]),
            Route("/image/versions", endpoint(fixed(self._described())), methods=["GET"]),
            Route("/image/{rest:path}", endpoint(refusing(no_such_path, as_glance), self._guard)),
        ]

    def _list(self, call: Call) -> Response:
        query = call.request.query_params
        wanted = {name: value for name, value in query.items() if name not in _NO_FILTERS}
        newest_first = reversed(self._live.present().images.values())
        shown, full = page([image for image in newest_first if _fits(image, wanted)], query, _PAGE, _MOST)
        answer: dict[str, object] = {
            "images": [_view(image) for image in shown],
            "first": "/v2/images",
            "schema": "/v2/schemas/images",
        }
        if full:
            answer["next"] = next_url("/v2/images", query, shown[-1])
        return as_json(answer)

    def _show(self, call: Call) -> Response:
        return as_json(_view(self._found(call)))

    def _delete(self, call: Call) -> Response:
        del self._live.present().images[self._found(call).id]
        return Response(status_code=204)

    def _found(self, call: Call) -> Image:
        image_id = call.request.path_params["image_id"]
        image = self._live.present().images.get(image_id)
        if image is None:
            raise Fault(404, f"No image found with ID {image_id}")
        return image

    def _described(self) -> dict[str, object]:
        links = [{"rel": "self", "href": f"{self._url}{_ROOT}/"}]
        versions = [("v2.9", "CURRENT"), ("v2.7", "SUPPORTED"), ("v2.2", "SUPPORTED"), ("v2.0", "SUPPORTED")]
        return {"versions": [{"id": name, "status": status, "links": links} for name, status in versions]}


def _view(image: Image) -> dict[str, object]:
    path = f"/v2/images/{image.id}"
    # The format is known once the data is there: Nova sends it with the upload.
    uploaded = image.status == "active"
    return {
        **image.properties,
        "id": image.id,
        "name": image.name,
        "status": image.status,
        "visibility": image.visibility,
        "owner": TENANCY.project_id,
        "size": image.size,
        "virtual_size": None,
        "checksum": None,
        "os_hash_algo": None,
        "os_hash_value": None,
        "disk_format": "qcow2" if uploaded else None,
        "container_format": "bare" if uploaded else None,
        "min_disk": 1,
        "min_ram": 0,
        "protected": False,
        "os_hidden": False,
        "tags": [],
        "created_at": seconds(image.created),
        "updated_at": seconds(image.updated),
        "self": path,
        "file": f"{path}/file",
        "schema": "/v2/schemas/image",
    }


def _fits(image: Image, wanted: dict[str, str]) -> bool:
    """Whether each member of the query, an image's own or a property, is what it is in the image."""
    if not wanted:
        return True
    view = _view(image)
    return all(_matches(str(view.get(name)), value) for name, value in wanted.items())


def _matches(value: str, wanted: str) -> bool:
    # `in:` and several values with commas; Glance has it for id, name, status and formats.
    choices = wanted.removeprefix("in:").split(",") if wanted.startswith("in:") else [wanted]
    return value.lower() in (choice.lower() for choice in choices)
