"""From data to weights with a card: what the training scripts and `python -m ae train` share."""

from ae.recipes.base import RunOptions, passing_folder
from ae.recipes.digits import CONV, DigitRecipe, digit_recipe, fit_pca, train_digits
from ae.recipes.own_pairs import train_own_pages
from ae.recipes.pages import CLEANER, PageRecipe, page_recipe, train_pages
from ae.recipes.regions import RegionRecipe, train_regions

__all__ = [
    "CLEANER",
    "CONV",
    "DigitRecipe",
    "PageRecipe",
    "RegionRecipe",
    "RunOptions",
    "digit_recipe",
    "fit_pca",
    "page_recipe",
    "passing_folder",
    "train_digits",
    "train_own_pages",
    "train_pages",
    "train_regions",
]
