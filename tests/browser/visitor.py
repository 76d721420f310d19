"""A visitor without a browser: speaks with the server as the browser does, over its WebSocket.

Twenty of them are light enough to share a machine with the server that they measure. What is timed is the
server's part: from the click to the end of the page's script, with everything sent. Pictures are not fetched.
"""

from __future__ import annotations

import http.client
import itertools
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

_PATIENCE = 300.0  # seconds for one run of a page
_ENDS = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
)
_QUERY = "document=Your+own+pages"


@dataclass
class Screen:
    """What the last run of a page drew; `fragments` want to be run again after so many seconds."""

    elements: list[Any] = field(default_factory=list)
    fragments: dict[str, float] = field(default_factory=dict)

    def of(self, kind: str) -> list[Any]:
        """Elements of a kind, as Streamlit's protocol calls it."""
        return [getattr(entry, kind) for entry in self.elements if entry.WhichOneof("type") == kind]

    @property
    def errors(self) -> list[str]:
        """What went wrong, as the page says it."""
        alerts = [alert.body for alert in self.of("alert") if alert.format == Alert.ERROR]
        return [*alerts, *(f"{entry.type}: {entry.message}" for entry in self.of("exception"))]


class Visitor:
    """One session. Raises TimeoutError and what `websockets` raises when the server does not answer."""

    def __init__(self, address: str) -> None:
        self._host = urlparse(address).netloc
        self._token = self._get_token()
        self._cookie = f"_streamlit_xsrf={self._token}"
        self._socket = connect(
            f"ws://{self._host}/_stcore/stream",
            subprotocols=["streamlit", self._token],  # type: ignore[list-item]
            additional_headers={"Cookie": self._cookie},
            origin=address,  # type: ignore[arg-type]
            max_size=None,
            open_timeout=_PATIENCE,
        )
        self.screen = Screen()
        self._pages: dict[str, str] = {}
        self._page = self._session = self._query = ""
        self._widgets: dict[str, WidgetState] = {}
        self._listed = ""  # where the file in the uploader is

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def arrive(self) -> float:
        """Open the first page; seconds until it is there."""
        return self._timed_run()

    @property
    def titles(self) -> list[str]:
        """Titles of all pages."""
        return list(self._pages)

    def open(self, title: str, query: str = "") -> float:
        """Go to a page; seconds until it is there."""
        self._page, self._query, self._widgets = self._pages[title], query, {}
        return self._timed_run()

    def clean(self, name: str, data: bytes) -> float:
        """Bring a page to the documents page; seconds until its result. Raises AssertionError without one."""
        started = time.monotonic()
        if "file_uploader" not in {entry.WhichOneof("type") for entry in self.screen.elements}:
            self.open("Documents", _QUERY)
        self._upload(name, data)
        self._run()
        while not self._has_result():
            assert not self.screen.errors, self.screen.errors
            assert time.monotonic() < started + 5 * _PATIENCE, "no result"
            self._let_fragments_run()
        return time.monotonic() - started

    def _has_result(self) -> bool:
        labels = [button.label for button in self.screen.of("download_button")]
        return any(label.startswith("Download") for label in labels) and not self.screen.of("progress")

    def _let_fragments_run(self) -> None:
        """What a browser does by itself: run parts of the page again after a while."""
        if not self.screen.fragments:
            time.sleep(1.0)
            self._run()
            return
        time.sleep(min(self.screen.fragments.values()))
        for fragment in list(self.screen.fragments):
            self._run(fragment)

    # The protocol

    def _get_token(self) -> str:
        connection = http.client.HTTPConnection(self._host, timeout=_PATIENCE)
        connection.request("GET", "/_stcore/health")
        cookies = connection.getresponse().headers.get_all("Set-Cookie") or []
        connection.close()
        (token,) = (
            each.split("=", 1)[1].split(";")[0] for each in cookies if each.startswith("_streamlit_xsrf")
        )
        return token

    def _timed_run(self) -> float:
        started = time.perf_counter()
        self._run()
        return time.perf_counter() - started

    def _run(self, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._page
        state.widget_states.widgets.extend(self._widgets.values())
        if fragment:
            state.fragment_id, state.is_auto_rerun = fragment, True
        else:
            self.screen = Screen()
        self._socket.send(message.SerializeToString())
        for answer in self._answers():
            if answer.WhichOneof("type") != "script_finished":
                self._take(answer)
            elif answer.script_finished in _ENDS:
                return
            else:
                self.screen = Screen()  # the server begins the page anew by itself

    def _answers(self) -> Iterator[ForwardMsg]:
        end = time.monotonic() + _PATIENCE
        while True:
            yield ForwardMsg.FromString(self._socket.recv(timeout=max(0.1, end - time.monotonic())))

    def _take(self, answer: ForwardMsg) -> None:
        kind = answer.WhichOneof("type")
        if kind == "new_session" and answer.new_session.initialize.session_id:
            self._session = answer.new_session.initialize.session_id
        elif kind == "navigation":
            pages = {page.page_name: page.page_script_hash for page in answer.navigation.app_pages}
            self._pages.update(pages)
            self._page = answer.navigation.page_script_hash or self._page
        elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
            self.screen.elements.append(answer.delta.new_element)
        elif kind == "auto_rerun":
            self.screen.fragments[answer.auto_rerun.fragment_id] = answer.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            self.screen.fragments.clear()

    def _upload(self, name: str, data: bytes) -> None:
        """As the browser does: ask for a place, put the file there, and tell the uploader."""
        message, number = BackMsg(), uuid.uuid4().hex
        message.file_urls_request.request_id = number
        message.file_urls_request.file_names.append(name)
        message.file_urls_request.session_id = self._session
        self._socket.send(message.SerializeToString())
        answers = (answer for answer in self._answers() if answer.WhichOneof("type") == "file_urls_response")
        (urls,) = next(itertools.islice(answers, 1)).file_urls_response.file_urls
        self._put(urls.upload_url, name, data)
        if self._listed:  # a visitor takes the page before it out, and the browser has it deleted
            self._ask("DELETE", self._listed)
        self._listed = urls.delete_url
        uploader = self.screen.of("file_uploader")[0]
        state = WidgetState(id=uploader.id)
        info = state.file_uploader_state_value.uploaded_file_info.add(name=name, size=len(data))
        info.file_id = urls.file_id
        info.file_urls.CopyFrom(urls)
        self._widgets = {uploader.id: state}

    def _put(self, url: str, name: str, data: bytes) -> None:
        edge = uuid.uuid4().hex
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        self._ask("PUT", url, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})

    def _ask(self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        proof = {"Cookie": self._cookie, "X-Xsrftoken": self._token}
        connection = http.client.HTTPConnection(self._host, timeout=_PATIENCE)
        connection.request(method, url if url.startswith("/") else f"/{url}", body, proof | (headers or {}))
        status = connection.getresponse().status
        connection.close()
        assert status < 300, f"{method} of an upload was refused ({status})"
