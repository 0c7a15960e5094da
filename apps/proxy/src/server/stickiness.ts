import { COOKIE, type CompiledApi, KEY_WORDS, type RequestView } from "@portcullis/core";

/** What keeps a session on one server: some bits of its cookie's keyed hash; 0 for none. */
export function stickinessOf(view: RequestView, api: CompiledApi): number {
  if (!api.definition.cookiePersistenceEnabled || view.session === "") return 0;
  return view.keys[COOKIE * KEY_WORDS] ?? 0;
}
