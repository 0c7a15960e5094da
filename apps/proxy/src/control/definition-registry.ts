import { join } from "node:path";

import { parseDefinitionText, readDefinition } from "@portcullis/config";
import {
  type ApiDefinition,
  compilePolicy,
  parseApiDefinition,
  parseApiId,
  type PolicySnapshot,
  unenforcedSettings,
} from "@portcullis/core";
import { Sequence } from "@portcullis/engine";
import type { DefinitionOverride, Definitions } from "@portcullis/store";

import { BadRequestError, ConflictError, NotFoundError } from "../errors.ts";
import { unknownIssuer } from "./unknown-issuer.ts";

/** One API as it stands now. */
export interface RegisteredApi {
  readonly id: string;
  /** The API JSON as its author wrote it. */
  readonly json: string;
  readonly definition: ApiDefinition;
  /** Hash of the file it came from, or that it stands in for; `undefined`: no file. */
  readonly fileHash: string | undefined;
}

/** One API in the words of `list_api`. */
export interface ListedApi {
  readonly api_id: string;
  readonly status: "loaded";
  readonly protocol: "http" | "ws";
  /** Only the secure form of the protocol is allowed. */
  readonly https: boolean;
  readonly decoy?: "in-context" | "out-context";
}

/** A policy that may come into force. One of the two is called, once. */
export interface StagedPolicy {
  /** Brings it to every edge; resolves when each has taken it. */
  publish(): Promise<void>;
  /** It does not come into force after all. */
  discard(): void;
}

export interface DefinitionRegistryOptions {
  /** What the files said at start. */
  readonly files: readonly RegisteredApi[];
  /** Changes made at run time, kept through a restart. */
  readonly overrides: Definitions;
  readonly configDirectory: string;
  /** Makes ready what a policy needs. Throws, and changes nothing, where it cannot be had. */
  readonly stage: (snapshot: PolicySnapshot) => StagedPolicy;
  readonly now: () => number;
  /** The names of the issuers that definitions may refer to. */
  readonly issuers: readonly string[];
  /** Whether there is a proxy whose headers are believed. */
  readonly trustsProxies: boolean;
}

/**
 * The API definitions in force, and the one way to change them: a change is checked as a whole,
 * committed, taken by every edge, and only then reported as done. One that fails changes nothing.
 *
 * Changes by command are kept in the store and never written to the operator's files. The newest
 * word counts: a file that was edited after a command is what holds at the next start.
 */
export class DefinitionRegistry {
  readonly #options: DefinitionRegistryOptions;
  readonly #sequence = new Sequence();
  #apis: ReadonlyMap<string, RegisteredApi>;

  constructor(options: DefinitionRegistryOptions) {
    this.#options = options;
    this.#apis = overlay(options.files, options.overrides);
  }

  get size(): number {
    return this.#apis.size;
  }

  /** The APIs in force, in the order of their ids. */
  all(): RegisteredApi[] {
    return [...this.#apis.values()];
  }

  /** What edges start with. Throws `BadRequestError` if the definitions cannot stand together. */
  snapshot(): PolicySnapshot {
    return compile(this.#apis);
  }

  list(): ListedApi[] {
    return this.all().map(({ definition, id }) => ({
      api_id: id,
      status: "loaded",
      protocol: definition.protocol,
      https: isSecureOnly(definition),
      ...decoyKind(definition),
    }));
  }

  jsonOf(id: string): string {
    return this.#get(id).json;
  }

  /** The session cookie that an API reports its clients by: `undefined` for one with tokens, or unknown. */
  reportingCookieOf(id: string): string | undefined {
    const definition = this.#apis.get(id)?.definition;
    return definition?.oauth2AccessToken === false ? definition.cookie : undefined;
  }

  /** Adds an API; resolves to warnings about its definition. */
  add(id: string, json: string): Promise<readonly string[]> {
    return this.#sequence.run(async () => {
      const checked = parseApiId(id);
      if (!checked.ok)
        throw new BadRequestError(`api_id: ${checked.issues.map(issueText).join("; ")}`);
      if (this.#apis.has(id)) throw new ConflictError(`api ${id} already exists`);
      const { definition, warnings } = parse(id, json);
      await this.#change({ id, json, definition, fileHash: this.#fileHash(id) });
      return [...warnings, ...this.#unenforced(definition)];
    });
  }

  /** Replaces an API by `json`, or by what its file says now; resolves to warnings. */
  update(id: string, json: string | undefined): Promise<readonly string[]> {
    return this.#sequence.run(async () => {
      this.#get(id);
      if (json === undefined) return this.#reread(id);
      const { definition, warnings } = parse(id, json);
      await this.#change({ id, json, definition, fileHash: this.#fileHash(id) });
      return [...warnings, ...this.#unenforced(definition)];
    });
  }

  /** Deletes an API; its requests are answered as those of an unknown one. */
  remove(id: string): Promise<void> {
    return this.#sequence.run(async () => {
      const { fileHash } = this.#get(id);
      const apis = new Map(this.#apis);
      apis.delete(id);
      await this.#commit(apis, { id, json: undefined, fileHash, updatedAt: this.#options.now() });
    });
  }

  /** Switches one API between blocking and monitoring. */
  setBlocking(id: string, isOn: boolean): Promise<void> {
    return this.#sequence.run(async () => {
      const api = this.#get(id);
      const json = withBlocking(api.json, isOn);
      await this.#change({ ...api, json, definition: { ...api.definition, enableBlocking: isOn } });
    });
  }

  async #reread(id: string): Promise<readonly string[]> {
    const read = readDefinition(this.#fileOf(id), parseApiDefinition);
    if (!read.ok) throw new BadRequestError(read.issues.map(issueText).join("; "));
    const { definition, hash, json } = read.value;
    await this.#change({ id, json, definition, fileHash: hash });
    return [...read.warnings.map(issueText), ...this.#unenforced(definition)];
  }

  #unenforced(definition: ApiDefinition): readonly string[] {
    return unenforcedSettings(definition, this.#options.trustsProxies).map(issueText);
  }

  async #change(api: RegisteredApi): Promise<void> {
    const { id, json, fileHash } = api;
    const issue = unknownIssuer(api.definition, this.#options.issuers);
    if (issue !== undefined) throw new BadRequestError(issueText(issue));
    const apis = sorted([...this.#apis.values()].filter((other) => other.id !== id).concat(api));
    await this.#commit(apis, { id, json, fileHash, updatedAt: this.#options.now() });
  }

  async #commit(
    apis: ReadonlyMap<string, RegisteredApi>,
    override: DefinitionOverride,
  ): Promise<void> {
    const staged = this.#options.stage(compile(apis));
    try {
      await this.#options.overrides.put(override);
    } catch (error) {
      staged.discard();
      throw error;
    }
    this.#apis = apis;
    await staged.publish();
  }

  #get(id: string): RegisteredApi {
    const api = this.#apis.get(id);
    if (api === undefined) throw new NotFoundError(`api ${id} does not exist`);
    return api;
  }

  #fileOf(id: string): string {
    return join(this.#options.configDirectory, "api", `${id}.json`);
  }

  /** Hash of the file that a command goes before; a file that cannot be read goes before nothing. */
  #fileHash(id: string): string | undefined {
    const read = readDefinition(this.#fileOf(id), parseApiDefinition);
    return read.ok ? read.value.hash : this.#apis.get(id)?.fileHash;
  }
}

/** The files with the changes on top that were made since the files were last edited. */
function overlay(
  files: readonly RegisteredApi[],
  overrides: Definitions,
): ReadonlyMap<string, RegisteredApi> {
  const apis = new Map(files.map((file) => [file.id, file]));
  for (const override of overrides.list()) {
    const { id, json, fileHash } = override;
    const file = apis.get(id);
    if (file !== undefined && file.fileHash !== fileHash) continue;
    if (json === undefined) apis.delete(id);
    else apis.set(id, { id, json, fileHash, definition: parse(id, json).definition });
  }
  return sorted([...apis.values()]);
}

function sorted(apis: readonly RegisteredApi[]): ReadonlyMap<string, RegisteredApi> {
  const inOrder = apis.toSorted((left, right) => (left.id < right.id ? -1 : 1));
  return new Map(inOrder.map((api) => [api.id, api]));
}

function parse(id: string, json: string): { definition: ApiDefinition; warnings: string[] } {
  const parsed = parseDefinitionText(json, id, parseApiDefinition);
  if (!parsed.ok) throw new BadRequestError(parsed.issues.map(issueText).join("; "));
  return { definition: parsed.value, warnings: parsed.warnings.map(issueText) };
}

function compile(apis: ReadonlyMap<string, RegisteredApi>): PolicySnapshot {
  const compiled = compilePolicy([...apis.values()].map((api) => api.definition));
  if (!compiled.ok) throw new BadRequestError(compiled.issues.map(issueText).join("; "));
  return compiled.value;
}

function issueText({ path, problem }: { path: string; problem: string }): string {
  return path === "" ? problem : `${path}: ${problem}`;
}

function isSecureOnly({ pattern }: ApiDefinition): boolean {
  return pattern.protocolAllowed === "https" || pattern.protocolAllowed === "wss";
}

function decoyKind({ decoy }: ApiDefinition): Pick<ListedApi, "decoy"> {
  if (!decoy.enabled) return {};
  return { decoy: decoy.subpaths.length === 0 ? "out-context" : "in-context" };
}

/** Sets `enable_blocking` and leaves the rest of the JSON as it is, indented by one style. */
function withBlocking(json: string, isOn: boolean): string {
  const document: unknown = JSON.parse(json);
  if (typeof document !== "object" || document === null) return json;
  const metadata: unknown = "api_metadata" in document ? document.api_metadata : undefined;
  if (typeof metadata !== "object" || metadata === null) return json;
  const changed = { ...document, api_metadata: { ...metadata, enable_blocking: isOn } };
  return JSON.stringify(changed, undefined, 2);
}
