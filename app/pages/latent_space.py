"""All 10,000 test digits at their codes of two numbers, and what lies between them."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from app import charts, resources
from app.components.device import chosen_device
from app.components.digits import choose_digit, name_of, set_digit
from app.components.families import family_switch
from app.components.figures import show_chart, show_digit
from app.components.models import show_behind, usable
from app.components.pictures import mosaic_png

if TYPE_CHECKING:
    import plotly.graph_objects as go

NEIGHBOURS = 5
PLANE_SIDE = 12
MAP = "map-of-digits"
MARK = "marked-digit"


def show_map(name: str, device: str, is_open: bool) -> None:
    """The scatter of all test digits beside the one that was chosen; the choice alone when not `is_open`."""
    plane, chosen = st.columns([3, 2], gap="large")
    with chosen:
        digit = choose_digit()
        if not is_open:
            return
        show_chosen(name, digit, device)
    with plane:
        figure = map_of_digits(name, device, marked_digit(name, digit))
        alt = f"All 10,000 test digits at the two numbers of their {name} code, coloured by class"
        show_chart(figure, alt, MAP, on_select=take_clicked)
        st.caption(
            "Click a point, or type its number. A click on a class in the legend hides it, two show it alone."
        )


@st.cache_resource(max_entries=16, show_spinner=False)
def map_of_digits(name: str, device: str, marked: int) -> go.Figure:
    """The scatter of all test digits, built once for each model and mark."""
    bounds = astuple(resources.extent(name, device, cut=0.2))
    return charts.latent_scatter(resources.codes(name, device), resources.digits().labels, bounds, marked)


def marked_digit(name: str, digit: int) -> int:
    """The digit that the figure marks by itself.

    It stays the same while points are clicked, where plotly moves the mark: a new figure would lose the zoom.
    """
    drawn_for, marked = st.session_state.get(MARK, (name, digit))
    if drawn_for != name or digit not in clicked_digits():
        marked = digit
    st.session_state[MARK] = (name, marked)
    return marked


def take_clicked() -> None:
    """Make the clicked point the chosen digit."""
    for digit in clicked_digits():
        set_digit(digit)


def clicked_digits() -> list[int]:
    """The digit that is selected in the scatter, or none; plotly hands its number over alone or in a list."""
    if MAP not in st.session_state:
        return []
    carried = [point["customdata"] for point in st.session_state[MAP].selection.points]
    return [int(np.ravel(digit)[0]) for digit in carried[-1:]]


def show_chosen(name: str, digit: int, device: str) -> None:
    """A digit, its reconstruction, code and error, and its neighbours in the plane."""
    result = resources.passage(name, device, (digit,))
    what = name_of(digit)
    first, second = result.code[0]
    pair = np.stack([resources.digits().images[digit], result.output[0]])
    st.image(mosaic_png(pair[None], 10), alt=f"{what}, and what the model makes of it", width="stretch")
    st.caption(f"{what.capitalize()}, and rebuilt from {first:.2f}, {second:.2f}")
    st.markdown(f"Mean squared error **{result.mse[0]:.4f}** per pixel")
    near = resources.neighbours(name, device, digit, NEIGHBOURS)
    alt = f"Nearest neighbours: {'; '.join(map(name_of, near))}"
    st.image(mosaic_png(resources.digits().images[None, near], 4), alt=alt, width="stretch")
    classes = ", ".join(str(resources.digits().labels[i]) for i in near)
    st.caption(f"The test digits with the nearest codes: {classes}")


def show_decoder(name: str, device: str, is_open: bool) -> None:
    """Decoded digits over the plane, and the one under the sliders; the sliders alone when not `is_open`."""
    extent = resources.extent(name, device, cut=1.0)
    controls, plane = st.columns([2, 3], gap="large")
    with controls:
        first = code_slider("Code number 1", f"x-{name}", extent.left, extent.right)
        second = code_slider("Code number 2", f"y-{name}", extent.bottom, extent.top)
        if not is_open:
            return
        image = resources.decoded(name, device, (first, second))
        show_digit(image, f"Decoded from {first:.2f}, {second:.2f}", "The decoded digit", scale=10)
    with plane:
        png = picture_of_plane(name, device, extent)
        bounds = (extent.left, extent.right, extent.bottom, extent.top)
        alt = f"Digits that the decoder of {name} draws over the plane of codes"
        show_chart(charts.picture_plane(png, *bounds, mark=(first, second)), alt, "decoded-plane")
        st.caption("No digit here comes from a person: the decoder draws one for each place of the plane.")


@st.cache_data(max_entries=16, show_spinner=False)
def picture_of_plane(name: str, device: str, extent: resources.Extent) -> bytes:
    """PNG of the digits that the decoder draws over the plane."""
    return mosaic_png(resources.decoded_plane(name, device, extent, PLANE_SIDE), 3)


def code_slider(label: str, key: str, low: float, high: float) -> float:
    """A slider over one number of the code, in 100 steps."""
    step = round_step((high - low) / 100)
    start, stop = step * round(low / step), step * round(high / step)
    middle = step * round((low + high) / 2 / step)
    return st.slider(label, start, stop, middle, step, key=key, bind="query-params")


def round_step(step: float) -> float:
    """The largest of 1, 2 or 5 times a power of ten that is not above a step."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(max(factor * power for factor in (1, 2, 5) if factor * power <= step * (1 + 1e-9)))


st.title("Latent space")
st.markdown("Two numbers a digit: every test digit is a point, and every point is a digit that can be drawn.")
family = family_switch()
device = chosen_device()
name = f"{family}-k2"

if usable([name], device):
    points, decoder = st.tabs(["Map", "Decoder"], key="look", bind="query-params")
    # a hidden tab draws its choices all the same: what is not drawn drops out of the URL
    with points:
        show_map(name, device, points.open)
    with decoder:
        show_decoder(name, device, decoder.open)
    show_behind([name])
