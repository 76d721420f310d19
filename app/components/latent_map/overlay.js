// What lies over the points: ticks, names of classes, pins, path, lasso, grid, and the lens at the pointer.

const LENS = 92; // pixels of a picture in the lens
const NAME = 24;
const LETTERS = "AB"; // of pins

function readableOn([red, green, blue]) {
  const linear = (value) => (value <= 10 ? value / 3295 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? "#000" : "#fff";
}

// For each class its digit nearest to its middle where its name covers no other name: `gap` is how far apart.
function namePlaces(places, labels, gap) {
  const byKind = Array.from({ length: 10 }, () => []);
  labels.forEach((kind, id) => byKind[kind].push(id));
  const taken = [];
  byKind.forEach((ids, kind) => {
    if (!ids.length) return;
    const middle = [0, 1].map((axis) => ids.reduce((sum, id) => sum + places[2 * id + axis], 0) / ids.length);
    const far = (id, [x, y]) => Math.hypot(places[2 * id] - x, places[2 * id + 1] - y) / gap;
    const cost = (id) => far(id, middle) + (taken.some(([, at]) => far(id, at) < 1) ? 1e6 : 0);
    const costs = ids.map(cost), best = ids[costs.indexOf(Math.min(...costs))];
    taken.push([kind, [places[2 * best], places[2 * best + 1]]]);
  });
  return taken;
}

function boxOf([left, bottom, right, top], view) {
  const [x0, y0] = view.toPixels(left, top), [x1, y1] = view.toPixels(right, bottom);
  return [x0, y0, x1 - x0, y1 - y0];
}

// Beside the pointer; over a finger, which would cover it, or under it where there is no room.
function lensCorner(view, { x, y, by }, wide, high) {
  const within = (value, most) => Math.max(4, Math.min(value, most - 4));
  if (by === "finger") return [within(x - wide / 2, view.width - wide), y > high + 34 ? y - high - 30 : y + 40];
  const beside = x + 24 + wide > view.width ? Math.max(4, x - 24 - wide) : x + 24;
  return [beside, within(y - high / 2, view.height - high)];
}

class Stamp {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.canvas.height = SIDE;
    this.pen = this.canvas.getContext("2d");
    this.image = new ImageData(SIDE, SIDE);
    new Uint32Array(this.image.data.buffer).fill(0xff000000);
  }

  // `most` is the value of white: 255 for digits, 1 for decoded pictures. Returns a canvas to draw from at once.
  of(picture, most) {
    const { data } = this.image;
    for (let i = 0, at = 0; i < PIXELS; i++, at += 4) {
      data[at] = data[at + 1] = data[at + 2] = (picture[i] * 255) / most; // the array rounds
    }
    this.pen.putImageData(this.image, 0, 0);
    return this.canvas;
  }
}

class Overlay {
  constructor(canvas) {
    Object.assign(this, { canvas, pen: canvas.getContext("2d"), stamp: new Stamp() });
  }

  draw(map, { ratio = map.ratio, lens = true } = {}) {
    const { pen } = this;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, map.view.width, map.view.height);
    pen.imageSmoothingEnabled = false;
    pen.globalAlpha = 1;
    if (!map.places) return;
    if (map.data.axes) this.drawTicks(map);
    this.drawGrid(map);
    this.drawBand(map);
    this.drawNames(map);
    this.drawLasso(map);
    this.drawPath(map);
    this.drawSamples(map);
    map.pins.forEach((pin, index) => this.drawPin(map, pin, index));
    if (lens) this.drawPointer(map);
  }

  drawTicks({ view, theme, data }) {
    const { pen } = this, [left, bottom, right, top] = view.rectangle();
    pen.font = `11px ${theme.font}`;
    pen.fillStyle = theme.text;
    pen.strokeStyle = theme.background;
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.textBaseline = "alphabetic";
    const write = (words, x, y) => {
      pen.strokeText(words, x, y);
      pen.fillText(words, x, y);
    };
    pen.textAlign = "center";
    for (const x of ticks(left, right, view.width)) {
      const [px] = view.toPixels(x, 0);
      if (px > 30 && px < view.width - 30) write(String(x).replace("-", "−"), px, view.height - 8);
    }
    pen.textAlign = "left";
    for (const y of ticks(bottom, top, view.height)) {
      const [, py] = view.toPixels(0, y);
      if (py > 20 && py < view.height - 30) write(String(y).replace("-", "−"), 8, py + 4);
    }
    write(`↑ ${data.axes[1]}`, 8, 16);
    pen.textAlign = "right";
    write(`${data.axes[0]} →`, view.width - 8, view.height - 24);
  }

  drawNames({ names, view, palette, hidden, theme, picturesShown, grid, band }) {
    if (picturesShown || grid || band) return;
    const { pen } = this;
    pen.font = `700 14px ${theme.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const [kind, place] of names) {
      if ((hidden >> kind) & 1) continue;
      const [x, y] = view.toPixels(...place);
      this.box(x - NAME / 2, y - NAME / 2, NAME, NAME, 6, `rgb(${palette[kind]})`, theme.background);
      pen.fillStyle = readableOn(palette[kind]);
      pen.fillText(kind, x, y + 1);
    }
  }

  box(x, y, width, height, radius, fill, edge, line = 1.5) {
    const { pen } = this;
    pen.beginPath();
    pen.roundRect(x, y, width, height, radius);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = line;
    pen.strokeStyle = edge;
    pen.stroke();
  }

  drawGrid({ grid, view, theme }) {
    if (!grid) return;
    const { pen } = this, [x, y, wide, high] = boxOf(grid.rectangle, view);
    pen.imageSmoothingEnabled = wide < grid.canvas.width;
    pen.drawImage(grid.canvas, x, y, wide, high);
    pen.imageSmoothingEnabled = false;
    this.frame(x, y, wide, high, theme.primary);
  }

  drawBand({ band, view, theme }) {
    if (band) this.frame(...boxOf(band, view), theme.primary);
  }

  frame(x, y, wide, high, colour) {
    this.pen.lineWidth = 2;
    this.pen.strokeStyle = colour;
    this.pen.strokeRect(x, y, wide, high);
  }

  drawLasso({ view, theme, selection, lasso }) {
    const outline = lasso ?? selection?.polygon;
    if (!outline?.length) return;
    const { pen } = this;
    pen.beginPath();
    outline.forEach(([x, y], i) => (i ? pen.lineTo : pen.moveTo).apply(pen, view.toPixels(x, y)));
    if (selection && !lasso) pen.closePath();
    pen.lineWidth = 2;
    pen.strokeStyle = theme.primary;
    pen.setLineDash([6, 4]);
    pen.stroke();
    pen.setLineDash([]);
    if (!lasso) return;
    const [x, y] = view.toPixels(...lasso[0]);
    this.dot(x, y, 4, theme.primary, theme.background);
  }

  drawPath({ path, view, theme }) {
    if (!path?.places) return;
    const { pen } = this;
    pen.lineJoin = "round";
    for (const [width, colour] of [[6, theme.background], [3, theme.text]]) {
      pen.beginPath();
      path.places.forEach(([x, y], i) => (i ? pen.lineTo : pen.moveTo).apply(pen, view.toPixels(x, y)));
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.stroke();
    }
    if (path.here) this.dot(...view.toPixels(...path.here), 7, theme.primary, theme.background);
  }

  drawSamples({ samples, view, theme }) {
    for (const place of samples?.places ?? []) {
      const [x, y] = view.toPixels(...place), { pen } = this;
      for (const [width, colour] of [[5, theme.background], [2.5, theme.text]]) {
        pen.beginPath();
        pen.moveTo(x - 5, y - 5);
        pen.lineTo(x + 5, y + 5);
        pen.moveTo(x + 5, y - 5);
        pen.lineTo(x - 5, y + 5);
        pen.lineWidth = width;
        pen.strokeStyle = colour;
        pen.stroke();
      }
    }
  }

  dot(x, y, radius, fill, edge) {
    const { pen } = this;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = edge;
    pen.stroke();
  }

  drawPin(map, pin, index) {
    const place = map.placeOf(pin);
    if (!place) return;
    const { pen } = this, { theme } = map, [x, y] = map.view.toPixels(...place);
    this.dot(x, y, 5, theme.primary, theme.background);
    this.dot(x, y - 22, 12, theme.primary, theme.background);
    pen.font = `700 13px ${theme.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = "#fff";
    pen.fillText(pin.letter ?? LETTERS[index], x, y - 21.5);
  }

  drawPointer(map) {
    const { theme, view } = map, pointer = map.pointer ?? map.echo;
    if (!pointer) return;
    const { pen } = this, { x, y, id, decoded, by } = pointer;
    if (by === "key") {
      pen.lineWidth = 1;
      pen.strokeStyle = theme.text;
      pen.strokeRect(x - 9.5, y - 9.5, 19, 19);
      pen.strokeRect(x - 0.5, y - 0.5, 1, 1);
    }
    if (id >= 0) {
      const [px, py] = view.toPixels(map.places[2 * id], map.places[2 * id + 1]);
      this.dot(px, py, 6, `rgb(${map.palette[map.labels[id]]})`, theme.text);
    }
    const tiles = this.lensTiles(map, id, decoded, pointer === map.echo);
    if (tiles.length) this.drawLens(map, pointer, tiles);
  }

  lensTiles({ labels, palette, pixels, data, theme }, id, decoded, echoed = false) {
    const tiles = [];
    if (id >= 0 && pixels) {
      const picture = pixels.subarray(id * PIXELS, (id + 1) * PIXELS);
      tiles.push([picture, 255, `${labels[id]} · no. ${id}`, `rgb(${palette[labels[id]]})`]);
    }
    if (decoded) tiles.push([decoded, 1, data.decodes && !echoed ? "decoded here" : "rebuilt", theme.text]);
    return tiles;
  }

  drawLens({ view, theme }, pointer, tiles) {
    const { pen } = this, wide = tiles.length * (LENS + 10) + 10, high = LENS + 36;
    const [left, top] = lensCorner(view, pointer, wide, high).map(Math.round); // sharp edges
    pen.shadowColor = "rgba(0, 0, 0, 0.35)";
    pen.shadowBlur = 12;
    this.box(left, top, wide, high, 8, theme.background, theme.border, 1);
    pen.shadowColor = "transparent";
    pen.font = `600 12px ${theme.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    tiles.forEach(([picture, most, words, edge], index) => {
      const at = left + 10 + index * (LENS + 10);
      pen.drawImage(this.stamp.of(picture, most), at, top + 10, LENS, LENS);
      pen.lineWidth = 2;
      pen.strokeStyle = edge;
      pen.strokeRect(at, top + 10, LENS, LENS);
      pen.fillStyle = theme.text;
      pen.fillText(words, at + LENS / 2, top + LENS + 24);
    });
  }
}
