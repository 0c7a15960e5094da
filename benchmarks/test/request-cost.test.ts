import { describe, expect, test } from "vitest";

import { parseProcessorTime } from "../src/servers/processor-time.ts";
import { parseCounts, wrkScript } from "../src/servers/wrk.ts";
import { makeClients } from "../src/workload/clients.ts";
import { DeniedIdentifiers } from "../src/workload/denied-identifiers.ts";

describe("parseProcessorTime", () => {
  const rest = "S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 100";

  test.for([
    { name: "adds user and system time", stat: `42 (node) ${rest}` },
    { name: "is not misled by a name with parentheses and blanks", stat: `42 (a) 9 (b c) ${rest}` },
  ])("$name", ({ stat }) => {
    expect(parseProcessorTime(stat)).toBe(3_000_000);
  });
});

describe("parseCounts", () => {
  test("finds the counts among what else wrk prints", () => {
    const output = "Running 3s test\n  1 threads\nCOUNTS 1000 7 2 3000000\n";
    expect(parseCounts(output)).toEqual({ requests: 1000, refused: 7, lost: 2, seconds: 3 });
  });

  test("a run that did not finish is no run without requests", () => {
    expect(() => parseCounts("unable to connect\n")).toThrow("wrk did not finish");
  });
});

describe("wrkScript", () => {
  test("a quote or a backslash in a value does not end its string", () => {
    const [client] = makeClients(1, "user", 1);
    if (client === undefined) throw new TypeError("no client");
    const script = wrkScript([{ ...client, session: String.raw`a"b\c` }]);
    expect(script).toContain(String.raw`JSESSIONID=a\"b\\c;`);
  });

  test("a request has one Host and no Content-Length, which wrk adds", () => {
    const script = wrkScript(makeClients(20, "user", 1));
    expect(script).not.toMatch(/"host"|content-length/);
    expect(script.match(/"Host"/g)).toHaveLength(20);
  });
});

describe("the workload", () => {
  test("is the same in every run", () => {
    expect(makeClients(5, "user", 47)).toEqual(makeClients(5, "user", 47));
  });

  test("lawful clients share no identifier with the denied", () => {
    const denied = new Set(
      Array.from(new DeniedIdentifiers(500).identifiers(), (one) => one.value),
    );
    for (const { address, apiKey, session, token, username } of makeClients(500, "user", 47)) {
      for (const value of [address, apiKey, session, token, username]) {
        expect(denied.has(value)).toBe(false);
      }
    }
  });
});
