export { UnlockPage } from './UnlockPage';
export { WelcomePage } from './WelcomePage';
