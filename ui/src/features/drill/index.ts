export { DrillPage } from './DrillPage';
export { DrillsPage } from './DrillsPage';
