export { StepsPanel } from './StepsPanel';
