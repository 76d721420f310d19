// The parts beside and below the map: pins, path, selection, random codes. Each knows how to draw itself again.

const NEAR = 5;
const STEPS = 11;
const SAMPLES_SHOWN = 48;
const RANDOM = 16;

// `close` is what its button does; without it there is no button.
function card(title, close, ...children) {
  const head = make("header", {}, make("strong", { text: title }), close && button("Close", "close", close, { bare: true }));
  return make("section", { class: "card", "aria-label": title }, head, ...children);
}

function strip(tiles, words) {
  return make("div", { class: "strip", role: "group", "aria-label": words }, tiles);
}

function figure(canvas, words) {
  return make("figure", {}, canvas, make("figcaption", { text: words }));
}

// A test digit that pins itself when it is clicked.
function digitButton(map, id) {
  const label = map.labels[id], words = `Test digit ${id}, ${aDigit(label)}`;
  const picture = tile(map.picture(id), 255, words);
  const colour = `border-bottom-color: rgb(${map.palette[label]})`;
  return make("button", {
    type: "button", class: "digit", style: colour, title: `${words}: pin it`, data: { id },
    on: { click: () => map.pin({ kind: "digit", id }) },
  }, picture);
}

// In the words of a mouse, or of a finger where that is what points.
const BY_FINGER = matchMedia("(pointer: coarse)").matches;
const POINT = BY_FINGER ? "Rest a finger on the map, then move it" : "Move over the map";
const CLICK = BY_FINGER ? "Tap" : "Click";
const PINNING = `${CLICK} to pin a digit, and ${CLICK.toLowerCase()} again elsewhere for a second one: the two make a path.`;
const HINT = {
  plane: `${POINT}: the decoder draws what lies under the ${BY_FINGER ? "finger" : "pointer"}. ${PINNING}`,
  other: `${POINT} to see digits and what the model rebuilds of them. ${PINNING}`,
  second: `${CLICK} elsewhere for a second pin and a path.`,
  zoom: BY_FINGER ? "Two fingers zoom." : "Click the map once, then scroll to zoom.",
};

function sideParts(map) {
  const { pins, revision } = map;
  const cards = pins.map((pin, index) =>
    map.part(`pin-${index}`, [map.tokenOf(pin), revision, map.data.drawing?.token, map.placesRoughly],
      () => pinCard(map, pin, index)));
  const words = [map.data.decodes ? HINT.plane : HINT.other, HINT.second, ""][pins.length];
  return [...cards, map.part("hint", [words], () => make("p", { class: "hint", text: words }))];
}

function pinCard(map, pin, index) {
  const title = `${LETTERS[index]} · ${map.nameOf(pin)}`;
  const { labels } = map, result = card(title, () => map.unpin(index));
  result.dataset.pin = map.tokenOf(pin);
  const code = map.codeOf(pin), picture = map.pictureOf(pin);
  if (!map.decoder || (pin.kind !== "code" && !picture)) {
    result.append(make("p", { class: "hint", text: "Loading the decoder…" }));
    return result;
  }
  const decoded = map.decoder.decode(code).slice(), words = map.nameOf(pin);
  const pair = pin.kind === "code"
    ? [figure(tile(decoded, 1, `Decoded from ${codeWords(code)}`), "decoded")]
    : [figure(tile(picture, 255, words), pin.kind === "drawing" ? "drawn" : "digit"),
       figure(tile(decoded, 1, `What the model rebuilds of ${words}`), "rebuilt")];
  const facts = make("dl", {}, make("dt", { text: "Code" }), make("dd", { text: codeWords(code), data: { fact: "code" } }));
  if (pin.kind !== "code") {
    const error = errorOf(decoded, picture).toFixed(4);
    facts.append(make("dt", { text: "Error per pixel" }), make("dd", { text: error, data: { fact: "error" } }));
  }
  result.append(make("div", { class: "pair" }, pair, facts));
  if (code.length > 4) result.append(codeBars(code));
  if (pin.kind === "drawing") result.append(make("p", { class: "hint", text: aboutDrawing(map) }));
  const near = neighbours(map, pin, code, picture ?? decoded.map((value) => value * 255));
  result.append(...neighbourRows(map, near));
  result.querySelector("header").lastChild.before(button("Save PNG", "download", () => {
    const first = [...(picture ? [[picture, 255]] : []), [decoded, 1]];
    const rows = near.flatMap(([, , ids]) => [...first, ...ids.map((id) => [map.picture(id), 255])]);
    savePng(`${map.data.title}-pin-${LETTERS[index]}.png`, sheet(rows, first.length + NEAR, 6));
  }, { bare: true }));
  const names = [...result.querySelectorAll(".digit")].map((each) => labels[each.dataset.id]);
  result.setAttribute("aria-description", `Neighbours are of the classes ${names.join(", ")}`);
  return result;
}

function aboutDrawing(map) {
  const where = "This kind of map has no place for a new digit: the pin lies in the middle of the five test digits " +
    "with the nearest codes, which may be between islands. ";
  return `${map.placesRoughly ? where : ""}A link to this page does not carry your drawing.`;
}

// The nearest digits by code and by pixels, the pinned one left out: [words, kind, ids].
function neighbours(map, pin, code, picture) {
  const without = pin.kind === "digit" ? pin.id : -1;
  return [
    ["Near by code", "codes", nearestCodes(map.codes, map.k, code, NEAR, without)],
    ["Near by pixels", "pixels", map.pixels ? nearestPictures(map.pixels, picture, NEAR, without) : []],
  ];
}

function neighbourRows(map, near) {
  return near.map(([words, kind, ids]) => make("div", { class: "near", data: { near: kind } },
    make("span", { text: words }), strip(map.pixels ? ids.map((id) => digitButton(map, id)) : [], words)));
}

// The numbers of a long code as bars about a middle line.
function codeBars(code) {
  const wide = 540, high = 80, canvas = make("canvas", { class: "bars", width: wide, height: high, "aria-hidden": "true" });
  const pen = canvas.getContext("2d"), most = Math.max(...code.map(Math.abs), 1e-6), step = wide / code.length;
  pen.fillStyle = "#3f7fd6";
  code.forEach((value, i) => {
    const tall = (Math.abs(value) / most) * (high / 2);
    pen.fillRect(i * step, value > 0 ? high / 2 - tall : high / 2, Math.max(1, step - 1), tall);
  });
  return canvas;
}

function choice(label, value, current, act) {
  const chosen = String(value === current);
  return make("button", { type: "button", value, "aria-pressed": chosen, text: label, on: { click: () => act(value) } });
}

function pathCard(map) {
  const { path } = map, result = card("Path from A to B", () => map.unpin(1));
  result.dataset.card = "path";
  const kinds = make("div", { class: "group", role: "group", "aria-label": "Kind of path" },
    choice("Straight", "straight", map.pathKind, (kind) => map.choosePath(kind)),
    choice("Along the data", "data", map.pathKind, (kind) => map.choosePath(kind)));
  const words = {
    straight: "The straight line between two codes may cross places where no digit lives.",
    data: `The shortest way from neighbour to neighbour: ${path.ids ? path.ids.length : 0} test digits.`,
    none: "There is no way from neighbour to neighbour: the two lie on different islands.",
  }[path.codes ? map.pathKind : "none"];
  result.append(make("div", { class: "row" }, kinds, make("p", { class: "hint", text: words })));
  if (!path.codes || !map.decoder) return result;
  const pictures = path.codes.map((code) => map.decoder.decode(code).slice());
  const [walker, handle] = slider(map, path);
  const steps = make("div", { class: "steps" }, handle,
    strip(pictures.map((picture, at) => tile(picture, 1, `Step ${at + 1} of ${STEPS}: decoded`)), "Decoded along the path"));
  if (map.pixels) {
    const near = path.codes.map((code) => nearestCodes(map.codes, map.k, code, 1)[0]);
    steps.append(make("p", { class: "hint", text: "The test digit whose code is nearest to each step" }),
      strip(near.map((id) => digitButton(map, id)), "Nearest test digits along the path"));
  }
  result.append(make("div", { class: "walk" }, walker, steps));
  result.append(make("div", { class: "row" }, button("Save PNG", "download", () =>
    savePng(`${map.data.title}-path.png`, sheet(pictures.map((picture) => [picture, 1]), STEPS, 6)))));
  return result;
}

// Walk along the path: the picture changes as the handle moves.
function slider(map, path) {
  const walk = make("input", { type: "range", min: 0, max: 200, value: 0, "aria-label": "Place on the path" });
  const picture = tile(map.decoder.decode(path.codes[0]), 1, "Decoded at the handle", { class: "walker" });
  const stamp = new Stamp(), pen = picture.getContext("2d");
  const steps = stepsAlong(path.stations, 201), fine = atSteps(path.stations, steps);
  const places = path.places && atSteps(path.places, steps);
  walk.addEventListener("input", () => {
    const at = Number(walk.value);
    pen.drawImage(stamp.of(map.decoder.decode(fine[at]), 1), 0, 0);
    path.here = places?.[at];
    map.redraw();
  });
  return [picture, walk];
}

function selectionCard(map) {
  const { ids } = map.selection, count = ids.length;
  const result = card(`${count.toLocaleString("en")} ${count === 1 ? "digit" : "digits"} selected`, () => map.select(null));
  result.dataset.card = "selection";
  if (!count) {
    result.append(make("p", { class: "hint", text: "Nothing lies inside. Draw the lasso around some points." }));
    return result;
  }
  const counts = Array(10).fill(0);
  for (const id of ids) counts[map.labels[id]]++;
  const pair = [];
  if (map.pixels) pair.push(figure(tile(meanPicture(map.pixels, ids), 1, "Mean of the selected digits"), "mean digit"));
  if (map.decoder) {
    const decoded = map.decoder.decode(meanCode(map.codes, map.k, ids));
    pair.push(figure(tile(decoded, 1, "Decoded mean of the selected codes"), "mean code"));
  }
  const shown = ids.slice(0, SAMPLES_SHOWN);
  result.append(
    make("div", { class: "row start" }, make("div", { class: "pair" }, pair), countBars(map, counts)),
    strip(map.pixels ? shown.map((id) => digitButton(map, id)) : [], "Selected digits"),
    make("p", { class: "hint", text: count > shown.length ? `The first ${shown.length} of ${count.toLocaleString("en")}.` : "" }),
    make("div", { class: "row" },
      button("Save CSV", "table", () => saveCsv(`${map.data.title}-selection.csv`, selectionRows(map, ids))),
      map.pixels && button("Save PNG", "download", () =>
        savePng(`${map.data.title}-selection.png`, sheet(ids.map((id) => [map.picture(id), 255]), 40, count > 400 ? 1 : 2)))));
  return result;
}

function countBars(map, counts) {
  const most = Math.max(...counts);
  const bars = counts.map((count, kind) => count && make("li", { data: { kind, count } },
    make("span", { text: kind }),
    make("i", { style: `width: ${(100 * count) / most}%; background: rgb(${map.palette[kind]})` }),
    make("span", { text: count })));
  return make("ul", { class: "counts", "aria-label": "Selected digits by class" }, bars);
}

function selectionRows(map, ids) {
  const { codes, k, places, labels } = map;
  const named = Array.from({ length: k }, (_, i) => `code_${i + 1}`), onMap = map.data.projected ? ["map_x", "map_y"] : [];
  return [["test_digit", "class", ...named, ...onMap], ...ids.map((id) => [
    id, labels[id], ...codes.subarray(id * k, id * k + k), ...(onMap.length ? places.subarray(2 * id, 2 * id + 2) : []),
  ])];
}

// Under a map that follows another one the buttons are left out: the other one has them.
function samplesCard(map) {
  const { samples, data } = map, pictures = samples.codes.map((code) => map.decoder.decode(code).slice());
  const result = card("Random codes", data.follows ? null : () => map.showSamples(null));
  result.dataset.card = "samples";
  const where = samples.places ? " The crosses on the map show where they lie." : "";
  result.append(make("p", { class: "hint", text: data.sampling + where }),
    strip(pictures.map((picture, at) => tile(picture, 1, `Random code ${at + 1}: decoded`)), "Decoded random codes"),
    make("div", { class: "row" },
      !data.follows && button("Others", "casino", () => map.showSamples(samples.seed + 1)),
      button("Save PNG", "download", () =>
        savePng(`${data.title}-random.png`, sheet(pictures.map((picture) => [picture, 1]), RANDOM / 2, 6)))));
  return result;
}

function gridCard(map) {
  const { grid } = map, result = card("Grid of decoded digits", () => map.setGrid(null));
  result.dataset.card = "grid";
  const [left, bottom, right, top] = grid.rectangle;
  const words = `${grid.columns} × ${grid.rows} codes from ${codeWords([left, bottom])} to ${codeWords([right, top])}. ` +
    "No digit in the grid comes from a person.";
  result.append(make("p", { class: "hint", text: words }), make("div", { class: "row" },
    button("Fill the view", "fit_screen", () => map.setGrid(map.view.rectangle())),
    button("Save PNG", "download", () => savePng(`${map.data.title}-grid.png`, sheet([...map.gridPictures()], grid.columns, 4)))));
  return result;
}
