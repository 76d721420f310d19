"""Rendered pairs to train on; a plain drawn page stands in for the renderer, so that no font is needed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ae.data import training_pages
from ae.data.rendering import RenderedPage
from ae.data.training_pages import rendered_pairs
from tests.conftest import draw_page


@pytest.fixture(autouse=True)
def plain_pages(monkeypatch):
    monkeypatch.setattr(
        training_pages,
        "render_training_page",
        lambda seed, **_: RenderedPage(draw_page(200, 150), draw_page(200, 150), "", 100.0),
    )


def test_pairs_are_repeatable_and_differ_from_page_to_page():
    first, again = (list(rendered_pairs(6, seed=3)) for _ in range(2))
    assert all(np.array_equal(a.dirty, b.dirty) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a.dirty, b.dirty) for a, b in pairwise(first))
    assert all(np.array_equal(pair.clean, draw_page(200, 150)) for pair in first)


def test_some_pages_lie_on_a_background(monkeypatch):
    laid = []
    monkeypatch.setattr(
        training_pages, "lay_on_background", lambda clean, background, *_: laid.append(background) or clean
    )
    backgrounds = [np.full((150, 200), 180, np.uint8)]
    list(rendered_pairs(40, seed=1, backgrounds=backgrounds))
    assert 2 <= len(laid) <= 20
    assert laid[0] is backgrounds[0]
