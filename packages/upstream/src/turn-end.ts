/** Something to be sent when all that came in a turn of the event loop has been read. */
export interface TurnJob {
  /** Called once for each `atTurnEnd`, unless the job has no more to do by then: that is for it to know. */
  finishTurn(): void;
}

let jobs: TurnJob[] = [];
let turns = 0;

/** How many turns have ended that had a job: the same from the first job of a turn until its last one is done. */
export function turnNumber(): number {
  return turns;
}

/**
 * Has `job` finished at the end of this turn of the event loop, in the order of the calls.
 *
 * A send wakes up whoever waits for it. Between two sends that each follow upon the reading of a request, the
 * other side has gone to sleep again, and being woken costs both sides more than anything else about a small
 * request; of many sends in a row only the first one does that.
 */
export function atTurnEnd(job: TurnJob): void {
  if (jobs.length === 0) setImmediate(endTurn);
  jobs.push(job);
}

function endTurn(): void {
  const due = jobs;
  // What is added from here on belongs to the next turn.
  jobs = [];
  for (const job of due) job.finishTurn();
  turns++;
}
