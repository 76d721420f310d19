// Arrays that Python sent, by name. They travel apart from the map's small state, so that Streamlit's cache of
// messages keeps them in the browser and a rerun sends nothing but the state.

const STORE = (globalThis.aeLabStore ??= { blobs: new Map(), waiting: new Map() });

function whenStored(name) {
  return new Promise((resolve) => STORE.waiting.set(name, [...(STORE.waiting.get(name) ?? []), resolve]));
}
