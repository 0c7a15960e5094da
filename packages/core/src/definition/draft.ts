import type { ApiDefinition } from "./api-definition.ts";
import type { JwtFields, JwtVerificationFields, RedirectFields } from "./section-types.ts";

/** A definition whose fields have been read one by one, before the rules between them are checked. */
export interface Draft {
  readonly api: ApiDefinition;
  /** As given: `api.jwt` is there only when all of them are. */
  readonly jwt: JwtFields;
  /** As given: `api.jwtVerification` is there only with an issuer. */
  readonly jwtVerification: JwtVerificationFields;
  /** As given: `api.pattern.redirect` is there only with a URL. */
  readonly redirect: RedirectFields;
}
