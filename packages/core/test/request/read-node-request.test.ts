import { describe, expect, test } from "vitest";

import { formatAddress } from "../../src/identity/ip-address-format.ts";
import { readNodeRequest } from "../../src/request/read-node-request.ts";
import { RequestView } from "../../src/request/request-view.ts";
import { type Given, NO_CUSTOM, viewOf } from "./request-fixture.ts";

describe("readNodeRequest", () => {
  test("reads the head as it was sent", () => {
    const view = viewOf({
      method: "POST",
      target: "/shop/%63art?id=%31",
      scheme: "https",
      lines: [
        ["AUTHORIZATION", "Bearer a"],
        ["Content-Length", "3"],
      ],
    });
    expect(view).toMatchObject({
      isMalformed: false,
      method: "POST",
      scheme: "https",
      host: "shop.example",
      path: "/shop/cart",
      query: "id=%31",
      authorization: "Bearer a",
      contentLength: "3",
    });
  });

  test.for([
    { name: "IPv4", given: "192.0.2.1", want: "192.0.2.1" },
    {
      name: "IPv4 seen by a socket of both families",
      given: "::ffff:192.0.2.1",
      want: "192.0.2.1",
    },
    { name: "IPv6", given: "2001:DB8::1", want: "2001:db8::1" },
    { name: "a link-local address with its zone", given: "fe80::1%eth0", want: "fe80::1" },
  ])("takes the client from the socket: $name", ({ given, want }) => {
    const view = viewOf({ ip: given });
    expect([formatAddress(view.peer), formatAddress(view.address)]).toEqual([want, want]);
    expect(view.isMalformed).toBe(false);
  });

  test.for<Given & { readonly name: string }>([
    { name: "a target that names a host of its own", target: "http://other.example/shop" },
    { name: "a target for the whole server", method: "OPTIONS", target: "*" },
    { name: "a target without a slash", target: "shop" },
    { name: "an empty target", target: "" },
    { name: "a dot segment", target: "/shop/../admin" },
    { name: "an escaped dot segment", target: "/shop/%2e%2e/admin" },
    { name: "a backslash", target: "/shop\\root" },
    { name: "an escaped control character", target: "/shop%00" },
    { name: "an escape that is none", target: "/shop%zz" },
    { name: "a fragment", target: "/shop#root" },
    { name: "a fragment behind the query", target: "/shop?a#b" },
    { name: "an escape in the query that is none", target: "/shop?a=%" },
    { name: "a second Host", lines: [["host", "shop.example"]] },
    { name: "a control character in a value", lines: [["accept", "a\u0000b"]] },
    { name: "a line end in a value", lines: [["accept", "a\r\nhost: b"]] },
    { name: "a method that is no token", method: "GE T" },
    { name: "no method", method: "" },
    { name: "a socket without an address", ip: "" },
  ])("refuses $name", (given) => {
    expect(viewOf(given).isMalformed).toBe(true);
  });

  test.for([
    { name: "an escaped slash", target: "/shop%2froot", path: "/shop%2Froot" },
    { name: "a doubled slash", target: "//shop/root", path: "/shop/root" },
  ])("leaves $name to the API, and notes it", ({ target, path }) => {
    const view = viewOf({ target });
    expect(view).toMatchObject({ isMalformed: false, path });
    expect(view.pathLeniences).toBeGreaterThan(0);
    view.reset();
    expect(view.pathLeniences).toBe(0);
  });

  test("refuses a name without its value, and what is not there at all", () => {
    const view = new RequestView();
    readNodeRequest(view, { rawHeaders: ["Host"], socket: {} }, "http", NO_CUSTOM);
    expect(view.isMalformed).toBe(true);
  });

  test("leaves nothing of the request before", () => {
    const view = viewOf({ target: "/a?b", lines: [["content-length", "x"]] });
    readNodeRequest(
      view,
      { method: "GET", url: "/c", rawHeaders: ["Host", "d"], socket: { remoteAddress: "::1" } },
      "http",
      NO_CUSTOM,
    );
    expect(view).toMatchObject({ isMalformed: false, path: "/c", query: "", contentLength: "" });
  });
});
