// A small black board to draw a digit on. The drawing goes to Python, which encodes it.

const BOARD = 140; // pixels of the board, five for each of a digit's
const BRUSH = 11;

class Pad {
  constructor(done, close) {
    this.board = make("canvas", {
      class: "board", width: BOARD, height: BOARD, tabindex: 0, role: "img",
      "aria-label": "Board to draw a digit on. Arrow keys move the pen, and draw while Shift is held.",
    });
    this.pen = this.board.getContext("2d", { willReadFrequently: true });
    this.words = make("p", { class: "hint", text: "Draw one large digit. It is centred as MNIST's are, and encoded." });
    this.card = card("Draw your own digit", close, make("div", { class: "row start" }, this.board,
      make("div", { class: "stack" }, this.words,
        button("Place it on the map", "pin_drop", () => this.send(done), { class: "primary" }),
        button("Clear", "ink_eraser", () => this.clear()))));
    this.card.dataset.card = "draw";
    this.at = [BOARD / 2, BOARD / 4];
    this.listen();
    this.clear();
  }

  listen() {
    const { board } = this;
    const place = (event) => {
      const box = board.getBoundingClientRect();
      return [((event.clientX - box.left) * BOARD) / box.width, ((event.clientY - box.top) * BOARD) / box.height];
    };
    board.addEventListener("pointerdown", (event) => {
      board.setPointerCapture(event.pointerId);
      this.last = place(event);
      this.line(this.last);
    });
    board.addEventListener("pointermove", (event) => {
      if (!this.last) return;
      for (const part of event.getCoalescedEvents?.() ?? [event]) this.line(place(part));
      this.line(place(event));
    });
    for (const kind of ["pointerup", "pointercancel"]) board.addEventListener(kind, () => (this.last = null));
    board.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const moves = { ArrowLeft: [-6, 0], ArrowRight: [6, 0], ArrowUp: [0, -6], ArrowDown: [0, 6] }[event.key];
    if (!moves) return;
    event.preventDefault();
    const to = this.at.map((value, axis) => Math.min(BOARD - 8, Math.max(8, value + moves[axis])));
    this.last = this.at;
    if (event.shiftKey) this.line(to);
    this.last = null;
    this.at = to;
  }

  line(to) {
    const { pen } = this, [x, y] = this.last;
    pen.lineWidth = BRUSH;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#fff";
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(to[0] + 0.01, to[1]);
    pen.stroke();
    this.last = this.at = to;
    this.empty = false;
  }

  clear() {
    this.pen.fillStyle = "#000";
    this.pen.fillRect(0, 0, BOARD, BOARD);
    this.empty = true;
  }

  // Grey values row by row, as text.
  send(done) {
    if (this.empty) {
      this.words.textContent = "The board is empty: draw a digit first.";
      return;
    }
    const { data } = this.pen.getImageData(0, 0, BOARD, BOARD);
    let grey = "";
    for (let i = 0; i < data.length; i += 4) grey += String.fromCharCode(data[i]);
    this.words.textContent = "Encoding…";
    done({ side: BOARD, pixels: btoa(grey) });
  }
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
