// The decoder of a digit model, run in the browser: a list of plain layers over one flat array of weights.

const SIDE = 28;
const PIXELS = SIDE * SIDE;
let halves = null; // made when a decoder needs them for the first time

// Every half-precision number as a float, so that widening is one look-up.
function halfTable() {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31, fraction = bits & 1023, sign = bits >> 15 ? -1 : 1;
    if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

function widen(array) {
  if (array.dtype !== "F16") return Float32Array.from(array);
  halves ??= halfTable();
  const wide = new Float32Array(array.length);
  for (let i = 0; i < array.length; i++) wide[i] = halves[array[i]];
  return wide;
}

const ACTIVATIONS = {
  relu: (v) => { for (let i = 0; i < v.length; i++) if (v[i] < 0) v[i] = 0; },
  silu: (v) => { for (let i = 0; i < v.length; i++) v[i] /= 1 + Math.exp(-v[i]); },
  sigmoid: (v) => { for (let i = 0; i < v.length; i++) v[i] = 1 / (1 + Math.exp(-v[i])); },
  clamp: (v) => { for (let i = 0; i < v.length; i++) v[i] = Math.min(1, Math.max(0, v[i])); },
};

// Four sums at once: the processor does not have to wait for each addition.
function linear({ weight, bias, inputs, outputs }, x, y) {
  for (let o = 0; o < outputs; o++) {
    let a = bias[o], b = 0, c = 0, d = 0, w = o * inputs, i = 0;
    for (; i + 3 < inputs; i += 4, w += 4) {
      a += weight[w] * x[i];
      b += weight[w + 1] * x[i + 1];
      c += weight[w + 2] * x[i + 2];
      d += weight[w + 3] * x[i + 3];
    }
    for (; i < inputs; i++, w++) a += weight[w] * x[i];
    y[o] = a + b + c + d;
  }
}

// A matrix product into columns, then every column is added where its kernel lies. Weights: in, out, kernel, kernel.
function convTranspose({ weight, bias, inputs, outputs, kernel, stride, padding, side, columns }, x, y) {
  const places = side * side, rows = outputs * kernel * kernel;
  columns.fill(0);
  for (let i = 0; i < inputs; i++) {
    const from = i * places;
    for (let r = 0; r < rows; r++) {
      const w = weight[i * rows + r], to = r * places;
      for (let p = 0; p < places; p++) columns[to + p] += w * x[from + p];
    }
  }
  const wide = (side - 1) * stride - 2 * padding + kernel;
  for (let o = 0; o < outputs; o++) y.fill(bias[o], o * wide * wide, (o + 1) * wide * wide);
  for (let r = 0; r < rows; r++) {
    const o = Math.floor(r / (kernel * kernel)), ky = Math.floor(r / kernel) % kernel, kx = r % kernel;
    for (let v = 0; v < side; v++) {
      const top = v * stride - padding + ky;
      if (top < 0 || top >= wide) continue;
      for (let u = 0; u < side; u++) {
        const left = u * stride - padding + kx;
        if (left >= 0 && left < wide) y[(o * wide + top) * wide + left] += columns[r * places + v * side + u];
      }
    }
  }
}

const RUN = { linear, conv_transpose: convTranspose };

class Decoder {
  // `layers` as `ae.portable` describes them, `weights` one flat array in their order.
  constructor(layers, weights) {
    const flat = widen(weights);
    let at = 0;
    const take = (count) => flat.subarray(at, (at += count));
    this.layers = layers.map((layer) => {
      const area = (layer.kernel ?? 1) ** 2;
      const weight = take(layer.inputs * layer.outputs * area), bias = take(layer.outputs);
      const result = new Float32Array(layer.outputs * (layer.result ?? 1) ** 2);
      const columns = layer.side ? new Float32Array(layer.outputs * area * layer.side ** 2) : null;
      return { ...layer, weight, bias, result, columns };
    });
    this.length = layers[0].inputs;
  }

  // Picture (784) in 0..1 of a code of k numbers; the array is used again by the next call.
  decode(code) {
    let x = code;
    for (const layer of this.layers) {
      RUN[layer.kind](layer, x, layer.result);
      ACTIVATIONS[layer.activation]?.(layer.result);
      x = layer.result;
    }
    return x;
  }
}
