"""Open edX's own LTI platform library as a small Django site in a process of its own.

Usage: python openedx_platform.py FOLDER TOOL_URL

Serves on a free port of 127.0.0.1 until its standard input ends, and prints one line of
JSON: what an administrator would copy from the LMS into the tool. The library is run as it
is; what it would ask of a whole Open edX (flags, blocks, course access) is answered here.
"""

from __future__ import annotations

import json
import socketserver
import sys
import threading
import types
import wsgiref.simple_server
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path

COURSE_ID = "course-v1:Northwind+TALK+2026"
COURSE_TITLE = "Talking about work"
BLOCK_ID = "block-v1:Northwind+TALK+2026+type@lti_consumer+block@graded"
MEMBERS = ("user-1", "user-2", "teacher-1")


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    """A server that answers several browsers at once."""

    daemon_threads = True


class QuietHandler(wsgiref.simple_server.WSGIRequestHandler):
    """Logs nothing: hints and names stand in the addresses."""

    def log_message(self, *args: object) -> None:
        return


def configure(folder: Path, base_url: str) -> None:
    """Django's settings: only what the library itself needs."""
    settings.configure(
        ALLOWED_HOSTS=["*"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "lms.sqlite3"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "config_models",
            "lti_consumer",
        ],
        LEARNING_MICROFRONTEND_URL=base_url,
        LMS_ROOT_URL=base_url,
        LOGGING_CONFIG=None,
        MIDDLEWARE=[
            "edx_django_utils.cache.middleware.RequestCacheMiddleware",
            f"{__name__}.with_anybody",
        ],
        PLATFORM_NAME="Open edX for a test",
        ROOT_URLCONF=__name__,
        SECRET_KEY="for a test on this machine only",
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        USAGE_ID_PATTERN=r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))",
        USE_TZ=True,
    )
    django.setup()
    stand_in()
    call_command("migrate", verbosity=0)


def stand_in() -> None:
    """Answer for the parts of Open edX that the library asks for and that are not here."""
    from lti_consumer.plugin import compat

    off = types.SimpleNamespace(is_enabled=lambda *args: False)
    for flag in (
        "get_external_config_waffle_flag",
        "get_external_user_id_1p1_launches_waffle_flag",
        "get_database_config_waffle_flag",
        "get_external_multiple_launch_urls_waffle_flag",
    ):
        setattr(compat, flag, lambda: off)
    compat.user_has_studio_write_access = lambda user, course: True
    compat.get_course_members = lambda course: {
        number: {"id": number, "roles": ["staff" if "teacher" in name else "student"]}
        for number, name in enumerate(MEMBERS)
    }
    compat.merge_course_forum_roles = lambda course, members: members
    compat.batch_get_or_create_externalids = lambda users: {
        number: types.SimpleNamespace(external_user_id=name) for number, name in enumerate(MEMBERS)
    }
    compat.load_block_as_user = lambda location: types.SimpleNamespace(has_score=False)


def with_anybody(get_response: Callable[[HttpRequest], HttpResponse]) -> object:
    """Whoever asks is somebody without an account, as far as Django is concerned."""
    from django.contrib.auth.models import AnonymousUser

    def answer(request: HttpRequest) -> HttpResponse:
        request.user = AnonymousUser()
        return get_response(request)

    return answer


def add_tool(tool_url: str) -> dict[str, str]:
    """Enter the tool as a course team would; what is to be entered at the tool."""
    from lti_consumer.api import get_lti_1p3_launch_info
    from lti_consumer.models import Lti1p3Passport, LtiConfiguration

    passport = Lti1p3Passport.objects.create(
        name="Needle", lti_1p3_tool_keyset_url=f"{tool_url}/lti/jwks.json"
    )
    tool = LtiConfiguration.objects.create(
        version=LtiConfiguration.LTI_1P3,
        config_store=LtiConfiguration.CONFIG_ON_DB,
        lti_1p3_passport=passport,
        lti_1p3_oidc_url=f"{tool_url}/lti/login",
        lti_1p3_launch_url=f"{tool_url}/",
        lti_1p3_redirect_uris=[f"{tool_url}/lti/launch"],
        lti_advantage_ags_mode=LtiConfiguration.LTI_ADVANTAGE_AGS_PROGRAMMATIC,
        lti_advantage_enable_nrps=True,
        lti_advantage_deep_linking_enabled=True,
        lti_advantage_deep_linking_launch_url=f"{tool_url}/",
        location=BLOCK_ID,
    )
    told = get_lti_1p3_launch_info(launch_data("anyone", "student"))
    return {
        "issuer": settings.LMS_ROOT_URL,
        "client_id": str(told["client_id"]),
        "deployment_id": str(told["deployment_id"]),
        "authorization_url": str(told["oidc_callback"]),
        "token_url": str(told["token_url"]),
        "key_set_url": str(told["keyset_url"]),
        "launch_url": f"{settings.LMS_ROOT_URL}/start",
        "course_url": f"{settings.LMS_ROOT_URL}/course",
        "placing_url": f"{settings.LMS_ROOT_URL}/place",
        "scores_url": f"{settings.LMS_ROOT_URL}/scores",
        "configuration": str(tool.config_id),
    }


def launch_data(user: str, role: str) -> object:
    """Who opens the tool in the course, as the library wants it told."""
    from lti_consumer.data import Lti1p3LaunchData
    from lti_consumer.models import LtiConfiguration

    return Lti1p3LaunchData(
        user_id=user,
        user_role=role,
        config_id=LtiConfiguration.objects.get().config_id,
        resource_link_id=BLOCK_ID,
        launch_presentation_document_target="iframe",
        context_id=COURSE_ID,
        context_type=["course_offering"],
        context_title=COURSE_TITLE,
        context_label="TALK",
    )


def start(request: HttpRequest) -> HttpResponse:
    """A person presses the tool's link: off to the tool's login."""
    from lti_consumer.api import get_lti_1p3_content_url

    data = launch_data(request.GET["user"], request.GET.get("role", "student"))
    return HttpResponseRedirect(get_lti_1p3_content_url(data))


def place(request: HttpRequest) -> HttpResponse:
    """A teacher chooses what the tool shows here: off to the tool's login, for deep linking."""
    from lti_consumer.api import get_lti_1p3_launch_start_url

    data = launch_data(request.GET["user"], request.GET.get("role", "staff"))
    return HttpResponseRedirect(get_lti_1p3_launch_start_url(data, deep_link_launch=True))


def scores(request: HttpRequest) -> HttpResponse:
    """The scores that the tool has sent, and the line items that it made."""
    from lti_consumer.models import LtiAgsScore

    told = [
        {
            "user": score.user_id,
            "given": score.score_given,
            "maximum": score.score_maximum,
            "progress": score.grading_progress,
            "label": score.line_item.label,
            "link": str(score.line_item.resource_link_id),
        }
        for score in LtiAgsScore.objects.all()
    ]
    return HttpResponse(json.dumps(told), content_type="application/json")


def course(request: HttpRequest) -> HttpResponse:
    """A course page that shows the tool in a frame."""
    frame = f"/start?{request.META['QUERY_STRING']}".replace("&", "&amp;").replace('"', "")
    return HttpResponse(
        f"<!doctype html><html lang=en><title>{COURSE_TITLE}</title><h1>{COURSE_TITLE}</h1>"
        f'<iframe title="Needle" width="885" height="578" src="{frame}"></iframe>'
    )


# The library's own addresses join in `main`: they read the settings when they are imported.
urlpatterns = [
    path("start", start),
    path("place", place),
    path("scores", scores),
    path("course", course),
]


def main() -> None:
    """Serve until standard input ends."""
    folder, tool_url = Path(sys.argv[1]), sys.argv[2]
    server = Server(("127.0.0.1", 0), QuietHandler)
    configure(folder, f"http://127.0.0.1:{server.server_port}")
    urlpatterns.append(path("api/", include("lti_consumer.plugin.urls")))
    from django.core.wsgi import get_wsgi_application

    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps(add_tool(tool_url)), flush=True)
    sys.stdin.read()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
