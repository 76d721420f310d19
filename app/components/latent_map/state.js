// What a link carries: the part of the plane, that of the map beside it, pins, hidden classes, how digits are drawn, path, grid, seed of
// random codes. Plain texts.

const SHOWS = ["points", "zoom", "pictures"];

function numbersOf(text, count) {
  const values = text.split(",").map(Number);
  return text && values.length === count && values.every(Number.isFinite) ? values : null;
}

function rectangleOf(text) {
  const values = numbersOf(text ?? "", 4);
  return values && values[0] < values[2] && values[1] < values[3] ? values : null;
}

function textOf(values) {
  return values.map((value) => Number(value.toPrecision(6))).join(",");
}

// `61` is a test digit, `@1.5,-2` a code of the plane. What makes no sense is left out.
function pinsOf(text, total, decodes) {
  const pins = (text ?? "").split("~").map((token) => {
    if (/^\d+$/.test(token) && Number(token) < total) return { kind: "digit", id: Number(token) };
    const code = token.startsWith("@") && decodes && numbersOf(token.slice(1), 2);
    return code ? { kind: "code", code: Float32Array.from(code) } : null;
  });
  return pins.filter(Boolean).slice(0, 2);
}

function tokenOf(pin) {
  if (pin.kind === "digit") return String(pin.id);
  return pin.kind === "code" ? `@${textOf([...pin.code])}` : "drawing";
}

function hiddenOf(text) {
  return [...(text ?? "")].filter((letter) => letter >= "0" && letter <= "9").reduce((bits, letter) => bits | (1 << letter), 0);
}

function readState(open, { total, decodes }) {
  return {
    rectangle: rectangleOf(open.at),
    pins: pinsOf(open.pins, total, decodes),
    hidden: hiddenOf(open.hide),
    show: SHOWS.includes(open.show) ? open.show : "zoom",
    pathKind: open.path === "data" ? "data" : "straight",
    grid: decodes ? rectangleOf(open.grid) : null,
    seed: /^\d{1,6}$/.test(open.random ?? "") ? Number(open.random) : null,
  };
}

function partSeen({ view }) {
  return view.isHome() ? "" : textOf(view.rectangle());
}

// The part of the other map; until that one is there, what the link says.
function partBeside(map) {
  const [other] = map.followers();
  return other ? partSeen(other) : (map.data.open.at2 ?? "");
}

function writeState(map) {
  const classes = [...Array(10).keys()].filter((kind) => (map.hidden >> kind) & 1);
  return {
    at: partSeen(map),
    at2: partBeside(map),
    pins: map.pins.filter((pin) => pin.kind !== "drawing").map(tokenOf).join("~"),
    hide: classes.join(""),
    show: map.show === "zoom" ? "" : map.show,
    path: map.pathKind === "straight" ? "" : map.pathKind,
    grid: map.grid ? textOf(map.grid.rectangle) : "",
    random: map.samples ? String(map.samples.seed) : "",
  };
}
