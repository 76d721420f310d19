// Draws a page before and after cleaning from a pyramid of tiles; loads only what is seen.

const TILE = 512, BLOCK = 16;
const AT_ONCE = 6, KEPT = 96, TRIES = 5;

// Streamlit serves pictures beside its pages, also where the app lives below another path.
const served = (address) => new URL(address, location.href.replace(/[?#].*$/, "").replace(/\/$/, "")).href;
const blocks = (length) => Math.ceil(length / BLOCK) * BLOCK;

class Tiles {
  constructor(levels, onLoad) {
    this.levels = levels;
    this.onLoad = onLoad;
    this.pictures = new Map();  // address -> ImageBitmap, the one used last at the end
    this.failures = new Map();
    this.loading = new Set();
    this.wanted = [];
    this.closed = this.frozen = false;
  }

  get width() { return this.levels[0].width; }
  get height() { return this.levels[0].height; }
  get failed() { return [...this.failures.values()].some((count) => count >= TRIES); }

  // The smallest level that has a pixel for each pixel of the screen.
  levelFor(scale) {
    const fit = Math.floor(Math.log2(1 / scale));
    return Math.max(0, Math.min(this.levels.length - 1, fit));
  }

  // Tiles of a level in a part of the page, nearest to its middle first.
  within(index, part) {
    const level = this.levels[index];
    const across = level.width / this.width, down = level.height / this.height;
    const columns = Math.ceil(level.width / TILE), rows = Math.ceil(level.height / TILE);
    const first = (edge, ratio) => Math.max(0, Math.floor(edge * ratio / TILE));
    const found = [];
    for (let row = first(part.top, down); row < rows && row * TILE < part.bottom * down; row++) {
      for (let column = first(part.left, across); column < columns && column * TILE < part.right * across; column++) {
        found.push(this.tile(level, row, column, columns));
      }
    }
    const x = (part.left + part.right) / 2, y = (part.top + part.bottom) / 2;
    const distance = (tile) => Math.hypot(tile.left + tile.width / 2 - x, tile.top + tile.height / 2 - y);
    return found.sort((one, other) => distance(one) - distance(other));
  }

  // Its address, its size in pixels of the file, and where on the page it lies.
  tile(level, row, column, columns) {
    const pixels = {
      width: Math.min(TILE, level.width - column * TILE), height: Math.min(TILE, level.height - row * TILE),
    };
    const across = this.width / level.width, down = this.height / level.height;
    return {
      address: level.tiles[row * columns + column], pixels,
      left: column * TILE * across, top: row * TILE * down, width: pixels.width * across, height: pixels.height * down,
    };
  }

  // Draw what is there of a part of the page and fetch the rest. Returns whether all of it is there.
  // `place` takes a tile to the screen; `sides` says which stretch of the screen shows which picture.
  draw(pen, scale, part, place, sides) {
    const best = this.levelFor(scale), last = this.levels.length - 1;
    const tiles = this.within(best, part);
    const missing = tiles.filter((tile) => !this.pictures.has(tile.address));
    const base = this.within(last, part);
    for (let index = missing.length ? last : best; index >= best; index--) {
      for (const tile of index === best ? tiles : this.within(index, part)) this.drawTile(pen, tile, place(tile), sides);
    }
    if (this.frozen) return false;
    this.wanted = [...base, ...missing].filter((tile) => !this.pictures.has(tile.address));
    this.fetchMore();
    return missing.length === 0;
  }

  drawTile(pen, tile, box, sides) {
    const picture = this.pictures.get(tile.address);
    if (!picture) return;
    this.pictures.delete(tile.address);
    this.pictures.set(tile.address, picture);
    sides.forEach((side, index) => {
      const left = Math.max(box.left, side.left), right = Math.min(box.right, side.right);
      if (right <= left) return;
      const { width, height } = tile.pixels;
      const ratio = width / (box.right - box.left);
      const from = index * blocks(width) + (left - box.left) * ratio;
      pen.drawImage(picture, from, 0, (right - left) * ratio, height, left, box.top, right - left, box.bottom - box.top);
    });
  }

  fetchMore() {
    for (const { address } of this.wanted) {
      if (this.loading.size >= AT_ONCE) return;
      if (this.loading.has(address) || (this.failures.get(address) || 0) >= TRIES) continue;
      this.loading.add(address);
      this.fetch(address);
    }
  }

  async fetch(address) {
    try {
      const answer = await fetch(served(address));
      if (!answer.ok) throw new Error(answer.status);
      const picture = await createImageBitmap(await answer.blob());
      if (this.closed) return picture.close();
      this.pictures.set(address, picture);
      this.failures.delete(address);
      this.forget();
    } catch {
      // Streamlit drops pictures for an instant while it runs the page anew
      this.failures.set(address, (this.failures.get(address) || 0) + 1);
      await new Promise((done) => setTimeout(done, 400));
    } finally {
      this.loading.delete(address);
    }
    if (!this.closed) this.onLoad();
  }

  forget() {
    const smallest = new Set(this.levels.at(-1).tiles);
    for (const [address, picture] of this.pictures) {
      if (this.pictures.size <= KEPT) return;
      if (smallest.has(address)) continue;
      picture.close();
      this.pictures.delete(address);
    }
  }

  close() {
    this.closed = true;
    for (const picture of this.pictures.values()) picture.close();
    this.pictures.clear();
  }
}
