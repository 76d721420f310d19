"""The router of AE Lab: its pages, and what they share. Start with `streamlit run streamlit_app.py`."""

import streamlit as st

from app.components.browser_history import keep_one_entry_a_page
from app.components.device import device_picker, keep_device
from app.components.lesson import lesson_pages
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
            st.Page("app/pages/bottleneck.py", title="Bottleneck", icon=":material/compress:"),
            st.Page("app/pages/denoising.py", title="Digit denoising", icon=":material/blur_off:"),
            st.Page("app/pages/latent_space.py", title="Latent space", icon=":material/scatter_plot:"),
            st.Page("app/pages/documents.py", title="Documents", icon=":material/description:"),
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
