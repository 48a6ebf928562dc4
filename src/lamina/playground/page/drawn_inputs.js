/**
 * Which inputs of a table with many columns are drawn: those with the largest weights, or all.
 */

import { button } from "./controls.js";
import { write } from "./elements.js";
import { largest, strengths } from "./importance.js";
import { MOST_INPUTS, first } from "./network_columns.js";

/** @typedef {import("./network_columns.js").Column} Column */
/** @typedef {import("./store.js").Position} Position */

const MOST_OF_ALL = 64;

export class DrawnInputs {
  /** @param {() => void} changed another choice was made */
  constructor(changed) {
    this.all = false;
    this.largest = false;
    /** @type {number[]} */
    this.places = [];
    this.root = button("", () => {
      this.all = !this.all;
      changed();
    });
    this.root.id = "every-input";
  }

  /**
   * The columns with the inputs that are drawn. They are looked for again while training rests: nothing jumps.
   * @param {Column[]} columns
   * @param {Position | null} position
   * @param {boolean} running
   * @returns {Column[]}
   */
  chosen(columns, position, running) {
    const [inputs, ...others] = columns;
    const many = inputs.all > MOST_INPUTS && inputs.names.length === inputs.all;
    this.root.hidden = !many;
    if (!many) return columns;
    if (!running || this.places.length === 0 || Math.max(...this.places) >= inputs.all)
      this.#look(inputs.all, position, others[0].weight);
    this.#tell(inputs.all);
    return [{ ...inputs, shown: this.all ? first(inputs.all, MOST_OF_ALL) : this.places }, ...others];
  }

  /**
   * @param {number} all
   * @param {Position | null} position
   * @param {string} name of the weights behind the inputs
   */
  #look(all, position, name) {
    const weights = position?.arrays[`params/${name}`];
    const learnt = position !== null && position.frame.step > 0 && weights?.shape[0] === all;
    this.largest = learnt;
    this.places = learnt && weights ? largest(strengths(weights), MOST_INPUTS) : first(all, MOST_INPUTS);
  }

  /** @param {number} all */
  #tell(all) {
    const which = this.largest ? "those with the largest weights" : "the first ones";
    const few = `${MOST_INPUTS} of ${all} inputs are drawn, ${which}. Draw all`;
    write(this.root, this.all ? `Draw ${MOST_INPUTS} inputs alone, ${which}` : few);
  }
}
