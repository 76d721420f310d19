from __future__ import annotations

import io
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ae import weights
from ae.errors import AeError
from ae.recipes import trial as trials
from ae.recipes.trial import TrialData, run_trial, trial_recipe
from app import kept, resources
from app.components import training_bench
from app.components.models import CARD
from tests.app.digit_lab import open_page, texts
from tests.app.lesson_lab import made_digits

PAGE = "lessons/train"


@pytest.fixture(autouse=True)
def few_digits(monkeypatch: pytest.MonkeyPatch) -> TrialData:
    """Made digits in place of the shipped ones, and as many to show."""
    data = TrialData("made digits", made_digits(256), made_digits(60, seed=1), "made")
    monkeypatch.setattr(trials, "shipped_digits", lambda: data)
    monkeypatch.setattr(training_bench, "FIRST_SHOWN", 50)
    return data


def wait_for(trial: training_bench.Trial) -> None:
    end = time.monotonic() + 60
    while trial.is_running and time.monotonic() < end:
        time.sleep(0.02)
    assert not trial.is_running


def begun(trial: training_bench.Trial) -> None:
    end = time.monotonic() + 60
    while not trial.history and time.monotonic() < end:
        time.sleep(0.02)
    assert trial.history


@pytest.mark.parametrize(
    ("family", "loss"), [("simple", "mse"), ("stacked", "bce"), ("conv", "mse"), ("variational", "bce")]
)
def test_every_family_learns_in_a_few_batches(family: str, loss: str, few_digits: TrialData) -> None:
    looks: list[dict[str, float]] = []
    recipe = trial_recipe(family, 8, 1, loss, "none")
    model, card = run_trial(
        recipe, few_digits, lambda _model, told: looks.append(told), lambda: len(looks) >= 20
    )
    assert looks[-1]["error"] < 0.9 * looks[0]["error"]
    assert [told["batches"] for told in looks[:2]] == [2, 4]
    assert not model.training
    assert card.measures["mse_held_out"] == pytest.approx(looks[-1]["error"], rel=1e-4)
    assert (card.seed, card.loss, card.data["train"], card.partitions) == (0, loss, 256, ["made"])


def test_same_seed_same_model_and_another_seed_another(few_digits: TrialData) -> None:
    def trained(seed: int) -> torch.Tensor:
        looks: list[dict[str, float]] = []
        recipe = trial_recipe("simple", 4, 1, "mse", "mixed", seed)
        model, _ = run_trial(recipe, few_digits, lambda _m, told: looks.append(told), lambda: len(looks) >= 2)
        return model.encoder.weight

    assert torch.equal(trained(1), trained(1))
    assert not torch.equal(trained(1), trained(2))


def test_depth_is_the_number_of_hidden_layers() -> None:
    for depth in (1, 2, 3):
        assert len(trial_recipe("stacked", 8, depth, "mse", "none").config["widths"]) == depth
        assert len(trial_recipe("conv", 8, depth, "mse", "none").config["hidden"]) == depth
    assert trial_recipe("simple", 8, 3, "mse", "none").config == {"k": 8}


def test_a_second_training_has_its_turns_and_stop_leaves_what_was_learned() -> None:
    recipe = trial_recipe("simple", 4, 1, "mse", "none")
    endless = replace(recipe, training=replace(recipe.training, epochs=1_000_000))
    first = training_bench.start(endless, "a")
    begun(first)
    second = training_bench.start(trial_recipe("simple", 4, 1, "mse", "gaussian-0.5"), "b", seconds=0.5)
    begun(second)  # the first has given way
    wait_for(second)
    assert second.state == "done"
    assert second.job.spent < 30
    assert np.abs(second.inputs - second.shown).max() > 0.1
    assert first.is_running
    first.stop()
    wait_for(first)
    assert first.state == "stopped"
    assert first.card


def test_a_training_that_is_stopped_before_its_turn_never_begins() -> None:
    with resources.work_queue().turn("somebody"):
        trial = training_bench.start(trial_recipe("simple", 4, 1, "mse", "none"), "a")
        assert trial.place == 1
        trial.stop()
        wait_for(trial)
    assert (trial.state, trial.card, trial.history) == ("stopped", None, [])


def test_a_training_that_breaks_off_says_why_and_frees_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> TrialData:
        raise AeError("the digits are gone")

    monkeypatch.setattr(trials, "shipped_digits", broken)
    trial = training_bench.start(trial_recipe("simple", 4, 1, "mse", "none"), "a")
    wait_for(trial)
    assert (trial.state, trial.problem) == ("failed", "the digits are gone")
    assert resources.work_queue().figures.running == 0


def train_on_the_page(app, seconds: float = 0.7):
    """Press Train and wait for the end."""
    next(button for button in app.button if button.label == "Train").click().run()
    assert not app.exception
    trial = app.session_state["own-trial"]
    begun(trial)
    trial.job.seconds = trial.job.spent + seconds
    wait_for(trial)
    return app.run(), trial


@pytest.mark.usefixtures("lab")
def test_page_trains_shows_keeps_and_hands_the_weights_out(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(PAGE, own_family="Simple", own_k="2")
    assert "Press Train" in app.info[0].value
    app, trial = train_on_the_page(app)
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert len(app.get("image")) == 1
    assert trial.recipe.config == {"k": 2}
    assert "seconds, to its end." in texts(app)
    next(button for button in app.button if button.label == "Keep").click().run()
    assert not app.exception
    labels = {link.proto.label for link in app.get("page_link")}
    assert {"Open in Bottleneck", "Open in Latent space"} <= labels
    name = trial.kept
    assert name.startswith("mine-simple-k2-")
    assert "8,000 test digits" in texts(app)

    app.switch_page("app/pages/bottleneck.py").run()
    assert not app.exception
    assert not app.warning
    assert "what each Simple model makes" in app.get("image")[0].proto.imgs[0].alt
    app.switch_page("app/pages/latent_space.py").run()
    app.session_state[CARD] = True
    app.run()
    assert not app.exception
    assert app.selectbox(key="own").value == name
    assert app.segmented_control(key="numbers").value == 2
    assert name in texts(app)


@pytest.mark.usefixtures("lab")
def test_a_training_that_is_stopped_says_so_and_may_be_kept() -> None:
    app = open_page(PAGE, own_family="Simple", own_k="2")
    next(button for button in app.button if button.label == "Train").click().run()
    trial = app.session_state["own-trial"]
    begun(trial)
    next(button for button in app.run().button if button.label == "Stop").click().run()
    wait_for(trial)
    assert trial.job.spent < trial.job.seconds
    assert "seconds, until you stopped it." in texts(app.run())
    assert {"Train", "Keep"} <= {button.label for button in app.button}


@pytest.mark.usefixtures("lab")
def test_a_kept_model_can_be_forgotten_and_kept_again() -> None:
    app, trial = train_on_the_page(open_page(PAGE, own_family="Simple", own_k="2"))
    next(button for button in app.button if button.label == "Keep").click().run()
    name = trial.kept
    folder = Path(app.session_state["kept-models"].folder.name)
    assert (folder / name).is_dir()
    assert any("1 of 6" in each.label for each in app.expander)
    app.button(key=f"forget-{name}").click().run()
    assert not app.exception
    assert not (folder / name).exists()
    assert not app.get("download_button")
    next(button for button in app.button if button.label == "Keep").click().run()
    assert trial.kept == name
    assert (folder / name).is_dir()


@pytest.mark.usefixtures("lab")
def test_a_model_that_learned_from_noise_stands_among_the_denoisers() -> None:
    app, trial = train_on_the_page(open_page(PAGE, own_family="Simple", own_noise="Gaussian 0.5"))
    next(button for button in app.button if button.label == "Keep").click().run()
    assert "Open in Digit denoising" in {link.proto.label for link in app.get("page_link")}
    app.switch_page("app/pages/denoising.py").run()
    assert not app.exception
    assert f"Yours: {trial.kept}" in list(app.table[0].value["Row"])


@pytest.mark.usefixtures("lab")
def test_who_comes_second_sees_the_place_in_the_queue() -> None:
    app = open_page(PAGE)
    with resources.work_queue().turn("somebody"):
        next(button for button in app.button if button.label == "Train").click().run()
        assert not app.exception
        assert "place 1 in the queue" in app.get("progress")[0].proto.text
        next(button for button in app.button if button.label == "Stop").click().run()
        wait_for(app.session_state["own-trial"])
    assert "Train" in {button.label for button in app.run().button}


def test_kept_models_end_with_their_session_and_are_few(monkeypatch: pytest.MonkeyPatch, few_digits) -> None:
    state: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", state)
    looks: list[dict[str, float]] = []
    recipe = trial_recipe("simple", 4, 1, "mse", "none")
    model, card = run_trial(recipe, few_digits, lambda _m, told: looks.append(told), lambda: bool(looks))
    name = kept.keep(card, model)
    folder = kept.folder_of(name)
    assert folder
    assert (folder / name / "model.safetensors").exists()
    loaded, written = weights.load(name, folder=folder)
    image = few_digits.train.images[:3]
    assert torch.allclose(loaded(image), model(image), atol=2e-3)
    assert written.name == name
    with zipfile.ZipFile(io.BytesIO(kept.archive(name, folder))) as archive:
        assert sorted(archive.namelist()) == [f"{name}/card.json", f"{name}/model.safetensors"]
    assert [each.name for each in kept.cards("digits", "simple", 4)] == [name]
    assert kept.cards("denoising") == kept.cards(k=8) == kept.cards(family="conv") == []
    state["kept-models"].cards |= {str(number): card for number in range(kept.MOST)}
    with pytest.raises(AeError, match="keeps 6 models"):
        kept.keep(card, model)
    state.clear()
    assert kept.folder_of(name) is None
    assert not Path(folder).exists()


def test_other_names_never_ask_for_a_session() -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(kept.folder_of("stacked-k8")))
    thread.start()
    thread.join()
    assert found == [None]
