export { ImportPage } from './ImportPage';
export { OpenFileButton } from './OpenFile';
