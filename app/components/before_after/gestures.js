// What mouse, fingers and keys do to the viewer.

Object.assign(Viewer.prototype, {
  listen() {
    const on = (target, kind, act, options) => target.addEventListener(kind, (event) => {
      if (this.tiles) act.call(this, event);
    }, options);
    for (const target of [this.canvas, this.handle]) {
      on(target, "pointerdown", this.press);
      on(target, "pointermove", this.drag);
      on(target, "pointerup", this.release);
      on(target, "pointercancel", this.cancel);
    }
    on(this.canvas, "dblclick", this.zoomHere);
    on(this.stage, "wheel", this.wheel, { passive: false });
    on(this.handle, "keydown", this.keyOnHandle);
    on(this.canvas, "keydown", this.keyOnCanvas);
    on(this.root, "keydown", this.keyAnywhere);
    this.find(".bar").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button && this.tiles) this.act(button.dataset.do);
    });
    if (!this.root.requestFullscreen) this.find('[data-do="full"]').hidden = true;
  },

  act(name) {
    const acts = {
      in: () => this.zoom(this.scale * STEP),
      out: () => this.zoom(this.scale / STEP),
      actual: () => this.zoom(1 / this.dots),
      fit: () => this.fit(),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen()),
      keep: () => (this.isKeeping ? this.stopKeeping() : this.startKeeping()),
    };
    acts[name]();
  },

  place(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  },

  // One pointer slides, moves the page or draws a rectangle; two zoom.

  press(event) {
    if (event.button > 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const [x, y] = this.place(event);
    this.pointers.set(event.pointerId, { x, y, startX: x, startY: y, onHandle: event.currentTarget === this.handle });
    if (this.isKeeping && event.currentTarget === this.canvas) this.setBox(x, y, x, y);
  },

  drag(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const [x, y] = this.place(event), before = { ...pointer };
    Object.assign(pointer, { x, y });
    this.root.classList.add("dragging");
    if (pointer.onHandle) this.slideTo(x);
    else if (this.pointers.size === 2) this.pinch(before, pointer);
    else if (this.isKeeping) this.setBox(pointer.startX, pointer.startY, x, y);
    else if (this.isZoomed) this.move(x - before.x, y - before.y);
    else if (Math.abs(x - pointer.startX) >= LEAST_DRAG) this.slideTo(x);
  },

  pinch(before, now) {
    const other = [...this.pointers.values()].find((pointer) => pointer !== now);
    const apart = (point) => Math.hypot(point.x - other.x, point.y - other.y);
    this.move((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.zoom(this.scale * apart(now) / Math.max(apart(before), 1), (now.x + other.x) / 2, (now.y + other.y) / 2);
  },

  release(event) {
    const pointer = this.pointers.get(event.pointerId);
    this.cancel(event);
    if (pointer && this.isKeeping && !pointer.onHandle) this.keepBox();
  },

  cancel(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.root.classList.remove("dragging");
  },

  zoomHere(event) {
    const [x, y] = this.place(event);
    if (this.isKeeping) return;
    if (this.scale * this.dots >= 4) this.fit();
    else this.zoom(Math.max(this.scale * 2, 1 / this.dots), x, y);
  },

  // The wheel scrolls the page of the browser, unless it is asked to zoom.
  wheel(event) {
    const isFull = document.fullscreenElement !== null;
    if (!event.ctrlKey && !event.metaKey && !isFull) {
      if (!this.hasHinted) this.say("Hold Ctrl to zoom with the wheel", 2);
      this.hasHinted = true;
      return;
    }
    event.preventDefault();
    const [x, y] = this.place(event);
    this.zoom(this.scale * Math.exp(-event.deltaY / (event.deltaMode ? 10 : 300)), x, y);
  },

  keyOnHandle(event) {
    const steps = {
      ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1,
    };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.slide(this.split + steps[event.key]);
  },

  keyOnCanvas(event) {
    const arrows = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const [right, down] = arrows[event.key] || [];
    if (this.keepingBox && right !== undefined) this.shiftBox(-right * 16, -down * 16, event.shiftKey);
    else if (right !== undefined && this.isZoomed) this.move(right * this.width / 8, down * this.height / 8);
    else if (event.key === "Enter" && this.keepingBox) this.keepBox();
    else return;
    event.preventDefault();
  },

  keyAnywhere(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = { "+": "in", "=": "in", "-": "out", "0": "fit", "1": "actual", f: "full", F: "full", k: "keep", K: "keep" };
    if (event.key === "Escape" && this.isKeeping) return this.stopKeeping();
    if (!(event.key in keys) || (keys[event.key] === "keep" && !this.data.can_keep)) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(keys[event.key]);
  },

  // A rectangle that stays as it was

  startKeeping() {
    this.isKeeping = true;
    this.root.classList.add("keeping");
    this.find('[data-do="keep"]').setAttribute("aria-pressed", "true");
    const { width, height } = this;
    this.setBox(width * 0.35, height * 0.4, width * 0.65, height * 0.6);
    this.find(".rubber").hidden = true;
    this.say("Draw a rectangle, or move it with the arrow keys, size it with Shift, and press Enter. Esc ends this.");
    this.canvas.focus({ preventScroll: true });
    this.paint();
  },

  stopKeeping() {
    this.isKeeping = false;
    this.keepingBox = null;
    this.root.classList.remove("keeping");
    this.find('[data-do="keep"]').setAttribute("aria-pressed", "false");
    this.find(".rubber").hidden = true;
    this.say("");
    this.paint();
  },

  setBox(left, top, right, bottom) {
    this.keepingBox = {
      left: Math.min(left, right), top: Math.min(top, bottom),
      width: Math.abs(right - left), height: Math.abs(bottom - top),
    };
    const rubber = this.find(".rubber");
    rubber.hidden = false;
    for (const [side, length] of Object.entries(this.keepingBox)) rubber.style[side] = `${length}px`;
  },

  shiftBox(right, down, isSize) {
    const { left, top, width, height } = this.keepingBox;
    const shown = !this.find(".rubber").hidden;
    if (!shown) this.setBox(left, top, left + width, top + height);
    else if (isSize) this.setBox(left, top, left + Math.max(8, width + right), top + Math.max(8, height + down));
    else this.setBox(left + right, top + down, left + right + width, top + down + height);
  },

  // Hand the rectangle over, in pixels of the page.
  keepBox() {
    const box = this.keepingBox;
    if (!box || box.width < LEAST_DRAG || box.height < LEAST_DRAG) return;
    const inside = ([x, y]) => [
      Math.min(Math.max(Math.round(x), 0), this.tiles.width), Math.min(Math.max(Math.round(y), 0), this.tiles.height),
    ];
    const [left, top] = inside(this.onPage(box.left, box.top));
    const [right, bottom] = inside(this.onPage(box.left + box.width, box.top + box.height));
    if (right > left && bottom > top) this.send({ left, top, width: right - left, height: bottom - top });
    this.stopKeeping();
  },
});

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".viewer");
  root.viewer ??= new Viewer(root);
  root.viewer.send = (region) => setTriggerValue("region", { ...region, page: data.page });
  root.viewer.show(data);
  return () => root.viewer.close();
}
