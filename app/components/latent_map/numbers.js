// Arithmetic on codes and pictures: neighbours, paths, means, random codes. Digits go by their ids throughout.

function distanceSquared(points, k, id, code) {
  let sum = 0;
  for (let i = 0, at = id * k; i < k; i++, at++) sum += (points[at] - code[i]) ** 2;
  return sum;
}

// Ids of the `count` smallest values, smallest first; `value(id)` may be Infinity for those left out.
function smallest(total, count, value) {
  const best = [];
  for (let id = 0; id < total; id++) {
    const v = value(id);
    if (v === Infinity || (best.length === count && v >= best[count - 1][0])) continue;
    let at = best.length;
    while (at > 0 && best[at - 1][0] > v) at--;
    best.splice(at, 0, [v, id]);
    if (best.length > count) best.pop();
  }
  return best.map(([, id]) => id);
}

function nearestCodes(codes, k, code, count, without = -1) {
  return smallest(codes.length / k, count, (id) => (id === without ? Infinity : distanceSquared(codes, k, id, code)));
}

// `picture` holds 784 values in 0..255, like every digit in `pixels`.
function nearestPictures(pixels, picture, count, without = -1) {
  return smallest(pixels.length / PIXELS, count, (id) => {
    if (id === without) return Infinity;
    let sum = 0;
    for (let i = 0, at = id * PIXELS; i < PIXELS; i++, at++) {
      const difference = pixels[at] - picture[i];
      sum += difference * difference;
    }
    return sum;
  });
}

// Mean squared error per pixel of a decoded picture in 0..1 against one in 0..255.
function errorOf(decoded, picture) {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) sum += (decoded[i] - picture[i] / 255) ** 2;
  return sum / PIXELS;
}

function blend(a, b, share) {
  return Float32Array.from(a, (value, i) => value + (b[i] - value) * share);
}

// Equal steps along a line through several codes, each as the leg it lies on and its share of the leg.
function stepsAlong(stations, count) {
  const lengths = [0];
  for (let i = 1; i < stations.length; i++) {
    lengths.push(lengths[i - 1] + Math.sqrt(distanceSquared(stations[i - 1], stations[i].length, 0, stations[i])));
  }
  let leg = 0;
  return Array.from({ length: count }, (_, step) => {
    const goal = (lengths.at(-1) * step) / (count - 1);
    while (leg < stations.length - 2 && lengths[leg + 1] < goal) leg++;
    const span = lengths[leg + 1] - lengths[leg];
    return [leg, span > 0 ? Math.min(1, (goal - lengths[leg]) / span) : 0];
  });
}

function atSteps(stations, steps) {
  return steps.map(([leg, share]) => blend(stations[leg], stations[leg + 1], share));
}

// Shortest path over the neighbour graph (Dijkstra 1959): ids from `start` to `end`, or null between islands.
function pathOnGraph({ indptr, indices }, codes, k, start, end) {
  const total = codes.length / k;
  const distance = new Float64Array(total).fill(Infinity), before = new Int32Array(total).fill(-1);
  const heap = new Heap();
  distance[start] = 0;
  heap.push(0, start);
  for (let next = heap.pop(); next; next = heap.pop()) {
    const [done, id] = next;
    if (id === end) break;
    if (done > distance[id]) continue;
    const here = codes.subarray(id * k, id * k + k);
    for (let at = indptr[id]; at < indptr[id + 1]; at++) {
      const other = indices[at], reached = done + Math.sqrt(distanceSquared(codes, k, other, here));
      if (reached >= distance[other]) continue;
      distance[other] = reached;
      before[other] = id;
      heap.push(reached, other);
    }
  }
  if (distance[end] === Infinity) return null;
  const path = [end];
  while (path[0] !== start) path.unshift(before[path[0]]);
  return path;
}

class Heap {
  constructor() {
    this.items = [];
  }

  push(key, value) {
    const { items } = this;
    let at = items.push([key, value]) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (items[up][0] <= items[at][0]) break;
      [items[up], items[at]] = [items[at], items[up]];
      at = up;
    }
  }

  pop() {
    const { items } = this;
    if (items.length < 2) return items.pop();
    const top = items[0];
    items[0] = items.pop();
    for (let at = 0, down = 1; down < items.length; down = 2 * at + 1) {
      if (down + 1 < items.length && items[down + 1][0] < items[down][0]) down++;
      if (items[at][0] <= items[down][0]) break;
      [items[at], items[down]] = [items[down], items[at]];
      at = down;
    }
    return top;
  }
}

function meanPicture(pixels, ids) {
  const mean = new Float32Array(PIXELS);
  for (const id of ids) for (let i = 0; i < PIXELS; i++) mean[i] += pixels[id * PIXELS + i];
  return mean.map((value) => value / ids.length / 255);
}

function meanCode(codes, k, ids) {
  const mean = new Float32Array(k);
  for (const id of ids) for (let i = 0; i < k; i++) mean[i] += codes[id * k + i] / ids.length;
  return mean;
}

// Repeatable numbers in 0..1 (xorshift, Marsaglia 2003): a seed shows the same codes again.
function randomNumbers(seed) {
  let state = (seed + 1) * 2654435769;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

// Random codes of k numbers: evenly between `low` (k) and `high` (k), or without them from the standard normal
// distribution (Box & Muller 1958).
function randomCodes({ low, high }, k, count, seed) {
  const next = randomNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const number = (i) => (low ? low[i] + next() * (high[i] - low[i]) : normal());
  return Array.from({ length: count }, () => Float32Array.from({ length: k }, (_, i) => number(i)));
}

// Whether a point lies inside a polygon: the even-odd rule.
function isInside(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i], [bx, by] = polygon[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

function quantiles(values, shares) {
  const sorted = Float32Array.from(values).sort();
  return shares.map((share) => sorted[Math.round(share * (sorted.length - 1))]);
}
