/**
 * Ways to give the network an example: draw it, say it, write it, type it in.
 */

import { button, choice, number } from "./controls.js";
import { DrawingPad } from "./drawing_pad.js";
import { element, set, write } from "./elements.js";
import { Microphone } from "./microphone.js";
import { notice } from "./notices.js";
import { base64 } from "./protocol.js";
import { bytesOf } from "./samples.js";

/** @typedef {(example: Record<string, unknown>) => void} Given */
/** @typedef {import("./protocol.js").Column} Column */

const SHORTEST = 0.1; // seconds

/**
 * @param {Given} given
 * @returns {HTMLElement}
 */
export function drawingForm(given) {
  const canvas = element("canvas", {
    class: "pad",
    tabindex: 0,
    role: "application",
    "aria-label": "Drawing pad",
    id: "pad",
  });
  const hint = element("p", { class: "quiet" });
  const pad = new DrawingPad(canvas, hint, (drawing) => given({ drawing }));
  return element(
    "div",
    {},
    canvas,
    element(
      "div",
      { class: "row" },
      button("Clear", () => pad.clear(), { id: "clear-pad" }),
    ),
    hint,
  );
}

/**
 * @param {Given} given
 * @returns {HTMLElement}
 */
export function soundForm(given) {
  const level = element("meter", { min: 0, max: 0.5, value: 0, "aria-label": "Loudness" });
  const told = element("p", { class: "quiet", role: "status" }, "Say something of what the model has learnt.");
  const recorded = (/** @type {Float32Array} */ samples, /** @type {number} */ rate) => {
    write(start, "Record");
    write(told, `${(samples.length / rate).toFixed(1)} s recorded`);
    if (samples.length < SHORTEST * rate)
      notice("That was too short to be heard: press Record, speak, then press Stop.", "remark");
    else given({ sound: { rate_hz: rate, samples: base64(bytesOf(samples)) } });
  };
  const microphone = new Microphone(recorded, (loudness) => (level.value = loudness));
  const start = button("Record", async () => {
    if (microphone.recording) return microphone.stop();
    try {
      await microphone.start();
      write(start, "Stop");
      write(told, "Listening …");
    } catch (error) {
      notice(`The browser gives no microphone: ${error instanceof Error ? error.message : error}`);
    }
  });
  return element("div", {}, element("div", { class: "row" }, start, level), told);
}

/**
 * @param {Given} given
 * @returns {HTMLElement}
 */
export function textForm(given) {
  const text = element("textarea", { rows: 5, id: "own-text" });
  const ask = () => text.value.trim() && given({ text: text.value });
  text.addEventListener("change", ask);
  return element(
    "div",
    {},
    element("label", { class: "field" }, element("span", {}, "Your text"), text),
    element("div", { class: "row" }, button("Ask", ask)),
  );
}

/**
 * A field for each column; what is left alone has the middle of its span or its first value.
 * @param {Column[]} columns
 * @param {Given} given
 * @returns {HTMLElement}
 */
export function rowForm(columns, given) {
  /** @type {Record<string, string | number>} */
  const values = Object.fromEntries(columns.map((column) => [column.name, usual(column)]));
  const take = (/** @type {string} */ name, /** @type {string | number} */ value) => {
    values[name] = value;
    given({ values: { ...values } });
  };
  const fields = columns.map((column) => {
    if (column.kind === "number" || column.values.length === 0) {
      const field = number(column.name, {}, (value) => take(column.name, value));
      field.show(Number(values[column.name]));
      return field.root;
    }
    const field = choice(column.name, (value) => take(column.name, value));
    field.offer(column.values.map((value) => [value, value]));
    field.show(String(values[column.name]));
    return field.root;
  });
  return element(
    "div",
    {},
    element("div", { class: "fields" }, ...fields),
    element(
      "div",
      { class: "row" },
      button("Ask", () => given({ values: { ...values } }), { id: "ask-row" }),
    ),
  );
}

/**
 * @param {Column} column
 * @returns {string | number}
 */
function usual(column) {
  if (column.kind !== "number" && column.values.length) return column.values[0];
  return Number((((column.low ?? 0) + (column.high ?? 0)) / 2).toPrecision(3));
}

/**
 * Steps through the examples of the test part.
 * @param {Given} given
 * @returns {HTMLElement}
 */
export function knownForm(given) {
  let at = -1;
  const told = element("span", { class: "quiet" });
  const go = (/** @type {number} */ to) => {
    at = Math.max(0, to);
    write(told, `number ${at}`);
    set(back, { disabled: at === 0 });
    given({ part: "test", number: at });
  };
  const back = button("Back", () => go(at - 1), { disabled: true });
  return element(
    "div",
    { class: "row" },
    button("Next test example", () => go(at + 1), { id: "next-example" }),
    back,
    told,
  );
}
