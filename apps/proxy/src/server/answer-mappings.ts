import type { CompiledApi } from "@portcullis/core";

import { AnswerMapping, MappedAnswer } from "./answer-mapping.ts";
import type { RequestReader } from "./request-reader.ts";

/** The mappings of all APIs of a policy. */
export class AnswerMappings {
  /** By API index. */
  #byIndex: readonly (AnswerMapping | undefined)[] = [];

  replace(apis: readonly CompiledApi[]): void {
    this.#byIndex = apis.map((api) => AnswerMapping.of(api.definition));
  }

  /** What maps the answer to the request that `reader` has read, if anything does. */
  mappedFor(
    { index }: CompiledApi,
    { rawHost, view }: Pick<RequestReader, "rawHost" | "view">,
  ): MappedAnswer | undefined {
    const mapping = this.#byIndex[index];
    return mapping && new MappedAnswer(mapping, view.host, rawHost);
  }
}
