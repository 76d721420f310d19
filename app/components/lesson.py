"""The frame of a lesson: a question above the picture, two sentences below it, and the way on.

What stands behind the picture (models, data, seeds, commands) is one click away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from ae import lessons
from ae.errors import DataError
from ae.lessons import Measured
from app import resources
from app.components.models import card_text
from app.components.unfolding import unfold

FACTS = "Model, data and seed"


@dataclass(frozen=True)
class Lesson:
    """One lesson: its script, and what it says; the `question` comes before the picture is moved."""

    file: str
    title: str
    icon: str
    question: str
    explanation: str


LESSONS = (
    Lesson(
        "linear",
        "A network that finds PCA",
        ":material/square_foot:",
        "Leave the activation functions out of an autoencoder and train it. What does it find?",
        "The best linear code is known: it keeps the directions in which digits vary most, which are those "
        "of PCA. Training turns the network's directions towards them, the one that gains most first.",
    ),
    Lesson(
        "code_length",
        "How short a code?",
        ":material/straighten:",
        "With two numbers for each digit, which digits look the same? How many numbers tell them apart?",
        "A short code has room only for what digits share, so those that differ by one stroke, such as 4 and "
        "9, come back alike. A deep network can follow curves through the digits, so it needs far fewer "
        "numbers than PCA, which is linear.",
    ),
    Lesson(
        "depth",
        "How many layers?",
        ":material/layers:",
        "Does another layer always help? Try it with few digits to learn from, and then with many.",
        "One hidden layer makes the code nonlinear, which cuts the error; more layers gain little here and "
        "need more digits and longer training. With few digits a network overfits: its error on the digits "
        "that it learns keeps falling while its error on others rises.",
    ),
    Lesson(
        "noise",
        "Learning from noise",
        ":material/grain:",
        "With a code as long as its input, a network could simply copy. Does it, and what does noise change?",
        "Trained without noise, such a network gives digits back nearly as they are, yet not the noise, "
        "which it never learned to copy. When the input is noisy and the target clean, each unit has to look "
        "at whole strokes, so its filter turns from specks into strokes, and the network does best near the "
        "noise that it was trained with.",
    ),
    Lesson(
        "loss",
        "Which loss?",
        ":material/balance:",
        "A pixel should be mid-grey. Which loss punishes black or white more?",
        "Both losses are smallest where the output equals the target, but cross-entropy grows without limit "
        "towards a wrong black or white, so such a pixel has a larger gradient. Values of different losses "
        "cannot be compared: score both networks with the same one.",
    ),
    Lesson(
        "outliers",
        "Spotting outliers",
        ":material/troubleshoot:",
        "A model has seen only digits. Is its error on a letter large enough to notice?",
        "A model rebuilds badly what it never learned, so a large error marks an outlier; the threshold "
        "comes from digits alone. A model that copies every stroke well copies letters too, so the best "
        "autoencoder is not the best detector.",
    ),
    Lesson(
        "making_data",
        "Making data",
        ":material/auto_awesome:",
        "Can a model make digits that are worth as much to a classifier as real ones?",
        "Codes between those of two digits of one class mostly decode to that class too, as blends that "
        "nobody wrote. They help a classifier little: they add what the model learned without labels, but "
        "no new label.",
    ),
    Lesson(
        "train",
        "Train your own",
        ":material/model_training:",
        "You have a minute of training. What do you change to get below PCA with a code of two numbers?",
        "The loss falls fast at first, when the mean digit is learned, and then slowly, when digits are told "
        "apart. A held-out error that stops falling while the other one goes on is a model that learns its "
        "digits by heart.",
    ),
)
BY_FILE = {lesson.file: lesson for lesson in LESSONS}


def path_of(lesson: Lesson) -> str:
    """The lesson's script, as the router names it."""
    return f"app/pages/lessons/{lesson.file}.py"


def lesson_pages() -> list[st.Page]:
    """All lessons for the router, in their order."""
    return [st.Page(path_of(each), title=each.title, icon=each.icon) for each in LESSONS]


def begin(file: str) -> Lesson:
    """Draw the title and the question."""
    lesson = BY_FILE[file]
    st.title(lesson.title)
    st.markdown(f":material/help: **{lesson.question}**")
    return lesson


def end(
    lesson: Lesson,
    names: Sequence[str] = (),
    measured: Measured | None = None,
    behind: Callable[[], str] | None = None,
) -> None:
    """Draw the explanation, what stands behind the picture, and the way to the neighbours.

    Behind it stand the named models, what was measured, and the Markdown text that `behind` makes.
    """
    st.markdown(lesson.explanation)
    unfold(FACTS, ":material/badge:", lambda: show_facts(names, measured, behind), st.popover)
    show_neighbours(LESSONS.index(lesson))


def show_neighbours(number: int) -> None:
    """The lesson before on the left, the one after on the right."""
    last = len(LESSONS) - 1
    alignment = "distribute" if 0 < number < last else "right" if number < last else "left"
    with st.container(horizontal=True, horizontal_alignment=alignment):
        if number:
            before = LESSONS[number - 1]
            st.page_link(path_of(before), label=before.title, icon=":material/arrow_back:")
        if number < last:
            after, icon = LESSONS[number + 1], ":material/arrow_forward:"
            st.page_link(path_of(after), label=after.title, icon=icon, icon_position="right")


def show_facts(names: Sequence[str], measured: Measured | None, behind: Callable[[], str] | None) -> None:
    """Where every number of the lesson comes from."""
    if behind:
        st.markdown(behind())
    if measured is not None:
        st.markdown(facts_of(measured))
        st.code(measured.command, language="bash", wrap_lines=True)
    cards = [card for name in names if (card := resources.find_card(name)) is not None]
    for card in cards:
        st.markdown(card_text(card))
        st.code(card.command, language="bash", wrap_lines=True)
    if measured is None and not cards and not behind:
        st.markdown("Nothing is measured yet.")


def error_in_words(images: np.ndarray, truth: np.ndarray) -> str:
    """Mean squared error per pixel, for the label of a row of digits."""
    return f"{((images - truth) ** 2).mean():.4f}"


def facts_of(measured: Measured) -> str:
    """How a lesson was measured, as a Markdown list."""
    facts = {
        "Model": measured.model,
        "Data": measured.data,
        "Training": measured.training,
        "Seeds" if len(measured.seeds) > 1 else "Seed": ", ".join(map(str, measured.seeds)),
    }
    return "\n".join(f"- **{key}**: {value}" for key, value in facts.items() if value)


@st.cache_resource(max_entries=32, show_spinner=False)
def _read(name: str, changed: float) -> Measured:
    return lessons.read(name)


def measurement(name: str) -> Measured | None:
    """What was measured for a lesson; what is wrong is said here, and gives None."""
    path = lessons.FOLDER / f"{name}.json"
    try:
        return _read(name, path.stat().st_mtime if path.exists() else 0.0)
    except DataError as error:
        st.info(str(error), icon=":material/info:")
        return None
