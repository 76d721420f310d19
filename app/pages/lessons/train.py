"""Lesson: train a model here, watch it, keep it, and open it in the other pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from ae.errors import AeError
from app import charts, kept, resources
from app.components import lesson, training_bench
from app.components.choices import choose_one
from app.components.families import BOTTLENECKS, LOOKS, families
from app.components.figures import draw_table_of_digits, show_chart
from app.components.models import card_text
from app.components.pictures import Row
from app.components.running import VISITOR
from app.components.training_bench import SECONDS, Trial

if TYPE_CHECKING:
    from ae.weights import Card

FAMILIES = tuple(name for name in LOOKS if name != "pca")  # which is not trained
LOSSES = {"mse": "Squared error", "bce": "Cross-entropy"}
NOISES = {"none": "None", "gaussian-0.5": "Gaussian 0.5", "mixed": "All kinds"}
ENDED = {"stopped": "until you stopped it", "done": "to its end"}
EVERY = 1.5  # seconds between two looks
TRIAL, DRAWN, PROBLEM = "own-trial", "own-drawn", "own-problem"


def choose() -> dict[str, Any]:
    """What is to be trained."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        family = choose_one(
            "Family of models", FAMILIES, "stacked", "own_family", lambda name: LOOKS[name].label
        )
        k = choose_one("Numbers in the code (k)", BOTTLENECKS, 2, "own_k")
        with st.popover("More", icon=":material/tune:"):
            more = choose_more()
    return {"family": family, "k": k, **more}


def choose_more() -> dict[str, Any]:
    """What fewer visitors change."""
    # a choice that is not drawn drops out of the URL: the simple family draws it, and has no use for it
    depth = choose_one("Hidden layers", (1, 2, 3), 3, "own_depth", help="The simple family has none.")
    loss = choose_one("Loss", list(LOSSES), "mse", "own_loss", LOSSES.__getitem__)
    noise = choose_one("Noise in the input", list(NOISES), "none", "own_noise", NOISES.__getitem__)
    seed = st.number_input("Seed", 0, 9999, 0, key="own_seed", bind="query-params", width=110)
    return {"depth": depth, "loss": loss, "noise": noise, "seed": seed}


def start(choices: dict[str, Any]) -> None:
    """Begin the training."""
    from ae.recipes.trial import trial_recipe

    st.session_state.pop(PROBLEM, None)
    try:
        st.session_state[TRIAL] = training_bench.start(trial_recipe(**choices), st.session_state[VISITOR])
    except AeError as error:
        st.session_state[PROBLEM] = str(error)


def keep(trial: Trial) -> None:
    """Store what was trained, and let the other pages open with it."""
    try:
        trial.kept = kept.keep(trial.card, trial.model)
    except AeError as error:
        st.session_state[PROBLEM] = str(error)
        return
    if trial.recipe.family in families():
        st.session_state["family"] = trial.recipe.family
    st.session_state["numbers"] = st.session_state["k"] = trial.recipe.config["k"]
    st.session_state["own"] = trial.kept


def show_buttons(choices: dict[str, Any], trial: Trial | None) -> None:
    """Train, stop, keep."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if trial and trial.is_running:
            st.button("Stop", icon=":material/stop_circle:", on_click=trial.stop)
            return
        st.button("Train", icon=":material/play_arrow:", type="primary", on_click=start, args=(choices,))
        if trial and trial.card and not trial.kept:
            st.button("Keep", icon=":material/bookmark:", on_click=keep, args=(trial,))
        if trial and trial.kept and (folder := kept.folder_of(trial.kept)):
            show_kept(trial, folder)


def show_kept(trial: Trial, folder: Path) -> None:
    """Where a kept model goes: to a file, and to the other pages."""
    st.download_button(
        "Weights and card",
        data=lambda: kept.archive(trial.kept, folder),
        file_name=f"{trial.kept}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
    )
    if trial.card.task == "denoising":
        st.page_link("app/pages/denoising.py", label="Open in Digit denoising", icon=":material/blur_off:")
        return
    st.page_link("app/pages/bottleneck.py", label="Open in Bottleneck", icon=":material/compress:")
    st.page_link("app/pages/latent_space.py", label="Open in Latent space", icon=":material/scatter_plot:")


def show_shelf() -> None:
    """What this session kept, and a way to make room."""
    if not (cards := kept.cards()):
        return
    with st.expander(f"Kept in this session: {len(cards)} of {kept.MOST}", icon=":material/bookmarks:"):
        for card in cards:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(f"{LOOKS[card.family].label}, k = {card.config['k']} ({card.name})", width="content")
                st.button(
                    "Forget",
                    icon=":material/delete:",
                    key=f"forget-{card.name}",
                    type="tertiary",
                    on_click=forget,
                    args=(card.name,),
                )


def forget(name: str) -> None:
    """Remove a kept model; what is on the screen can be kept again."""
    kept.forget(name)
    st.session_state.pop(PROBLEM, None)
    trial = st.session_state.get(TRIAL)
    if trial and trial.kept == name:
        trial.kept = ""


def show_trial(trial: Trial) -> None:
    """How the training goes."""
    if trial.is_running != st.session_state[DRAWN]:
        st.rerun()
    history, outputs = list(trial.history), trial.outputs
    if trial.is_running:
        share = min(trial.job.spent / trial.job.seconds, 1.0)
        st.progress(share, text=progress_words(history, trial))
    elif trial.state == "failed":
        st.error(trial.problem, icon=":material/error:")
    if not history or outputs is None:
        return
    left, right = st.columns([1, 1], gap="large")
    with left:
        show_curve(history, trial)
    with right:
        show_digits(trial, outputs)


def progress_words(history: list[dict[str, float]], trial: Trial) -> str:
    """How far it is."""
    if place := trial.place:
        return f"The lab is busy: you have place {place} in the queue"
    if not history:
        return "Preparing"
    return f"{history[-1]['batches']:.0f} batches, {trial.job.spent:.0f} of {trial.job.seconds:.0f} seconds"


def show_curve(history: list[dict[str, float]], trial: Trial) -> None:
    """The error on held-out digits, over batches; PCA of the same size beside it."""
    recipe = trial.recipe
    batches = [entry["batches"] for entry in history]
    errors = [entry["error"] for entry in history]
    look = LOOKS[recipe.family]
    series = [charts.Series("Held-out digits", batches, errors, look.colour, markers=len(history) < 3)]
    if recipe.loss == "mse" and recipe.family != "variational":
        losses = [entry["loss"] for entry in history]
        series.append(
            charts.Series("Digits it learns from", batches, losses, look.colour, "dot", markers=False)
        )
    pca = resources.find_card(f"pca-k{recipe.config['k']}")
    if recipe.noise == "none" and pca and "mse" in pca.measures:
        level, label = pca.measures["mse"], f"PCA, k = {recipe.config['k']}"
        ends = [batches[0], batches[-1]]
        series.append(
            charts.Series(label, ends, [level] * 2, LOOKS["pca"].colour, "dash", markers=False, width=1.5)
        )
    figure = charts.lines(
        series,
        charts.Axis(f"Batches of {recipe.batch_size}"),
        charts.Axis("Squared error per pixel"),
        height=300,
    )
    show_chart(figure, f"Error after {batches[-1]:.0f} batches: {errors[-1]:.4f}", "own-curve")


def show_digits(trial: Trial, outputs: np.ndarray) -> None:
    """Held-out digits and what the model makes of them now."""
    rows = [Row("Digit", "held out", trial.shown)]
    if trial.recipe.noise != "none":
        rows.append(Row("Input", "noisy", trial.inputs))
    rows.append(Row("Output", f"{trial.history[-1]['error']:.4f}", outputs))
    draw_table_of_digits(rows, "Held-out digits, and what the model makes of them now", width=520)
    if trial.card and not trial.is_running:
        st.caption(
            f"{trial.card.parameters:,} parameters, "
            f"{trial.history[-1]['batches']:.0f} batches in {trial.history[-1]['seconds']:.0f} seconds, "
            f"{ENDED[trial.state]}."
        )


def facts(card: Card) -> str:
    """What was trained, and how."""
    told = [line for line in card_text(card).splitlines() if card.digest or "Digest" not in line]
    return "\n".join([*told, f"- **Trained by**: {card.command}"])


def plan(choices: dict[str, Any]) -> str:
    """What would be trained, and how."""
    from ae.recipes.trial import trial_recipe

    recipe = trial_recipe(**choices)
    training = recipe.training
    told = {
        "Model": f"family {LOOKS[recipe.family].label}, {recipe.config}",
        "Data": "MNIST test digits: 8,000 to train on, 2,000 held out",
        "Training": f"{training.optimizer} at {training.learning_rate:g}, batches of {recipe.batch_size}",
        "Seed": str(training.seed),
    }
    return "\n".join(f"- **{key}**: {value}" for key, value in told.items())


this = lesson.begin("train")
choices = choose()
trial: Trial | None = st.session_state.get(TRIAL)
show_buttons(choices, trial)
show_shelf()
if PROBLEM in st.session_state:
    st.warning(st.session_state[PROBLEM], icon=":material/hourglass_top:")
if trial:
    st.session_state[DRAWN] = trial.is_running
    st.fragment(show_trial, run_every=EVERY if trial.is_running else None)(trial)
else:
    st.info(
        f"Press Train: the loss and the pictures move while it learns, for {SECONDS:.0f} seconds or until "
        "you stop it.",
        icon=":material/play_circle:",
    )
st.caption(
    "It learns from the first 8,000 test digits, for the app ships no others, and is measured on the other "
    "2,000: elsewhere in the lab, only digits from number 8000 on are new to it."
)
lesson.end(this, behind=lambda: facts(trial.card) if trial and trial.card else plan(choices))
