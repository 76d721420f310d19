// Tells Python after each stroke what is on the board.

class Board {
  constructor(root) {
    const pen = new Pen(root.querySelector("canvas"), () => this.send("drawing", pen.drawing()));
    root.querySelector("button").addEventListener("click", () => {
      pen.clear();
      this.send("clear", true);
    });
  }
}

const BOARDS = new WeakMap();

export default function mount({ parentElement, setTriggerValue }) {
  if (!BOARDS.has(parentElement)) BOARDS.set(parentElement, new Board(parentElement));
  BOARDS.get(parentElement).send = setTriggerValue;
  return () => BOARDS.delete(parentElement);
}
