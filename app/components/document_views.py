"""The page on the screen: before and after, and what the visitor does with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from ae.documents.page import Page
from ae.words import count
from app.components import document_pyramid as pyramids
from app.components.before_after import before_after
from app.components.document_choices import INVERT
from app.components.document_desk import Desk
from app.components.document_entry import Entry, Run
from app.components.document_progress import Shown
from app.components.document_pyramid import Pyramid
from app.components.document_text import facts, plain
from app.components.media import publish

_VIEWER = "documents_viewer"
_WORTH_TELLING = 0.05  # seconds; less means that the page was known


@dataclass(frozen=True)
class View:
    """A page ready for the screen; `is_clean` is False while its result has yet to come, `caption` is about
    the page."""

    key: str
    pyramid: Pyramid = field(repr=False)
    is_clean: bool
    caption: str

    @property
    def pixels(self) -> int:
        """Of the page."""
        return self.pyramid.levels[0].width * self.pyramid.levels[0].height


def show_page(desk: Desk, shown: Shown, run: Run) -> View:
    """The viewer, what is to be said about the page, and the rectangles that were kept. Raises InputError."""
    entry, number = shown
    view = _view(desk, entry, number, run)
    boxes = entry.boxes.get(number, ())
    before_after(
        key=_VIEWER,
        data={
            "page": f"{entry.key} {number} {view.pixels}",
            "levels": _published(view),
            "alt": _described(entry, number, view),
            "regions": [dict(zip(("left", "top", "width", "height"), box, strict=True)) for box in boxes],
            "can_keep": view.is_clean,
        },
        on_region_change=lambda: _keep(entry, number),
    )
    _show_caption(entry, number, view, run)
    if boxes:
        _show_boxes(entry, number)
    _offer_inverting(entry, number, run)
    return view


def _described(entry: Entry, number: int, view: View) -> str:
    page = f"page {number} of {entry.name}" if entry.page_count > 1 else entry.name
    if not view.is_clean:
        return f"{page} as it came; it is being cleaned"
    return f"{page}: left of the slider as it came, right of it clean"


def _view(desk: Desk, entry: Entry, number: int, run: Run) -> View:
    """The page for the screen, from memory or made anew. Raises InputError."""
    place = f"{entry.key} {number} {run.order}"
    is_done = (entry.key, number) in run.done
    view = desk.views.get(place)
    if view is None or (is_done and not view.is_clean):
        with st.spinner("Opening the page"):
            view = _made(place, entry, number, run)
        desk.views.put(place, entry.key, view, view.pyramid.size)
    return view


def _made(place: str, entry: Entry, number: int, run: Run) -> View:
    from app.components.document_work import sight

    page, clean = sight(entry, number, run)
    pyramid = pyramids.build(page.pixels, (clean or page).pixels)
    return View(f"{place} {clean is not None}", pyramid, clean is not None, _caption(page))


def _caption(page: Page) -> str:
    return facts(page) + (f" · {page.note}" if page.note else "")


def _published(view: View) -> list[dict[str, object]]:
    return [
        {
            "width": level.width,
            "height": level.height,
            "tiles": [
                publish(tile, "image/jpeg", f"tile {index} {place}") for place, tile in enumerate(level.tiles)
            ],
        }
        for index, level in enumerate(view.pyramid.levels)
    ]


def _show_caption(entry: Entry, number: int, view: View, run: Run) -> None:
    """What the page is, how long it took, and why it should be looked at."""
    outcome = entry.outcomes.get(number)
    which = f", page {number} of {entry.page_count}" if entry.page_count > 1 else ""
    parts = [f"{plain(entry.name)}{which}", view.caption]
    if outcome and outcome.seconds >= _WORTH_TELLING and view.is_clean:
        parts.append(f"{outcome.seconds:.1f} s on {outcome.device.upper()}")
    st.caption(" · ".join(parts))
    if not view.is_clean and run.is_over:
        st.info("This page was not cleaned, since the work was stopped.", icon=":material/stop_circle:")
    elif not view.is_clean:
        st.info("This page is being cleaned; its result appears here.", icon=":material/hourglass_top:")
    elif outcome and outcome.error:
        st.error(plain(outcome.error), icon=":material/error:")
    elif outcome and outcome.reasons:
        reasons = ", ".join(outcome.reasons)
        st.warning(f"Have a look at this page: {reasons}.", icon=":material/flag:")
    elif outcome and outcome.note:
        st.info(f"This page {outcome.note}.", icon=":material/info:")


def _keep(entry: Entry, number: int) -> None:
    """Add the rectangle that was drawn, if it is still the page that it was drawn on."""
    region = st.session_state[_VIEWER]["region"]
    if region and str(region["page"]).startswith(f"{entry.key} {number} "):
        box = tuple(int(region[side]) for side in ("left", "top", "width", "height"))
        entry.boxes[number] = (*entry.boxes.get(number, ()), box)


def _show_boxes(entry: Entry, number: int) -> None:
    boxes = entry.boxes[number]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/ink_selection: {count(len(boxes), 'region')} of this page kept as it was",
            width="content",
        )
        st.button("Undo the last", icon=":material/undo:", on_click=_undo, args=(entry, number))
        if len(boxes) > 1:
            st.button("Clean all of the page", on_click=entry.boxes.pop, args=(number,))


def _undo(entry: Entry, number: int) -> None:
    left = entry.boxes[number][:-1]
    if left:
        entry.boxes[number] = left
    else:
        del entry.boxes[number]


def _offer_inverting(entry: Entry, number: int, run: Run) -> None:
    """Inverted scans are recognised; the visitor decides."""
    outcome = entry.outcomes.get(number)
    if outcome and outcome.is_inverted and not run.order.choices.invert:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("Light text on a dark background: is this a negative?", width="content")
            st.button("Invert such pages", icon=":material/invert_colors:", on_click=_invert)


def _invert() -> None:
    st.session_state[INVERT] = True
