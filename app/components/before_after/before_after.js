// The viewer: a slider between a page before and after cleaning, zoom, pan, and rectangles to keep.

const MOST = 16, STEP = 1.5, LEAST_DRAG = 4;

class Viewer {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.stage = this.find(".stage");
    this.canvas = this.find("canvas");
    this.handle = this.find(".handle");
    this.split = 0.5;
    this.isFitted = true;
    this.pointers = new Map();
    this.data = null;
    this.tiles = this.earlier = null;
    this.keepingBox = null;
    this.listen();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.stage);
  }

  // New data: the same page keeps its place, another one is shown whole.
  show(data) {
    const isSame = this.data && this.data.page === data.page;
    const address = (levels) => levels.at(-1).tiles.join();
    const changed = !isSame || address(this.data.levels) !== address(data.levels);
    this.data = data;
    this.canvas.setAttribute("aria-label", data.alt);
    this.find('[data-do="keep"]').hidden = !data.can_keep;
    if (changed) {
      this.earlier?.close();
      this.earlier = isSame ? this.tiles : null;
      if (this.earlier) this.earlier.frozen = true;
      else this.tiles?.close();
      this.tiles = new Tiles(data.levels, () => this.paint());
    }
    if (!isSame) {
      this.stopKeeping();
      this.resize();
      this.fit();
    }
    this.paint();
  }

  // Where things are

  resize() {
    if (!this.tiles || !this.stage.clientWidth) return;
    this.fitStage();
    const { clientWidth, clientHeight } = this.stage;
    this.width = clientWidth;
    this.height = clientHeight;
    this.dots = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(clientWidth * this.dots);
    this.canvas.height = Math.round(clientHeight * this.dots);
    if (this.isFitted) this.fit();
    else this.move(0, 0);
  }

  // No higher than the page needs, and never higher than the window.
  fitStage() {
    const { width, height } = this.tiles;
    const needed = height * Math.min(1, this.stage.clientWidth / width) + 2;
    const most = document.fullscreenElement ? "none" : `max(20rem, min(74vh, ${Math.ceil(needed)}px))`;
    this.stage.style.maxHeight = most;
  }

  get whole() {
    const { width, height } = this.tiles;
    const most = document.fullscreenElement ? MOST : Math.max(1, 160 / Math.max(width, height));
    return Math.min(this.width / width, this.height / height, most);
  }

  get isZoomed() { return this.scale > this.whole * 1.001; }

  fit() {
    this.isFitted = true;
    this.scale = this.whole;
    this.x = this.tiles.width / 2;
    this.y = this.tiles.height / 2;
    this.paint();
  }

  // Zoom so that the point of the page under (x, y) of the stage stays there.
  zoom(scale, x = this.width / 2, y = this.height / 2) {
    scale = Math.min(Math.max(scale, this.whole), Math.max(MOST / this.dots, this.whole));
    const shift = 1 / this.scale - 1 / scale;
    this.x += (x - this.width / 2) * shift;
    this.y += (y - this.height / 2) * shift;
    this.scale = scale;
    this.isFitted = !this.isZoomed;
    this.move(0, 0);
  }

  // Move the page by so many pixels of the screen, but not out of sight.
  move(right, down) {
    const held = (middle, length, view) => {
      const half = view / this.scale / 2;
      return half * 2 >= length ? length / 2 : Math.min(Math.max(middle, half), length - half);
    };
    this.x = held(this.x - right / this.scale, this.tiles.width, this.width);
    this.y = held(this.y - down / this.scale, this.tiles.height, this.height);
    this.paint();
  }

  onScreen(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  onPage(x, y) {
    return [(x - this.width / 2) / this.scale + this.x, (y - this.height / 2) / this.scale + this.y];
  }

  // The stretch of the stage over which the slider goes: where the page is.
  get reach() {
    const [left] = this.onScreen(0, 0), [right] = this.onScreen(this.tiles.width, 0);
    return [Math.max(0, left), Math.min(this.width, right)];
  }

  slide(split) {
    this.split = Math.min(1, Math.max(0, split));
    this.paint();
  }

  slideTo(x) {
    const [left, right] = this.reach;
    this.slide((x - left) / (right - left));
  }

  // Painting

  paint() {
    this.request ??= requestAnimationFrame(() => {
      this.request = null;
      if (this.tiles && this.width) this.paintNow();
    });
  }

  paintNow() {
    const pen = this.canvas.getContext("2d"), { dots } = this;
    const [left, top] = this.onPage(0, 0), [right, bottom] = this.onPage(this.width, this.height);
    const [start, end] = this.reach;
    const line = start + (end - start) * this.split;
    const sides = [{ left: -Infinity, right: Math.round(line * dots) }, { left: Math.round(line * dots), right: Infinity }];
    const place = (box) => {
      const [x, y] = this.onScreen(box.left, box.top), [u, v] = this.onScreen(box.left + box.width, box.top + box.height);
      return { left: Math.round(x * dots), top: Math.round(y * dots), right: Math.round(u * dots), bottom: Math.round(v * dots) };
    };
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.imageSmoothingEnabled = this.scale * dots < 2;
    const draw = (tiles) => tiles.draw(pen, this.scale * dots, { left, top, right, bottom }, place, sides);
    if (this.earlier) draw(this.earlier);
    const isComplete = draw(this.tiles);
    if (isComplete && this.earlier) {
      this.earlier.close();
      this.earlier = null;
    }
    this.paintKept(pen, place);
    this.tell(line, isComplete);
  }

  paintKept(pen, place) {
    pen.strokeStyle = getComputedStyle(this.root).getPropertyValue("--st-primary-color");
    pen.lineWidth = 2 * this.dots;
    pen.setLineDash([6 * this.dots, 4 * this.dots]);
    for (const region of this.data.regions) {
      const box = place(region);
      pen.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    }
    pen.setLineDash([]);
  }

  tell(line, isComplete) {
    const percent = Math.round(this.split * 100);
    this.handle.style.left = `${line}px`;
    this.handle.setAttribute("aria-valuenow", percent);
    this.handle.setAttribute("aria-valuetext", `${percent} % before, ${100 - percent} % after`);
    this.find(".tag.before").hidden = line < 70;
    this.find(".tag.after").hidden = this.width - line < 60;
    this.find(".level").textContent = `${Math.round(this.scale * this.dots * 100)} %`;
    this.root.classList.toggle("zoomed", this.isZoomed);
    this.canvas.style.touchAction = this.isZoomed || this.isKeeping ? "none" : "pan-y";
    this.stage.dataset.complete = isComplete;
    this.stage.dataset.scale = this.scale;
    if (this.tiles.failed) this.say("A part of the page could not be loaded. Reload this browser page.");
  }

  say(text, seconds = 0) {
    const hint = this.find(".hint");
    clearTimeout(this.silence);
    hint.textContent = text;
    hint.hidden = !text;
    if (seconds) this.silence = setTimeout(() => { hint.hidden = true; }, seconds * 1000);
  }

  close() {
    this.observer.disconnect();
    this.tiles?.close();
    this.earlier?.close();
  }
}
