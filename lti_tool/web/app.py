"""The application factory."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from lti_tool.actions.runtime import Runtime
from lti_tool.actions.shelving import Shelves
from lti_tool.lti.services.tokens import TokenCache
from lti_tool.web import (
    admin_views,
    error_pages,
    front_views,
    leaving_views,
    lti_views,
    metrics_views,
    module_views,
    need_views,
    placing_views,
    profile_views,
    register_views,
    shelf_views,
    yours_views,
)
from lti_tool.web.mounting import KnownHost, Mounted
from lti_tool.web.security import believe_proxies, secure
from lti_tool.web.templating import prepare_templates


def create_app(runtime: Runtime) -> Flask:
    """The web application over a started runtime, whose tables are up to date."""
    app = Flask(__name__)
    app.extensions["needle"] = runtime
    app.extensions["needle_tokens"] = TokenCache()
    app.extensions["needle_shelves"] = Shelves()
    app.extensions["needle_static"] = _static_versions(Path(str(app.static_folder)))
    prepare_templates(app)
    secure(app, runtime.config)
    for area in (
        admin_views,
        shelf_views,
        front_views,
        metrics_views,
        lti_views,
        need_views,
        module_views,
        placing_views,
        yours_views,
        leaving_views,
        register_views,
        profile_views,
    ):
        app.register_blueprint(area.views)
    error_pages.register(app)
    believe_proxies(app, runtime.config)
    path = urlsplit(runtime.config.public_url).path
    if path:
        app.wsgi_app = Mounted(app.wsgi_app, path)  # type: ignore[method-assign, assignment]
    app.wsgi_app = KnownHost(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _static_versions(folder: Path) -> dict[str, str]:
    """A short hash of each static file, by its name with slashes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
