"""What becomes of each document while it is worked on, and the strip of pages; both follow the work."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from ae.words import count, size
from app.components.choices import choose_one
from app.components.document_desk import Desk
from app.components.document_entry import Entry, Run
from app.components.document_text import plain
from app.components.document_tray import is_listed
from app.components.media import publish
from app.components.page_strip import page_strip

_EVERY = 1.0  # seconds between two looks at the work
_SHOWN, _DRAWN, _PICKED = "documents_shown", "documents_drawn", "documents_picked"
_STOPPED = "Stopped. What is done is kept."
_MOST_OPEN = 8  # documents that are listed without asking
_MOST_ALONE = 3  # documents without a result that stand above a closed list
Shown = tuple[Entry, int]


def shown_page(entries: Sequence[Entry]) -> Shown | None:
    """The page on the screen: the one that was picked, or the first of a document that can be read."""
    readable = [entry for entry in entries if not entry.has_failed]
    key, number = st.session_state.get(_SHOWN, ("", 1))
    for entry in readable:
        if entry.key == key and number <= entry.page_count:
            return entry, number
    return (readable[0], 1) if readable else None


def show_progress(desk: Desk, entries: Sequence[Entry]) -> None:
    """A line for each document, and the time that is left; follows the work without running the page."""
    st.session_state[_DRAWN] = _state(desk, entries)
    st.fragment(_show_progress, run_every=_EVERY if desk.is_busy else None)(desk, entries)


def _state(desk: Desk, entries: Sequence[Entry]) -> tuple[object, ...]:
    """What the page as a whole was drawn from."""
    shown = shown_page(entries)
    is_done = bool(shown and shown[0].run and (shown[0].key, shown[1]) in shown[0].run.done)
    return desk.is_busy, shown and (shown[0].key, shown[1]), is_done


def _show_progress(desk: Desk, entries: Sequence[Entry]) -> None:
    is_stale = any(desk.entries.get(entry.key) is not entry or entry.run is None for entry in entries)
    if is_stale or _state(desk, entries) != st.session_state[_DRAWN]:
        st.rerun()
    _show_whole(desk)
    if entries and entries[0].sample is None:
        _show_list(desk, entries)


def _show_list(desk: Desk, entries: Sequence[Entry]) -> None:
    """All documents; of many only those that somebody has to see to, the others behind a click."""
    failed = [entry for entry in entries if entry.has_failed]
    is_open = len(entries) <= _MOST_OPEN
    alone = [] if is_open else failed[:_MOST_ALONE]
    for entry in alone:
        _show_line(desk, entry)
    # the other failures first, so that nobody has to look for them among hundreds
    listed = entries if is_open else sorted(entries, key=lambda entry: not entry.has_failed)[len(alone) :]
    title = _title(entries, len(failed))
    # with a key it stays as the visitor left it when its title changes
    with st.expander(title, expanded=is_open, icon=":material/list:", key=f"documents_list_{is_open}"):
        for entry in listed:
            _show_line(desk, entry)


def _title(entries: Sequence[Entry], failed: int) -> str:
    title = f"{count(len(entries), 'document')}, {size(sum(len(entry.data) for entry in entries))}"
    return f"{title}, :red[{failed} could not be cleaned]" if failed else title


def _show_whole(desk: Desk) -> None:
    """The work as a whole, and a way to stop it or go on."""
    if desk.is_busy:
        with st.container(horizontal=True, vertical_alignment="center"):
            share, text = _progress(desk)
            st.progress(share, text=text)
            st.button("Stop", icon=":material/stop_circle:", on_click=desk.stop, key="documents_stop")
    elif any(run.state == "stopped" for run in desk.runs):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(_why_stopped(desk), icon=":material/stop_circle:", width=480)
            st.button("Go on", icon=":material/play_arrow:", on_click=desk.go_on, key="documents_go_on")


def _why_stopped(desk: Desk) -> str:
    """The visitor's wish, unless the queue had a reason."""
    return next((run.problem for run in desk.runs if run.state == "stopped" and run.problem), _STOPPED)


def _progress(desk: Desk) -> tuple[float, str]:
    """The share that is done, and the rest in words."""
    runs = [run for run in desk.runs if run.state != "failed"]
    done = sum(len(run.done) for run in runs) + sum(run.share for run in runs if not run.is_over)
    pages = max(1, sum(max(run.page_count, len(run.done), 1) for run in runs))
    active = next((run for run in runs if run.state in ("reading", "cleaning")), None)
    if place := desk.place:
        return min(done / pages, 1.0), f"The lab is busy: you have place {place} in the queue"
    if active is None:
        return min(done / pages, 1.0), "Waiting for a free place"
    return min(done / pages, 1.0), f"{_doing(active)}{_pace(active, pages - done)}"


def _doing(run: Run) -> str:
    name = "One PDF of all" if run.is_joined else plain(run.entries[0].name)
    if run.state == "reading":
        return f"{name}: reading"
    if run.page_count > 1:
        return f"{name}: cleaning page {min(len(run.done) + 1, run.page_count)} of {run.page_count}"
    return f"{name}: cleaning, {run.share:.0%}"


def _pace(run: Run, left: float) -> str:
    done, seconds = len(run.done) + run.share, time.monotonic() - run.started
    if done < 0.2 or seconds < 1:
        return ""
    rest = left * seconds / done
    words = f"{rest:.0f} s" if rest < 90 else f"{rest / 60:.0f} min"
    return f" · {done / seconds:.1f} pages/s · about {words} left"


def _show_line(desk: Desk, entry: Entry) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"
    ):
        st.markdown(line(entry), width="stretch")
        if not is_listed(entry):
            st.button(
                "Remove",
                icon=":material/close:",
                type="tertiary",
                on_click=desk.remove,
                args=(entry.key,),
                key=f"documents_remove_{entry.key}",
            )
    if entry.run and entry.run.is_locked:
        st.text_input(
            f"Password of {entry.name}",
            type="password",
            key=f"documents_password_{entry.key}",
            on_change=_unlock,
            args=(entry,),
            width=320,
        )


def _unlock(entry: Entry) -> None:
    entry.password = st.session_state[f"documents_password_{entry.key}"]
    entry.run = None


def line(entry: Entry) -> str:
    """One line of Markdown: what became of a document."""
    run, name = entry.run, plain(entry.name)
    if run is None or run.state == "waiting":
        return f":material/schedule: {name} :gray[· waiting]"
    if run.state == "failed":
        return f":red[:material/error: {plain(run.problem)}]"
    if run.state == "reading":
        return f":material/hourglass_top: {name} :gray[· reading]"
    if run.state == "cleaning":
        return f":material/hourglass_top: {name} :gray[· cleaning, {len(run.done)} of {run.page_count} done]"
    if run.state == "stopped":
        return f":material/stop_circle: {name} :gray[· stopped, {len(run.done)} of {run.page_count} done]"
    return f":green[:material/check_circle:] {name} :gray[· {_result(entry, run)}]" + _remarks(entry)


def _result(entry: Entry, run: Run) -> str:
    pages = f"{count(run.page_count, 'page')} · " if run.page_count > 1 else ""
    return f"{pages}{size(len(entry.data))} → {size(run.size)}"


def _remarks(entry: Entry) -> str:
    outcomes = list(entry.outcomes.values())  # a copy, since pages are added meanwhile
    flagged = sum(bool(outcome.reasons) for outcome in outcomes)
    bad = [outcome.error for outcome in outcomes if outcome.error]
    look = f" :orange[:material/flag: {flagged} to look at]" if flagged else ""
    return look + "".join(f"  \n:red[{plain(error)}]" for error in bad)


def show_strip(entries: Sequence[Entry], shown: Shown) -> None:
    """All pages, to pick one; only where there are several."""
    entries = [entry for entry in entries if not entry.has_failed]
    if sum(entry.page_count for entry in entries) < 2:
        return
    order = choose_one("Pages", ["In order", "Those to look at first"], "In order", "sort")
    is_busy = any(entry.run and not entry.run.is_over for entry in entries)
    st.fragment(_show_strip, run_every=_EVERY if is_busy else None)(entries, shown, order)


def _show_strip(entries: Sequence[Entry], shown: Shown, order: str) -> None:
    if st.session_state.pop(_PICKED, False):
        st.rerun()  # before the strip is built, which would show the choice before this one for a moment
    pages = [(entry, number) for entry in entries for number in range(1, entry.page_count + 1)]
    if order != "In order":
        pages.sort(key=lambda page: not _reasons(*page))
    is_several = len(entries) > 1
    items = [_item(entry, number, is_several) for entry, number in pages]
    page_strip(
        key="documents_strip",
        data={"pages": items, "chosen": f"{shown[0].key} {shown[1]}"},
        on_pick_change=_pick,
    )


def _pick() -> None:
    key, _space, number = st.session_state["documents_strip"]["pick"].partition(" ")
    st.session_state[_SHOWN] = key, int(number)
    st.session_state[_PICKED] = True


def _reasons(entry: Entry, number: int) -> str:
    outcome = entry.outcomes.get(number)
    if outcome is None:
        return ""
    return "could not be cleaned" if outcome.error else ", ".join(outcome.reasons)


def _item(entry: Entry, number: int, is_several: bool) -> dict[str, object]:
    thumb, reasons = entry.thumbs.get(number), _reasons(entry, number)
    label = str(number)
    if is_several:
        label = f"{entry.path.name} {number}" if entry.page_count > 1 else entry.path.name
    alt = f"Page {number} of {entry.name}" if entry.page_count > 1 else entry.name
    return {
        "key": f"{entry.key} {number}",
        "label": label,
        "alt": f"{alt}, to look at: {reasons}" if reasons else alt,
        "picture": publish(thumb, "image/jpeg", f"thumb {entry.key} {number}") if thumb else "",
        "icon": _icon(entry, number),
        "flag": bool(reasons),
    }


def _icon(entry: Entry, number: int) -> str:
    return "description" if number in entry.outcomes else "hourglass_empty"
