// Two maps side by side: one leads, the other follows it by the ids of digits.

const MAPS = STORE.maps;

class PairedMap extends LatentMap {
  constructor() {
    super();
    MAPS.add(this);
  }

  destroy() {
    MAPS.delete(this);
  }

  leader() {
    return this.data.follows ? [...MAPS].find((other) => !other.data.follows) : undefined;
  }

  // The digit that is pointed at here is shown on every other map, as that map's model rebuilds it.
  tellOthers() {
    const id = this.pointer?.id ?? -1;
    if (id === this.told) return;
    this.told = id;
    for (const other of MAPS) if (other !== this) other.takeEcho(id);
  }

  takeEcho(id) {
    this.echo = null;
    if (id >= 0 && id < this.total && this.codes) {
      const [x, y] = this.view.toPixels(this.places[2 * id], this.places[2 * id + 1]);
      this.echo = { x, y, id, decoded: this.decoder.decode(this.codeOfDigit(id)).slice() };
    }
    this.redraw();
  }

  leadOthers() {
    for (const other of this.followers()) other.follow(this);
  }

  followers() {
    return this.data.follows ? [] : [...MAPS].filter((other) => other.data?.follows && other.places);
  }

  // Codes and drawings have no place on another map; the pins that are left keep their letters.
  follow({ hidden, pins, selection, show, samples }) {
    const lettered = pins.map((pin, index) => ({ ...pin, letter: LETTERS[index] }));
    Object.assign(this, { hidden, show, pins: lettered.filter((pin) => pin.kind === "digit") });
    this.selection = selection && { ids: selection.ids, polygon: null };
    if (samples?.seed !== this.samples?.seed) this.showSamples(samples?.seed ?? null);
    this.light();
    this.redraw(true);
  }
}
