export type { Into } from './draft';
export { RestorePage } from './RestorePage';
export { RestoresPanel } from './RestoresPanel';
export { UndoPage } from './UndoPage';
