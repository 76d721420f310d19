// A small black board to draw a digit on. The drawing goes to Python, which encodes it.

const BOARD = 140; // pixels of the board, five for each of a digit's

class Pad {
  constructor(done, close) {
    this.board = make("canvas", {
      class: "board", width: BOARD, height: BOARD, tabindex: 0, role: "img",
      "aria-label": "Board to draw a digit on. Arrow keys move the pen, and draw while Shift is held.",
    });
    this.pen = new Pen(this.board);
    this.words = make("p", { class: "hint", text: "Draw one large digit. It is centred as MNIST's are, and encoded." });
    this.card = card("Draw your own digit", close, make("div", { class: "row start" }, this.board,
      make("div", { class: "stack" }, this.words,
        button("Place it on the map", "pin_drop", () => this.send(done), { class: "primary" }),
        button("Clear", "ink_eraser", () => this.pen.clear()))));
    this.card.dataset.card = "draw";
  }

  send(done) {
    this.words.textContent = this.pen.empty ? "The board is empty: draw a digit first." : "Encoding…";
    if (!this.pen.empty) done(this.pen.drawing());
  }
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
