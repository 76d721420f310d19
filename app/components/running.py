"""Running a page, and saying what stopped it."""

from __future__ import annotations

import gc
import logging
import sys
from contextlib import suppress
from time import monotonic

import streamlit as st
from streamlit import net_util
from streamlit.errors import StreamlitAPIException

from ae.errors import AeError
from app import journal, resources

VISITOR = "visitor"  # where the session keeps who it is
_LINK = "link"
_FREED_WITHIN = 300.0  # seconds
_DEFECT = (
    "Something in this page went wrong, and it was not you. Load the page again; the rest of the lab works."
    " If it comes back, tell the people who run this lab when it happened."
)


def run_page(page: st.Page) -> None:
    """Run the page; what stops it, such as damaged test digits, is said in its place."""
    if VISITOR not in st.session_state:
        st.session_state[VISITOR] = resources.new_visitor()
    _take_link_along(page)
    try:
        _prepare_process()
        page.run()
        _pass_imports_by(len(sys.modules) // 200, int(monotonic() // _FREED_WITHIN))
    except AeError as error:
        st.error(str(error), icon=":material/error:")
    except Exception as error:
        if _has_lost_gpu(error):
            st.rerun()
        if resources.current_settings().debug:
            raise
        journal.note_defect(error, page.url_path or "overview")
        st.error(_DEFECT, icon=":material/error:")


@st.cache_resource(show_spinner=False)
def _prepare_process() -> None:
    """Once for the process: the log is as the settings say, and nobody outside is asked for anything."""
    # Streamlit compares the origin of a request from elsewhere with the machine's public address, for which
    # it asks a web service while everybody waits. Origins that are allowed stand in its settings.
    net_util.get_external_ip = lambda: None
    current = resources.current_settings()
    journal.start_log(current.log)
    if current.debug:
        st.set_option("client.showErrorDetails", "full")
    else:
        logging.getLogger("streamlit.error_util").addFilter(journal.WithoutText())


@st.cache_resource(max_entries=32, show_spinner=False)
def _pass_imports_by(hundreds: int, periods: int) -> None:
    """Once for every `hundreds` of modules: what they left in memory is not searched for garbage.

    Streamlit searches after every run of a page, and with torch in memory that holds everybody up for a fifth
    of a second. What else is there at that time is passed by too, such as the sessions of others: when they
    have ended, it is found in the next of the `periods`.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _has_lost_gpu(error: Exception) -> bool:
    """Whether it was the GPU that failed; then everyone goes on without it."""
    if "torch" not in sys.modules:
        return False
    from ae import devices

    lost = [name for name in resources.device_choices() if name in ("cuda", "mps")]
    if not any(devices.is_lost(error, name) for name in lost):
        return False
    journal.note("gpu_lost")
    resources.lose_gpu()
    return True


def _take_link_along(page: st.Page) -> None:
    """Hand the choices of a link to the second page that is opened.

    Streamlit does this by itself for choices that have seen a second run, which those of a link have not
    when the visitor goes to another page at once.
    """
    given = {key: st.query_params.get_all(key) for key in st.query_params}
    path, link = st.session_state.setdefault(_LINK, (page.url_path, given))
    if given is link:
        return
    st.session_state[_LINK] = path, {}
    if page.url_path == path:
        return
    kept = {key: text for key, text in link.items() if key in st.session_state and key not in given}
    if not kept:  # nothing is written that would change the address for nothing
        return
    for key in kept:
        st.session_state[key] = st.session_state[key]
    with suppress(
        StreamlitAPIException
    ):  # a choice of a fragment that left the URL: it is not written there again
        st.query_params.update(kept)
