import { fail, type Handlers } from './index';
import { failedPullJob, importJob, killedPullJob, pausedJob, pullJob } from './pulls';
import { exportedJob, jobs, log, partsJob, restoringJob } from './runs';
import { halfDoneJob, waitingJob } from './steps';

/** Answers about runs. */
export function jobsOf() {
  return {
    job_list: () => jobs.map((job) => job.row),
    job_show: ({ job }) =>
      [
        ...jobs,
        exportedJob,
        partsJob,
        restoringJob,
        waitingJob,
        halfDoneJob,
        pullJob,
        importJob,
        pausedJob,
        killedPullJob,
        failedPullJob,
      ].find((each) => each.row.id === job) ??
      jobs[0] ??
      fail({ code: 'job_not_found', message: 'there is no such run' }),
    job_log: ({ after, level }) =>
      log.filter(
        (line) => line.number > after && (level === 'info' || line.level === level || line.level === 'error'),
      ),
    job_cancel: () => ({}),
    job_pause: () => ({}),
    job_resume: () => ({ jobId: 'j-pull' }),
    job_answer: () => ({}),
  } satisfies Partial<Handlers>;
}
