// What Python sends and offers: places put the points there, then come the pictures of digits and the decoder.

class FedMap extends PairedMap {
  update({ data, setStateValue, setTriggerValue }) {
    const first = this.data === null;
    this.root.classList.toggle("follower", data.follows);
    Object.assign(this, { data, setStateValue, setTriggerValue });
    this.takeTheme();
    if (first) {
      this.drawn = data.drawing?.token; // what was drawn on an earlier visit is not pinned again
    }
    this.find(".plane .hint").textContent = data.follows ? data.why : `${data.why} ${HINT.zoom}`;
    this.find('[data-group="tool"] [value="grid"]').hidden = !data.decodes;
    if (this.tool === "grid" && !data.decodes) this.chooseTool("explore");
    if (this.loaded.model !== data.blobs.model.name) this.forgetModel();
    this.loadAll();
    this.takeDrawing();
  }

  // The points are there to be seen before the rest is fetched.
  async loadAll() {
    await this.load("places", (blob) => this.openPlaces(blob));
    await nextFrame();
    this.load("digits", (blob) => this.openDigits(blob));
    this.load("model", (blob) => this.openModel(blob));
  }

  async load(kind, take) {
    const offer = this.data.blobs[kind];
    if (this.loaded[kind] === offer.name) return;
    this.loaded[kind] = offer.name;
    try {
      const blob = await stored(offer);
      if (this.loaded[kind] === offer.name && !this.gone) take(blob);
    } catch (error) {
      this.loaded[kind] = null;
      this.warn("A part of the map did not arrive. Reload the page to try again.");
      console.error(error);
    }
  }

  warn(words) {
    Object.assign(this.find(".notice"), { textContent: words, hidden: false });
  }

  openPlaces(blob) {
    const first = !this.places;
    this.stopTool();
    this.takePlaces(blob);
    if (first) {
      this.takeState(readState(this.data.open, { total: this.total, decodes: this.data.decodes }));
      this.saved = JSON.stringify(writeState(this)); // the address says so already
    }
    this.takeDrawing();
    this.points.setPlaces(this.places, this.labels);
    this.light();
    if (this.stage.clientWidth) this.drawNow();
    nextFrame().then(() => {
      this.painted ??= performance.now();
      if (this.gone) return;
      this.placeNames();
      this.redraw();
    });
    this.finish();
    for (const other of MAPS) if (other.places) other.leadOthers();
  }

  openDigits({ tensors: { pixels } }) {
    this.pixels = pixels;
    this.points.setPixels(this.pixels);
    this.revision++;
    this.findPath();
    this.changed();
  }

  openModel(blob) {
    this.takeModel(blob);
    this.finish();
  }

  // What needs both places and model, whichever came last.
  finish() {
    if (this.places && this.decoder) {
      this.findPath();
      if (this.wantedGrid) this.setGrid(this.wantedGrid);
      this.wantedGrid = null;
    }
    this.changed();
  }

  // A drawing that is new is pinned; its code follows the model that is shown.
  takeDrawing() {
    const { drawing } = this.data;
    if (!drawing || !this.places) return;
    if (drawing.token !== this.drawn) {
      this.drawn = drawing.token;
      this.showPad(false);
      this.pins = this.pins.filter((pin) => pin.kind !== "drawing");
      this.pin({ kind: "drawing" });
      this.say(`Your digit is pinned as ${LETTERS[this.pins.length - 1]}.`);
    } else if (this.pins.some((pin) => pin.kind === "drawing")) {
      this.findPath();
      this.changed();
    }
  }
}

// A promise of the moment after the next frame was drawn; in a hidden tab, of a moment later.
function nextFrame() {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, 200);
  });
}
