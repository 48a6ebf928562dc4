/**
 * Named fields: a slider, a choice, a number, a switch. Each tells its new value and can be set without telling it.
 */

import { element, set, update, write } from "./elements.js";
import { short, typed } from "./numbers.js";

/** @template T @typedef {{ root: HTMLElement, show: (value: T) => void }} Control */

let count = 0;

/**
 * @param {string} name
 * @param {{ low: number, high: number, step: number, text?: (value: number) => string }} span
 * @param {(value: number) => void} chosen when it is let go
 * @returns {Control<number>}
 */
export function slider(name, span, chosen) {
  const id = `field-${++count}`;
  const input = element("input", { type: "range", id, min: span.low, max: span.high, step: span.step });
  const output = element("output", { for: id });
  const tell = () => {
    write(output, (span.text ?? short)(Number(input.value)));
    update(input, "aria-valuetext", output.textContent ?? "");
  };
  input.addEventListener("input", tell);
  input.addEventListener("change", () => chosen(Number(input.value)));
  const root = element("label", { class: "slider", for: id }, element("span", {}, name), output, input);
  const show = (/** @type {number} */ value) => {
    if (input.matches(":active")) return;
    input.value = String(value);
    tell();
  };
  return { root, show };
}

/**
 * @param {string} name
 * @param {(value: string) => void} chosen
 * @returns {Control<string> & { offer: (values: [value: string, text: string][]) => void }}
 */
export function choice(name, chosen) {
  const select = element("select", {});
  let wanted = "";
  select.addEventListener("change", () => chosen(select.value));
  const offer = (/** @type {[string, string][]} */ values) => {
    const same =
      values.length === select.options.length &&
      values.every(([value, text], at) => select.options[at].value === value && select.options[at].text === text);
    if (same) return;
    select.replaceChildren(...values.map(([value, text]) => element("option", { value }, text)));
    select.value = wanted;
  };
  const show = (/** @type {string} */ value) => {
    wanted = value;
    if (document.activeElement !== select || select.value !== value) select.value = value;
  };
  return { root: element("label", { class: "field" }, element("span", {}, name), select), show, offer };
}

/**
 * A number to be typed, with values that are offered.
 * @param {string} name
 * @param {{ low?: number, high?: number, whole?: boolean, offered?: number[] }} limits
 * @param {(value: number) => void} chosen
 * @returns {Control<number>}
 */
export function number(name, limits, chosen) {
  const list =
    limits.offered &&
    element("datalist", { id: `list-${++count}` }, ...limits.offered.map((value) => element("option", { value })));
  const input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", list: list?.id });
  let last = 0;
  const show = (/** @type {number} */ value) => {
    last = value;
    if (document.activeElement !== input) input.value = String(value);
    set(input, { "aria-invalid": null });
  };
  input.addEventListener("change", () => {
    const value = typed(input.value);
    const wrong =
      value === null ||
      (limits.whole && !Number.isInteger(value)) ||
      value < (limits.low ?? -Infinity) ||
      value > (limits.high ?? Infinity);
    input.setCustomValidity(wrong ? wanted(name, limits) : "");
    set(input, { "aria-invalid": wrong || null });
    if (wrong) input.reportValidity();
    else if (value !== last) chosen((last = /** @type {number} */ (value)));
  });
  input.addEventListener("blur", () => {
    input.setCustomValidity("");
    show(last);
  });
  return { root: element("label", { class: "field" }, element("span", {}, name), input, list), show };
}

/**
 * @param {string} name
 * @param {{ low?: number, high?: number, whole?: boolean }} limits
 */
function wanted(name, limits) {
  const kind = limits.whole ? "a whole number" : "a number";
  const span =
    limits.high !== undefined
      ? ` from ${limits.low} to ${limits.high}`
      : limits.low !== undefined
        ? `, ${limits.low} or more`
        : "";
  return `${name} must be ${kind}${span}.`;
}

/**
 * Words to be typed; a long text has several lines.
 * @param {string} name
 * @param {boolean} long
 * @param {(value: string) => void} chosen
 * @returns {Control<string>}
 */
export function words(name, long, chosen) {
  const input = long ? element("textarea", { rows: 3 }) : element("input", { type: "text", autocomplete: "off" });
  input.addEventListener("change", () => chosen(input.value));
  const root = element("label", { class: long ? "field long" : "field" }, element("span", {}, name), input);
  return { root, show: (value) => (input.value = value) };
}

/**
 * @param {string} name
 * @param {(on: boolean) => void} chosen
 * @returns {Control<boolean>}
 */
export function check(name, chosen) {
  const input = element("input", { type: "checkbox" });
  input.addEventListener("change", () => chosen(input.checked));
  return { root: element("label", { class: "check" }, input, name), show: (value) => (input.checked = value) };
}

/**
 * @param {string} text
 * @param {() => void} pressed
 * @param {Record<string, import("./elements.js").Attribute>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function button(text, pressed, attributes = {}) {
  return element("button", { type: "button", ...attributes, click: pressed }, text);
}
