// Which part of the plane is seen: from places to pixels and back. One scale for both axes, so that what looks
// near is near.

const DEEPEST = 400; // how much closer than the whole map one can get

class View {
  constructor() {
    this.width = this.height = this.scale = 1;
    this.x = this.y = 0;
    this.home = [-1, -1, 1, 1];
  }

  // The middle stays; the scale follows the size, so that turning a phone and turning it back changes nothing.
  resize(width, height) {
    const wasHome = this.isHome(), growth = Math.sqrt((width * height) / (this.width * this.height));
    Object.assign(this, { width, height });
    if (wasHome) return this.show(this.home);
    this.scale *= growth;
    return this.keepWithin();
  }

  // Make a rectangle (left, bottom, right, top) the smallest thing that fits.
  show([left, bottom, right, top]) {
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
    this.scale = Math.min(this.width / (right - left), this.height / (top - bottom));
    this.keepWithin();
  }

  rectangle() {
    const across = this.width / this.scale / 2, up = this.height / this.scale / 2;
    return [this.x - across, this.y - up, this.x + across, this.y + up];
  }

  get homeScale() {
    const [left, bottom, right, top] = this.home;
    return Math.min(this.width / (right - left), this.height / (top - bottom));
  }

  get zoom() {
    return this.scale / this.homeScale;
  }

  isHome() {
    const [left, bottom, right, top] = this.home;
    const off = Math.hypot(this.x - (left + right) / 2, this.y - (bottom + top) / 2) * this.scale;
    return off < 1 && Math.abs(this.zoom - 1) < 0.005;
  }

  toPixels(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, this.height / 2 - (y - this.y) * this.scale];
  }

  toPlace(px, py) {
    return [(px - this.width / 2) / this.scale + this.x, (this.height / 2 - py) / this.scale + this.y];
  }

  move(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.keepWithin();
  }

  // Zoom about a pixel, which stays where it is.
  zoomAt(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.toPlace(px, py);
    this.scale *= factor;
    this.keepScale();
    const [nx, ny] = this.toPlace(px, py);
    this.x += x - nx;
    this.y += y - ny;
    this.keepWithin();
  }

  keepScale() {
    this.scale = Math.min(Math.max(this.scale, this.homeScale / 3), this.homeScale * DEEPEST);
  }

  // Never lose the map: its middle half stays reachable.
  keepWithin() {
    this.keepScale();
    const [left, bottom, right, top] = this.home;
    const roomX = (right - left) * 0.75, roomY = (top - bottom) * 0.75;
    const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
    this.x = clamp(this.x, (left + right) / 2 - roomX, (left + right) / 2 + roomX);
    this.y = clamp(this.y, (bottom + top) / 2 - roomY, (bottom + top) / 2 + roomY);
  }
}

// The part of the plane that holds all but the rarest places, with a margin.
function homeOf(places) {
  const range = (offset) => {
    const [low, high] = quantiles(places.filter((_, i) => i % 2 === offset), [0.01, 0.99]);
    const margin = 0.1 * (high - low) || 0.5; // a unit that never fires gives no range at all
    return [low - margin, high + margin];
  };
  const [left, right] = range(0), [bottom, top] = range(1);
  return [left, bottom, right, top];
}

// Round values for ticks: steps of 1, 2 or 5 times a power of ten, at least `room` pixels apart.
function ticks(from, to, pixels, room = 70) {
  const least = ((to - from) * room) / pixels;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= least * 0.999);
  const result = [];
  for (let n = Math.ceil(from / step); n * step <= to; n++) result.push(Number((n * step).toPrecision(12)));
  return result;
}
