import { bytesPerCall } from "@portcullis/testkit/hot-path";
import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";

import { foldUsername } from "../../src/identity/fold-username.ts";

describe("one user name, whatever its spelling (I19)", () => {
  test.for([
    { name: "case", given: "Ann.Lee@Example.COM", want: "ann.lee@example.com" },
    { name: "case beyond ASCII", given: "ÅSA", want: "åsa" },
    { name: "a letter and its accent apart", given: "a\u030Asa", want: "\u00e5sa" },
    { name: "full width", given: "ＡＮＮ", want: "ann" },
    { name: "a ligature", given: "ﬁona", want: "fiona" },
    { name: "a sharp s", given: "STRAßE", want: "strasse" },
    { name: "a final sigma", given: "ΟΔΥΣΣΕΥΣ", want: "οδυσσευς" },
    { name: "a sigma that is not final by mistake", given: "οδυσσευσ", want: "οδυσσευς" },
    { name: "a sign of Kelvin", given: "\u212Aelvin", want: "kelvin" },
    { name: "a zero-width joiner", given: "an\u200Dn", want: "ann" },
    { name: "a soft hyphen", given: "an\u00ADn", want: "ann" },
    { name: "a mark of direction", given: "\u202Eann\u202C", want: "ann" },
    { name: "a byte order mark", given: "\uFEFFann", want: "ann" },
    { name: "blanks around", given: " \tann\u00A0", want: "ann" },
    { name: "blanks of all kinds between", given: "your \u2003 name", want: "your name" },
    { name: "blanks next to what prints nothing", given: "ann \u200B", want: "ann" },
  ])("$name", ({ given, want }) => {
    expect(foldUsername(given)).toBe(want);
  });

  test.for([
    ["ann", "anna"],
    ["ann", "a nn"],
    ["ann", "аnn"],
    ["user1", "userl"],
    ["åsa", "asa"],
  ])("%s is not %s", ([one = "", other = ""]) => {
    expect(foldUsername(one)).not.toBe(foldUsername(other));
  });

  test("what is folded stays as it is", () => {
    assert(
      property(string({ unit: "binary" }), (name) => {
        const folded = foldUsername(name);
        expect(foldUsername(folded)).toBe(folded);
      }),
    );
  });

  test("a name already in its one spelling costs no allocation", () => {
    expect(bytesPerCall(() => foldUsername("ann.lee@example.com"))).toBeLessThan(4);
  });
});
