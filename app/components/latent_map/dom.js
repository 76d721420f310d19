// Small helpers to build the page's parts, and to save pictures and tables.

function make(tag, { text, on, data, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  if (text !== undefined) element.textContent = text;
  Object.assign(element.dataset, data);
  for (const [kind, act] of Object.entries(on ?? {})) element.addEventListener(kind, act);
  element.append(...children.flat().filter(Boolean));
  return element;
}

function icon(name) {
  return make("span", { class: "icon", text: name, "aria-hidden": "true" });
}

function button(label, iconName, act, attributes = {}) {
  const word = make("span", { text: label, class: attributes.bare ? "hidden" : "word" });
  const { bare, ...rest } = attributes;
  return make("button", { type: "button", title: label, on: { click: act }, ...rest }, iconName && icon(iconName), word);
}

const TILE_STAMP = { current: null };

// One digit as a canvas that CSS may enlarge; `most` is the value of white.
function tile(picture, most, words, attributes = {}) {
  const canvas = make("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": words, ...attributes });
  TILE_STAMP.current ??= new Stamp();
  canvas.getContext("2d").drawImage(TILE_STAMP.current.of(picture, most), 0, 0);
  return canvas;
}

// Digits side by side as one canvas, every pixel drawn `scale` times as large. `pictures`: [values, value of white].
function sheet(pictures, columns, scale) {
  const wide = Math.min(columns, pictures.length) * SIDE, high = Math.ceil(pictures.length / columns) * SIDE;
  const image = new ImageData(wide, high), dots = new Uint32Array(image.data.buffer);
  pictures.forEach(([picture, most], at) => {
    const corner = Math.floor(at / columns) * SIDE * wide + (at % columns) * SIDE;
    for (let i = 0; i < PIXELS; i++) {
      const grey = Math.round((picture[i] * 255) / most);
      dots[corner + Math.floor(i / SIDE) * wide + (i % SIDE)] = 0xff000000 | (grey * 0x10101);
    }
  });
  const small = make("canvas", { width: wide, height: high });
  small.getContext("2d").putImageData(image, 0, 0);
  if (scale === 1) return small;
  const large = make("canvas", { width: wide * scale, height: high * scale }), pen = large.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, wide * scale, high * scale);
  return large;
}

function save(name, blob) {
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function savePng(name, canvas) {
  canvas.toBlob((blob) => save(name, blob), "image/png");
}

function saveCsv(name, rows) {
  save(name, new Blob([rows.map((row) => row.join(",")).join("\r\n") + "\r\n"], { type: "text/csv" }));
}

function aDigit(label) {
  return `${label === 8 ? "an" : "a"} ${label}`;
}

// A code in words: all of its numbers when they are two, else how many there are.
function codeWords(code) {
  const shown = [...code].map((value) => Number(value.toPrecision(3)).toString().replace("-", "−"));
  return code.length <= 4 ? shown.join(", ") : `${code.length} numbers`;
}
