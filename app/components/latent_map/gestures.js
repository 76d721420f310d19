// Mouse, fingers and keys on the map, translated into what is meant: look, pick, move, zoom, outline.
// A finger that swipes over a map which was not touched before scrolls the page.

const STILL = 5; // pixels that a click may tremble
const KEY_STEP = 12;

class Gestures {
  // `goals`: look(x, y, byKey), leave(), pick(x, y), move(dx, dy), zoom(factor, x, y), fit(), outline(points, done),
  // cancel(); `tool()` names what a drag means: explore, lasso or grid.
  constructor(stage, goals) {
    Object.assign(this, { stage, goals, down: new Map(), outline: null, cursor: null });
    const on = (kind, act, options) => stage.addEventListener(kind, act.bind(this), options);
    on("pointerdown", this.press);
    on("pointermove", this.drag);
    on("pointerup", this.lift);
    on("pointercancel", this.drop);
    on("pointerleave", (event) => event.pointerType === "mouse" && !this.down.size && goals.leave());
    on("wheel", this.wheel, { passive: false });
    on("touchmove", this.holdPage, { passive: false });
    on("keydown", this.key);
    on("focusin", () => stage.classList.add("active"));
    on("focusout", (event) => stage.contains(event.relatedTarget) || this.sleep());
  }

  get active() {
    return this.stage.classList.contains("active");
  }

  sleep() {
    this.stage.classList.remove("active");
    this.cursor = null;
    this.goals.leave();
  }

  // Two fingers are meant for the map, one only after it was tapped.
  holdPage(event) {
    if (event.cancelable && (event.touches.length > 1 || this.active)) event.preventDefault();
  }

  at(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left - this.stage.clientLeft, event.clientY - box.top - this.stage.clientTop];
  }

  press(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (event.target.closest("button")) return;
    const [x, y] = this.at(event);
    this.down.set(event.pointerId, { x, y, startX: x, startY: y, moved: false });
    if (event.pointerType === "mouse" || this.active) this.stage.setPointerCapture(event.pointerId);
    if (this.down.size === 1 && this.goals.tool() !== "explore" && this.mayDrag(event)) this.outline = [[x, y]];
    if (this.down.size > 1) this.stopOutline();
  }

  mayDrag(event) {
    return event.pointerType === "mouse" || this.active;
  }

  drag(event) {
    const [x, y] = this.at(event), held = this.down.get(event.pointerId);
    if (!held) {
      if (event.pointerType === "mouse") this.goals.look(x, y, false);
      return;
    }
    const [dx, dy] = [x - held.x, y - held.y];
    if (Math.hypot(x - held.startX, y - held.startY) > STILL) held.moved = true;
    if (held.moved && event.pointerType !== "mouse") this.goals.leave();
    if (this.down.size > 1) this.pinch(event.pointerId, x, y);
    else if (held.moved && this.outline) this.extendOutline(x, y);
    else if (held.moved && this.mayDrag(event)) this.goals.move(dx, dy);
    Object.assign(held, { x, y });
  }

  pinch(id, x, y) {
    const held = this.down.get(id), [, other] = [...this.down].find(([key]) => key !== id);
    const before = Math.hypot(held.x - other.x, held.y - other.y), now = Math.hypot(x - other.x, y - other.y);
    held.moved = other.moved = true;
    this.goals.move((x - held.x) / 2, (y - held.y) / 2);
    if (before > 0) this.goals.zoom(now / before, (x + other.x) / 2, (y + other.y) / 2);
  }

  extendOutline(x, y) {
    const last = this.outline.at(-1);
    if (this.goals.tool() === "grid") this.outline = [this.outline[0], [x, y]];
    else if (Math.hypot(x - last[0], y - last[1]) > 4) this.outline.push([x, y]);
    this.goals.outline(this.outline, false);
  }

  lift(event) {
    const held = this.down.get(event.pointerId);
    this.down.delete(event.pointerId);
    if (!held) return;
    const outline = this.outline;
    this.outline = null;
    if (!held.moved) this.tap(event, held);
    else if (outline?.length > 1) this.goals.outline(outline, true);
  }

  tap(event, { x, y }) {
    this.stage.focus({ preventScroll: true });
    if (this.goals.tool() !== "explore") return;
    this.goals.pick(x, y);
    if (event.pointerType !== "mouse") this.goals.look(x, y, false); // a finger does not hover
  }

  drop(event) {
    this.down.delete(event.pointerId);
    this.stopOutline();
  }

  stopOutline() {
    if (this.outline) this.goals.cancel();
    this.outline = null;
  }

  wheel(event) {
    if (!this.active && !event.ctrlKey) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.goals.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018)), ...this.at(event));
  }

  key(event) {
    if (event.target !== this.stage || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = event.shiftKey ? 2 : KEY_STEP;
    const acts = {
      ArrowLeft: () => this.step(-step, 0), ArrowRight: () => this.step(step, 0),
      ArrowUp: () => this.step(0, -step), ArrowDown: () => this.step(0, step),
      Enter: () => this.confirm(), " ": () => this.confirm(), Escape: () => this.escape(),
      "+": () => this.goals.zoom(1.25, ...this.here()), "=": () => this.goals.zoom(1.25, ...this.here()),
      "-": () => this.goals.zoom(0.8, ...this.here()), 0: () => this.goals.fit(),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  here() {
    return (this.cursor ??= [this.stage.clientWidth / 2, this.stage.clientHeight / 2]);
  }

  // Move the cursor; at the edge the map moves instead.
  step(dx, dy) {
    const [x, y] = this.here(), [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    const nx = Math.min(Math.max(x + dx, 12), width - 12), ny = Math.min(Math.max(y + dy, 12), height - 12);
    if (nx !== x + dx || ny !== y + dy) this.goals.move(x + dx === nx ? 0 : -dx * 4, y + dy === ny ? 0 : -dy * 4);
    this.cursor = [nx, ny];
    if (this.outline && this.goals.tool() === "grid") this.goals.outline([this.outline[0], this.cursor], false);
    this.goals.look(nx, ny, true);
  }

  // Enter pins; with a tool it sets corners, and the first corner again closes the outline.
  confirm() {
    const [x, y] = this.here(), tool = this.goals.tool();
    if (tool === "explore") return this.goals.pick(x, y);
    if (!this.outline) return this.goals.outline((this.outline = [[x, y]]), false);
    const [first] = this.outline, closes = Math.hypot(x - first[0], y - first[1]) < KEY_STEP * 1.5;
    if (tool === "lasso" && !(closes && this.outline.length > 2)) {
      this.outline.push([x, y]);
      return this.goals.outline(this.outline, false);
    }
    const outline = tool === "grid" ? [first, [x, y]] : this.outline;
    this.outline = null;
    return this.goals.outline(outline, true);
  }

  escape() {
    this.outline = null;
    this.goals.cancel();
  }
}
