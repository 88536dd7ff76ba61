"""Pages of somebody else's product, on an origin of their own, with a policy as strict as there is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# What a careful product allows: nothing but the widget's own server, and no sink that takes text for code.
POLICY = (
    "default-src 'none'; script-src {server}; connect-src {server}{own}; style-src {server}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html>
<html lang="{lang}" dir="{direction}"><head><meta charset="utf-8"><title>Larkspur app</title>
<meta name="viewport" content="width=device-width">
<script src="{server}/widget/notices.js" defer {attributes}></script></head>
<body><main><h1>Larkspur app</h1><p>Work goes on here.</p></main></body></html>"""


@dataclass
class HostSite:
    """The product's web server: what its page says of its user, and who vouches for the user."""

    server: str
    origin: str = ""
    attributes: str = ""
    lang: str = "en"
    direction: str = "ltr"
    identities: list[str] = field(default_factory=list)
    asked: int = 0

    def page(self) -> bytes:
        """Return the page."""
        return PAGE.format(**vars(self)).encode()

    def policy(self) -> str:
        """Return the page's content policy; its own server may be asked only where that one vouches."""
        return POLICY.format(server=self.server, own=" 'self'" if "identity-url" in self.attributes else "")


@contextmanager
def served(site: HostSite) -> Iterator[HostSite]:
    """Serve the site at a port of its own while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/identity":
                site.asked += 1
                identity = site.identities.pop(0) if site.identities else ""
                self._send(f'{{"identity": "{identity}"}}'.encode(), "application/json")
            else:
                self._send(site.page(), "text/html; charset=utf-8")

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", site.policy())
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.origin = f"http://127.0.0.1:{web.server_port}"
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        web.shutdown()
        web.server_close()
        thread.join()
