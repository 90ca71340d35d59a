"""A server on this machine that hands requests on: for clients that take another path, or make up a token."""

import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from life import base_url


def start_forwarding(headers_of, prefix=""):
    """Address of a server that hands what comes below `prefix` to the gateway, with the headers that
    `headers_of` makes of the client's."""

    class Forward(BaseHTTPRequestHandler):
        def forward(self):
            length = int(self.headers.get("Content-Length") or 0)
            request = urllib.request.Request(
                base_url + self.path.removeprefix(prefix),
                data=self.rfile.read(length) if length else None,
                headers=headers_of(self.headers),
                method=self.command,
            )
            try:
                answer = urllib.request.urlopen(request)
            except urllib.error.HTTPError as error:
                answer = error
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type") or "application/scim+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forward)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
