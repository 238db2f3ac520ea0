export { ConnectPage } from './ConnectPage';
export { EditConnectionPage } from './EditConnectionPage';
