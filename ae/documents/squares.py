"""A page in squares of `CELL` pixels: one number for each, and those that hang together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from ae.models.regions import CELL

WHITE = 250  # grey level of paper that is white
PALE = 140  # grey level; what is darker is rather a picture than dirt
NO_PAPER = 235  # grey level of the brightest pixel of a square in even light
# A square has writing where its darkest pixel has so much of the brightness of its brightest.
_WRITTEN = 0.6
_BARE_SHARE = 0.25  # of the squares of a white page are bare and white
_ALONG, _STRAIGHT = 2, 0.75  # squares from a straight side, and the share of it that has some


def of_cells(plane: np.ndarray, measure: Callable[..., np.ndarray]) -> np.ndarray:
    """One number for each square of a plane (H, W), of a measure that may be taken of rows first."""
    height, width = plane.shape
    rows = measure(plane.reshape(height // CELL, CELL, width), axis=1)
    return measure(rows.reshape(-1, width // CELL, CELL), axis=2)


def widened(squares: np.ndarray, by: int = 1) -> np.ndarray:
    """The squares, bool (rows, columns), and those that are so near to them."""
    return cv2.dilate(squares.astype(np.uint8), np.ones((2 * by + 1, 2 * by + 1), np.uint8)) > 0


def without_lines(squares: np.ndarray) -> np.ndarray:
    """The squares, bool (rows, columns), without what is less than three of them thick."""
    return cv2.morphologyEx(squares.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0


def enclosed(squares: np.ndarray, most: float = np.inf) -> np.ndarray:
    """What squares, bool (rows, columns), enclose in gaps of so many squares at most."""
    gaps = Groups.of(~squares, connectivity=4)
    return (gaps.labels > 0) & (gaps.size() <= most) & (gaps.edges() == 0)


@dataclass(frozen=True)
class Squares:
    """The brightest and the darkest pixel of every square of a grey page, uint8 (rows, columns)."""

    brightest: np.ndarray
    darkest: np.ndarray

    @classmethod
    def of(cls, page: np.ndarray) -> Squares:
        """Those of a grey page uint8 (H, W), sides multiples of a square's."""
        return cls(of_cells(page, np.max), of_cells(page, np.min))

    @property
    def are_without_paper(self) -> np.ndarray:
        """In even light, bool (rows, columns)."""
        return self.brightest < NO_PAPER

    @cached_property
    def without_paper(self) -> Groups:
        """Those without paper that hang together, not by corners."""
        return Groups.of(self.are_without_paper, connectivity=4)

    @property
    def are_written(self) -> np.ndarray:
        """Whether there is writing, bool (rows, columns)."""
        return self.darkest < _WRITTEN * self.brightest

    @property
    def are_white(self) -> np.ndarray:
        """Whether there is nothing but white paper, bool (rows, columns)."""
        return self.darkest >= WHITE

    @property
    def are_shaded(self) -> np.ndarray:
        """Whether nothing is white, but too pale to be the inside of a letter, bool (rows, columns)."""
        return (self.brightest >= PALE) & (self.brightest < WHITE)

    @property
    def have_white_paper(self) -> bool:
        """Whether many are bare and white."""
        return bool(self.are_white.mean() >= _BARE_SHARE)


@dataclass(frozen=True)
class Groups:
    """Squares that hang together: the number of the group of each, int (rows, columns), 0 for no group.

    `sizes`, `heights`, `widths`, `tops`, `lefts`: of every group in squares, int (groups,). What is asked of
    groups is answered for each square, of the group that it is in.
    """

    labels: np.ndarray
    sizes: np.ndarray
    heights: np.ndarray
    widths: np.ndarray
    tops: np.ndarray
    lefts: np.ndarray

    @classmethod
    def of(cls, squares: np.ndarray, connectivity: int) -> Groups:
        """The groups of squares, bool (rows, columns); corners connect where `connectivity` is 8, not 4."""
        found = cv2.connectedComponentsWithStats(squares.astype(np.uint8), connectivity=connectivity)
        _count, labels, stats, _middles = found
        sizes = cv2.CC_STAT_AREA, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH
        places = cv2.CC_STAT_TOP, cv2.CC_STAT_LEFT
        return cls(labels, *(stats[:, column] for column in (*sizes, *places)))

    def size(self) -> np.ndarray:
        """Squares of the group."""
        return self.sizes[self.labels]

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean of values (rows, columns) over the group."""
        sums = np.bincount(self.labels.ravel(), values.ravel(), minlength=len(self.sizes))
        return sums[self.labels] / self.size()

    def fill(self) -> np.ndarray:
        """Share of the upright rectangle around the group that it fills."""
        return (self.sizes / np.maximum(self.heights * self.widths, 1))[self.labels]

    def edges(self) -> np.ndarray:
        """How many of the page's edges the group touches."""
        rows, columns = self.labels.shape
        starts = (self.tops == 0).astype(int) + (self.lefts == 0)
        ends = (self.tops + self.heights == rows).astype(int) + (self.lefts + self.widths == columns)
        return (starts + ends)[self.labels]

    def box(self, group: int) -> tuple[slice, slice]:
        """Rows and columns of the upright rectangle around a group."""
        top, left = self.tops[group], self.lefts[group]
        return slice(top, top + self.heights[group]), slice(left, left + self.widths[group])

    def straight_sides(self, group: int) -> int:
        """Sides of the rectangle around a group, not at the page's edge, that it lies along."""
        rows, columns = self.box(group)
        height, width = self.labels.shape
        inside = self.labels[rows, columns] == group
        is_free = rows.start > 0, rows.stop < height, columns.start > 0, columns.stop < width
        strips = inside[:_ALONG], inside[-_ALONG:], inside[:, :_ALONG].T, inside[:, -_ALONG:].T
        shares = (strip.any(0).mean() for strip in strips)
        return sum(free and share >= _STRAIGHT for free, share in zip(is_free, shares, strict=True))

    def span(self, of_both: Callable[..., np.ndarray] = np.maximum) -> np.ndarray:
        """Share of the page's height or width that the group reaches over, whichever is more; or less."""
        rows, columns = self.labels.shape
        return of_both(self.heights / rows, self.widths / columns)[self.labels]

    def step_out(self, brightness: np.ndarray) -> np.ndarray:
        """How much brighter the squares beside the group are than its own: the median over its border.

        `brightness` (rows, columns), NaN where a square does not count. The step of a group without any
        square beside it is infinite.
        """
        labels, own, outside = self._border(brightness.astype(np.float32))
        steps = outside - own
        counts = ~np.isnan(steps)
        return self._medians(labels[counts], steps[counts])[self.labels]

    def beside(self, squares: np.ndarray) -> np.ndarray:
        """The share of the squares beside the group that are among these, bool (rows, columns)."""
        labels, _own, outside = self._border(squares)
        found, all_beside = (
            np.bincount(labels, weights, minlength=len(self.sizes))
            for weights in (outside, np.ones(labels.size))
        )
        return (found / np.maximum(all_beside, 1))[self.labels]

    def _border(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of each side of a square at which its group ends: the group, and the values (rows, columns) of the
        square and of the one beside it."""
        sides = []
        for turns in range(4):
            groups, turned = np.rot90(self.labels, turns), np.rot90(values, turns)
            at_border = (groups[:, :-1] > 0) & (groups[:, 1:] == 0)
            parts = groups[:, :-1], turned[:, :-1], turned[:, 1:]
            sides.append([part[at_border] for part in parts])
        labels, own, outside = (np.concatenate(parts) for parts in zip(*sides, strict=True))
        return labels, own, outside

    def _medians(self, labels: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Median (groups,) of values (n,) that belong to the groups `labels` (n,); infinite of none."""
        order = np.lexsort((values, labels))
        found, first, counts = np.unique(labels[order], return_index=True, return_counts=True)
        medians = np.full(len(self.sizes), np.inf)
        medians[found] = values[order][first + counts // 2]
        return medians
