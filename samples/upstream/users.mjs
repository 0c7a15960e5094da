import { Refusal } from "./answer.mjs";
import { isEqual } from "./is-equal.mjs";

const USERS = new Map([
  ["ada", { id: "user-1", name: "ada", password: "secret" }],
  ["grace", { id: "user-2", name: "grace", password: "secret2" }],
]);

export function isUser(name) {
  return USERS.has(name);
}

/**
 * Finds the user whose name and password these are.
 *
 * @throws {Refusal} 401, whether it is the name or the password that is wrong.
 */
export function logIn({ user: name, password }) {
  const user = USERS.get(name);
  if (user === undefined || !isEqual(password, user.password)) {
    throw new Refusal(401, "wrong user or password");
  }
  return user;
}
