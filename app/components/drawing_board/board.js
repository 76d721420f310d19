// Draws with pointer or keys; tells Python after each stroke.

const BRUSH = 12; // of 140 pixels, a little more than two of a digit's 28
const STEP = 6;

class Board {
  constructor(root) {
    this.canvas = root.querySelector("canvas");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.at = [this.canvas.width / 2, this.canvas.height / 4];
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.last = this.place(event);
      this.line(this.last);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.last) return;
      for (const part of event.getCoalescedEvents?.() ?? []) this.line(this.place(part));
      this.line(this.place(event));
    });
    this.canvas.addEventListener("pointerup", () => this.finish());
    this.canvas.addEventListener("pointercancel", () => this.finish());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("keyup", (event) => event.key === "Shift" && this.finish());
    root.querySelector("button").addEventListener("click", () => {
      this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.send("clear", true);
    });
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect(), scale = this.canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  key(event) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!x && !y) return;
    event.preventDefault();
    const inside = (value) => Math.min(this.canvas.width - 8, Math.max(8, value));
    const to = [inside(this.at[0] + x * STEP), inside(this.at[1] + y * STEP)];
    this.last = event.shiftKey ? this.at : null;
    if (this.last) this.line(to);
    this.at = to;
  }

  line(to) {
    this.pen.lineWidth = BRUSH;
    this.pen.lineCap = this.pen.lineJoin = "round";
    this.pen.strokeStyle = "#fff";
    this.pen.beginPath();
    this.pen.moveTo(...this.last);
    this.pen.lineTo(to[0] + 0.01, to[1]);
    this.pen.stroke();
    this.last = this.at = to;
  }

  finish() {
    if (!this.last) return;
    this.last = null;
    const { data } = this.pen.getImageData(0, 0, this.canvas.width, this.canvas.height);
    let grey = "";
    for (let i = 3; i < data.length; i += 4) grey += String.fromCharCode(data[i]); // white ink: its opacity
    this.send("drawing", { side: this.canvas.width, pixels: btoa(grey) });
  }
}

const BOARDS = new WeakMap();

export default function mount({ parentElement, setTriggerValue }) {
  if (!BOARDS.has(parentElement)) BOARDS.set(parentElement, new Board(parentElement));
  BOARDS.get(parentElement).send = setTriggerValue;
  return () => BOARDS.delete(parentElement);
}
