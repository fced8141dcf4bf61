"""A town's site on another origin than the service, as hostile as a test wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.running import RunningService, free_port

EMPTY = "<h1>Mairie</h1><p>Une page.</p>"


@dataclass
class HostPage:
    """What the site serves, whatever its path: set by each test."""

    origin: str
    service: str
    body: str = EMPTY
    head: str = ""
    policy: str = ""
    html: str = 'lang="fr"'
    attributes: str = 'data-commune="oullins-pierre-benite"'
    scripts: dict[str, str] = field(default_factory=dict)

    def page(self, *, has_widget: bool = True) -> str:
        scripts = "".join(f'<script src="{path}"></script>' for path in self.scripts)
        line = f'<script async src="{self.service}/widget.js" {self.attributes}></script>'
        return (
            f"<!doctype html><html {self.html}><head><meta charset=utf-8><title>Mairie</title>"
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"{self.head}{scripts}</head><body><main>{self.body}</main>"
            f"{line if has_widget else ''}</body></html>"
        )

    def reset(self) -> None:
        self.body, self.head, self.policy, self.html = EMPTY, "", "", 'lang="fr"'
        self.attributes, self.scripts = 'data-commune="oullins-pierre-benite"', {}


def is_open_to(site: HostPage) -> bool:
    """Whether the service lets a browser ask from there."""
    asked = Request(
        f"{site.service}/widget/v1/session", method="OPTIONS", headers={"Origin": site.origin}
    )
    try:
        with urlopen(asked, timeout=10) as answer:
            return bool(answer.status == 204)
    except HTTPError:
        return False


@contextmanager
def hosted(service: RunningService) -> Iterator[HostPage]:
    """A site that an operator has allowed."""
    port = free_port()
    shown = HostPage(f"http://localhost:{port}", service.url)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = shown.scripts.get(self.path)
            body = (
                shown.page(has_widget=self.path != "/plain") if script is None else script
            ).encode()
            kind = "text/html" if script is None else "text/javascript"
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            if shown.policy:
                self.send_header("Content-Security-Policy", shown.policy)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("localhost", port), Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    service.admin("widget", "allow", shown.origin)
    while not is_open_to(shown):  # the service notices within 5 s; the test's own limit holds
        time.sleep(0.2)
    try:
        yield shown
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
