/**
 * A row of a table typed in: a field for each column, those that matter most first, the rest of many folded away.
 */

import { button, choice, number, words } from "./controls.js";
import { element } from "./elements.js";
import { counted } from "./numbers.js";

/** @typedef {(example: Record<string, unknown>) => void} Given */
/** @typedef {import("./protocol.js").Column} Column */

const [MANY, FIRST] = [10, 8];

export class RowForm {
  /**
   * What is left alone has the middle of its span, its first value, or nothing.
   * @param {Column[]} columns
   * @param {Given} given
   */
  constructor(columns, given) {
    /** @type {Record<string, string | number>} */
    this.values = Object.fromEntries(columns.map((column) => [column.name, usual(column)]));
    const tell = () => given({ values: { ...this.values } });
    /** @type {Map<string, HTMLElement>} */
    this.fields = new Map(columns.map((column) => [column.name, this.#field(column, tell)]));
    this.first = element("div", { class: "fields" });
    this.others = element("div", { class: "fields" });
    this.summary = element("summary", {});
    this.folded = element("details", { class: "folded" }, this.summary, this.others);
    const ask = element("div", { class: "row" }, button("Ask", tell, { id: "ask-row" }));
    this.root = element("div", {}, this.first, this.folded, ask);
    this.arrange(columns.map((column) => column.name));
  }

  /**
   * Put the fields of many columns into an order; nothing moves while one of them is typed into.
   * @param {string[]} names of all columns
   */
  arrange(names) {
    const first = names.length > MANY ? FIRST : names.length;
    if (this.others.children.length && this.root.contains(document.activeElement)) return;
    if (this.first.children.length && names.length <= MANY) return;
    const fields = names.flatMap((name) => this.fields.get(name) ?? []);
    const now = [...this.first.children, ...this.others.children];
    if (now.length === fields.length && fields.every((field, place) => field === now[place])) return;
    this.first.replaceChildren(...fields.slice(0, first));
    this.others.replaceChildren(...fields.slice(first));
    this.folded.hidden = names.length <= first;
    this.summary.textContent = `${counted(names.length - first, "column")} more`;
  }

  /**
   * @param {Column} column
   * @param {() => void} tell
   */
  #field(column, tell) {
    const take = (/** @type {string | number} */ value) => {
      this.values[column.name] = value;
      tell();
    };
    const value = this.values[column.name];
    if (typeof value === "number") {
      const field = number(column.name, {}, take);
      field.show(value);
      return field.root;
    }
    if (column.kind !== "category") return words(column.name, column.kind === "text", take).root;
    const field = choice(column.name, take);
    field.offer(column.values.map((one) => [one, one]));
    field.show(value);
    return field.root;
  }
}

/**
 * @param {Column} column
 * @returns {string | number}
 */
function usual(column) {
  if (column.kind !== "number") return column.values[0] ?? "";
  return Number((((column.low ?? 0) + (column.high ?? 0)) / 2).toPrecision(3));
}
