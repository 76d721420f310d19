"""The loop: repeatable, resumable, and honest when it cannot go on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from ae import devices
from ae.data.mnist import Digits
from ae.errors import AeError
from ae.models import build
from ae.recipes.trial import TrialData, run_trial, trial_recipe
from ae.training.batches import ImageBatches, PageCrops, PinnedCrops, WholePages
from ae.training.loop import TrainingConfig, fit, seed_everything
from ae.training.losses import by_name

CONFIG = TrainingConfig(epochs=4, learning_rate=1e-2, schedule="cosine", warmup=2, average=0.9)


def trained(digits, config=CONFIG, family="simple", **options):
    seed_everything(config.seed)
    model = build(family, {"k": 4})
    options.setdefault("progress", False)
    history = fit(model, ImageBatches(digits.images, 8), by_name("mse"), config, **options)
    return model.state_dict(), history


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a.values(), b.values(), strict=True))


def test_same_seed_gives_the_same_weights(digits):
    assert same(trained(digits)[0], trained(digits)[0])


def test_another_seed_gives_other_weights(digits):
    assert not same(trained(digits)[0], trained(digits, replace(CONFIG, seed=1))[0])


def test_training_lowers_the_loss(digits):
    _, history = trained(digits, replace(CONFIG, epochs=10))
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]


def test_a_damaged_checkpoint_is_one_clear_error(digits, tmp_path):
    checkpoint = tmp_path / "run.pt"
    trained(digits, checkpoint=checkpoint)
    checkpoint.write_bytes(checkpoint.read_bytes()[:500])
    with pytest.raises(AeError, match=r"run\.pt: the checkpoint is damaged"):
        trained(digits, checkpoint=checkpoint, resume=True)


class Stop(Exception):
    pass


@pytest.mark.parametrize("family", ["simple", "variational"])  # the second draws numbers of its own
def test_resumed_run_equals_an_uninterrupted_one(family, digits, tmp_path):
    checkpoint = tmp_path / "run.pt"

    def stop_after_two(entry):
        if entry["epoch"] == 2:
            raise Stop

    with pytest.raises(Stop):
        trained(digits, family=family, checkpoint=checkpoint, on_epoch=stop_after_two)
    resumed, history = trained(digits, family=family, checkpoint=checkpoint, resume=True)
    assert [entry["epoch"] for entry in history] == [1, 2, 3, 4]
    assert same(resumed, trained(digits, family=family)[0])


def test_a_checkpoint_that_does_not_say_what_was_drawn_is_gone_on_from(digits, tmp_path):
    checkpoint = tmp_path / "run.pt"
    trained(digits, checkpoint=checkpoint)
    state = torch.load(checkpoint, weights_only=True)
    del state["drawn"]
    torch.save(state, checkpoint)
    resumed, _history = trained(digits, checkpoint=checkpoint, resume=True)
    assert same(resumed, trained(digits)[0])


def test_checkpoint_of_other_settings_is_refused(digits, tmp_path):
    checkpoint = tmp_path / "run.pt"
    trained(digits, checkpoint=checkpoint)
    with pytest.raises(AeError, match="another run"):
        trained(digits, replace(CONFIG, learning_rate=1e-3), checkpoint=checkpoint, resume=True)
    with pytest.raises(AeError, match="another run"):
        trained(digits, checkpoint=checkpoint, resume=True, identity={"loss": "bce"})


def test_patience_stops_early_and_keeps_the_best_epoch(digits):
    losses = iter([3.0, 1.0, 2.0, 2.5, 9.0, 9.0])
    seen = []

    def validate(model):
        seen.append({key: value.clone() for key, value in model.state_dict().items()})
        return next(losses)

    config = replace(CONFIG, epochs=6, patience=2)
    weights, history = trained(digits, config, validate=validate)
    assert len(history) == 4
    assert same(weights, seen[1])


def test_diverged_training_is_an_error(digits):
    with pytest.raises(AeError, match="diverged"):
        trained(digits, loss_scale(digits))


def loss_scale(digits):
    digits.images[0] = float("nan")
    return CONFIG


@pytest.mark.parametrize("setting", [{"optimizer": "magic"}, {"schedule": "magic"}])
def test_unknown_settings_are_refused(digits, setting):
    with pytest.raises(AeError, match="magic"):
        trained(digits, replace(CONFIG, **setting))


def test_unknown_loss_is_refused():
    with pytest.raises(AeError, match=r"'l3'.*mse"):
        by_name("l3")


def test_image_batches_show_every_image_once(digits):
    digits.images[:, 0, 0, 0] = torch.arange(40) / 40
    seen = torch.cat([y for _, y in ImageBatches(digits.images, 7).epoch(torch.Generator())])
    assert sorted(seen[:, 0, 0, 0].tolist()) == pytest.approx((torch.arange(40) / 40).tolist())


def test_corruption_changes_the_input_only(digits):
    batches = ImageBatches(digits.images, 40, lambda images, generator: images * 0)
    inputs, targets = next(batches.epoch(torch.Generator()))
    assert inputs.max() == 0
    assert targets.max() > 0


def pages(value, size=(3, 64, 80)):
    return [torch.full(size, value, dtype=torch.uint8)]


def test_faint_ink_that_gets_paler_costs_more_than_faint_ink_that_gets_darker():
    loss = by_name("faint_ink")

    def cost(tone: float, change: float) -> float:
        target = torch.ones(1, 1, 20, 20)
        target[..., 8:11, :] = tone
        return float(loss(target + change * (target < 1), target))

    assert cost(0.6, 0.2) > 1.5 * cost(0.6, -0.2)
    assert cost(0.0, 0.2) == pytest.approx(cost(0.0, -0.2))  # black ink is never in doubt
    assert cost(0.6, -0.2) == pytest.approx(cost(0.0, -0.2))


def test_robust_loss_weighs_a_hopeless_image_by_its_error_and_not_by_the_square():
    robust, target = by_name("robust"), torch.zeros(2, 1, 4, 4)
    near, far = target.clone(), target.clone()
    near[0], far[0] = 0.3, 0.6
    assert robust(target, target) == 0
    assert 1.9 < robust(far, target) / robust(near, target) < 2.2
    assert by_name("mse")(far, target) / by_name("mse")(near, target) == pytest.approx(4)


def test_mixed_precision_trains_to_nearly_the_same_weights(digits, monkeypatch):
    monkeypatch.setattr(devices, "has_bfloat16", lambda _device: True)
    full, mixed = (trained(digits, replace(CONFIG, mixed=flag))[0] for flag in (False, True))
    assert any(not torch.equal(mixed[key], value) for key, value in full.items())
    for key, value in full.items():
        torch.testing.assert_close(mixed[key], value, atol=0.05, rtol=0.1)


def test_whole_pages_come_one_at_a_time_at_their_size():
    source = WholePages(pages(51, (1, 30, 40)), pages(102, (1, 30, 40)))
    ((inputs, targets),) = list(source.epoch(torch.Generator()))
    assert inputs.shape == (1, 1, 30, 40)
    assert inputs.unique().item() == pytest.approx(0.2)
    assert targets.unique().item() == pytest.approx(0.4)


def test_crops_keep_input_and_target_together():
    ramp = torch.arange(80, dtype=torch.uint8).expand(1, 64, 80)
    source = PageCrops([ramp.expand(3, -1, -1)], [ramp], torch.ones(1), 32, 6, 3)
    batches = list(source.epoch(torch.Generator().manual_seed(1)))
    assert len(batches) == len(source) == 3
    for inputs, targets in batches:
        assert inputs.shape == (6, 3, 32, 32)
        assert targets.shape == (6, 1, 32, 32)
        torch.testing.assert_close(inputs[:, :1], targets)


def test_crops_come_from_each_page_as_often_as_its_weight_says():
    inputs = [*pages(100)[:1], *pages(255)[:1]]
    source = PageCrops(inputs, pages(255, (1, 64, 80))[:1] * 2, torch.tensor([0.75, 0.25]), 32, 200, 1)
    batch, _ = next(source.epoch(torch.Generator().manual_seed(1)))
    share = (batch[:, 0, 0, 0] == 1).float().mean()
    assert 0.15 < share < 0.35


def test_a_page_smaller_than_the_crop_is_continued_by_reflection():
    small = torch.arange(20 * 24, dtype=torch.int32).remainder(200).to(torch.uint8).view(1, 20, 24)
    source = PageCrops([small.expand(3, -1, -1)], [small], torch.ones(1), 32, 5, 2)
    for inputs, targets in source.epoch(torch.Generator().manual_seed(2)):
        assert inputs.shape == (5, 3, 32, 32)
        torch.testing.assert_close(inputs[:, :1], targets)
        assert targets.flatten(1).std(1).min() > 0.1


class _Known(torch.nn.Module):
    """A network that always answers the same grey."""

    def __init__(self, grey: float) -> None:
        super().__init__()
        self.grey = grey

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.full_like(x[:, :1], self.grey)


@pytest.mark.parametrize(
    ("known", "filtered", "target"),
    [
        (0.2, 0.9, 1.0),  # far worse than the filter: learned
        (0.9, 0.2, 0.9),  # better than the filter: stays
        (0.2, 0.2, 0.2),  # as bad as the filter, that is, nobody knows better: stays
        (0.97, 0.99, 0.97),  # hardly worse: stays
    ],
)
def test_what_a_network_is_pinned_to_is_what_it_knows_unless_the_filter_is_nearer(known, filtered, target):
    planes = torch.full((3, 64, 64), round(255 * filtered), dtype=torch.uint8)
    clean = torch.full((1, 64, 64), 255, dtype=torch.uint8)
    crops = PageCrops([planes], [clean], torch.ones(1), 32, 2, 1)
    ((inputs, goal),) = PinnedCrops(crops, _Known(known)).epoch(torch.Generator().manual_seed(0))
    assert inputs.shape == (2, 3, 32, 32)
    torch.testing.assert_close(goal, torch.full((2, 1, 32, 32), target))


def test_only_the_part_of_a_crop_that_is_wrong_is_learned():
    planes = torch.zeros(3, 64, 128, dtype=torch.uint8)
    planes[:, :, 64:] = 255
    clean = torch.full((1, 64, 128), 255, dtype=torch.uint8)
    crops = PageCrops([planes], [clean], torch.ones(1), 64, 8, 1)
    for inputs, goal in PinnedCrops(crops, _Known(0.5)).epoch(torch.Generator().manual_seed(0)):
        near = torch.nn.functional.avg_pool2d(inputs[:, 1:2], 17, 1, 8, count_include_pad=False)
        assert (goal[near == 0] == 0.5).all()
        assert (goal[near == 1] == 1).all()
        assert (near == 0).any()
        assert (near == 1).any()


def test_a_trial_is_the_same_whatever_else_draws_numbers():
    digits = Digits(torch.rand(128, 1, 28, 28), torch.zeros(128, dtype=torch.long))
    data = TrialData("made", digits, digits, "made")

    def trained(disturbing: int) -> torch.Tensor:
        looks: list[dict[str, float]] = []

        def look(_model, told):
            looks.append(told)
            torch.rand(disturbing)

        recipe = trial_recipe("variational", 2, 1, "mse", "none")
        return run_trial(recipe, data, look, lambda: len(looks) >= 3)[0].mean.weight

    assert torch.equal(trained(0), trained(7))
