// The map as it is seen, twice as sharp, with its name and the colours of its classes.

const FOOT = 44;

function saveMap(map) {
  const ratio = 2, { view, theme } = map;
  const canvas = make("canvas", { width: view.width * ratio, height: (view.height + FOOT) * ratio });
  const pen = canvas.getContext("2d");
  map.setSize(ratio);
  map.drawPoints(ratio);
  map.overlay.draw(map, { ratio, lens: false });
  pen.fillStyle = theme.background;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(map.points.canvas, 0, 0);
  pen.drawImage(map.overlay.canvas, 0, 0);
  map.setSize(map.ratio);
  map.drawNow();
  pen.scale(ratio, ratio);
  drawFoot(pen, map);
  savePng(`${map.data.title}-map.png`, canvas);
}

function drawFoot(pen, { view, theme, palette, hidden, data }) {
  const middle = view.height + FOOT / 2;
  pen.font = `600 14px ${theme.font}`;
  pen.textBaseline = "middle";
  pen.fillStyle = theme.text;
  pen.fillText(data.title, 12, middle + 1);
  const shown = [...palette.keys()].filter((kind) => !((hidden >> kind) & 1));
  shown.forEach((kind, at) => {
    const x = view.width - 26 * (shown.length - at);
    pen.fillStyle = `rgb(${palette[kind]})`;
    pen.fillRect(x - 4, middle - 5, 10, 10);
    pen.fillStyle = theme.text;
    pen.fillText(kind, x + 9, middle + 1);
  });
}
