// What Python sends, taken in as it comes, in any order: places put the points there, the model decodes.

class FedMap extends PairedMap {
  update({ data, setStateValue, setTriggerValue }) {
    const first = this.data === null;
    this.root.classList.toggle("follower", data.follows);
    Object.assign(this, { data, setStateValue, setTriggerValue, palette: data.colours.map(channels) });
    if (first) {
      this.buildLegend();
      this.drawn = data.drawing?.token; // what was drawn on an earlier visit is not pinned again
    }
    this.find(".plane .hint").textContent = data.why;
    this.find('[data-group="tool"] [value="grid"]').hidden = !data.decodes;
    if (this.tool === "grid" && !data.decodes) this.chooseTool("explore");
    this.load("places", (blob) => this.openPlaces(blob));
    this.load("digits", (blob) => this.openDigits(blob));
    if (this.loaded.model !== data.blobs.model) this.forgetModel();
    this.load("model", (blob) => this.openModel(blob));
    this.takeDrawing();
  }

  async load(kind, take) {
    const name = this.data.blobs[kind];
    if (this.loaded[kind] === name) return;
    this.loaded[kind] = name;
    const blob = STORE.blobs.get(name) ?? (await whenStored(name));
    if (this.loaded[kind] === name) await take(blob);
  }

  openPlaces(blob) {
    const first = !this.places;
    this.takePlaces(blob);
    if (first) {
      this.takeState(readState(this.data.open, { total: this.total, decodes: this.data.decodes }));
      this.saved = JSON.stringify(writeState(this)); // the address says so already
    }
    this.takeDrawing();
    this.points.setPlaces(this.places, this.labels);
    this.light();
    if (this.stage.clientWidth) this.drawNow();
    this.painted ??= performance.now();
    this.finish();
    for (const other of MAPS) if (other.places) other.leadOthers();
  }

  async openDigits({ tensors: { deflated } }) {
    const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
    this.pixels = new Uint8Array(await new Response(stream).arrayBuffer());
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
      this.say(`Your digit is pinned as ${"AB"[this.pins.length - 1]}.`);
    } else if (this.pins.some((pin) => pin.kind === "drawing")) {
      this.findPath();
      this.changed();
    }
  }
}
