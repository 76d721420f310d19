"""Experiment E2: digits with noise, and what denoising autoencoders make of them."""

from __future__ import annotations

import streamlit as st

from app import charts, kept, resources
from app.components.choices import choose_one
from app.components.device import chosen_device
from app.components.digits import choose_digits, name_of
from app.components.families import LOOKS
from app.components.figures import show_chart, show_table_of_digits
from app.components.models import MEASURE_DIGITS, show_behind, usable
from app.components.pictures import Row
from app.components.tables import show_table

LOSSES = {"mse": "Squared error", "bce": "Cross-entropy"}
REGIMES = {"gaussian": "Gaussian 0.5", "any": "All kinds and levels"}


def choose_noise() -> tuple[str, float]:
    """Kind and level of the noise."""
    kinds = resources.noise_kinds()
    kind = choose_one("Noise", list(kinds), "gaussian", "noise", lambda name: kinds[name].label)
    level = st.slider(
        kinds[kind].level_label,
        0.0,
        1.0,
        0.5,
        0.05,
        key="level",
        bind="query-params",
    )
    return kind, level


def choose_training() -> tuple[str, str]:
    """What the denoisers were trained on, and the loss of the stacked one."""
    regime = choose_one(
        "Trained on",
        list(REGIMES),
        "gaussian",
        "trained",
        REGIMES.__getitem__,
        help="The experiment trains on Gaussian noise of standard deviation 0.5 alone.",
    )
    loss = choose_one(
        "Loss of the stacked model",
        list(LOSSES),
        "mse",
        "loss",
        LOSSES.__getitem__,
        help="Both stacked models are the same network, trained to make a different number small.",
    )
    return regime, loss


def names_of(regime: str, loss: str) -> list[str]:
    """Weights of every family for a training regime and the stacked model's loss, PCA beside them."""
    suffix = "-any" if regime == "any" else ""
    stacked = "stacked-bce" if loss == "bce" else "stacked"
    return [*(f"denoise-{variant}{suffix}" for variant in ("simple", stacked, "conv")), "pca-k32"]


def show_rows(names: list[str], ids: tuple[int, ...], kind: str, level: float, device: str) -> None:
    """Original, noisy, and a row for each denoiser, with its error."""
    clean = resources.digits().images[list(ids)]
    noisy = resources.noisy_digits(ids, kind, level)
    errors = {"Noisy": float(resources.mse(noisy, clean).mean())}
    rows = [Row("Original", "", clean), Row("Noisy", decibels(errors["Noisy"]), noisy)]
    for name in usable(names, device):
        result = resources.denoised(name, device, ids, kind, level)
        look = LOOKS[resources.card(name).family]
        label = f"Yours: {name}" if name in own else look.label
        errors[label] = float(result.mse.mean())
        rows.append(Row("Yours" if name in own else look.short, decibels(errors[label]), result.output))
    alt = f"{'; '.join(map(name_of, ids))}; the same with noise, and what each denoiser makes of them"
    picture, figures = st.columns([3, 2], gap="large")
    with picture:
        show_table_of_digits(rows, alt, f"denoising-{kind}-{level:g}")
    with figures:
        show_errors(errors)


def decibels(error: float) -> str:
    """PSNR of an error for a label."""
    return f"{resources.psnr(error):.1f} dB" if error else "no error"


def show_errors(errors: dict[str, float]) -> None:
    """Error and PSNR of each row as a table."""
    table = {
        "Row": list(errors),
        "Error": list(errors.values()),
        "PSNR": [resources.psnr(error) if error else None for error in errors.values()],
    }
    show_table(table, "Error and PSNR of each row", {"Error": "{:.4f}", "PSNR": "{:.1f} dB"})
    st.caption("Squared error per pixel against the original. PSNR says it in decibels: higher is better.")


def show_levels(names: list[str], kind: str, level: float) -> None:
    """Error over the level of the noise, from the cards."""
    cards = [
        card for card in map(resources.find_card, names) if card and kind in card.measures.get("by_noise", {})
    ]
    if not cards:
        st.info(f"No error by noise level is on the cards yet. {MEASURE_DIGITS}", icon=":material/info:")
        return
    noisy = cards[0].measures["by_noise"][kind]
    series = [charts.Series("Noisy input", noisy["levels"], noisy["mse_noisy"], charts.NOISE_COLOUR, "dot")]
    for card in cards:
        look, measured = LOOKS[card.family], card.measures["by_noise"][kind]
        series.append(charts.Series(look.label, measured["levels"], measured["mse"], look.colour, look.dash))
    x = charts.Axis(resources.noise_kinds()[kind].level_label)
    figure = charts.lines(series, x, charts.Axis("Squared error per pixel"))
    alt = f"Error over noise level of {', '.join(card.name for card in cards)}"
    show_chart(charts.marked(figure, level), alt, "error-over-level")
    st.caption("Mean of the 10,000 test digits. The upright line is the level chosen above.")


st.title("Digit denoising")
st.markdown("The input is noisy, the target is clean: what does a denoiser keep, and what does it invent?")
with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
    kind, level = choose_noise()
    with st.popover("More", icon=":material/tune:"):
        regime, loss = choose_training()
own = [card.name for card in kept.cards("denoising")]
names = [*names_of(regime, loss), *own]
device = chosen_device()

digits, levels = st.tabs(["Digits", "Error by level"], key="show", bind="query-params")
# a hidden tab draws its choices all the same: what is not drawn drops out of the URL
with digits:
    picture = st.container()
    ids = choose_digits()
    if digits.open:
        with picture:
            show_rows(names, ids, kind, level, device)
with levels:
    if levels.open:
        show_levels(names, kind, level)

show_behind(names)
