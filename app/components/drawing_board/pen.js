// A square canvas that one draws on with pointer or keys: white ink on nothing.

const BRUSH = 12; // of 140 pixels, a little more than two of a digit's 28
const PEN_STEP = 6;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Pen {
  // `lifted` is called after each stroke.
  constructor(canvas, lifted = () => {}) {
    Object.assign(this, { canvas, lifted, last: null, empty: true, at: [canvas.width / 2, canvas.height / 4] });
    this.ink = canvas.getContext("2d", { willReadFrequently: true });
    const on = (kind, act) => canvas.addEventListener(kind, act.bind(this));
    on("pointerdown", this.press);
    on("pointermove", this.drag);
    on("pointerup", this.lift);
    on("pointercancel", this.lift);
    on("keydown", this.key);
    on("keyup", (event) => event.key === "Shift" && this.lift());
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect(), scale = this.canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.place(event);
    this.line(this.last);
  }

  drag(event) {
    if (!this.last) return;
    for (const part of event.getCoalescedEvents?.() ?? []) this.line(this.place(part));
    this.line(this.place(event));
  }

  key(event) {
    const move = ARROWS[event.key];
    if (!move) return;
    event.preventDefault();
    const inside = (value) => Math.min(this.canvas.width - 8, Math.max(8, value));
    const to = this.at.map((value, axis) => inside(value + move[axis] * PEN_STEP));
    this.last = event.shiftKey ? this.at : null;
    if (this.last) this.line(to);
    this.at = to;
  }

  line(to) {
    const { ink } = this;
    ink.lineWidth = BRUSH;
    ink.lineCap = ink.lineJoin = "round";
    ink.strokeStyle = "#fff";
    ink.beginPath();
    ink.moveTo(...this.last);
    ink.lineTo(to[0] + 0.01, to[1]);
    ink.stroke();
    this.last = this.at = to;
    this.empty = false;
  }

  lift() {
    if (!this.last) return;
    this.last = null;
    this.lifted();
  }

  clear() {
    this.ink.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.empty = true;
  }

  // What Python takes: the side, and grey values row by row as text. Of white ink that is its opacity.
  drawing() {
    const side = this.canvas.width, { data } = this.ink.getImageData(0, 0, side, side);
    let grey = "";
    for (let i = 3; i < data.length; i += 4) grey += String.fromCharCode(data[i]);
    return { side, pixels: btoa(grey) };
  }
}
