"""The router of AE Lab: its pages, and what they share. Start with `streamlit run streamlit_app.py`."""

import streamlit as st

from app.components.device import device_picker
from app.components.running import run_page

st.set_page_config(
    page_title="AE Lab",
    page_icon="app/icon.png",
    layout="wide",
    menu_items={"About": "AE Lab: autoencoders one can see, from a single digit to a scanned page."},
)

page = st.navigation(
    [
        st.Page("app/pages/overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page("app/pages/bottleneck.py", title="Bottleneck", icon=":material/compress:"),
        st.Page("app/pages/denoising.py", title="Digit denoising", icon=":material/blur_off:"),
        st.Page("app/pages/latent_space.py", title="Latent space", icon=":material/scatter_plot:"),
        st.Page("app/pages/documents.py", title="Documents", icon=":material/description:"),
    ]
)
device_picker()
run_page(page)
