import type { ApiDefinition, Issue } from "@portcullis/core";

/** What is wrong with an API whose tokens are to be verified by an issuer that the settings do not have. */
export function unknownIssuer(
  { jwtVerification }: ApiDefinition,
  names: readonly string[],
): Issue | undefined {
  if (jwtVerification === undefined || names.includes(jwtVerification.tokenIssuer)) {
    return undefined;
  }
  const known = names.length === 0 ? "there are none" : `there are ${names.join(", ")}`;
  return {
    path: "api_metadata.jwt_verification.token_issuer",
    problem: `expected the name of one of token_issuers in portcullis.yaml (${known}), got "${jwtVerification.tokenIssuer}"`,
  };
}
