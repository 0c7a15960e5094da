/** An answer in JSON; one line, so that it reads well in a terminal. */
export function json(status, value, headers = {}) {
  const body = `${JSON.stringify(value)}\n`;
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

/** An answer in plain text. */
export function text(status, body) {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

/** Thrown by whatever cannot serve a request; the client gets `status` and the message. */
export class Refusal extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}
