/**
 * Keys for what is done all the time; never while something is typed or a window is open.
 */

/**
 * @param {Record<string, () => void>} keys what happens on a key, as the browser names it
 * @param {Document} page
 */
export function listen(keys, page = document) {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || page.querySelector("dialog[open]")) return;
    const at = event.target instanceof Element ? event.target : null;
    const action = keys[event.key.toLowerCase()];
    if (!action || takesKeys(at, event.key)) return;
    event.preventDefault();
    action();
  });
}

/**
 * Whether an element needs the key for itself: fields all of them, buttons the space.
 * @param {Element | null} at
 * @param {string} key
 * @returns {boolean}
 */
export function takesKeys(at, key) {
  if (at === null) return false;
  if (at.closest('select, textarea, [role="application"], input:not([type="checkbox"], [type="range"])')) return true;
  return key === " " && at.closest("button, input, summary, a, [tabindex]") !== null;
}
