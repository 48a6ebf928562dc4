/**
 * Ways to give the network an example: draw it, say it, write it, take one of the test part.
 */

import { button } from "./controls.js";
import { DrawingPad } from "./drawing_pad.js";
import { element, set, write } from "./elements.js";
import { Microphone } from "./microphone.js";
import { notice } from "./notices.js";
import { base64 } from "./protocol.js";
import { bytesOf } from "./samples.js";

/** @typedef {(example: Record<string, unknown>) => void} Given */

const SHORTEST = 0.1; // seconds

/**
 * @param {Given} given
 * @param {() => void} cleared
 * @returns {HTMLElement}
 */
export function drawingForm(given, cleared) {
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
      button("Clear", () => (pad.clear(), cleared()), { id: "clear-pad" }),
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
