import { type Answer } from "@portcullis/core";

import { type AnswerPace } from "./answer-pace.ts";
import { bodyBytesOf, sendAnswer, sendToReader } from "./answers.ts";
import { CORK_BYTES, type CorkHolder } from "./cork-holder.ts";
import { type Recorder } from "./recorder.ts";
import { type RequestFacts } from "./request-facts.ts";
import { type UwsResponse } from "./uws.ts";

/** Of the head of an answer of our own; the most is that of a redirect. */
const USUAL_HEAD_BYTES = 192;
const MOST_HEAD_BYTES = 4096;

/** Gives the answers that an edge has made up itself, and records their requests. */
export class OwnAnswers {
  readonly #pace: AnswerPace;
  readonly #corks: CorkHolder;
  readonly #recorder: Recorder;

  constructor(pace: AnswerPace, corks: CorkHolder, recorder: Recorder) {
    this.#pace = pace;
    this.#corks = corks;
    this.#recorder = recorder;
  }

  /** Inside the request's handler, or its cork. `location` is empty but for redirects. */
  give(res: UwsResponse, answer: Answer, facts: RequestFacts, location: string): void {
    if (!this.#mayAnswerNow(bodyBytesOf(answer))) {
      this.giveLater(res, answer, facts, location, false);
      return;
    }
    facts.bytesOut = sendAnswer(res, answer, facts, location, false);
    this.#recorder.answered(facts);
  }

  /**
   * Answers in a later tick: the engine closes a connection on which a second request arrives while
   * the first is unanswered, so nothing that came behind a request answered here is ever served.
   */
  giveLater(
    res: UwsResponse,
    answer: Answer,
    facts: RequestFacts,
    location: string,
    closes: boolean,
  ): void {
    let isGone = false;
    res.onAborted(() => {
      isGone = true;
    });
    setImmediate(() => {
      if (!isGone) this.#giveUncorked(res, answer, facts, location, closes);
      this.#recorder.answered(facts);
    });
  }

  #giveUncorked(
    res: UwsResponse,
    answer: Answer,
    facts: RequestFacts,
    location: string,
    closes: boolean,
  ): void {
    const isWhole = closes || !fitsCork(bodyBytesOf(answer));
    this.#corks.hold(() => {
      facts.bytesOut = isWhole
        ? sendAnswer(res, answer, facts, location, closes)
        : sendToReader(res, answer, facts, location);
    });
  }

  #mayAnswerNow(bytes: number): boolean {
    const pace = this.#pace;
    return pace.mayAnswerNow() && fitsCork(bytes) && pace.maySendBlindly(bytes + USUAL_HEAD_BYTES);
  }
}

function fitsCork(bodyBytes: number): boolean {
  return bodyBytes + MOST_HEAD_BYTES <= CORK_BYTES;
}
