// Mouse, fingers and keys on the map, translated into what is meant: look, pick, move, zoom, outline.
// A finger that swipes over a map which was not touched before scrolls the page; one that rests first looks.

const STILL = 5; // pixels that a click may tremble
const REST = 350; // milliseconds after which a finger that lies still looks
const KEY_STEP = 12;

class Gestures {
  // `goals`: look(x, y, by), leave(), pick(x, y), move(dx, dy), zoom(factor, x, y), fit(), outline(places, done),
  // cancel(), leaveTool(); `tool()` names what a drag means: explore, lasso or grid. An outline is kept in places of
  // the plane, which `toPlace` and `toPixels` tell: the map may move under it.
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
    on("contextmenu", (event) => this.looks() && event.preventDefault());
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

  // Two fingers are meant for the map, one only when it rested there or the map was tapped before.
  holdPage(event) {
    if (event.cancelable && (event.touches.length > 1 || this.active || this.looks())) event.preventDefault();
  }

  looks() {
    return [...this.down.values()].some((held) => held.looks);
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
    if (this.down.size > 1) this.stopOutline();
    else if (this.goals.tool() === "explore") this.awaitRest(event);
    else if (this.mayDrag(event)) this.outline = [this.goals.toPlace(x, y)];
  }

  // A finger does not hover: after a rest it looks, and what lies under it follows it.
  awaitRest({ pointerId, pointerType }) {
    if (pointerType === "mouse") return;
    const held = this.down.get(pointerId);
    setTimeout(() => {
      if (held.moved || this.down.size > 1 || this.down.get(pointerId) !== held) return;
      held.looks = true;
      this.stage.focus({ preventScroll: true });
      this.goals.look(held.x, held.y, "finger");
    }, REST);
  }

  mayDrag(event) {
    return event.pointerType === "mouse" || this.active;
  }

  drag(event) {
    const [x, y] = this.at(event), held = this.down.get(event.pointerId);
    if (!held) {
      if (event.pointerType === "mouse") this.goals.look(x, y, "mouse");
      return;
    }
    const [dx, dy] = [x - held.x, y - held.y];
    if (Math.hypot(x - held.startX, y - held.startY) > STILL) held.moved = true;
    const looks = held.looks && this.down.size === 1;
    if (held.moved && event.pointerType !== "mouse" && !looks) this.goals.leave();
    if (this.down.size > 1) this.pinch(event.pointerId, x, y);
    else if (looks) this.goals.look(x, y, "finger");
    else if (held.moved && this.outline) this.extendOutline(x, y);
    else if (held.moved && this.mayDrag(event)) this.goals.move(dx, dy);
    Object.assign(held, { x, y });
  }

  pinch(id, x, y) {
    const held = this.down.get(id), [, other] = [...this.down].find(([key]) => key !== id);
    const before = Math.hypot(held.x - other.x, held.y - other.y), now = Math.hypot(x - other.x, y - other.y);
    held.moved = other.moved = true;
    held.looks = other.looks = false;
    this.goals.move((x - held.x) / 2, (y - held.y) / 2);
    if (before > 0) this.goals.zoom(now / before, (x + other.x) / 2, (y + other.y) / 2);
  }

  extendOutline(x, y) {
    const place = this.goals.toPlace(x, y);
    if (this.goals.tool() === "grid") this.outline = [this.outline[0], place];
    else if (this.distance(this.outline.at(-1), x, y) > 4) this.outline.push(place);
    this.goals.outline(this.outline, false);
  }

  distance(place, x, y) {
    const [px, py] = this.goals.toPixels(place);
    return Math.hypot(px - x, py - y);
  }

  lift(event) {
    const held = this.down.get(event.pointerId);
    this.down.delete(event.pointerId);
    if (!held) return;
    const outline = this.outline;
    this.outline = null;
    if (held.looks) return; // what was found stays in sight
    if (!held.moved) this.tap(event, held);
    else if (outline?.length > 1) this.goals.outline(outline, true);
  }

  tap(event, { x, y }) {
    this.stage.focus({ preventScroll: true });
    if (this.goals.tool() !== "explore") return this.goals.cancel();
    this.goals.pick(x, y);
    if (event.pointerType !== "mouse") this.goals.look(x, y, "finger");
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
      Enter: () => this.confirm(), " ": () => this.confirm(), Escape: () => this.goals.leaveTool(),
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
    if (this.outline && this.goals.tool() === "grid") {
      this.goals.outline([this.outline[0], this.goals.toPlace(nx, ny)], false);
    }
    this.goals.look(nx, ny, "key");
  }

  // Enter pins; with a tool it sets corners, and the first corner again closes the outline.
  confirm() {
    const [x, y] = this.here(), tool = this.goals.tool();
    if (tool === "explore") return this.goals.pick(x, y);
    this.setCorner(x, y, tool);
    this.goals.look(x, y, "key"); // the cursor stays in sight
  }

  setCorner(x, y, tool) {
    const place = this.goals.toPlace(x, y);
    if (!this.outline) return this.goals.outline((this.outline = [place]), false);
    const [first] = this.outline, closes = this.distance(first, x, y) < KEY_STEP * 1.5;
    if (tool === "lasso" && !(closes && this.outline.length > 2)) {
      this.outline.push(place);
      return this.goals.outline(this.outline, false);
    }
    const outline = tool === "grid" ? [first, place] : this.outline;
    this.outline = null;
    return this.goals.outline(outline, true);
  }
}
