from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ae import latent, lessons, weights
from ae.lessons import making_data
from ae.lessons.between import codes_between
from ae.models import build
from tests.app.digit_lab import open_page, texts
from tests.app.lesson_lab import charts_of, made_digits, pictures, use_lessons

pytestmark = pytest.mark.usefixtures("lab")
PAGE = "lessons/making_data"


def write_measured(folder: Path, **ways: list[list[float]]) -> None:
    """Accuracies of two numbers of labelled digits, made up."""
    digests = {way: weights.read_card(way).digest for way in ways if way in making_data.MODELS}
    values = {"few": [5, 50], "full": 100, "reach": 0.5, "ways": list(ways), "digests": digests}
    values |= {way: {"accuracy": rows} for way, rows in ways.items()}
    lessons.write(lessons.Measured("making_data", "m", "d", "t", [0, 1], values), folder)


def test_the_chart_and_the_sentence_say_what_was_measured_be_it_a_loss(lab: Path, monkeypatch) -> None:
    use_lessons(lab / "lessons", monkeypatch)
    write_measured(
        lab / "lessons", nothing=[[0.6, 0.7], [0.8, 0.8]], **{"stacked-k16": [[0.7, 0.7], [0.75, 0.75]]}
    )
    app = open_page(PAGE)
    assert not app.exception
    (chart,) = charts_of(app)
    made, alone = chart["data"]
    assert (made["line"]["dash"], alone["line"]["dash"]) == ("solid", "dash")
    assert np.allclose(alone["y"], [0.65, 0.8])
    assert np.allclose(alone["error_y"]["array"], [0.05, 0])
    assert np.allclose(made["y"], [0.7, 0.75])
    assert "stacked model +5.0 and \N{MINUS SIGN}5.0." in texts(app)


def test_a_gain_that_rounds_to_nothing_has_no_sign(lab: Path, monkeypatch) -> None:
    use_lessons(lab / "lessons", monkeypatch)
    write_measured(lab / "lessons", nothing=[[0.6], [0.8]], **{"stacked-k16": [[0.5999], [0.8001]]})
    assert "stacked model 0.0 and 0.0." in texts(open_page(PAGE))


def test_figures_of_older_weights_are_not_shown(lab: Path, monkeypatch) -> None:
    use_lessons(lab / "lessons", monkeypatch)
    write_measured(lab / "lessons", nothing=[[0.6], [0.8]], **{"stacked-k16": [[0.7], [0.75]]})
    path = lab / "lessons" / "making_data.json"
    path.write_text(path.read_text().replace(weights.read_card("stacked-k16").digest, "sha256:old"))
    app = open_page(PAGE)
    assert not app.exception
    assert charts_of(app) == []
    assert "stacked-k16: new since this was measured" in app.info[0].value


def test_class_and_reach_move_the_pictures(lab: Path, monkeypatch) -> None:
    use_lessons(lab / "lessons", monkeypatch)
    app = open_page(PAGE, made_digit="7", reach="0.0")
    assert not app.exception
    assert "not measured yet" in app.info[0].value
    first = app.get("image")
    assert first[1].proto.imgs[0].alt == "24 pictures made by stacked-k16 for class 7"
    assert (
        open_page(PAGE, made_digit="7", reach="2.0").get("image")[1].proto.imgs[0].url
        != first[1].proto.imgs[0].url
    )


def test_filling_up_gives_every_class_its_full_number_and_keeps_the_real_ones() -> None:
    torch.manual_seed(0)
    model = build("simple", {"k": 4}).eval().requires_grad_(False)
    images, labels = making_data.labelled(made_digits(200), np.arange(200), 5)
    assert np.bincount(labels).tolist() == [5] * 10
    for way, maker in (("moved", None), ("stacked-k16", model)):
        more, names = making_data.fill_up(images, labels, way, maker, np.random.default_rng(0))
        assert np.bincount(names).tolist() == [making_data.FULL] * 10
        assert np.array_equal(more[:50], images)
        assert more.shape[1:] == (28, 28)
    same, _ = making_data.fill_up(images, labels, "nothing", None, np.random.default_rng(0))
    assert np.array_equal(same, images)


def test_moved_digits_keep_their_ink_and_made_ones_without_reach_are_reconstructions() -> None:
    images = pictures(6)
    moved = making_data.moved(images, 30, np.random.default_rng(0))
    assert {round(float(ink), 2) for ink in moved.sum(axis=(1, 2))} <= {
        round(float(ink), 2) for ink in images.sum(axis=(1, 2))
    }
    torch.manual_seed(0)
    model = build("simple", {"k": 4}).eval().requires_grad_(False)
    made = making_data.between(model, images, 20, np.random.default_rng(0), reach=0.0)
    rebuilt = model(torch.from_numpy(images)[:, None])[:, 0].numpy()
    assert all(np.abs(rebuilt - picture).max(axis=(1, 2)).min() < 1e-5 for picture in made)


def test_pictures_and_measures_draw_from_one_place_between_two_codes() -> None:
    codes = np.eye(3, dtype=np.float32)  # each as far from the others
    made = codes_between(codes, 500, np.random.default_rng(0), reach=0.5)
    distance = np.sort(np.linalg.norm(made[:, None] - codes, axis=2), axis=1) / 2**0.5
    assert np.allclose(distance[:, :2].sum(axis=1), 1, atol=1e-5)  # on the way between two of them
    assert 0.48 < distance[:, 0].max() <= 0.5
    assert distance[:, 0].min() < 0.02
    assert np.array_equal(codes_between(codes[:1], 3, np.random.default_rng(0)), codes[[0, 0, 0]])
    images = pictures(4)
    torch.manual_seed(0)
    model = build("simple", {"k": 4}).eval().requires_grad_(False)
    measured = making_data.between(model, images, 20, np.random.default_rng(0))
    own = latent.encode(model, torch.from_numpy(images)[:, None])
    shown = latent.decode(model, codes_between(own, 20, np.random.default_rng(0)))
    assert np.array_equal(measured, shown)
