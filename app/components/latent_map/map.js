// What is on the map: digits by their ids, pins, path, selection, grid, random codes. It knows no page; `changed`
// tells whoever draws it.

const REACH = 14; // pixels between the pointer and the digit that it means
const CROWD = 600; // with fewer digits in view they are drawn as pictures
const CELLS = 12; // decoded digits along the longer side of a grid

class LatentMap {
  constructor() {
    Object.assign(this, { view: new View(), data: null, palette: [], names: [] });
    Object.assign(this, { places: null, labels: null, codes: null, k: 0, pixels: null, decoder: null, graph: null });
    this.revision = 0; // grows with everything that arrives
    this.clear();
  }

  clear() {
    Object.assign(this, { pins: [], hidden: 0, show: "zoom", pathKind: "straight" });
    Object.assign(this, { path: null, selection: null, grid: null, samples: null });
    Object.assign(this, { lasso: null, band: null, pointer: null, echo: null });
  }

  changed() {}

  // --- what Python sent ---------------------------------------------------------------------------------------

  // Where every digit lies. Ids stay what they are: pins and the selection go over to the new map.
  takePlaces({ tensors: { places, labels, mean, axes } }) {
    Object.assign(this, { places, labels, total: labels.length, projection: axes ? { mean, axes } : null });
    this.view.home = homeOf(places);
    this.view.show(this.view.home);
    Object.assign(this, { names: [], grid: null, band: null, pointer: null, lasso: null });
    this.pins = this.pins.filter((pin) => pin.kind !== "code");
    if (this.selection) this.selection.polygon = null;
  }

  placeNames() {
    this.names = namePlaces(this.places, this.labels, (1.15 * NAME) / this.view.homeScale);
  }

  takeModel({ about, tensors: { codes, weights, indptr, indices, low, high } }) {
    this.codes = codes;
    this.k = codes.shape[1];
    this.decoder = new Decoder(JSON.parse(about.layers), weights);
    this.graph = { indptr, indices };
    this.range = { low, high }; // of random codes
    this.revision++;
    if (this.samples) this.showSamples(this.samples.seed);
  }

  forgetModel() {
    Object.assign(this, { codes: null, decoder: null, graph: null, path: null });
    if (this.samples) this.samples = { seed: this.samples.seed };
    this.revision++;
  }

  takeState(state) {
    Object.assign(this, { pins: state.pins, hidden: state.hidden, show: state.show, pathKind: state.pathKind });
    if (state.rectangle) this.view.show(state.rectangle);
    this.samples = state.seed === null ? null : { seed: state.seed };
    this.wantedGrid = state.grid;
  }

  // --- digits -------------------------------------------------------------------------------------------------

  isShown(id) {
    return !((this.hidden >> this.labels[id]) & 1);
  }

  picture(id) {
    return this.pixels?.subarray(id * PIXELS, (id + 1) * PIXELS);
  }

  codeOfDigit(id) {
    return this.codes?.subarray(id * this.k, (id + 1) * this.k);
  }

  // The shown digit nearest to a pixel, -1 when none is near.
  digitAt(px, py) {
    const { places, view } = this, [x, y] = view.toPlace(px, py);
    const reach = this.picturesShown ? Math.max(REACH, this.size / 2) : REACH;
    let best = -1, least = (reach / view.scale) ** 2;
    for (let id = 0; id < this.total; id++) {
      const distance = (places[2 * id] - x) ** 2 + (places[2 * id + 1] - y) ** 2;
      if (distance >= least || !this.isShown(id)) continue;
      least = distance;
      best = id;
    }
    return best;
  }

  // What lies under a pixel: a digit, and what the decoder draws there or rebuilds of the digit.
  pointAt(x, y, by) {
    const id = this.digitAt(x, y), [px, py] = this.view.toPlace(x, y);
    const code = this.data.decodes ? Float32Array.of(px, py) : id >= 0 ? this.codeOfDigit(id) : null;
    const decoded = this.decoder && code ? this.decoder.decode(code).slice() : null;
    this.pointer = { x, y, by, id, decoded };
  }

  inView() {
    const [left, bottom, right, top] = this.view.rectangle(), { places } = this;
    let count = 0;
    for (let id = 0; id < this.total; id++) {
      const x = places[2 * id], y = places[2 * id + 1];
      if (x > left && x < right && y > bottom && y < top && this.isShown(id)) count++;
    }
    return count;
  }

  get picturesShown() {
    if (!this.pixels || this.show === "points") return false;
    return this.show === "pictures" || this.crowd <= CROWD;
  }

  get size() {
    const closer = Math.log2(Math.max(1, this.view.zoom));
    return this.picturesShown ? Math.min(48, 16 + 4 * closer) : Math.min(10, 4.5 + closer);
  }

  toggleClass(kind) {
    this.hidden ^= 1 << kind;
    this.changed();
  }

  showOnly(kind) {
    this.hidden = 1023 & ~(1 << kind);
    this.changed();
  }

  showAllClasses() {
    this.hidden = 0;
    this.changed();
  }

  // --- pins and path ------------------------------------------------------------------------------------------

  // The last two pins are kept; a pin set again is taken off.
  pin(pin) {
    const token = tokenOf(pin), at = this.pins.findIndex((other) => tokenOf(other) === token);
    if (at >= 0) this.pins.splice(at, 1);
    else this.pins = [...this.pins, pin].slice(-2);
    this.findPath();
    this.changed();
  }

  unpin(index) {
    this.pins.splice(index, 1);
    this.findPath();
    this.changed();
  }

  // Pin what lies under a pixel of this map, or the digit under a pixel of another one.
  pinAt(px, py, on = this) {
    const id = on.digitAt(px, py);
    if (id >= 0) this.pin({ kind: "digit", id });
    else if (on === this && this.data.decodes) {
      this.pin({ kind: "code", code: Float32Array.from(this.view.toPlace(px, py)) });
    }
  }

  tokenOf(pin) {
    return tokenOf(pin);
  }

  nameOf(pin) {
    if (pin.kind === "digit") return `test digit ${pin.id}, ${aDigit(this.labels[pin.id])}`;
    return pin.kind === "code" ? "a place of the plane" : "your digit";
  }

  codeOf(pin) {
    if (pin.kind === "digit") return this.codeOfDigit(pin.id);
    return pin.kind === "code" ? pin.code : Float32Array.from(this.data.drawing.code);
  }

  pictureOf(pin) {
    if (pin.kind === "digit") return this.picture(pin.id);
    return pin.kind === "code" ? null : bytesOf(this.data.drawing.pixels);
  }

  // Whether a code that is no test digit's has no place of its own here.
  get placesRoughly() {
    return Boolean(this.data.projected && !this.projection);
  }

  placeOf(pin) {
    if (pin.kind === "digit") return this.places.subarray(2 * pin.id, 2 * pin.id + 2);
    return pin.kind === "code" ? pin.code : this.placeOfCode(this.codeOf(pin), true);
  }

  // A code on the map. t-SNE cannot place a new code: among its neighbours is all that can be said, if `roughly`.
  placeOfCode(code, roughly = false) {
    if (!this.data.projected) return code;
    if (this.projection) {
      const { mean, axes } = this.projection, k = mean.length;
      return Float32Array.from([0, 1], (axis) => code.reduce((sum, value, i) => sum + (value - mean[i]) * axes[axis * k + i], 0));
    }
    if (!roughly || !this.codes) return null;
    const near = nearestCodes(this.codes, this.k, code, 5);
    return Float32Array.from([0, 1], (axis) => near.reduce((sum, id) => sum + this.places[2 * id + axis] / 5, 0));
  }

  findPath() {
    this.path = null;
    if (this.pins.length < 2 || !this.codes || !this.places || this.data.follows) return;
    const ends = this.pins.map((pin) => this.codeOf(pin)), places = this.pins.map((pin) => this.placeOf(pin));
    if (this.pathKind === "straight") {
      const isLine = !this.data.projected || this.projection;
      this.setPath(ends, isLine ? places : null);
      return;
    }
    const [from, to] = this.pins.map((pin, i) =>
      pin.kind === "digit" ? pin.id : nearestCodes(this.codes, this.k, ends[i], 1)[0]);
    const ids = pathOnGraph(this.graph, this.codes, this.k, from, to);
    if (!ids) {
      this.path = { codes: null };
      return;
    }
    const through = ids.map((id) => this.codeOfDigit(id));
    const across = ids.map((id) => this.places.subarray(2 * id, 2 * id + 2));
    this.setPath([ends[0], ...through, ends[1]], [places[0], ...across, places[1]], ids);
  }

  setPath(stations, places, ids) {
    this.path = { stations, places, ids, codes: atSteps(stations, stepsAlong(stations, STEPS)) };
  }

  choosePath(kind) {
    this.pathKind = kind;
    this.findPath();
    this.changed();
  }

  // --- selection, grid, random codes --------------------------------------------------------------------------

  // Select what lies inside a polygon of places; null selects nothing.
  select(polygon) {
    this.lasso = null;
    this.selection = polygon && { polygon, ids: this.inside(polygon) };
    this.changed();
  }

  inside(polygon) {
    const ids = [];
    for (let id = 0; id < this.total; id++) {
      if (this.isShown(id) && isInside(polygon, this.places[2 * id], this.places[2 * id + 1])) ids.push(id);
    }
    return ids;
  }

  setGrid(rectangle) {
    this.grid = rectangle && this.data.decodes ? gridOver(rectangle) : null;
    this.changed();
  }

  // Decode the next pictures of the grid for some milliseconds; whether some are left.
  fillGrid(milliseconds) {
    const { grid, decoder } = this, end = performance.now() + milliseconds;
    if (!grid || !decoder) return false;
    const pen = grid.canvas.getContext("2d");
    this.gridStamp ??= new Stamp();
    while (grid.pictures.length < grid.columns * grid.rows && performance.now() < end) {
      const at = grid.pictures.length, column = at % grid.columns, row = Math.floor(at / grid.columns);
      const picture = decoder.decode(grid.codeAt(column, row)).slice();
      grid.pictures.push(picture);
      pen.drawImage(this.gridStamp.of(picture, 1), column * SIDE, row * SIDE);
    }
    return grid.pictures.length < grid.columns * grid.rows;
  }

  gridPictures() {
    this.fillGrid(Infinity);
    return this.grid.pictures.map((picture) => [picture, 1]);
  }

  // Random codes of a seed, decoded once the model is there; null shows none.
  showSamples(seed) {
    this.samples = seed === null ? null : { seed };
    if (this.samples && this.decoder) {
      const codes = randomCodes(this.range, this.k, RANDOM, seed);
      const places = codes.map((code) => this.placeOfCode(code));
      this.samples = { seed, codes, places: places.every(Boolean) ? places : null };
    }
    this.changed();
  }
}

function gridOver(rectangle) {
  const [left, bottom, right, top] = rectangle, cell = Math.max(right - left, top - bottom) / CELLS;
  const columns = Math.max(1, Math.round((right - left) / cell)), rows = Math.max(1, Math.round((top - bottom) / cell));
  const canvas = make("canvas", { width: columns * SIDE, height: rows * SIDE });
  const codeAt = (column, row) => Float32Array.of(
    left + ((column + 0.5) / columns) * (right - left), top - ((row + 0.5) / rows) * (top - bottom));
  return { rectangle, columns, rows, canvas, codeAt, pictures: [] };
}
