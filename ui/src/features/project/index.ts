export { ConnectionPanel } from './ConnectionPanel';
export { ProjectHead } from './ProjectHead';
