// Arrays that Python offers by name. A map fetches those it lacks, beside Streamlit's own messages, so that no run of
// the page waits for them; they are kept for the next visit.

const STORE = (globalThis.aeLabStore ??= { blobs: new Map(), maps: new Set() });
const KEPT = 12;
const TRIES = 5;
const PAUSE = 400; // milliseconds; Streamlit drops files for an instant while it runs the page anew

const ARRAYS = {
  U8: Uint8Array, I8: Int8Array, U16: Uint16Array, F16: Uint16Array, I32: Int32Array, F32: Float32Array,
}; // halves stay 16-bit patterns until the decoder widens them

// The named arrays, fetched at most once. Rejects when the server does not give them.
function stored({ name, address }) {
  const known = STORE.blobs.get(name) ?? fetchTensors(address);
  STORE.blobs.delete(name);
  STORE.blobs.set(name, known); // the one that was used last goes last
  known.catch(() => STORE.blobs.delete(name));
  for (const oldest of [...STORE.blobs.keys()].slice(0, -KEPT)) STORE.blobs.delete(oldest);
  return known;
}

async function fetchTensors(address, tries = TRIES) {
  try {
    const cache = tries === TRIES ? "force-cache" : "reload"; // the address changes with the content
    const answer = await fetch(address, { cache });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const unpacked = answer.body.pipeThrough(new DecompressionStream("gzip"));
    return readTensors(await new Response(unpacked).arrayBuffer());
  } catch (error) {
    if (tries <= 1) throw error;
    await new Promise((done) => setTimeout(done, PAUSE));
    return fetchTensors(address, tries - 1);
  }
}

// Safetensors: eight bytes of length, a JSON header, the numbers.
function readTensors(buffer) {
  const start = 8 + Number(new DataView(buffer).getBigUint64(0, true));
  const { __metadata__: about, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    const part = buffer.slice(start + from, start + to); // a copy lies aligned
    tensors[name] = Object.assign(new ARRAYS[dtype](part), { shape, dtype });
  }
  return { about, tensors };
}
