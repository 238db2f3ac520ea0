export { RestorePage } from './RestorePage';
export { UndoPage } from './UndoPage';
