/**
 * Truth against answer as a table: rows are what it was, columns what the network said.
 */

import { element } from "./elements.js";
import { counted, grouped, percent } from "./numbers.js";

const [FEW, MOST_CLASSES] = [7, 20];

/**
 * @param {number[][]} counts rows: truth
 * @returns {{ right: number, all: number, recall: (number | null)[] }} recall: of each class the share that was found
 */
export function tally(counts) {
  const sums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const right = counts.reduce((sum, row, place) => sum + row[place], 0);
  return {
    right,
    all: sums.reduce((sum, count) => sum + count, 0),
    recall: counts.map((row, place) => (sums[place] ? row[place] / sums[place] : null)),
  };
}

/**
 * @param {number[][]} counts
 * @param {string[]} classes
 * @returns {HTMLElement}
 */
export function confusionTable(counts, classes) {
  const { right, all, recall } = tally(counts);
  const summary = element(
    "p",
    { class: "quiet" },
    `${grouped(right)} of ${counted(all, "test example")} right (${percent(all ? right / all : null)})`,
  );
  if (classes.length > MOST_CLASSES) return element("div", {}, summary);
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, "truth \\ answer"),
    ...classes.map((name) => element("th", { scope: "col" }, name)),
    element("th", { scope: "col" }, "found"),
  );
  const rows = counts.map((row, truth) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", title: `${percent(recall[truth])} found` }, classes[truth]),
      ...row.map((count, answer) => element("td", { class: truth === answer ? "right" : null }, grouped(count))),
      element("td", {}, percent(recall[truth])),
    ),
  );
  const many = classes.length > FEW ? "confusion many" : "confusion";
  const table = element("table", { class: many }, element("thead", {}, head), element("tbody", {}, ...rows));
  return element("div", {}, summary, element("div", { class: "wide" }, table));
}
