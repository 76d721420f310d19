// The map on the page: loading, drawing, tools, and the link.

const SETTLED = 400; // milliseconds of rest before the link follows

class Widget extends FedMap {
  constructor(root) {
    super();
    this.root = root.querySelector(".lab");
    this.root.latentMap = this; // for tests, and for the curious in the console
    this.find = (selector) => this.root.querySelector(selector);
    this.stage = this.find(".stage");
    this.points = makePoints(this.find(".points"));
    this.points.again = () => this.redraw(true);
    this.overlay = new Overlay(this.find(".overlay"));
    this.loaded = {};
    this.timings = [];
    this.parts = new Map();
    this.tool = "explore";
    this.gestures = new Gestures(this.stage, this.goals());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.stage);
    this.root.addEventListener("transitionend", (event) => event.target === this.root && this.redraw(true)); // new theme
    this.root.addEventListener("click", (event) => this.click(event));
  }

  goals() {
    return {
      tool: () => this.tool,
      toPlace: (x, y) => this.view.toPlace(x, y),
      toPixels: (place) => this.view.toPixels(...place),
      look: (x, y, by) => this.look(x, y, by),
      leave: () => this.look(null),
      pick: (x, y) => this.places && (this.leader() ?? this).pinAt(x, y, this),
      move: (dx, dy) => this.viewed(() => this.view.move(dx, dy)),
      zoom: (factor, x, y) => this.viewed(() => this.view.zoomAt(factor, x, y)),
      fit: () => this.viewed(() => this.view.show(this.view.home)),
      outline: (places, done) => this.outline(places, done),
      cancel: () => this.stopTool(),
      leaveTool: () => this.chooseTool("explore"),
    };
  }

  destroy() {
    super.destroy();
    this.gone = true;
    this.observer.disconnect();
    clearTimeout(this.saving);
    cancelAnimationFrame(this.frame);
    this.points.release();
  }

  // --- drawing ------------------------------------------------------------------------------------------------

  get ratio() {
    return Math.min(window.devicePixelRatio || 1, 2);
  }

  resize() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    this.view.resize(clientWidth, clientHeight);
    this.setSize(this.ratio);
    if (this.places && !this.sized) {
      const wanted = readState(this.data.open, { total: this.total, decodes: this.data.decodes }).rectangle;
      this.view.show(wanted ?? this.view.home);
    }
    this.sized = true;
    if (this.places) this.placeNames();
    this.drawNow();
  }

  setSize(ratio) {
    for (const { canvas } of [this.points, this.overlay]) {
      canvas.width = Math.round(this.view.width * ratio);
      canvas.height = Math.round(this.view.height * ratio);
    }
  }

  redraw(points = false) {
    this.stale ||= points;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.drawFrame();
    });
  }

  // One frame: what lies under the pointer is picked, decoded and drawn.
  drawFrame() {
    const begun = performance.now(), { wanted } = this;
    this.wanted = null;
    if (!this.places) return;
    if (wanted) this.pointAt(...wanted);
    this.tellOthers();
    if (this.fillGrid(6)) this.redraw();
    if (this.stale) this.drawPoints(this.ratio);
    this.overlay.draw(this);
    if (!wanted) return;
    this.timings.push(performance.now() - begun);
    if (this.timings.length > 500) this.timings.shift();
  }

  drawNow() {
    if (!this.places) return;
    this.drawPoints(this.ratio);
    this.overlay.draw(this);
  }

  drawPoints(ratio) {
    this.stale = false;
    this.takeTheme();
    this.crowd = this.inView();
    const { hidden, palette, picturesShown: pictures, size } = this;
    this.points.draw(this.view, { hidden, palette, size, pictures, ratio, dimming: Boolean(this.selection?.ids.length) });
  }

  // Classes have other colours on a dark page: what shows them is built again.
  takeTheme() {
    this.theme = readTheme(this.root);
    const { kind } = this.theme;
    if (this.palette.kind === kind) return;
    this.palette = Object.assign(this.data.colours[kind].map(channels), { kind });
    this.buildLegend();
    this.points.forgetColours();
    this.parts.clear();
    this.changed();
  }

  light() {
    const flags = new Uint8Array(this.total);
    for (const id of this.selection?.ids ?? []) flags[id] = 1;
    this.points.setLit(flags);
  }

  // --- what people do -----------------------------------------------------------------------------------------

  // `by`: mouse, finger or key.
  look(x, y, by) {
    this.wanted = x === null || !this.places ? null : [x, y, by];
    if (x === null) this.pointer = null;
    this.redraw();
    if (by === "key" && this.places) this.tell(x, y);
  }

  tell(x, y) {
    const id = this.digitAt(x, y);
    this.say(id >= 0 ? `Test digit ${id}, ${aDigit(this.labels[id])}` : "No digit here");
  }

  say(words) {
    this.find('[role="status"]').textContent = words;
  }

  viewed(act) {
    if (!this.places) return;
    act();
    if (this.pointer) this.wanted = [this.pointer.x, this.pointer.y, this.pointer.by];
    this.redraw(true);
    this.save();
  }

  outline(places, done) {
    if (this.tool === "grid") this.stretch(places[0], places.at(-1), done);
    else if (done) this.select(places);
    else this.lasso = places;
    this.pointer = null;
    this.redraw();
  }

  // The rectangle between two corners: a rubber band, and a grid when it is `done` and not flat.
  stretch(a, b, done) {
    this.band = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
    if (done && this.band[0] < this.band[2] && this.band[1] < this.band[3]) this.setGrid(this.band);
    if (done) this.band = null;
  }

  stopTool() {
    Object.assign(this, { lasso: null, band: null });
    this.gestures.outline = null;
    this.redraw();
  }

  chooseTool(tool) {
    this.tool = tool;
    this.stopTool();
    press(this.find('[data-group="tool"]'), tool);
    this.stage.dataset.tool = tool;
    this.stage.focus({ preventScroll: true });
  }

  click(event) {
    const pressed = event.target.closest("button");
    if (!pressed) return;
    const group = pressed.parentElement.dataset.group, { act } = pressed.dataset;
    if (group === "tool") this.chooseTool(pressed.value);
    if (group === "show") this.chooseShow(pressed.value);
    const acts = {
      closer: () => this.viewed(() => this.view.zoomAt(1.5)),
      farther: () => this.viewed(() => this.view.zoomAt(1 / 1.5)),
      fit: () => this.viewed(() => this.view.show(this.view.home)),
      draw: () => this.showPad(!this.pad),
      samples: () => this.showSamples(this.samples ? null : 1),
      png: () => saveMap(this),
      reset: () => (this.leader() ?? this).reset(),
    };
    acts[act]?.();
  }

  chooseShow(show) {
    this.show = show;
    this.changed();
  }

  reset() {
    this.clear();
    this.showPad(false);
    this.chooseTool("explore");
    for (const map of [this, ...this.followers()]) map.view.show(map.view.home);
    this.changed();
    this.say("Everything is shown again.");
  }

  showPad(open) {
    this.pad = open ? new Pad((drawing) => this.setTriggerValue("drawing", drawing), () => this.showPad(false)) : null;
    this.showCards();
    this.pad?.board.focus();
  }

  // --- the rest of the page -----------------------------------------------------------------------------------

  changed() {
    if (!this.places) return;
    this.light();
    this.leadOthers();
    press(this.find('[data-group="show"]'), this.show);
    for (const chip of this.find(".legend").querySelectorAll("[data-kind]")) {
      chip.setAttribute("aria-pressed", String(!((this.hidden >> chip.dataset.kind) & 1)));
    }
    this.showCards();
    this.redraw(true);
    this.save();
  }

  showCards() {
    const { revision, path, selection, grid, samples, data: { follows } } = this;
    if (!follows) this.fill(this.find(".side"), [...(this.pad ? [this.pad.card] : []), ...sideParts(this)]);
    this.fill(this.find(".cards"), [
      path && this.part("path", [path], () => pathCard(this)),
      selection && !follows && this.part("selection", [selection, revision], () => selectionCard(this)),
      grid && this.part("grid", [grid], () => gridCard(this)),
      samples?.codes && this.part("samples", [samples], () => samplesCard(this)),
    ].filter(Boolean));
  }

  // A part is built again only when something that it shows has changed.
  part(name, shown, build) {
    const before = this.parts.get(name);
    const isSame = before?.shown.length === shown.length && shown.every((value, i) => value === before.shown[i]);
    if (isSame) return before.element;
    const element = build();
    this.parts.set(name, { shown, element });
    return element;
  }

  // Replace what has changed; who stood on a button that was built again stands on the new one.
  fill(place, parts) {
    if (parts.length === place.children.length && parts.every((part, i) => part === place.children[i])) return;
    const stood = place.contains(this.root.getRootNode().activeElement) && this.root.getRootNode().activeElement;
    place.replaceChildren(...parts);
    if (!stood) return;
    const same = (other) => other.textContent === stood.textContent && other.title === stood.title;
    ([...place.querySelectorAll("button, input")].find(same) ?? this.stage).focus({ preventScroll: true });
  }

  buildLegend() {
    const chips = this.data.colours[this.theme.kind].map((colour, kind) => make("button", {
      type: "button", class: "chip", "aria-pressed": "true", data: { kind },
      title: `Hide or show the class ${kind}; double-click or Shift shows it alone`,
      on: {
        click: (event) => (event.shiftKey ? this.showOnly(kind) : event.detail < 2 && this.toggleClass(kind)),
        dblclick: () => this.showOnly(kind),
      },
    }, make("i", { style: `background: ${colour}` }), make("span", { text: kind })));
    this.find(".legend").replaceChildren(...chips, button("All", null, () => this.showAllClasses(), { class: "chip" }));
  }

  // The link follows when nothing has changed for a while.
  save() {
    clearTimeout(this.saving);
    if (this.data.follows) return this.leader()?.save();
    this.saving = setTimeout(() => {
      const state = writeState(this), text = JSON.stringify(state);
      if (text === this.saved) return;
      this.saved = text;
      this.setStateValue("link", state);
    }, SETTLED);
  }
}

function press(group, value) {
  for (const each of group.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each.value === value));
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

// Whether a computed colour, `rgb(1, 2, 3)`, is more white than black.
function isBright(colour) {
  const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);
  return red + green + blue > 384;
}

function readTheme(element) {
  const style = getComputedStyle(element), read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    text: read("text-color"), background: read("background-color"), primary: read("primary-color"),
    border: read("border-color") || "rgba(128, 128, 128, 0.4)", font: read("font") || "sans-serif",
    kind: isBright(style.color) ? "dark" : "light", // of the page, from its text
  };
}

const WIDGETS = new WeakMap();

export default function mount(component) {
  const { parentElement } = component;
  if (!WIDGETS.has(parentElement)) WIDGETS.set(parentElement, new Widget(parentElement));
  WIDGETS.get(parentElement).update(component);
  return () => {
    WIDGETS.get(parentElement)?.destroy();
    WIDGETS.delete(parentElement);
  };
}
