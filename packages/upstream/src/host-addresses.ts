import { isIP } from "node:net";

import type { HostAddress, UpstreamSettings } from "./settings.ts";

/** What node:net gives to its `lookup` function. */
type LookupDone = (
  error: NodeJS.ErrnoException | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

const ZONE = /%.*$/;

/**
 * The addresses that an upstream's host name stands for, looked up again every `refreshMs` from the
 * first use on.
 *
 * A connection never waits for a look-up but the first: those that were found last serve until others
 * are found, however long the name service fails. A host that is an address is what it is.
 */
export class HostAddresses {
  private readonly settings: UpstreamSettings;
  private readonly onChange: () => void;
  private readonly isName: boolean;
  private known: { address: string; family: number }[] = [];
  private waiting: { isAll: boolean; done: LookupDone }[] = [];
  private isAsking = false;
  private isStopped = false;
  private timer: ReturnType<typeof setInterval> | undefined = undefined;

  /** `onChange` is called when addresses have gone or come. */
  constructor(settings: UpstreamSettings, onChange: () => void) {
    this.settings = settings;
    this.onChange = onChange;
    this.isName = isIP(settings.host) === 0;
  }

  /** Answers node:net, which asks once for each connection it makes to a name. */
  lookup(isAll: boolean, done: LookupDone): void {
    if (this.known.length > 0) {
      this.answer(isAll, done);
      return;
    }
    this.waiting.push({ isAll, done });
    this.ask();
  }

  /** Whether a connection to `address` is one to this host still. */
  has(address: string | undefined): boolean {
    if (!this.isName || this.known.length === 0 || address === undefined) return true;
    for (const known of this.known) {
      if (known.address === address || isSame(known.address, address)) return true;
    }
    return false;
  }

  /** Asks no more by itself; what is known stays. */
  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
  }

  private ask(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    this.settings.lookupHost(this.settings.host).then(
      (found) => this.take(found),
      (error: unknown) => this.fail(error),
    );
  }

  private take(found: readonly HostAddress[]): void {
    if (found.length === 0) {
      this.fail(undefined);
      return;
    }
    this.isAsking = false;
    this.known = found.map(({ address, family }) => ({ address, family }));
    this.keepFresh();
    this.onChange();
    for (const { isAll, done } of this.takeWaiting()) this.answer(isAll, done);
  }

  private fail(error: unknown): void {
    this.isAsking = false;
    const hasCode = error instanceof Error && "code" in error && typeof error.code === "string";
    const code = hasCode ? String(error.code) : "ENOTFOUND";
    const failure = Object.assign(new Error("the host name has no address"), { code });
    for (const { done } of this.takeWaiting()) done(failure, []);
  }

  private takeWaiting(): readonly { isAll: boolean; done: LookupDone }[] {
    const { waiting } = this;
    this.waiting = [];
    return waiting;
  }

  private answer(isAll: boolean, done: LookupDone): void {
    const [first] = this.known;
    if (isAll) done(null, this.known);
    else if (first !== undefined) done(null, first.address, first.family);
  }

  private keepFresh(): void {
    if (this.timer !== undefined || this.isStopped) return;
    this.timer = setInterval(() => this.ask(), this.settings.refreshMs);
    this.timer.unref();
  }
}

/** The zone of a link-local address is named in one place and not in the other. */
function isSame(known: string, address: string): boolean {
  return known.includes("%") && known.replace(ZONE, "") === address.replace(ZONE, "");
}
