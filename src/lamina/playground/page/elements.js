/**
 * Elements of the page, made in code: text is always text, never markup.
 */

/** @typedef {string | number | boolean | null | undefined | ((event: any) => void)} Attribute */
/** @typedef {Node | string | number | null | undefined | false} Child */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element with its attributes and children; a function is what happens on that event.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  set(made, attributes);
  made.append(...kept(children));
  return made;
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  set(made, attributes);
  made.append(...kept(children));
  return made;
}

/**
 * Set attributes: false and null take one away, true sets it without a value, a function listens.
 * @param {Element} target
 * @param {Record<string, Attribute>} attributes
 */
export function set(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") target.addEventListener(name, value);
    else if (value === false || value === null || value === undefined) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Change an attribute only where it differs, so that a frame that brings nothing new costs nothing.
 * @param {Element} target
 * @param {string} name
 * @param {string} value
 */
export function update(target, name, value) {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/**
 * Show a text; the same text costs nothing.
 * @param {Element} target
 * @param {string} text
 */
export function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * The element of the page with this id; index.html promises it.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function found(id, kind) {
  const there = document.getElementById(id);
  if (!(there instanceof kind)) throw new Error(`the page has no ${kind.name} called ${id}`);
  return there;
}

/**
 * Other children; what had the focus has it again where something of the same name is there.
 * @param {Element} place
 * @param {Node[]} children
 */
export function rebuild(place, children) {
  const focused = place.contains(document.activeElement)
    ? document.activeElement?.closest("[aria-label]")?.getAttribute("aria-label")
    : null;
  place.replaceChildren(...children);
  if (!focused) return;
  const again = [...place.querySelectorAll("[aria-label]")].find((one) => one.getAttribute("aria-label") === focused);
  if (again instanceof HTMLElement) again.focus();
}

/**
 * A canvas's brush; the size of the canvas follows the screen's pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width in CSS pixels
 * @param {number} height in CSS pixels
 * @returns {CanvasRenderingContext2D}
 */
export function brush(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  const [columns, rows] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
  }
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser draws no canvas");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function kept(children) {
  /** @type {(Node | string)[]} */
  const found = [];
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    found.push(typeof child === "number" ? String(child) : child);
  }
  return found;
}
