import {
  ALLOW,
  allocateLists,
  COOKIE,
  denyFlag,
  parseAddress,
  RequestView,
  TOKEN,
  USERNAME,
} from "@portcullis/core";
import { describe, expect, test } from "vitest";

import { LearnedUsers, LearnedUsersTable } from "../src/learned-users.ts";
import { attachLists, hashKey, NOW } from "./engine-fixture.ts";

const MANUAL = denyFlag("manual");
const DAY = 86_400;

/** The memory of one thread, and lists that deny mallory and allow ann. */
function openUsers() {
  const table = new LearnedUsersTable();
  const lists = attachLists(allocateLists(64));
  const key = hashKey();
  const users = new LearnedUsers(table, key);
  for (const [name, flag] of [
    ["mallory", MANUAL],
    ["ann", ALLOW],
  ] as const) {
    // A look-up writes the key of a kind to the place of that kind.
    const keys = new Int32Array(20);
    lists.identifierFlags(USERNAME, "", name, NOW, keys);
    lists.add(keys, USERNAME * 4, flag, 0, NOW);
  }
  /** What is said of whoever shows these. */
  const flagsOf = (token: string, cookie: string, now = NOW, from = users): number => {
    const view = new RequestView();
    parseAddress("192.0.2.1", view.address);
    view.token = token;
    view.session = cookie;
    if (token !== "") lists.identifierFlags(TOKEN, "", token, now, view.keys);
    if (cookie !== "") lists.identifierFlags(COOKIE, "SID", cookie, now, view.keys);
    const flags = from.flags(view, lists, now);
    expect(view.hasLearnedUsername || flags === 0).toBe(true);
    return flags;
  };
  return { table, key, users, flagsOf };
}

const cookie = (value: string, seconds = 60) =>
  ({ kind: COOKIE, name: "SID", value, seconds }) as const;

describe("whose a token or cookie is", () => {
  test("is known on every thread, until it is somebody else's", () => {
    const { flagsOf, key, table, users } = openUsers();
    const elsewhere = new LearnedUsers(new LearnedUsersTable(table.buffer), key);
    expect(flagsOf("t1", "", NOW, elsewhere)).toBe(0);
    users.learn("mallory", LearnedUsers.token("t1"), NOW);
    users.learn("mallory", cookie("c1"), NOW);
    expect(flagsOf("t1", "", NOW, elsewhere)).toBe(MANUAL);
    expect(flagsOf("", "c1", NOW, elsewhere)).toBe(MANUAL);
    expect(flagsOf("t2", "c2", NOW, elsewhere)).toBe(0);
    users.learn("bob", LearnedUsers.token("t1"), NOW);
    expect(flagsOf("t1", "", NOW, elsewhere)).toBe(0);
  });

  test("denies by either of two users, and allows by none", () => {
    const { flagsOf, users } = openUsers();
    users.learn("mallory", cookie("c1"), NOW);
    users.learn("ann", LearnedUsers.token("t1"), NOW);
    expect(flagsOf("t1", "c1")).toBe(MANUAL);
    expect(flagsOf("t1", "")).toBe(0);
  });

  test("is forgotten some time after the last request with it", () => {
    const { flagsOf, users } = openUsers();
    users.learn("mallory", LearnedUsers.token("t1"), NOW);
    expect(flagsOf("t1", "", NOW + DAY - 1)).toBe(MANUAL);
    expect(flagsOf("t1", "", NOW + 2 * DAY - 2)).toBe(MANUAL);
    expect(flagsOf("t1", "", NOW + 3 * DAY - 2)).toBe(0);
  });
});

test("logins without end take no more memory, and the last ones are known", () => {
  const { flagsOf, table, users } = openUsers();
  const bytes = table.buffer.byteLength;
  for (let i = 0; i < 200_000; i++) users.learn("mallory", LearnedUsers.token(`flood ${i}`), NOW);
  users.learn("mallory", LearnedUsers.token("last"), NOW);
  expect(flagsOf("last", "")).toBe(MANUAL);
  expect(table.buffer.byteLength).toBe(bytes);
  expect(bytes).toBeLessThan(3 * 1024 * 1024);
});
