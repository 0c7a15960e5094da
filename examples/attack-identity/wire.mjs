import { connect } from "node:net";

const LIMIT_MS = 10_000;

/**
 * Sends one request over a connection of its own and resolves to the status of its answer; 0 if the
 * connection was closed without one. `from` is an address of the loopback net, `lines` are raw.
 */
export function send(port, { method = "GET", path, from = "127.0.0.1", lines = [], body }) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, localAddress: from });
    let answer = "";
    socket.setEncoding("latin1");
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`no answer to ${method} ${path}`)));
    socket.on("connect", () => socket.write(requestBytes(method, path, lines, body), "latin1"));
    socket.on("data", (text) => {
      answer += text;
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
      if (status === undefined) return;
      socket.destroy();
      resolve(Number(status));
    });
    socket.on("error", (error) =>
      answer === "" && error.code === "ECONNRESET" ? resolve(0) : reject(error),
    );
    socket.on("close", () => resolve(0));
  });
}

function requestBytes(method, path, lines, body) {
  const framing =
    body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body, "latin1")}`];
  const head = [`${method} ${path} HTTP/1.1`, "Host: api.example.com", ...lines, ...framing];
  return `${head.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** A text as the bytes of its UTF-8, one character a byte. */
export function utf8(text) {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** A JWT that nobody has signed. */
export function unsignedJwt(claims) {
  return `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
}

function part(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
