export { BackUpDialog } from './BackUpDialog';
export { BackupsPanel } from './BackupsPanel';
export { GrowthPanel } from './GrowthPanel';
export { VaultBackupsPage } from './VaultBackupsPage';
