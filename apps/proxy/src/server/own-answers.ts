import type { Answer } from "@portcullis/core";
import { atTurnEnd, type TurnJob } from "@portcullis/upstream";

import { bodyBytesOf, sendAnswer, sendToReader } from "./answers.ts";
import type { BlindBytes } from "./blind-bytes.ts";
import { CORK_BYTES, type CorkHolder } from "./cork-holder.ts";
import type { Recorder } from "./recorder.ts";
import type { RequestFacts } from "./request-facts.ts";
import type { UwsResponse } from "./uws.ts";

/** Of the head of an answer of our own; the most is that of a redirect. */
const USUAL_HEAD_BYTES = 192;
const MOST_HEAD_BYTES = 4096;

/** Gives the answers that an edge has made up itself, and records their requests. */
export class OwnAnswers {
  readonly #blindBytes: BlindBytes;
  readonly #corks: CorkHolder;
  readonly #recorder: Recorder;

  constructor(blindBytes: BlindBytes, corks: CorkHolder, recorder: Recorder) {
    this.#blindBytes = blindBytes;
    this.#corks = corks;
    this.#recorder = recorder;
  }

  /**
   * Answers at the end of this turn of the event loop: sends in a row cost less, and the engine closes a
   * connection on which a second request arrives while the first is unanswered. So one connection never has an
   * edge to itself, and nothing that came behind a request answered here is ever served.
   *
   * To be called inside the request's handler, or its cork. `location` is empty but for redirects.
   */
  give(
    res: UwsResponse,
    answer: Answer,
    facts: RequestFacts,
    location: string,
    closes: boolean,
  ): void {
    const due = new DueAnswer(this, res, answer, facts, location, closes);
    res.onAborted(() => {
      due.isGone = true;
    });
    atTurnEnd(due);
  }

  /** Called when the turn is over. */
  finish(due: DueAnswer): void {
    if (!due.isGone) this.#send(due);
    this.#recorder.answered(due.facts);
  }

  #send({ answer, closes, facts, location, res }: DueAnswer): void {
    const bytes = bodyBytesOf(answer);
    if (closes || !fitsCork(bytes)) {
      this.#corks.hold(() => {
        facts.bytesOut = sendAnswer(res, answer, facts, location, closes);
      });
    } else if (this.#blindBytes.maySend(bytes + USUAL_HEAD_BYTES)) {
      res.cork(() => {
        facts.bytesOut = sendAnswer(res, answer, facts, location, false);
      });
    } else {
      this.#corks.hold(() => {
        facts.bytesOut = sendToReader(res, answer, facts, location);
      });
    }
  }
}

/** An answer that is given when the turn is over, unless its client has gone by then. */
class DueAnswer implements TurnJob {
  isGone = false;
  readonly res: UwsResponse;
  readonly answer: Answer;
  readonly facts: RequestFacts;
  readonly location: string;
  readonly closes: boolean;
  readonly #owner: OwnAnswers;

  constructor(
    owner: OwnAnswers,
    res: UwsResponse,
    answer: Answer,
    facts: RequestFacts,
    location: string,
    closes: boolean,
  ) {
    this.#owner = owner;
    this.res = res;
    this.answer = answer;
    this.facts = facts;
    this.location = location;
    this.closes = closes;
  }

  finishTurn(): void {
    this.#owner.finish(this);
  }
}

function fitsCork(bodyBytes: number): boolean {
  return bodyBytes + MOST_HEAD_BYTES <= CORK_BYTES;
}
