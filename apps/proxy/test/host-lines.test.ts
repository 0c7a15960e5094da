import { RequestView } from "@portcullis/core";
import { describe, expect, test } from "vitest";

import { HostLines } from "../src/server/host-lines.ts";

const SCHEMES = ["http", "https", "ws", "wss"] as const;

/** A view as it is once a Host field has been read. */
function viewOf(rawHost: string, scheme: RequestView["scheme"]): RequestView {
  const view = new RequestView();
  view.host = rawHost.replace(/:\d*$/, "").toLowerCase();
  view.scheme = scheme;
  return view;
}

describe("the lines of a host that was asked for before", () => {
  test("are those of its own name, port and scheme, whoever asked in between", () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `H${index % 50}.example:${index}`);
    const asked = ["a.example", "A.example", "a.example:", "a.example:80", "[::1]:8", ...hosts];
    const lines = new HostLines();
    for (let round = 0; round < 2000; round++) {
      const rawHost = asked[(round * 7) % asked.length] ?? "";
      const view = viewOf(rawHost, SCHEMES[(round * 3) % SCHEMES.length] ?? "http");
      expect(lines.of(view, rawHost)).toEqual(new HostLines().of(view, rawHost));
    }
  });

  test("name the port that stands for the scheme where the client names none", () => {
    const plain = new HostLines().of(viewOf("a.example:", "ws"), "a.example:");
    expect(plain.host).toBe("\r\nhost: a.example");
    expect(plain.beforeNode).toContain("x-forwarded-proto: http\r\n");
    expect(plain.beforeNode).toContain("x-forwarded-port: 80\r\n");
    expect(plain.afterNode).toBe(";host=a.example;proto=http");
    const secure = new HostLines().of(viewOf("a.example", "wss"), "a.example");
    expect(secure.beforeNode).toContain("x-forwarded-proto: https\r\n");
    expect(secure.beforeNode).toContain("x-forwarded-port: 443\r\n");
  });
});
