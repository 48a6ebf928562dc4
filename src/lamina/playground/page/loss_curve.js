/**
 * The picture of the losses: train with a full line, test with a dashed one, the reading where the pointer is.
 */

import { across, marks, nearest, path, range, spread, thinned, up } from "./curve.js";
import { drawn, set, update, write } from "./elements.js";
import { grouped, short } from "./numbers.js";

/** @typedef {import("./curve.js").Point} Point */

const [WIDTH, HEIGHT] = [320, 132];
const BOX = { left: 38, top: 8, width: 196, height: 100 };
const LABELS_APART = 13;
const KINDS = /** @type {const} */ (["train", "test"]);

export class LossCurve {
  /** @param {HTMLElement} place */
  constructor(place) {
    /** @type {Point[]} */
    this.points = [];
    /** @type {number | null} where the pointer is, in the picture's own units */
    this.pointer = null;
    this.logarithmic = false;
    this.seen = range([], false);
    this.axis = drawn("g", { class: "axis" });
    this.ends = KINDS.map((kind) => drawn("text", { class: `curve-label ${kind}`, x: BOX.left + BOX.width + 5 }));
    this.lines = KINDS.map((kind) => drawn("path", { class: `curve ${kind}`, fill: "none" }));
    this.cursor = drawn("line", { class: "cursor", y1: BOX.top, y2: BOX.top + BOX.height, visibility: "hidden" });
    this.here = drawn("line", { class: "here", y1: BOX.top, y2: BOX.top + BOX.height, visibility: "hidden" });
    this.picture = drawn(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "Losses while training" },
      this.axis,
      ...this.lines,
      ...this.ends,
      this.here,
      this.cursor,
    );
    this.reading = document.createElement("p");
    this.reading.className = "reading";
    this.picture.addEventListener("pointermove", (event) => this.#point(event));
    this.picture.addEventListener("pointerleave", () => this.#point(null));
    place.append(this.picture, this.reading);
    this.draw();
  }

  /**
   * @param {Point[]} points of the run, in the order of its steps
   * @param {Point[]} [all] those of every run: beside each other they have the same axes
   * @param {number} [epoch] that is shown: marked where the run has gone back to it
   */
  show(points, all = points, epoch = Infinity) {
    this.points = thinned(points);
    this.draw(all);
    const last = this.points[this.points.length - 1]?.epoch ?? 0;
    const at = across(Math.min(epoch, last), this.seen, BOX);
    set(this.here, { x1: at, x2: at, visibility: epoch < last ? "visible" : "hidden" });
  }

  /** @param {Point[]} [all] */
  draw(all = this.points) {
    this.seen = range(all, this.logarithmic);
    this.#drawAxis(Math.max(0, ...all.map((point) => point.epoch)));
    KINDS.forEach((kind, at) => update(this.lines[at], "d", path(this.points, kind, this.seen, BOX)));
    this.#label();
    this.#read();
  }

  /** @param {number} epoch at its end */
  #drawAxis(epoch) {
    const bottom = BOX.top + BOX.height;
    const lines = marks(this.seen).map((value) => {
      const y = up(value, this.seen, BOX);
      return drawn(
        "g",
        {},
        drawn("line", { x1: BOX.left, x2: BOX.left + BOX.width, y1: y, y2: y }),
        drawn("text", { x: BOX.left - 5, y: y + 4, "text-anchor": "end" }, short(value)),
      );
    });
    this.axis.replaceChildren(
      ...lines,
      drawn("text", { x: BOX.left, y: bottom + 16 }, "0"),
      drawn(
        "text",
        { x: BOX.left + BOX.width, y: bottom + 16, "text-anchor": "end" },
        `epoch ${epoch < 1 ? short(epoch) : grouped(epoch)}`,
      ),
    );
  }

  #label() {
    const last = this.points[this.points.length - 1];
    const values = KINDS.map((kind) => last?.[kind] ?? null);
    const heights = values.map((value) => (drawable(value, this.logarithmic) ? up(value, this.seen, BOX) : BOX.top));
    const placed = spread(heights, LABELS_APART, BOX);
    KINDS.forEach((kind, at) => {
      set(this.ends[at], { y: placed[at] + 4, visibility: values[at] === null ? "hidden" : "visible" });
      write(this.ends[at], `${kind} ${short(values[at])}`);
    });
    const told = last ? `: at epoch ${short(last.epoch)} train ${short(last.train)}, test ${short(last.test)}` : "";
    update(this.picture, "aria-label", `Losses while training${told}`);
  }

  /** @param {PointerEvent | null} event null: the pointer has left */
  #point(event) {
    const box = this.picture.getBoundingClientRect();
    this.pointer = event && ((event.clientX - box.left) / box.width) * WIDTH;
    this.#read();
  }

  /** The reading stays under a pointer that rests while the run goes on. */
  #read() {
    const point = this.pointer === null ? null : nearest(this.points, this.pointer, this.seen, BOX);
    if (point === null) return this.#unread();
    const at = across(point.epoch, this.seen, BOX);
    set(this.cursor, { x1: at, x2: at, visibility: "visible" });
    write(this.reading, `epoch ${short(point.epoch)}: train ${short(point.train)}, test ${short(point.test)}`);
  }

  #unread() {
    set(this.cursor, { visibility: "hidden" });
    write(this.reading, "");
  }
}

/**
 * @param {number | null} value
 * @param {boolean} logarithmic
 * @returns {value is number}
 */
function drawable(value, logarithmic) {
  return value !== null && Number.isFinite(value) && (!logarithmic || value > 0);
}
