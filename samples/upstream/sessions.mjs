import { randomBytes } from "node:crypto";

const MAX_SESSIONS = 10_000;

/** Session id to user name, oldest first. */
const sessions = new Map();

/** Starts a session; beyond the limit the oldest one ends. Returns its id. */
export function openSession(user) {
  if (sessions.size >= MAX_SESSIONS) sessions.delete(sessions.keys().next().value);
  const id = randomBytes(16).toString("hex");
  sessions.set(id, user.name);
  return id;
}

/** The name of the user whose session a `Cookie` header names, or `undefined`. */
export function userOfSession(cookies = "") {
  for (const cookie of cookies.split(";")) {
    const [name, value] = cookie.trim().split("=", 2);
    if (name === "JSESSIONID") return sessions.get(value);
  }
  return undefined;
}
