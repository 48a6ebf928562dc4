/**
 * A square to draw on, with mouse, finger, pen or keyboard: dark ink on white paper.
 */

import { write } from "./elements.js";
import { base64 } from "./protocol.js";

const [SIDE, PEN, KEY_STEP] = [280, 20, 8];
const SENT = 112; // pixels a side of what the network is given
const WAIT = 120; // milliseconds between two answers while drawing

/** @typedef {{ width: number, height: number, pixels: string }} Drawing gray bytes in base64, row after row */

export class DrawingPad {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} hint says what the keys do
   * @param {(drawing: Drawing) => void} drawn called while and after drawing
   */
  constructor(canvas, hint, drawn) {
    this.canvas = canvas;
    this.hint = hint;
    this.drawn = drawn;
    this.empty = true;
    /** @type {[number, number] | null} */
    this.last = null;
    /** @type {[number, number]} */
    this.key = [SIDE / 2, SIDE / 2];
    this.penDown = false;
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.waiting = null;
    canvas.width = canvas.height = SIDE;
    this.#listen();
    this.clear();
  }

  clear() {
    const context = this.#context();
    context.fillStyle = "white";
    context.fillRect(0, 0, SIDE, SIDE);
    this.empty = true;
    this.last = null;
    this.penDown = false;
    this.#tell();
  }

  #listen() {
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.last = this.#place(event);
      this.#stroke(this.last);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.last === null) return;
      for (const one of event.getCoalescedEvents?.() ?? [event]) this.#stroke(this.#place(one));
    });
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => (this.last = null));
    this.canvas.addEventListener("keydown", (event) => this.#keyed(event));
  }

  /**
   * @param {PointerEvent} event
   * @returns {[number, number]}
   */
  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  /** @param {[number, number]} to */
  #stroke(to) {
    const context = this.#context();
    context.strokeStyle = "black";
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...(this.last ?? to));
    context.lineTo(...to);
    context.stroke();
    this.last = to;
    this.empty = false;
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const moved = moves[event.key];
    if (moved === undefined && event.key !== " ") return;
    event.preventDefault();
    if (event.key === " ") this.penDown = !this.penDown;
    const from = this.key;
    if (moved) this.key = [inside(from[0] + moved[0]), inside(from[1] + moved[1])];
    if (this.penDown) {
      this.last = from;
      this.#stroke(this.key);
      this.last = null;
    }
    this.#tell();
  }

  #tell() {
    const [x, y] = this.key.map((value) => Math.round((100 * value) / SIDE));
    const keys = `arrows move, space ${this.penDown ? "lifts" : "lowers"} the pen (${x} % right, ${y} % down)`;
    write(this.hint, `Draw with the mouse or a finger. Keys: ${keys}.`);
  }

  #changed() {
    if (this.waiting !== null) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      if (!this.empty) this.drawn(this.#picture());
    }, WAIT);
  }

  /** @returns {Drawing} */
  #picture() {
    const small = document.createElement("canvas");
    small.width = small.height = SENT;
    const context = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
    context.imageSmoothingQuality = "high";
    context.drawImage(this.canvas, 0, 0, SENT, SENT);
    const colors = context.getImageData(0, 0, SENT, SENT).data;
    return {
      width: SENT,
      height: SENT,
      pixels: base64(Uint8Array.from({ length: SENT * SENT }, (_, place) => colors[4 * place])),
    };
  }

  /** @returns {CanvasRenderingContext2D} */
  #context() {
    const context = this.canvas.getContext("2d");
    if (context === null) throw new Error("this browser draws no canvas");
    return context;
  }
}

/** @type {Record<string, [number, number]>} */
const moves = {
  ArrowLeft: [-KEY_STEP, 0],
  ArrowRight: [KEY_STEP, 0],
  ArrowUp: [0, -KEY_STEP],
  ArrowDown: [0, KEY_STEP],
};

/** @param {number} value */
function inside(value) {
  return Math.min(SIDE, Math.max(0, value));
}
