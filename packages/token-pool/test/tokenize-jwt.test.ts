import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { describe, expect, test } from "vitest";

import { JwtSpans, tokenizeJwt } from "../src/index.ts";

describe("tokenizeJwt", () => {
  test.for([
    { name: "three parts of every class of character", token: "aZ09.-_xy.sig", want: true },
    { name: "an empty signature, as alg none has it", token: "aaaa.bbbb.", want: true },
    { name: "a signature of any length: it is not decoded here", token: "aaaa.bbbb.c", want: true },
    { name: "parts of two and three characters", token: "aa.bbb.cc", want: true },
    { name: "an empty string", token: "", want: false },
    { name: "no dot", token: "aaaa", want: false },
    { name: "one dot", token: "aaaa.bbbb", want: false },
    { name: "two dots and nothing else", token: "..", want: false },
    { name: "a third dot at the end", token: "aaaa.bbbb.cccc.", want: false },
    { name: "a fourth part", token: "aaaa.bbbb.cccc.dddd", want: false },
    { name: "the five parts of a JWE", token: "aaaa.bbbb.cccc.dddd.eeee", want: false },
    { name: "an empty header", token: ".bbbb.cccc", want: false },
    { name: "an empty payload", token: "aaaa..cccc", want: false },
    { name: "a header one character too long", token: "aaaaa.bbbb.cccc", want: false },
    { name: "a payload one character too long", token: "aaaa.bbbbb.cccc", want: false },
    { name: "a payload of one character", token: "aaaa.b.cccc", want: false },
    { name: "a padded header", token: "aaa=.bbbb.cccc", want: false },
    { name: "a padded payload", token: "aaaa.bb==.cccc", want: false },
    { name: "a padded signature", token: "aaaa.bbbb.cc==", want: false },
    { name: "plus of the other base64 alphabet", token: "aaaa.bb+b.cccc", want: false },
    { name: "slash of the other base64 alphabet", token: "aaaa.bbbb.cc/c", want: false },
    { name: "a space before the token", token: " aaa.bbbb.cccc", want: false },
    { name: "a line feed after the token", token: "aaaa.bbbb.cccc\n", want: false },
    { name: "a NUL in the signature", token: "aaaa.bbbb.cc\0c", want: false },
    { name: "a letter whose low byte is an A", token: "aaaa.bb\u0141b.cccc", want: false },
    { name: "a full-width dot", token: "aaaa\uff0ebbbb.cccc", want: false },
    { name: "an escaped dot", token: "aaaa%2ebbbb.cccc", want: false },
    { name: "a JWS in its JSON form", token: '{"payload":"aaaa","signatures":[]}', want: false },
  ])("$name: $want", ({ token, want }) => {
    expect(tokenizeJwt(token, new JwtSpans())).toBe(want);
  });

  test("takes exactly 64 characters and no other of the first 512", () => {
    const taken = Array.from({ length: 512 }, (_, code) => String.fromCharCode(code)).filter(
      (character) => tokenizeJwt(`aa${character}a.bbbb.cccc`, new JwtSpans()),
    );
    expect(taken.join("")).toBe("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
  });

  test("the spans cut the token into its parts", () => {
    const token = "aaaa.bbbbbb.ccc";
    const spans = new JwtSpans();
    expect(tokenizeJwt(token, spans)).toBe(true);
    expect([
      token.slice(0, spans.headerEnd),
      token.slice(spans.headerEnd + 1, spans.payloadEnd),
      token.slice(spans.payloadEnd + 1),
    ]).toEqual(["aaaa", "bbbbbb", "ccc"]);
  });

  test("spans used before carry nothing over", () => {
    const spans = new JwtSpans();
    tokenizeJwt("aaaaaaaa.bbbbbbbb.cc", spans);
    expect(tokenizeJwt("aa.bb.cc", spans)).toBe(true);
    expect(spans).toEqual(Object.assign(new JwtSpans(), { headerEnd: 2, payloadEnd: 5 }));
  });

  test("allocates nothing", () => {
    const token = `${"h".repeat(40)}.${"p".repeat(366)}.${"s".repeat(342)}`;
    const spans = new JwtSpans();
    expect(tokenizeJwt(token, spans)).toBe(true);
    expect(bytesPerCall(() => tokenizeJwt(token, spans))).toBeLessThan(4);
  });
});
