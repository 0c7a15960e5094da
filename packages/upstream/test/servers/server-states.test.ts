import { describe, expect, test } from "vitest";

import {
  allocateServerStates,
  SeatDirectory,
  SeatsTakenError,
  ServerStates,
} from "../../src/index.ts";

function openStates({ seats = 4, edges = 3 } = {}): ServerStates[] {
  const buffer = allocateServerStates({ seats, edges });
  return Array.from({ length: edges + 1 }, (_, edge) => new ServerStates(buffer, edge));
}

function openDirectory(seats: number): { directory: SeatDirectory; states: ServerStates } {
  const states = new ServerStates(allocateServerStates({ seats, edges: 1 }), 1);
  return { directory: new SeatDirectory(states), states };
}

describe("the states of servers", () => {
  test("all are up, and nothing is open", () => {
    const [main] = openStates();
    expect([main?.isDown(0), main?.isDown(3), main?.openCount(3)]).toEqual([false, false, 0]);
  });

  test("what one thread writes the others read, at its seat and no other", () => {
    const [main, one, two] = openStates();
    main?.setDown(1, true);
    one?.claim(2, 9);
    two?.claim(2, 9);
    two?.countRequest(3, 9, 5);
    expect([0, 1, 2, 3].map((seat) => one?.isDown(seat))).toEqual([false, true, false, false]);
    expect([0, 1, 2, 3].map((seat) => main?.openCount(seat))).toEqual([0, 0, 2, 0]);
    expect([0, 1, 2, 3].map((seat) => one?.requestCount(seat, 5))).toEqual([0, 0, 0, 1]);
  });

  test("a dead edge gives back what it held, and the others keep theirs", () => {
    const [main, one, two] = openStates();
    for (let i = 0; i < 3; i++) one?.claim(0, 4);
    two?.claim(0, 4);
    expect(two?.claim(0, 4)).toBe(false);
    main?.releaseEdge(1);
    expect(main?.openCount(0)).toBe(1);
    expect(two?.claim(0, 4)).toBe(true);
    two?.release(0);
    two?.release(0);
    expect(main?.openCount(0)).toBe(0);
  });

  test("a dead edge's requests of the period stay counted: they were sent", () => {
    const [main, one, two] = openStates();
    one?.countRequest(0, 1, 7);
    main?.releaseEdge(1);
    expect(two?.countRequest(0, 1, 7)).toBe(false);
    expect(two?.countRequest(0, 1, 8)).toBe(true);
    // The clock was set back.
    expect(one?.countRequest(0, 2, 7)).toBe(true);
  });

  test.for([
    { name: "no seats", shape: { seats: 0, edges: 1 } },
    { name: "no edges", shape: { seats: 1, edges: 0 } },
    { name: "half a seat", shape: { seats: 0.5, edges: 1 } },
    { name: "seats beyond reason", shape: { seats: 1e9, edges: 1 } },
  ])("cannot be allocated: $name", ({ shape }) => {
    expect(() => allocateServerStates(shape)).toThrow("expected");
  });

  test.for([{ edge: -1 }, { edge: 4 }, { edge: 1.5 }, { edge: Number.NaN }])(
    "an edge that has no row cannot count: $edge",
    ({ edge }) => {
      const buffer = allocateServerStates({ seats: 1, edges: 3 });
      expect(() => new ServerStates(buffer, edge)).toThrow("expected");
    },
  );
});

describe("seats", () => {
  const a = { host: "10.0.0.1", port: 80 };
  const b = { host: "10.0.0.2", port: 80 };

  test("a server has one in each API, two if it is listed twice, and keeps it", () => {
    const { directory } = openDirectory(8);
    const [[shopA, shopB] = [], [payA, payTwin] = []] = directory.assign([
      { id: "shop", servers: [a, b] },
      { id: "pay", servers: [a, a] },
    ]);
    expect(new Set([shopA, shopB, payA, payTwin]).size).toBe(4);
    expect(
      directory.assign([
        { id: "new", servers: [b] },
        { id: "pay", servers: [a, a] },
        { id: "shop", servers: [b, a] },
      ]),
    ).toEqual([[expect.any(Number)], [payA, payTwin], [shopB, shopA]]);
  });

  test("one that was left is clean when it is given away, and not while anything is open there", () => {
    const { directory, states } = openDirectory(2);
    expect(directory.assign([{ id: "shop", servers: [a, b] }])).toEqual([[0, 1]]);
    states.setDown(1, true);
    states.countRequest(1, 1, 3);
    states.claim(0, 1);
    expect(directory.assign([{ id: "pay", servers: [a] }])).toEqual([[1]]);
    expect([states.isDown(1), states.requestCount(1, 3)]).toEqual([false, 0]);
    expect(() => directory.assign([{ id: "pay", servers: [a, b] }])).toThrow(SeatsTakenError);
    expect(directory.assign([{ id: "pay", servers: [a] }])).toEqual([[1]]);
    states.release(0);
    expect(directory.assign([{ id: "pay", servers: [a, b] }])).toEqual([[1, 0]]);
  });

  test("an assignment that is taken back leaves the one before it", () => {
    const { directory } = openDirectory(3);
    directory.assign([{ id: "shop", servers: [a, b] }]);
    directory.assign([{ id: "shop", servers: [b] }]);
    directory.undo();
    expect(directory.assign([{ id: "shop", servers: [b, a] }])).toEqual([[1, 0]]);
    expect(() => directory.assign([{ id: "shop", servers: [a, b, a, b] }])).toThrow(
      SeatsTakenError,
    );
    expect(directory.assign([{ id: "shop", servers: [a, b] }])).toEqual([[0, 1]]);
  });

  test("ids and hosts cannot be chosen so that two servers share one", () => {
    const { directory } = openDirectory(8);
    const seats = directory.assign([
      { id: "a", servers: [{ host: "b:1", port: 2 }] },
      { id: "a b", servers: [{ host: "1", port: 2 }] },
      { id: 'a","b', servers: [{ host: "1", port: 2 }] },
    ]);
    expect(new Set(seats.flat()).size).toBe(3);
  });
});
