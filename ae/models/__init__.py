"""Registry of model families: a name, a config dataclass, a class, and a sentence for people."""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass, fields
from typing import Any

from ae.errors import WeightsError
from ae.models.base import Autoencoder, InputSize
from ae.models.conv import Conv, ConvConfig
from ae.models.dense import Simple, SimpleConfig, Stacked, StackedConfig
from ae.models.linear import Pca, PcaConfig
from ae.models.page import PageConfig, PageNet, StackedConv, StackedConvConfig
from ae.models.regions import RegionConfig, RegionNet
from ae.models.variational import Variational, VariationalConfig

__all__ = [
    "FAMILIES",
    "Autoencoder",
    "Family",
    "InputSize",
    "RegionNet",
    "build",
    "config_dict",
    "source_code",
]


@dataclass(frozen=True)
class Family:
    """One kind of model; `about` explains it in one sentence.

    `inputs`: `digits`, `pages`, or `regions` for views of pages.
    """

    name: str
    inputs: str
    config: type
    model: type[Autoencoder]
    about: str


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("simple", "digits", SimpleConfig, Simple, "One dense layer in, one dense layer out."),
        Family("stacked", "digits", StackedConfig, Stacked, "Four dense layers in, four mirrored ones out."),
        Family("conv", "digits", ConvConfig, Conv, "Strided convolutions to a short code, and back."),
        Family("variational", "digits", VariationalConfig, Variational,
               "Dense layers that learn a cloud of codes for each digit, and keep all clouds together."),
        Family("pca", "digits", PcaConfig, Pca, "No network: the best straight projection, for comparison."),
        Family("stacked_conv", "pages", StackedConvConfig, StackedConv,
               "The experiment's six convolutions at full resolution, without pooling."),
        Family("page", "pages", PageConfig, PageNet,
               "A U-shaped network that corrects the page after its background was divided out."),
        Family("regions", "regions", RegionConfig, RegionNet,
               "A small U-shaped network that sees the whole page and says what is to stay on it."),
    )
}  # fmt: skip


def build(family: str, config: dict[str, Any]) -> Autoencoder:
    """Make an untrained model from its family's name and its config as plain JSON values.

    Raises WeightsError when the family or a setting is unknown.
    """
    if family not in FAMILIES:
        raise WeightsError(f"unknown model family '{family}': choose one of {', '.join(FAMILIES)}")
    entry = FAMILIES[family]
    known = {field.name for field in fields(entry.config)}
    if unknown := set(config) - known:
        raise WeightsError(f"model family '{family}' has no setting {', '.join(sorted(unknown))}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    return entry.model(entry.config(**values))


def config_dict(model: Autoencoder) -> dict[str, Any]:
    """The model's config as plain JSON values."""
    return asdict(model.config)


def source_code(family: str) -> str:
    """Python source of the family's config and model, for showing."""
    entry = FAMILIES[family]
    return f"{inspect.getsource(entry.config)}\n\n{inspect.getsource(entry.model)}"
