"""Streamlit that writes down every file it opens for writing and every host it connects to.

`python -m tests.browser.watched_lab run streamlit_app.py ...` with `WATCH` as the file to write to.
"""

from __future__ import annotations

import os
import sys
import threading

_DIARY = os.open(os.environ["WATCH"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_PATHS = {
    "os.mkdir": 0,
    "os.rename": 1,
    "os.link": 1,
    "os.symlink": 1,
    "shutil.copyfile": 1,
    "os.truncate": 0,
}
_WATCHED = frozenset((*_PATHS, "open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"))
_busy = threading.local()


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: called for what the interpreter does."""
    if event not in _WATCHED or getattr(_busy, "is_on", False):
        return
    _busy.is_on = True
    try:
        told = _told(event, arguments)
        if told:
            os.write(_DIARY, f"{told}\n".encode())
    finally:
        _busy.is_on = False


def _told(event: str, arguments: tuple[object, ...]) -> str:
    if event == "open":
        path, _mode, flags = arguments
        writes = isinstance(flags, int) and flags & _WRITING
        return f"write {_shown(path)}" if writes and not isinstance(path, int) else ""
    if event in _PATHS:
        return f"write {_shown(arguments[_PATHS[event]])}"
    if event == "socket.connect":
        return f"connect {_shown(arguments[1])}"
    if event == "socket.getaddrinfo":
        return f"connect {_shown(arguments[0])}"
    if event == "subprocess.Popen":
        return f"run {_shown(arguments[0])}"
    return ""


def _shown(value: object) -> str:
    value = os.fsdecode(value) if isinstance(value, bytes | os.PathLike) else value
    return os.path.abspath(value) if isinstance(value, str) and os.sep in value else str(value)


if __name__ == "__main__":
    sys.addaudithook(watch)
    from streamlit.web.cli import main

    sys.argv[0] = "streamlit"
    sys.exit(main())
