/**
 * Numbers as people read them: few digits, a true minus sign, "-" where there is none.
 */

export const NONE = "–";
const MINUS = "−";
const SIGNIFICANT = 3;
const [SMALLEST_PLAIN, LARGEST_PLAIN] = [1e-3, 1e5];

/**
 * Three significant digits: 0.0123, 12.3, 1.23e−7.
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function short(value) {
  if (value === null || value === undefined) return NONE;
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? "not a number" : value > 0 ? "infinite" : `${MINUS}infinite`;
  const size = Math.abs(Number(value.toPrecision(SIGNIFICANT))); // 0.9996 is shown as 1.00, not as 1.000
  if (size === 0) return "0";
  if (size < SMALLEST_PLAIN || size >= LARGEST_PLAIN)
    return value.toExponential(SIGNIFICANT - 1).replaceAll("-", MINUS);
  const digits = Math.max(0, SIGNIFICANT - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(digits).replace("-", MINUS);
}

/**
 * With its sign, also where it is positive: color alone must not tell it.
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function signed(value) {
  const text = short(value);
  return value !== null && value !== undefined && value > 0 ? `+${text}` : text;
}

/**
 * A share as a percentage: 0.0425 -> "4.3 %"; a small one never rounds to nothing.
 * @param {number | null | undefined} share
 * @returns {string}
 */
export function percent(share) {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE;
  const hundred = 100 * share;
  if (hundred > 0 && hundred < 0.05) return "< 0.1 %";
  return `${hundred >= 99.95 || hundred === 0 ? Math.round(hundred) : hundred.toFixed(1)} %`;
}

/**
 * 1234567 -> "1,234,567".
 * @param {number} value
 * @returns {string}
 */
export function grouped(value) {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/**
 * 1 neuron, 2 neurons.
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function counted(count, one, many = `${one}s`) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/**
 * What was typed, as a number; null where it is none. A comma counts as a point, the long minus as a minus.
 * @param {string} text
 * @returns {number | null}
 */
export function typed(text) {
  const plain = text.trim().replace(MINUS, "-").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : null;
}

/**
 * Round numbers for an axis from low to high, about so many.
 * @param {number} low
 * @param {number} high
 * @param {number} about
 * @returns {number[]}
 */
export function ticks(low, high, about) {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => power * factor >= raw) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}
