export { SchedulePanel } from './SchedulePanel';
