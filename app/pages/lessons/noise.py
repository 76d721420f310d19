"""Lesson: what a network learns when its input is noisy, by level of noise and length of code."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from ae.lessons import Measured, spread
from app import charts
from app.components import lesson
from app.components.choices import choose_along, choose_one
from app.components.figures import draw_table_of_digits, show_chart
from app.components.pictures import Row, mosaic


def choose(values: dict[str, Any]) -> tuple[float, int]:
    """Noise in training, and the length of the code."""
    levels = values["trained_at"]
    level = choose_along(
        "Noise in training (standard deviation)", levels, levels[-2], "taught", "{:g}".format
    )
    width = choose_one("Numbers in the code (k)", values["widths"], values["widths"][-1], "wide")
    return level, width


def show_filters(measured: Measured, name: str) -> None:
    """What the first layer looks for."""
    agreement = np.mean(measured.values[name]["agreement"])
    st.markdown("**What the strongest units look for**")
    filters = measured.pictures[f"filters {name}"]
    alt = f"{len(filters)} filters; correlation of neighbouring pixels: {agreement:.2f}"
    st.image(mosaic(filters / 255, columns=8), alt=alt, width=420)
    st.caption(
        "White pixels switch a unit on, black ones off. Correlation of neighbouring pixels: "
        f"{agreement:.2f}; 0 means specks, and the closer to 1, the smoother the strokes."
    )


def curve(values: dict[str, Any], name: str, key: str) -> tuple[list[float], list[float], list[float]]:
    """Mean, lowest and highest over the seeds, for each noise in the input."""
    return spread([list(errors) for errors in zip(*values[name][key], strict=True)])


def show_errors(measured: Measured, level: float, width: int) -> None:
    """Error over the noise in the input, a line for each noise in training."""
    values = measured.values
    met, colours = values["met"], dict(zip(values["trained_at"], charts.STEP_COLOURS, strict=True))
    st.markdown("**Error by the noise in the input**")
    series = [charts.Series("Noisy input", met, values["untouched"], charts.NOISE_COLOUR, "dot")]
    for each, colour in colours.items():
        mean, low, high = curve(values, f"{width} at {each:g}", "errors")
        wide = 5 if each == level else 2
        label = f"Trained at {each:g}"
        series.append(charts.Series(label, met, mean, colour, low=low, high=high, width=wide, markers=False))
    name = f"{width} at {level:g}"
    to_input = curve(values, name, "to_input")[0]
    label = f"Trained at {level:g}, from its input"
    series.append(charts.Series(label, met, to_input, colours[level], "dash", width=2, markers=False))
    x = charts.Axis("Noise in the input (standard deviation)")
    figure = charts.lines(series, x, charts.Axis("Squared error per pixel"), height=400)
    found = curve(values, name, "errors")[0]
    alt = f"Error over noise, trained at {level:g}: {found[0]:.4f} without noise, {found[-1]:.4f} at the most"
    show_chart(charts.marked(figure, level, "trained"), alt, "noise-errors")
    st.caption(
        "Above the line of the noisy input a network does harm: it adds more error than the noise did. The "
        "dashed line is how far an output is from its own input, 0 for a copy; "
        f"bars span {len(measured.seeds)} seeds."
    )


def show_digits(measured: Measured, name: str) -> None:
    """Digits, the same with noise, and what comes out."""
    clean, noisy = (measured.pictures[key] / 255 for key in ("original", "noisy"))
    output = measured.pictures[f"output {name}"] / 255
    rows = [
        Row("Original", "", clean),
        Row("Noisy", lesson.error_in_words(noisy, clean), noisy),
        Row("Output", lesson.error_in_words(output, clean), output),
    ]
    st.markdown(f"**Five test digits with noise of {measured.values['shown_level']:g}**")
    draw_table_of_digits(rows, f"Digits, noisy, and after the network of {name}", width=420)
    st.caption(copying_in_words(measured.values, name))


def copying_in_words(values: dict[str, Any], name: str) -> str:
    """Does this network copy? How far its output is from the digit, and from what it was given."""
    level = values["shown_level"]
    from_digit, from_input = (curve(values, name, key)[0] for key in ("errors", "to_input"))
    place = values["met"].index(level)
    nearer = "nearer to the digit: the noise is not copied"
    if from_input[place] < from_digit[place]:
        nearer = "nearer to its input: the noise is copied"
    return (
        f"Over all test digits: given clean ones, its output is {from_digit[0]:.4f} away from them; given "
        f"noise of {level:g}, it is {from_digit[place]:.4f} from the clean digit and {from_input[place]:.4f} "
        f"from its input, {nearer}."
    )


this = lesson.begin("noise")
measured = lesson.measurement("noise")
if measured:
    with st.container(horizontal=True, gap="medium"):
        level, width = choose(measured.values)
    name = f"{width} at {level:g}"
    pictures, errors = st.columns(2, gap="large")
    with pictures:
        show_filters(measured, name)
        show_digits(measured, name)
    with errors:
        show_errors(measured, level, width)
lesson.end(this, measured=measured)
