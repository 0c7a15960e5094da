import { parseSettings } from "@portcullis/config";
import { ALGORITHMS } from "@portcullis/token-pool/verify";
import { expect, test } from "vitest";

// Two packages of one floor have the list, and neither may depend on the other.
test("what can be configured of signatures is what can be verified", () => {
  const algorithms = ["none"];
  const issuer = { name: "idp", issuer: "https://idp", algorithms, jwks_file: "keys.json" };
  expect(parseSettings({ token_issuers: [issuer] }, "/etc/portcullis")).toMatchObject({
    ok: false,
    issues: [
      {
        path: "token_issuers[0].algorithms[0]",
        problem: `expected some of ${ALGORITHMS.join(", ")}, got "none"`,
      },
    ],
  });
});
