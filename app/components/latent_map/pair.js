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
    if (this.data.follows) return;
    for (const other of MAPS) if (other.data?.follows && other.places) other.follow(this);
  }

  follow({ hidden, pins, selection, show, samples }) {
    Object.assign(this, { hidden, show, pins: pins.filter((pin) => pin.kind === "digit") });
    this.selection = selection && { ids: selection.ids, polygon: null };
    if (samples?.seed !== this.samples?.seed) this.showSamples(samples?.seed ?? null);
    this.light();
    this.redraw(true);
  }
}
