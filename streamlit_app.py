"""The router of AE Lab: its pages, and what they share. Start with `streamlit run streamlit_app.py`."""

import streamlit as st

from app.components.browser_history import keep_one_entry_a_page
from app.components.device import device_picker, keep_device
from app.components.lesson import lesson_pages
from app.components.page_list import lab_pages
from app.components.running import run_page
from app.components.share import about, show_share
from app.components.status import status_pages

st.set_page_config(
    page_title="AE Lab",
    page_icon="app/icon.png",
    layout="wide",
    menu_items={"About": f"Autoencoders one can see, from a single digit to a scanned page. {about()}"},
)

status = status_pages()
page = st.navigation(
    {
        "": [
            st.Page("app/pages/overview.py", title="Overview", icon=":material/home:", default=True),
            *lab_pages(),
        ],
        "Lessons": lesson_pages(),
        "For maintainers": status,
    },
    expanded=True,
)
if page in status:
    keep_device()
else:
    device_picker()
run_page(page)
show_share()
keep_one_entry_a_page()
