import { setImmediate as nextTurn } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { atTurnEnd } from "../src/turn-end.ts";
import { openGroup } from "./support/open-group.ts";
import { GET, OK, openPool, POST } from "./support/open-pool.ts";
import type { Script } from "./support/raw-upstream.ts";
import { Recorder } from "./support/recorder.ts";

const BODY = "hello";

/** Answers when a body is whole, or the head of a GET is. */
const answer: Script = (socket, _bytes, { received }) => {
  if (received.endsWith(BODY) || received.endsWith(GET)) socket.write(OK);
};

describe("the end of a turn", () => {
  test("finishes jobs in their order, each as often as it was asked to, and not before", async () => {
    const done: string[] = [];
    const job = (name: string) => ({ finishTurn: () => void done.push(name) });
    const twice = job("twice");
    for (const each of [twice, job("a"), job("b"), twice]) atTurnEnd(each);
    await Promise.resolve();
    expect(done).toEqual([]);
    await nextTurn();
    expect(done).toEqual(["twice", "a", "b", "twice"]);
    await nextTurn();
    expect(done).toHaveLength(4);
  });

  test("leaves to the next one what is added while it lasts", async () => {
    let turns = 0;
    const again = {
      finishTurn: () => {
        turns++;
        if (turns < 3) atTurnEnd(again);
      },
    };
    atTurnEnd(again);
    for (const want of [1, 2, 3, 3]) {
      await nextTurn();
      expect(turns).toBe(want);
    }
  });
});

/** Runs `act` where what it sends and what has been closed meets in the poll that comes next. */
async function beforePoll(act: () => void): Promise<void> {
  await nextTurn();
  act();
}

describe("a request whose connection the upstream closes before its turn is over", () => {
  test.for([
    { name: "without a body", head: GET, method: "GET", body: "" },
    { name: "with a body, which is in the same turn", head: POST, method: "POST", body: BODY },
  ])("goes over a fresh one, whole and once: $name", async ({ head, method, body }) => {
    const { pool, upstream } = await openPool(answer);
    const first = new Recorder();
    pool.request(GET, "GET", 0, first);
    await first.over;
    const second = new Recorder();
    await beforePoll(() => {
      upstream.hangUp();
      const exchange = pool.request(head, method, body.length, second);
      if (body !== "") exchange.write(Buffer.from(body));
      exchange.end();
    });
    expect(await second.over).toMatchObject({ status: 200, isComplete: true });
    expect(upstream.received).toBe(GET + head + body);
    expect(upstream.accepted).toBe(2);
  });

  test("goes to another server with its body, where its own does not come back", async () => {
    const { group, upstreams } = await openGroup([answer, answer]);
    const first = new Recorder();
    const open = POST.replace("Host: up\r\n", "");
    group.request(GET, "GET", 0, first, 77, false);
    await first.over;
    const home = upstreams.find(({ received }) => received !== "");
    const other = upstreams.find(({ received }) => received === "");
    const second = new Recorder();
    await beforePoll(() => {
      home?.hangUp();
      home?.refuse();
      const exchange = group.request(open, "POST", BODY.length, second, 77, true);
      exchange.write(Buffer.from(BODY));
      exchange.end();
    });
    expect(await second.over).toMatchObject({ status: 200, isComplete: true });
    const host = `host: 127.0.0.1:${other?.port}\r\n`;
    expect(other?.received).toBe(open.replace("\r\n", `\r\n${host}`) + BODY);
    expect(home?.received).toBe(GET);
  });

  test("sends what came of its body later behind what was sent with its head", async () => {
    const { pool, upstream } = await openPool((socket, _bytes, { received }) => {
      if (received.endsWith("lo")) socket.write(OK);
    });
    const recorder = new Recorder();
    const exchange = pool.request(POST, "POST", BODY.length, recorder);
    exchange.write(Buffer.from("he"));
    exchange.write(Buffer.from("l"));
    await nextTurn();
    exchange.write(Buffer.from("lo"));
    exchange.end();
    expect(await recorder.over).toMatchObject({ status: 200 });
    expect(upstream.received).toBe(POST + BODY);
  });

  test("is not sent at all if it is given up in that turn", async () => {
    const { pool, upstream } = await openPool(answer);
    const first = new Recorder();
    pool.request(GET, "GET", 0, first);
    await first.over;
    const second = new Recorder();
    pool.request(POST, "POST", BODY.length, second).abort();
    await upstream.drained();
    expect(upstream.received).toBe(GET);
    expect(second.calls).toBe(0);
  });
});
