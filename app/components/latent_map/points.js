// The digits as points or as pictures of themselves, drawn by WebGL; on a plain canvas where there is none.

const COLUMNS = 100; // digits a row in the sheet of pictures
const VERTEX = `#version 300 es
in vec2 place; in float label; in float lit;
uniform vec2 centre, scale; uniform float size; uniform int hidden; uniform vec3 palette[10]; uniform bool dimming;
flat out vec3 colour; flat out float strength; flat out vec2 cell;
void main() {
  int kind = int(label);
  bool gone = ((hidden >> kind) & 1) == 1;
  gl_Position = gone ? vec4(2.0, 2.0, 2.0, 1.0) : vec4((place - centre) * scale, 0.0, 1.0);
  gl_PointSize = size;
  colour = palette[kind];
  strength = dimming && lit < 0.5 ? 0.12 : 0.85;
  cell = vec2(gl_VertexID % ${COLUMNS}, gl_VertexID / ${COLUMNS});
}`;
const FRAGMENT = `#version 300 es
precision highp float;
flat in vec3 colour; flat in float strength; flat in vec2 cell;
uniform bool pictures; uniform float size; uniform vec2 sheet; uniform sampler2D atlas;
out vec4 result;
void main() {
  float ink = pictures
    ? texture(atlas, (cell + gl_PointCoord) / sheet).r
    : clamp((0.5 - distance(gl_PointCoord, vec2(0.5))) * size, 0.0, 1.0);
  if (ink < 0.02) discard;
  result = vec4(colour, 1.0) * ink * strength;
}`;

function makePoints(canvas) {
  const options = { alpha: true, antialias: false, depth: false, premultipliedAlpha: true };
  const gl = canvas.getContext("webgl2", options);
  return gl ? new GlPoints(canvas, gl) : new PlainPoints(canvas);
}

class GlPoints {
  constructor(canvas, gl) {
    Object.assign(this, { canvas, gl, kind: "webgl" });
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.prepare();
      this.again?.();
    });
    this.prepare();
  }

  prepare() {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.program = program;
    this.uniforms = {};
    this.buffers = {};
    this.texture = null;
    if (this.places) this.setPlaces(this.places, this.labels);
  }

  uniform(name) {
    return (this.uniforms[name] ??= this.gl.getUniformLocation(this.program, name));
  }

  attribute(name, data, size, type) {
    const { gl } = this, at = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, (this.buffers[name] ??= gl.createBuffer()));
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, false, 0, 0);
  }

  setPlaces(places, labels) {
    const { gl } = this;
    Object.assign(this, { places, labels });
    this.attribute("place", places, 2, gl.FLOAT);
    this.attribute("label", labels, 1, gl.UNSIGNED_BYTE);
    if (this.litFlags?.length !== labels.length) this.litFlags = new Uint8Array(labels.length);
    this.setLit(this.litFlags);
  }

  // 1 for every digit that stays bright while a selection dims the others.
  setLit(flags) {
    this.litFlags = flags;
    this.attribute("lit", flags, 1, this.gl.UNSIGNED_BYTE);
  }

  setPixels(pixels) {
    this.pixels = pixels;
    this.texture = null;
  }

  // One sheet with all digits side by side; made when pictures are wanted for the first time.
  makeTexture() {
    const { gl, pixels } = this;
    const count = pixels.length / PIXELS, rows = Math.ceil(count / COLUMNS), wide = COLUMNS * SIDE;
    const sheet = new Uint8Array(wide * rows * SIDE);
    for (let id = 0; id < count; id++) {
      const corner = Math.floor(id / COLUMNS) * SIDE * wide + (id % COLUMNS) * SIDE;
      for (let row = 0; row < SIDE; row++) {
        sheet.set(pixels.subarray(id * PIXELS + row * SIDE, id * PIXELS + (row + 1) * SIDE), corner + row * wide);
      }
    }
    this.texture = gl.createTexture();
    this.rows = rows;
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, wide, rows * SIDE, 0, gl.RED, gl.UNSIGNED_BYTE, sheet);
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
  }

  draw(view, { hidden, palette, size, pictures, dimming, ratio }) {
    const { gl } = this;
    if (pictures && !this.texture) this.makeTexture();
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(this.uniform("centre"), view.x, view.y);
    gl.uniform2f(this.uniform("scale"), (2 * view.scale) / view.width, (2 * view.scale) / view.height);
    gl.uniform1f(this.uniform("size"), size * ratio);
    gl.uniform1i(this.uniform("hidden"), hidden);
    gl.uniform3fv(this.uniform("palette"), palette.flat().map((value) => value / 255));
    gl.uniform1i(this.uniform("dimming"), dimming ? 1 : 0);
    gl.uniform1i(this.uniform("pictures"), pictures ? 1 : 0);
    gl.uniform2f(this.uniform("sheet"), COLUMNS, this.rows ?? 1);
    gl.drawArrays(gl.POINTS, 0, this.labels.length);
  }

  forgetColours() {}

  // A browser keeps only a few contexts: give this one back at once.
  release() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

class PlainPoints {
  constructor(canvas) {
    Object.assign(this, { canvas, kind: "canvas", pen: canvas.getContext("2d"), stamps: new Map() });
  }

  setPlaces(places, labels) {
    Object.assign(this, { places, labels, lit: new Uint8Array(labels.length) });
    this.stamps.clear();
  }

  setLit(flags) {
    this.lit = flags;
  }

  setPixels(pixels) {
    this.pixels = pixels;
    this.stamps.clear();
  }

  draw(view, { hidden, palette, size, pictures, dimming, ratio }) {
    const { pen, canvas, places, labels } = this;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (let id = 0; id < labels.length; id++) {
      if ((hidden >> labels[id]) & 1) continue;
      const [x, y] = view.toPixels(places[2 * id], places[2 * id + 1]);
      if (x < -size || y < -size || x > view.width + size || y > view.height + size) continue;
      pen.globalAlpha = dimming && !this.lit[id] ? 0.12 : 0.85;
      if (pictures) {
        pen.drawImage(this.stamp(id, palette[labels[id]]), x - size / 2, y - size / 2, size, size);
      } else {
        pen.fillStyle = `rgb(${palette[labels[id]]})`;
        pen.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }
  }

  forgetColours() {
    this.stamps.clear();
  }

  // A digit in its class's colour on nothing.
  stamp(id, [red, green, blue]) {
    if (!this.stamps.has(id)) {
      const image = new ImageData(SIDE, SIDE);
      for (let i = 0; i < PIXELS; i++) image.data.set([red, green, blue, this.pixels[id * PIXELS + i]], 4 * i);
      const canvas = new OffscreenCanvas(SIDE, SIDE);
      canvas.getContext("2d").putImageData(image, 0, 0);
      this.stamps.set(id, canvas);
    }
    return this.stamps.get(id);
  }

  release() {}
}
