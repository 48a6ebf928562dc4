/**
 * The drawing of a network: a square for each neuron with its map, a line for each weight.
 * Blue and full is positive, orange and dashed negative; the width of a line is the weight's size.
 */

import { SCALES, look } from "./colors.js";
import { brush, drawn, element, set, update } from "./elements.js";
import { colored, drawBorder, drawMap, largestOf, zeroLine } from "./heat_map.js";
import { biasOf, weightOf } from "./network_columns.js";
import { lineWidth, neighbor, plan } from "./network_plan.js";
import { signed } from "./numbers.js";
import { mapOf } from "./protocol.js";

/** @typedef {import("./network_columns.js").Column} Column */
/** @typedef {import("./protocol.js").Frame} Frame */
/** @typedef {import("./protocol.js").Arrays} Arrays */
/**
 * @typedef {{
 *   column: number, drawn: number, place: number, button: HTMLButtonElement, canvas: HTMLCanvasElement,
 *   bias: HTMLButtonElement, size: number
 * }} Square drawn: its place among those that are drawn; place: among all of its layer
 * @typedef {{
 *   column: number, from: number, to: number, line: SVGPathElement, touch: SVGPathElement, weight: number | null, real: boolean
 * }} Link one that is not real stands for a whole picture's
 */
/**
 * @typedef {{
 *   neuron: (column: Column, place: number) => void,
 *   weight: (to: Column, from: number, unit: number) => void,
 *   bias: (column: Column, unit: number) => void,
 *   over: (what: { column: Column, place: number, at: Element } | null) => void,
 *   overWeight: (text: string) => void
 * }} Handler what happens on a click, and where the pointer or the keyboard is
 */

const LINK_HEIGHT = 400;

export class NetworkView {
  /**
   * @param {HTMLElement} place
   * @param {Handler} handler
   */
  constructor(place, handler) {
    this.handler = handler;
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Square[]} */
    this.squares = [];
    /** @type {Link[]} */
    this.links = [];
    this.picture = drawn("svg", { "aria-hidden": "true" });
    this.field = element("div", {
      class: "plan",
      role: "group",
      "aria-label": "Neurons: arrow keys move, enter looks inside",
    });
    this.field.append(this.picture);
    this.field.addEventListener("keydown", (event) => this.#moved(event));
    place.append(this.field);
  }

  /**
   * Draw another structure.
   * @param {Column[]} columns
   * @param {number} width
   * @returns {number[]} the middle of each column
   */
  build(columns, width) {
    this.columns = columns;
    const [left, right] = [nameRoom(columns[0]), nameRoom(columns[columns.length - 1])];
    const planned = plan(
      columns.map((column) => column.shown.length),
      width - left - right,
      LINK_HEIGHT,
    );
    const wide = planned.width + left + right;
    this.field.style.width = `${wide}px`;
    this.field.style.height = `${planned.height}px`;
    set(this.picture, { width: wide, height: planned.height, viewBox: `${-left} 0 ${wide} ${planned.height}` });
    this.links = planned.lines.map((line) => this.#link(line));
    this.picture.replaceChildren(...this.links.map((link) => link.line), ...this.links.map((link) => link.touch));
    this.squares = planned.columns.flat().map((spot) => this.#square(spot, left + spot.x));
    this.field.replaceChildren(this.picture, ...this.squares.flatMap((square) => [square.button, square.bias]));
    this.squares[0]?.button.setAttribute("tabindex", "0");
    return planned.columns.map((column) => left + column[0].x);
  }

  /**
   * @param {import("./network_plan.js").Line} line
   * @returns {Link}
   */
  #link(line) {
    const [before, to] = [this.columns[line.layer - 1], this.columns[line.layer]];
    const [from, unit] = [before.shown[line.from], to.shown[line.to]];
    const link = {
      column: line.layer,
      from,
      to: unit,
      weight: /** @type {number | null} */ (null),
      real: before.names.length === before.all,
      line: drawn("path", { d: line.path, class: "link" }),
      touch: drawn("path", { d: line.path, class: "touch" }),
    };
    if (!link.real) return link;
    link.touch.addEventListener("click", () => this.handler.weight(to, from, unit));
    link.touch.addEventListener("pointerenter", () => {
      link.line.classList.add("at");
      this.handler.overWeight(
        `weight from ${before.names[from]} to ${to.names[unit]}: ${signed(link.weight)}. Click to change it.`,
      );
    });
    link.touch.addEventListener("pointerleave", () => {
      link.line.classList.remove("at");
      this.handler.overWeight("");
    });
    return link;
  }

  /**
   * @param {import("./network_plan.js").Spot} spot
   * @param {number} x
   * @returns {Square}
   */
  #square(spot, x) {
    const column = this.columns[spot.layer];
    const place = column.shown[spot.place];
    const canvas = element("canvas", { "aria-hidden": "true" });
    const bias = element("button", { type: "button", class: spot.size < 30 ? "bias fine" : "bias", tabindex: -1, hidden: !column.bias });
    bias.addEventListener("click", () => this.handler.bias(column, place));
    const named =
      column.kind !== "hidden" &&
      element("span", { class: `name ${column.kind}`, "aria-hidden": "true" }, column.names[place]);
    const button = element("button", { type: "button", class: "neuron", tabindex: -1 }, canvas, named);
    Object.assign(button.style, {
      left: `${x}px`,
      top: `${spot.y}px`,
      width: `${spot.size}px`,
      height: `${spot.size}px`,
    });
    Object.assign(bias.style, { left: `${x - spot.size / 2}px`, top: `${spot.y + spot.size / 2}px` });
    const square = { column: spot.layer, drawn: spot.place, place, button, canvas, bias, size: spot.size };
    button.addEventListener("click", () => this.handler.neuron(column, place));
    for (const enter of ["pointerenter", "focus"]) button.addEventListener(enter, () => this.#over(square));
    for (const leave of ["pointerleave", "blur"]) button.addEventListener(leave, () => this.#over(null));
    return square;
  }

  /** @param {Square | null} square */
  #over(square) {
    this.field.classList.toggle("dimmed", square !== null);
    for (const link of this.links) {
      const near =
        square !== null &&
        ((link.column === square.column && link.to === square.place) ||
          (link.column - 1 === square.column && link.from === square.place));
      link.line.classList.toggle("near", near);
    }
    this.handler.over(square && { column: this.columns[square.column], place: square.place, at: square.button });
  }

  /** @param {KeyboardEvent} event */
  #moved(event) {
    if (!event.key.startsWith("Arrow")) return;
    const from = this.squares.find((square) => square.button === event.target);
    if (!from) return;
    event.preventDefault();
    event.stopPropagation();
    const [column, place] = neighbor(
      this.columns.map((one) => one.shown.length),
      from.column,
      from.drawn,
      event.key,
    );
    const to = this.squares.find((square) => square.column === column && square.drawn === place);
    from.button.setAttribute("tabindex", "-1");
    to?.button.setAttribute("tabindex", "0");
    to?.button.focus();
  }

  /**
   * Show a frame.
   * @param {Frame} frame
   * @param {Arrays} arrays
   * @param {boolean} discrete
   */
  paint(frame, arrays, discrete) {
    this.#paintLinks(arrays);
    for (const square of this.squares) {
      this.#paintBias(square, arrays);
      this.#paintMap(square, frame, arrays, discrete);
    }
  }

  /** @param {Arrays} arrays */
  #paintLinks(arrays) {
    for (const link of this.links)
      link.weight = link.real ? weightOf(arrays, this.columns[link.column], link.from, link.to) : null;
    const largest = largestOf(this.links.map((link) => link.weight ?? 0));
    for (const link of this.links) {
      const weight = link.weight ?? 0;
      update(link.line, "stroke-width", lineWidth(weight, largest).toFixed(1));
      link.line.classList.toggle("positive", weight > 0);
      link.line.classList.toggle("negative", weight < 0);
    }
  }

  /**
   * @param {Square} square
   * @param {Arrays} arrays
   */
  #paintBias(square, arrays) {
    const column = this.columns[square.column];
    const bias = biasOf(arrays, column, square.place);
    square.bias.classList.toggle("positive", (bias ?? 0) > 0);
    square.bias.classList.toggle("negative", (bias ?? 0) < 0);
    const name = nameOf(column, square.place);
    update(square.button, "aria-label", bias === null ? name : `${name}, bias ${signed(bias)}`);
    update(square.bias, "aria-label", `Bias of ${name}: ${signed(bias)}. Click to change it.`);
    update(square.bias, "title", `bias ${signed(bias)}`);
  }

  /**
   * @param {Square} square
   * @param {Frame} frame
   * @param {Arrays} arrays
   * @param {boolean} discrete
   */
  #paintMap(square, frame, arrays, discrete) {
    const context = brush(square.canvas, square.size - 2, square.size - 2);
    const values = mapFor(this.columns[square.column], square.place, frame, arrays);
    context.clearRect(0, 0, square.size, square.size);
    if (values !== null) {
      drawMap(context, colored(values, largestOf(values), SCALES[look()], discrete), square.size - 2);
      drawBorder(context, zeroLine(values), square.size - 2, 0.6);
    }
  }
}

/**
 * The map of a neuron in a frame; null where the frame has none.
 * @param {Column} column
 * @param {number} place
 * @param {Frame} frame
 * @param {Arrays} arrays
 * @returns {Float32Array | null}
 */
export function mapFor(column, place, frame, arrays) {
  const maps = arrays[`map/${column.layer}`];
  const span = frame.maps.find((one) => one.layer === column.layer);
  return maps && span && place < maps.shape[0] ? mapOf(maps, place, span.low[place], span.high[place]) : null;
}

/**
 * @param {Column} column
 * @param {number} place
 * @returns {string} of a neuron, for a screen reader
 */
export function nameOf(column, place) {
  if (column.kind === "hidden") return `${column.names[place]} of layer ${column.layer}`;
  return `${column.kind} ${column.names[place]}`;
}

/** @param {Column} column */
function nameRoom(column) {
  return 16 + 7 * Math.min(16, Math.max(...column.shown.map((place) => column.names[place].length)));
}
