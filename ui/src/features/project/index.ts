export { ProjectPage } from './ProjectPage';
export { VaultBackupsPage } from './VaultBackupsPage';
