import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Connection } from "../../src/lamina/playground/page/connection.js";

/** The socket of a browser, as far as the page uses it; what the server does is done by the test. */
class Socket extends EventTarget {
  static OPEN = 1;

  constructor(address, protocols) {
    super();
    Object.assign(this, { address: String(address), protocols, readyState: 0, sent: [] });
    Socket.last = this;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  opens() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  says(message) {
    this.dispatchEvent(
      Object.assign(new Event("message"), { data: message instanceof ArrayBuffer ? message : JSON.stringify(message) }),
    );
  }

  closes(code) {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

let told;
let connection;

beforeEach(() => {
  globalThis.WebSocket = Socket;
  globalThis.window = { location: { href: "http://127.0.0.1:8471/#token=abc&settings=1" } };
  told = { messages: [], closed: [] };
  connection = new Connection("abc", {
    message: (header) => told.messages.push(header),
    closed: (why) => told.closed.push(why),
  });
});

test("the token goes with the socket, not into its address", () => {
  assert.equal(Socket.last.address, "ws://127.0.0.1:8471/socket");
  assert.deepEqual(Socket.last.protocols, ["lamina", "abc"]);
  Socket.last.opens();
  assert.deepEqual(Socket.last.sent, [{ do: "hello", id: 1 }]);
});

test("a command gets its own answer, also where answers come in another order", async () => {
  Socket.last.opens();
  const [first, second] = [connection.send("save", { which: "best" }), connection.send("code")];
  Socket.last.says({ kind: "accepted", id: 2 });
  assert.ok(connection.acknowledged >= 0 && connection.acknowledged < 1000);
  Socket.last.says({ kind: "done", id: 3, result: "code" });
  Socket.last.says({ kind: "done", id: 2, result: "saved" });
  assert.deepEqual(await Promise.all([first, second]), ["saved", "code"]);
  assert.deepEqual(told.messages, []);
});

test("a refusal is the server's sentence", async () => {
  Socket.last.opens();
  const asked = connection.send("edit", {});
  Socket.last.says({ kind: "refused", id: 2, text: "the weight needs a number" });
  await assert.rejects(asked, { message: "the weight needs a number" });
});

test("messages that answer nothing are handed on", () => {
  Socket.last.opens();
  Socket.last.says({ kind: "compiling", run: "a", why: "" });
  assert.deepEqual(told.messages, [{ kind: "compiling", run: "a", why: "" }]);
});

test("what closes the line is told, and nobody waits any longer", async () => {
  Socket.last.opens();
  const asked = connection.send("run");
  Socket.last.closes(4409);
  assert.match(told.closed[0], /another window/);
  await assert.rejects(asked, /another window/);
  await assert.rejects(connection.send("run"), /has stopped/);
});

test("a line that never opened and one that broke are told apart", () => {
  Socket.last.closes(1006);
  assert.match(told.closed[0], /whole line that lamina play has printed/);
  connection = new Connection("abc", { message: () => {}, closed: (why) => told.closed.push(why) });
  Socket.last.opens();
  Socket.last.closes(1006);
  assert.match(told.closed[1], /has stopped/);
});
