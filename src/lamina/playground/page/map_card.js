/**
 * What is under the pointer or the keyboard, larger and in numbers: a neuron's map, its bias, its span.
 */

import { SCALES, look } from "./colors.js";
import { brush, element } from "./elements.js";
import { colored, drawBorder, drawMap, largestOf, zeroLine } from "./heat_map.js";
import { signed } from "./numbers.js";

const [SIDE, AWAY] = [150, 12];

export class MapCard {
  constructor() {
    this.canvas = element("canvas", {});
    this.texts = element("div", {});
    this.root = element("div", { class: "map-card", hidden: true, "aria-hidden": "true" }, this.canvas, this.texts);
    document.body.append(this.root);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.hide();
    });
  }

  /**
   * @param {Element} at beside which it stands
   * @param {Float32Array | null} values of a square map
   * @param {string[]} lines
   * @param {boolean} discrete
   */
  show(at, values, lines, discrete) {
    this.canvas.hidden = values === null;
    if (values !== null) this.#draw(values, discrete);
    const span = values === null ? [] : [`from ${signed(Math.min(...values))} to ${signed(Math.max(...values))}`];
    this.texts.replaceChildren(...[...lines, ...span].map((line) => element("p", {}, line)));
    this.root.hidden = false;
    this.#place(at.getBoundingClientRect());
  }

  hide() {
    this.root.hidden = true;
  }

  /**
   * @param {Float32Array} values
   * @param {boolean} discrete
   */
  #draw(values, discrete) {
    const context = brush(this.canvas, SIDE, SIDE);
    drawMap(context, colored(values, largestOf(values), SCALES[look()], discrete), SIDE);
    drawBorder(context, zeroLine(values), SIDE);
  }

  /** @param {DOMRect} box */
  #place(box) {
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const right = box.right + AWAY + width < window.innerWidth;
    const x = right ? box.right + AWAY : Math.max(4, box.left - AWAY - width);
    const y = Math.min(Math.max(4, box.top + box.height / 2 - height / 2), window.innerHeight - height - 4);
    Object.assign(this.root.style, { left: `${x}px`, top: `${y}px` });
  }
}
