/**
 * The one line to the server: commands that are answered, messages that come by themselves, files that are sent.
 */

import { unpacked } from "./protocol.js";

/** @typedef {{ resolve: (result: any) => void, reject: (error: Error) => void, accepted: number }} Waiting */
/** @typedef {{ message: (header: any, arrays: import("./protocol.js").Arrays) => void, closed: (why: string) => void }} Listener */

const CLOSED = /** @type {Record<number, string>} */ ({
  4409: "This playground is open in another window. Reload this page to go on here.",
  1009: "That was too large to be sent to the playground.",
});
const GONE = "The playground has stopped. Start it again with lamina play, then open the address that it prints.";
const REFUSED =
  "This address does not open the playground: take the whole line that lamina play has printed, with all that follows #token=.";

export class Connection {
  /**
   * @param {string} token
   * @param {Listener} listener
   */
  constructor(token, listener) {
    this.token = token;
    this.listener = listener;
    this.count = 0;
    /** @type {Map<number, Waiting>} */
    this.waiting = new Map();
    /** Milliseconds from the last command to its being accepted. */
    this.acknowledged = 0;
    const address = new URL("/socket", window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.hash = "";
    this.opened = false;
    this.socket = new WebSocket(address, token ? ["lamina", token] : ["lamina"]);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => {
      this.opened = true;
      this.send("hello").catch(() => {}); // why it closed is told by the closing itself
    });
    this.socket.addEventListener("message", (event) => this.#received(event.data));
    this.socket.addEventListener("close", (event) => this.#closed(event.code));
  }

  /**
   * Give a command; the promise holds its result, or the sentence with which the server refused it.
   * @param {string} command
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<any>}
   */
  send(command, fields = {}) {
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error(GONE));
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, accepted: performance.now() });
      this.socket.send(JSON.stringify({ do: command, id, ...fields }));
    });
  }

  /**
   * Send a file; the server names it.
   * @param {File} file
   * @returns {Promise<{ source: string, name: string, kind: string, targets?: string[] }>}
   */
  async upload(file) {
    const answer = await this.#asked(`/upload?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    return answer.json();
  }

  /**
   * Get a file that the server makes.
   * @param {string} route
   * @returns {Promise<{ name: string, content: Blob }>}
   */
  async download(route) {
    const answer = await this.#asked(route, {});
    const named = /filename="?([^";]+)"?/.exec(answer.headers.get("Content-Disposition") ?? "");
    return { name: named?.[1] ?? route.split(/[/?]/)[1], content: await answer.blob() };
  }

  /**
   * @param {string} route
   * @param {RequestInit} how
   */
  async #asked(route, how) {
    const headers = { Authorization: `Bearer ${this.token}`, "Content-Type": "application/octet-stream" };
    const answer = await fetch(route, { ...how, headers }).catch(() => {
      throw new Error(GONE);
    });
    if (!answer.ok) throw new Error(await refusal(answer));
    return answer;
  }

  /** @param {string | ArrayBuffer} data */
  #received(data) {
    if (typeof data !== "string") {
      const { header, arrays } = unpacked(data);
      this.listener.message(header, arrays);
      return;
    }
    const message = JSON.parse(data);
    const waiting = this.waiting.get(message.id);
    if (message.kind === "accepted") this.acknowledged = performance.now() - (waiting?.accepted ?? performance.now());
    else if (message.kind === "done") this.#settle(message.id, () => waiting?.resolve(message.result));
    else if (message.kind === "refused") this.#settle(message.id, () => waiting?.reject(new Error(message.text)));
    else this.listener.message(message, {});
  }

  /**
   * @param {number} id
   * @param {() => void} settle
   */
  #settle(id, settle) {
    this.waiting.delete(id);
    settle();
  }

  /** @param {number} code */
  #closed(code) {
    const why = CLOSED[code] ?? (this.opened ? GONE : REFUSED);
    for (const waiting of this.waiting.values()) waiting.reject(new Error(why));
    this.waiting.clear();
    this.listener.closed(why);
  }
}

/**
 * @param {Response} answer
 * @returns {Promise<string>} the server's sentence
 */
async function refusal(answer) {
  try {
    return String((await answer.json()).error);
  } catch {
    return `The playground answered with status ${answer.status}.`;
  }
}
