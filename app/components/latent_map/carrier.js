// Takes what Python sent into the store; it shows nothing.

const HELD = new WeakMap(); // element of a carrier -> what it holds

const ARRAYS = {
  U8: Uint8Array, I8: Int8Array, U16: Uint16Array, F16: Uint16Array, I32: Int32Array, F32: Float32Array,
}; // halves stay 16-bit patterns until the decoder widens them

// Safetensors: eight bytes of length, a JSON header, the numbers. A copy, since they must lie aligned.
function readTensors(bytes) {
  const copy = bytes.slice();
  const length = Number(new DataView(copy.buffer).getBigUint64(0, true));
  const { __metadata__: about, ...entries } = JSON.parse(new TextDecoder().decode(copy.subarray(8, 8 + length)));
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    const part = copy.buffer.slice(8 + length + from, 8 + length + to);
    tensors[name] = Object.assign(new ARRAYS[dtype](part), { shape, dtype });
  }
  return { about, tensors };
}

export default function carry({ data, parentElement }) {
  if (!(data instanceof Uint8Array)) return;
  const blob = readTensors(data);
  const { name } = blob.about;
  forget(HELD.get(parentElement));
  HELD.set(parentElement, blob);
  STORE.blobs.set(name, blob);
  for (const tell of STORE.waiting.get(name) ?? []) tell(blob);
  STORE.waiting.delete(name);
  return () => forget(HELD.get(parentElement));
}

// Let go of what this carrier brought, unless another one has brought it again.
function forget(blob) {
  if (blob && STORE.blobs.get(blob.about.name) === blob) STORE.blobs.delete(blob.about.name);
}
