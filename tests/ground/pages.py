"""Pages for the tests of the portal's wall: each does one thing that a careless view might do."""

from collections.abc import Iterator

from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import include, path

from config.urls import urlpatterns as portal_urls
from ground.actor import NotAllowed
from ground.models import Job
from licenses.models import Contract


def _role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def look(request: HttpRequest) -> HttpResponse:
    """Everything there is, without any scoping: what comes back is what the database lets through."""
    return JsonResponse({"role": _role(), "contracts": list(Contract.objects.values_list("number", flat=True))})


def write_and_fail(request: HttpRequest) -> HttpResponse:
    _write(request)
    raise RuntimeError("after writing")


def write_and_refuse(request: HttpRequest) -> HttpResponse:
    _write(request)
    raise NotAllowed("Only an administrator may do this.")


def write_and_break_the_page(request: HttpRequest) -> SimpleTemplateResponse:
    _write(request)
    return SimpleTemplateResponse("no-such-template.html")


def write(request: HttpRequest) -> HttpResponse:
    _write(request)
    return HttpResponse("written")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[str]:
        yield from Contract.objects.values_list("number", flat=True)

    return StreamingHttpResponse(rows())


def send_file(request: HttpRequest) -> FileResponse:
    return FileResponse(open(__file__, "rb"), as_attachment=True)


def _write(request: HttpRequest) -> None:
    customer_id: int = request.customer_id  # type: ignore[attr-defined]
    Job.objects.create(key=request.path, kind="none", customer_id=customer_id)


walled = [
    path("look/", look),
    path("write/", write),
    path("fail/", write_and_fail),
    path("refuse/", write_and_refuse),
    path("broken/", write_and_break_the_page),
    path("stream/", stream),
    path("file/", send_file),
]

urlpatterns = [
    path("portal/", include((walled, "probe"))),
    path("outside/", look),
    *portal_urls,
]
