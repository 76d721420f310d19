"""The map of the codes as tests see it."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from ae.data import mnist
from tests.browser.lab import MAP, wait_until_still

MAPS = "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.lab')?.latentMap)"


SECOND = f"{MAPS}.find(m => m?.data.follows)"


LINK_RESTS = 600  # milliseconds after which the link has followed


class Map:
    """The map on a page: opens it, asks it, and points at its digits."""

    find = MAP
    stage = 0

    def __init__(self, page, address: str, **link: str) -> None:
        self.page = page
        query = "&".join(f"{key}={value}" for key, value in link.items())
        page.goto(f"{address}/latent_space?{query}", timeout=120_000)
        self.wait()

    def wait(self) -> None:
        there = f"(() => {{ const m = {self.find}; return m?.decoder && m?.pixels }})()"
        self.page.wait_for_function(
            there, timeout=120_000
        )  # the first visit makes the server read its weights
        wait_until_still(self.page)

    def ask(self, expression: str, argument: object = None):
        """The value of a JavaScript expression in which `m` is the map, and `a` the argument."""
        return self.page.evaluate(f"a => {{ const m = {self.find}; return {expression} }}", argument)

    def until(self, expression: str) -> None:
        self.page.wait_for_function(f"() => {{ const m = {self.find}; return m && {expression} }}")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the stage, in its own pixels, is on the page."""
        box = self.page.locator(".stage").nth(self.stage).bounding_box()
        return box["x"] + 1 + x, box["y"] + 1 + y

    def where(self, digit: int) -> tuple[float, float]:
        place = self.ask("[...m.view.toPixels(m.places[2 * a], m.places[2 * a + 1])]", digit)
        return self.at(*place)

    def lonely(self, kind: int | None = None) -> int:
        """A digit in view that no other shown one is near to."""
        return self.ask(
            """(() => {
                for (let id = 0; id < m.total; id++) {
                    if (!m.isShown(id) || (a !== null && m.labels[id] !== a)) continue;
                    const [x, y] = m.view.toPixels(m.places[2 * id], m.places[2 * id + 1]);
                    const inside = x > 40 && y > 40 && x < m.view.width - 60 && y < m.view.height - 40;
                    if (inside && m.digitAt(x + 3, y) === id && m.digitAt(x - 3, y) === id) return id;
                }
            })()""",
            kind,
        )

    def hover(self, x: float, y: float) -> None:
        self.page.mouse.move(x, y)
        self.page.wait_for_timeout(100)

    def drag(self, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=6)
        self.page.mouse.up()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def keys(self, *presses: tuple[str, int]) -> None:
        """Press each key so many times."""
        for key, times in presses:
            for _ in range(times):
                self.page.keyboard.press(key)

    def seen(self) -> np.ndarray:
        """The stage as a person sees it: colours (height, width, 3), the first pixel at (0, 0) of `at`."""
        picture = self.page.locator(".stage").nth(self.stage).screenshot()
        with Image.open(io.BytesIO(picture)) as opened:
            return np.asarray(opened.convert("RGB")).astype(int)[1:-1, 1:-1]

    def colours(self, canvas: str) -> np.ndarray:
        """What is drawn on the canvas `points` or `overlay`: colours and opacity (height, width, 4)."""
        width, height, values = self.ask(
            """(() => {
                if (a === 'points') m.drawNow();  // WebGL keeps no picture
                const { canvas } = m[a], copy = new OffscreenCanvas(canvas.width, canvas.height);
                const pen = copy.getContext('2d');
                pen.drawImage(canvas, 0, 0);
                const { data } = pen.getImageData(0, 0, copy.width, copy.height);
                const letters = data.reduce((all, value) => all + String.fromCharCode(value), '');
                return [copy.width, copy.height, btoa(letters)];
            })()""",
            canvas,
        )
        flat = np.frombuffer(base64.b64decode(values), np.uint8)
        return flat.reshape(height, width, 4).astype(int)


class SecondMap(Map):
    """The map beside another one."""

    find = SECOND
    stage = 1

    def __init__(self, first: Map) -> None:
        self.page = first.page
        self.wait()


def drawn(canvas) -> np.ndarray:
    """Grey values 0..255 of a digit that is drawn on a canvas of its own size."""
    values = canvas.evaluate("it => [...it.getContext('2d').getImageData(0, 0, 28, 28).data]")
    return np.array(values).reshape(28, 28, 4)[:, :, 0]


def grey(digits: mnist.Digits, digit: int) -> np.ndarray:
    """A test digit in grey values 0..255."""
    return digits.images[digit, 0].mul(255).round().numpy()


def saved(page, folder: Path, name: str) -> Path:
    """The file that a button saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path
