/**
 * Sentences to the person: what went wrong stays until it is closed, what was done is said once.
 */

import { element, found, write } from "./elements.js";

const [SHOWN, MOST] = [8000, 4];

/**
 * @param {string} text the server's or the page's sentence
 * @param {"error" | "remark"} [kind] an error stays, a remark goes by itself
 */
export function notice(text, kind = "error") {
  const place = found("messages", HTMLElement);
  const same = [...place.children].find((child) => child.firstChild?.textContent === text);
  same?.remove();
  const close = element("button", { type: "button", class: "small", "aria-label": "Close this message" }, "×");
  const shown = element(
    "div",
    { class: `message ${kind}`, role: kind === "error" ? "alert" : "status" },
    element("p", {}, text),
    close,
  );
  close.addEventListener("click", () => shown.remove());
  place.append(shown);
  while (place.children.length > MOST) place.firstElementChild?.remove();
  if (kind === "remark") setTimeout(() => shown.remove(), SHOWN);
}

/**
 * To a screen reader alone.
 * @param {string} text
 */
export function announce(text) {
  write(found("announcer", HTMLElement), text);
}

/**
 * What is thrown, as a notice.
 * @param {unknown} error
 */
export function refused(error) {
  notice(error instanceof Error ? error.message : String(error));
}
