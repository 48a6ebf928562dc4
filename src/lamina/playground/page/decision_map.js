/**
 * What the network answers everywhere on the plane, with the examples on it and the answer where the pointer is.
 */

import { SCALES, css, likeliest, look, ofNumber, ofClass, blend } from "./colors.js";
import { brush, element, set, update, write } from "./elements.js";
import { classBorder, colored, drawBorder, drawMap, largestOf, zeroLine } from "./heat_map.js";
import { drawMark } from "./marks.js";
import { percent, short, signed } from "./numbers.js";
import { upright } from "./protocol.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./protocol.js").Part} Part */
/** @typedef {import("./protocol.js").Plane} Plane */
/** @typedef {import("./protocol.js").Run} Run */

const [RADIUS, NEAR] = [3.2, 0.03];
const PALEST = 0.12;
const KEY_STEP = 0.04;

export class DecisionMap {
  /**
   * @param {Store} store
   * @param {string} name of the run
   * @param {(example: Record<string, unknown>) => void} chosen what was clicked: an example, or a place
   */
  constructor(store, name, chosen) {
    this.store = store;
    this.name = name;
    this.chosen = chosen;
    /** @type {[number, number] | null} */
    this.pointer = null;
    this.canvas = element("canvas", { tabindex: 0, role: "application" });
    this.reading = element("p", { class: "reading", "aria-live": "polite" });
    this.axes = element("p", { class: "axes quiet" });
    this.root = element("div", {}, element("div", { class: "map" }, this.canvas), this.axes, this.reading);
    this.canvas.addEventListener("pointermove", (event) => this.#point(event));
    this.canvas.addEventListener("pointerleave", () => this.#leave());
    this.canvas.addEventListener("click", (event) => this.#click(event));
    this.canvas.addEventListener("keydown", (event) => this.#keyed(event));
    this.canvas.addEventListener("blur", () => this.#leave());
  }

  /** @returns {Run | undefined} */
  get run() {
    return this.store.state?.runs[this.name];
  }

  /** @returns {Plane | null} */
  get plane() {
    return this.store.data[this.name]?.plane ?? null;
  }

  paint() {
    const side = this.canvas.clientWidth;
    const position = this.store.positions[this.name];
    if (!side || !this.plane) return;
    const context = brush(this.canvas, side, side);
    context.clearRect(0, 0, side, side);
    if (position?.frame.decision?.kind === "numbers") this.#paintNumbers(context, side);
    else if (position) this.#paintClasses(context, side);
    const parts = this.store.data[this.name].examples;
    this.#paintPoints(context, side, parts.train, false);
    if (this.store.view.test) this.#paintPoints(context, side, parts.test, true);
    this.#paintPointer(context, side);
    write(this.axes, this.#axes());
    update(this.canvas, "aria-label", this.#told());
    this.#read();
  }

  /** What the map is drawn over. */
  #axes() {
    const [across, up] = this.plane?.axes ?? [];
    return `across ${across}, up ${up}${this.plane?.held ? "; the others at their usual values" : ""}`;
  }

  #told() {
    const error = this.store.positions[this.name]?.frame.error.test;
    const run = this.run;
    const wrong = run?.task === "classification" ? `, ${percent(error)} of the test examples wrong` : "";
    return `Answers over ${this.plane?.axes.join(" and ")}${wrong}. Arrow keys read places, enter explains one.`;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} side
   */
  #paintClasses(context, side) {
    const arrays = this.store.positions[this.name].arrays;
    if (!arrays["decision/class"]) return;
    const classes = upright(arrays["decision/class"]);
    const certainty = upright(arrays["decision/certainty"]);
    const scale = SCALES[look()];
    const guessing = 1 / Math.max(2, this.run?.classes.length ?? 2);
    const bytes = new Uint8ClampedArray(4 * classes.length).fill(255);
    for (let place = 0; place < classes.length; place++) {
      const sure = this.store.view.discrete ? 0.75 : (certainty[place] / 255 - guessing) / (1 - guessing);
      bytes.set(blend(scale.zero, ofClass(classes[place]), PALEST + 0.68 * sure), 4 * place);
    }
    drawMap(context, bytes, side, !this.store.view.discrete);
    const two = this.run?.classes.length === 2;
    drawBorder(context, classBorder(classes, certainty, two), side);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} side
   */
  #paintNumbers(context, side) {
    const values = this.#values();
    if (values === null) return;
    const middle = this.#middle();
    const around = values.map((value) => value - middle);
    drawMap(
      context,
      colored(around, this.#reach() || largestOf(around), SCALES[look()], this.store.view.discrete),
      side,
    );
    drawBorder(context, zeroLine(around), side);
  }

  /** @returns {Float32Array | null} the answers, the highest row first */
  #values() {
    const { arrays, frame } = this.store.positions[this.name];
    const found = arrays["decision/value"];
    const { low = 0, high = 1 } = frame.decision ?? {};
    return found ? Float32Array.from(upright(found), (byte) => low + (byte / 255) * (high - low)) : null;
  }

  /** Colors of numbers turn at zero where targets have both signs, else at the middle of the targets. */
  #middle() {
    const [low, high] = this.#span();
    return low < 0 && high > 0 ? 0 : (low + high) / 2;
  }

  #reach() {
    const [low, high] = this.#span();
    return Math.max(high - this.#middle(), this.#middle() - low);
  }

  /** @returns {[number, number]} of the targets */
  #span() {
    const { target_low: low, target_high: high } = this.store.data[this.name];
    return [low ?? -1, high ?? 1];
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} side
   * @param {Part} part
   * @param {boolean} hollow
   */
  #paintPoints(context, side, part, hollow) {
    if (!part?.x || !part.y || !part.target) return;
    const isClass = this.run?.task === "classification";
    // A number that is learnt well has the color of the map behind it: its edge must not.
    const edge = (look() === "dark") === isClass ? "#101216" : "#ffffff";
    for (let at = 0; at < part.x.length; at++) {
      const [x, y] = this.#toScreen(part.x[at], part.y[at]);
      const target = part.target[at];
      // Between other data and the state that belongs to it a number may stand where a class was.
      if (target === null || (isClass && !(Number.isInteger(target) && target >= 0))) continue;
      const fill = isClass
        ? undefined
        : css(ofNumber((target - this.#middle()) / (this.#reach() || 1), SCALES[look()]));
      drawMark(context, isClass ? target : 0, x * side, y * side, RADIUS, { hollow, edge, fill });
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} side
   */
  #paintPointer(context, side) {
    if (this.pointer === null) return;
    context.strokeStyle = look() === "dark" ? "#ffffff" : "#101216";
    context.lineWidth = 1.5;
    context.strokeRect(this.pointer[0] * side - 6, this.pointer[1] * side - 6, 12, 12);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {[number, number]} from 0 to 1, from the upper left
   */
  #toScreen(x, y) {
    const { low, high } = /** @type {Plane} */ (this.plane);
    return [(x - low[0]) / (high[0] - low[0]), 1 - (y - low[1]) / (high[1] - low[1])];
  }

  /** @param {[number, number]} at */
  #toPlane([x, y]) {
    const { low, high } = /** @type {Plane} */ (this.plane);
    return [low[0] + x * (high[0] - low[0]), low[1] + (1 - y) * (high[1] - low[1])];
  }

  /** @param {PointerEvent | MouseEvent} event */
  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    this.pointer = [limited((event.clientX - box.left) / box.width), limited((event.clientY - box.top) / box.height)];
    this.#read();
  }

  #leave() {
    this.pointer = null;
    write(this.reading, "");
    this.store.tell("view");
  }

  #read() {
    const position = this.store.positions[this.name];
    if (this.pointer === null || !this.plane || !position) return;
    const [x, y] = this.#toPlane(this.pointer);
    write(
      this.reading,
      `${this.plane.axes[0]} ${short(x)}, ${this.plane.axes[1]} ${short(y)}: ${this.#answer(this.pointer)}`,
    );
  }

  /**
   * @param {[number, number]} at
   * @returns {string}
   */
  #answer(at) {
    const { arrays } = this.store.positions[this.name];
    const grid = arrays["decision/class"] ?? arrays["decision/value"];
    if (!grid) return "";
    const side = grid.shape[0];
    const place = Math.min(side - 1, Math.floor(at[1] * side)) * side + Math.min(side - 1, Math.floor(at[0] * side));
    const values = arrays["decision/class"] ? null : this.#values();
    if (values) return signed(values[place]);
    const named = this.run?.classes[upright(arrays["decision/class"])[place]] ?? "";
    return `${named}, ${percent(upright(arrays["decision/certainty"])[place] / 255)} sure`;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!this.plane) return;
    this.#point(event);
    this.#choose();
  }

  #choose() {
    if (this.pointer === null || !this.plane) return;
    const near = this.#nearest(this.pointer);
    const [x, y] = this.#toPlane(this.pointer);
    const [first, second] = this.plane.axes;
    if (near !== null) this.chosen(near);
    else if (!this.plane.held)
      this.chosen({ values: { [first]: Number(x.toPrecision(4)), [second]: Number(y.toPrecision(4)) } });
  }

  /**
   * @param {[number, number]} at
   * @returns {Record<string, unknown> | null} the example that is drawn there
   */
  #nearest(at) {
    const parts = this.store.view.test ? ["test", "train"] : ["train"];
    const found = parts.flatMap((part) => {
      const { x, y } = this.store.data[this.name].examples[part] ?? {};
      if (!x || !y) return [];
      const away = x.map((one, number) => {
        const [across, down] = this.#toScreen(one, y[number]);
        return Math.hypot(at[0] - across, at[1] - down);
      });
      const number = likeliest(away.map((value) => -value));
      return away.length && away[number] < NEAR ? [{ part, number, away: away[number] }] : [];
    });
    const best = found.sort((a, b) => a.away - b.away)[0];
    return best ? { part: best.part, number: best.number } : null;
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const moved = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    })[event.key];
    if (event.key === "Enter") this.#choose();
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y] = this.pointer ?? [0.5, 0.5];
    this.pointer = [limited(x + KEY_STEP * moved[0]), limited(y + KEY_STEP * moved[1])];
    this.store.tell("view");
  }

  /** @param {boolean} shown */
  show(shown) {
    set(this.root, { hidden: !shown });
  }
}

/** @param {number} value */
function limited(value) {
  return Math.min(1, Math.max(0, value));
}
